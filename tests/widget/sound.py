"""A small widget that keeps every rule, for tests to break one at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping

from PIL import Image

from convailens.widget_package.images import LOGOS

MANIFEST = {
    "widget": {
        "name": "widget.name",
        "description": "widget.description",
        "short_description": "widget.short_description",
        "version": "1.0.0",
        "interface_version": 2,
        "init_once": False,
        "locale": ["en", "es"],
        "installation": True,
        "support": {"link": "https://example.com/help", "email": "help@example.com"},
    },
    "locations": ["lcard-1", "settings"],
    "settings": {"consent": {"name": "settings.consent", "type": "custom", "required": True}},
}
WORDS = {
    "en": {
        "widget": {
            "name": "Lens",
            "short_description": "Reads a chat",
            "description": "<b>Reads</b> a chat. 10 USD a month, on any plan.",
        },
        "settings": {"consent": "I agree"},
        "panel": {"left": "{count} left"},
    },
    "es": {
        "widget": {
            "name": "Lens",
            "short_description": "Lee un chat",
            "description": "<b>Lee</b> un chat. 10 USD al mes, con cualquier plan.",
        },
        "settings": {"consent": "De acuerdo"},
        "panel": {"left": "Quedan {count}"},
    },
}
SCRIPT = """/* What Kommo calls. */
define(['jquery', './lib/panel.js'], function ($, panel) {
  'use strict';

  return function () {
    var self = this;

    this.callbacks = {
      render: function () {
        // A card that is not saved has no messages (and no id).
        if (!APP.data.current_card || APP.data.current_card.id === 0) {
          return true;
        }
        self.render_template({ caption: { class_name: 'convailens-caption' }, body: '<div></div>' }, {});
        $('head').append('<link rel="stylesheet" href="' + self.params.path + '/style.css">');
        panel.open();
        return true;
      },
      init: function () { return true; },
      bind_actions() { return true; },
      settings: function () { return true; },
      onSave: function () { return true; },
      onInstall: () => true,
      destroy: function () { panel.close(); }
    };
    return this;
  };
});
"""
PANEL = """define(['./service.js'], function (service) {
  'use strict';

  let opened = null;

  async function open() {
    opened = new AbortController();
    try {
      return await fetch(`${service.url}/api`, { signal: opened.signal });
    } catch (fault) {
      console.trace(fault);
    }
  }

  return { open, close: () => opened.abort() };
});
"""
SERVICE = "define([], function () {\n  return { url: 'https://app.example.com' };\n});\n"
STYLE = """/* Ours alone. */
.convailens-panel { color: var(--palette-text-primary); --convailens-gap: 4px; }
.convailens-panel > .convailens-row:hover, .convailens-panel b { margin: 0 }
html[data-color-scheme="dark"] .convailens-panel { color: white }
::highlight(convailens-evidence) { background: gold }
@keyframes convailens-pulse { from { opacity: 0 } 50% { opacity: .5 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .convailens-panel { animation: none } }
"""


def picture(kind: str, size: tuple[int, int], *, frames: int = 1) -> bytes:
    """A plain picture; more than one frame makes it move."""
    first, *more = (Image.new("RGB", size, (40 * number, 90, 160)) for number in range(frames))
    buffer = io.BytesIO()
    first.save(buffer, kind, **({"save_all": True, "append_images": more} if more else {}))
    return buffer.getvalue()


def as_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def sound(**replaced: object) -> dict[str, bytes]:
    """The files; `manifest`, `en`, `es`, `script`, `panel`, `service` and `style` may be given anew."""
    files = {
        "manifest.json": as_json(replaced.get("manifest", MANIFEST)),
        "script.js": as_bytes(replaced.get("script", SCRIPT)),
        "style.css": as_bytes(replaced.get("style", STYLE)),
        "lib/panel.js": as_bytes(replaced.get("panel", PANEL)),
        "lib/service.js": as_bytes(replaced.get("service", SERVICE)),
    }
    for language in ("en", "es"):
        files[f"i18n/{language}.json"] = as_json(replaced.get(language, WORDS[language]))
    return files | PICTURES


def as_bytes(text: object) -> bytes:
    return str(text).encode()


PICTURES: Mapping[str, bytes] = {f"{stem}.png": picture("PNG", size) for stem, size in LOGOS.items()}
