"""What the check finds, and what to do about each kind of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Name relative to the widget's folder, with forward slashes → content.
Files = Mapping[str, bytes]

#: Code of a rule → what to do when it is broken. Codes are stable: people search for them.
RULES: dict[str, str] = {
    # Files
    "file-missing": "Add it: Kommo refuses an archive without it.",
    "file-kind": "Ship only .json, .js, .css, .twig, .png, .jpg, .jpeg and .gif, under lower-case ASCII names.",
    "file-unused": "Remove it, or use it: the store refuses files that nothing refers to.",
    "file-encoding": "Save it as UTF-8 without a byte order mark.",
    "file-line-ends": "Save it with LF line ends.",
    "file-minified": "Ship the readable source: lines of at most 250 characters, 100 on average.",
    "file-ru-link": "The store takes no .ru links: name another page.",
    "files-size": "Make it lighter: all files together have 120 KB, compressed, so that a card opens at once.",
    "json-invalid": "Mend the JSON.",
    "json-duplicate": "Keep one of the two: a key stands twice, and the later silently wins.",
    # Manifest
    "manifest-key": "Give the key, of the type that Kommo expects.",
    "manifest-unknown": "Remove it: Kommo knows no such key (code and secret_key are history).",
    "manifest-version": "Write it as 1.2.3.",
    "manifest-interface": "interface_version is 2.",
    "manifest-locale": "List each language once, of en, es, pt, tr, id and ru.",
    "manifest-support": "Give a support link (https) or an e-mail address.",
    "manifest-location": "Name locations of Kommo once each, with -0 or -1 or nothing behind (everywhere: -0).",
    "manifest-location-unused": "Remove the location, or do there what it is for: unused locations are refused.",
    "manifest-location-unlisted": "List the location, or remove what is for it.",
    "manifest-settings": "A setting has a name (a path into i18n), a known type and `required`; one custom at most.",
    "manifest-consent": "Ask for consent by a required custom setting: conversations go to a server outside Kommo.",
    "manifest-webhook": "The webhook's address begins with https://.",
    "manifest-tour": "Give one to five tour pictures for each language, and a description.",
    "manifest-path": "Let it be a path into i18n that leads to a text in every language.",
    # Words
    "words-structure": "Give every language the same keys.",
    "words-kind": "Every leaf of i18n is a text that is not empty.",
    "words-placeholders": "Use the same placeholders in every language.",
    "words-markup": "No HTML in texts but the description.",
    "words-name": "At most 30 characters, words of at most 19.",
    "words-brand": "Leave the platform's names out of ours.",
    "words-short": "The short description has 50 characters at most.",
    "words-description": "The description has 400 characters at most.",
    "words-plan": "Say in the description what it costs and on which plan of Kommo it works.",
    "words-free": "Do not call a trial free.",
    # Pictures
    "image-missing": "Add the logo in this size.",
    "image-kind": "Save it as what its name says: png, jpg or gif.",
    "image-size": "Make it exactly this many pixels.",
    "image-weight": "Make it lighter: 300 KB at most.",
    "image-animated": "No animation.",
    # Scripts
    "js-syntax": "Mend the syntax.",
    "js-amd": "One define([dependencies], function) and nothing beside it; no import, no export.",
    "js-module": "Depend on a file of the widget by ./ or ../, or on a module that Kommo documents.",
    "js-service-address": "Keep one https address of our service, in lib/service.js alone, as scheme and host.",
    "js-callbacks": "script.js gives Kommo this callback.",
    "js-callback-returns": "render, init and bind_actions end with `return true`: else Kommo calls no further.",
    "js-eval": "Run no text as code.",
    "js-write": "Do not write into the document as it is parsed.",
    "js-inject": "Add no script or head element but our stylesheet; depend on modules by define.",
    "js-html": "Put text in as text: textContent, append, replaceChildren.",
    "js-dialog": "Show it in the panel: no alert, confirm or prompt.",
    "js-console": "Say nothing on the console; console.trace within catch is all that is taken.",
    "js-storage": "Keep nothing in the browser.",
    "js-sync": "No synchronous requests.",
    "js-global": "Declare it: nothing may be put on window.",
    "js-unknown-global": "Use only what the browser and Kommo document.",
    "js-app-write": "Kommo's APP is for reading.",
    "js-app-undocumented": "Use only the documented parts of APP.",
    "js-loop": "Ask Kommo once, not in a loop.",
    "js-click": "Let people click.",
    "js-comment": "Remove code that is commented out, or write the comment as a sentence.",
    "js-debugger": "Remove it.",
    # Styles
    "css-syntax": "Mend the syntax.",
    "css-root": "Begin every selector with a class of ours (after html[data-color-scheme] where the theme matters).",
    "css-foreign": "Style our own classes only: no other class, no id.",
    "css-names": "Names of ours begin with convailens- (custom properties: --convailens-).",
    "css-palette": "Read Kommo's variables; never set them.",
    "css-import": "No @import, no @font-face: one file, and Kommo's fonts.",
    "css-external": "Load nothing from elsewhere.",
    "css-covers": "Do not lie over Kommo's page: no position: fixed.",
    "css-theme": "Follow Kommo's theme: var(--palette-…) and html[data-color-scheme], not prefers-color-scheme.",
}


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that is broken, and where."""

    path: str
    line: int
    code: str
    detail: str

    def __post_init__(self) -> None:
        assert self.code in RULES, self.code  # noqa: S101  (a slip of ours, not of the widget)

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.code} {self.detail} {RULES[self.code]}"


def load_json(path: str, content: bytes) -> tuple[Any, list[Finding]]:
    """The parsed JSON (None when it is none) and what is wrong with it."""
    repeated: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in found]
        repeated.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(found)

    text = content.decode("utf-8-sig", errors="replace")
    try:
        loaded = json.loads(text, object_pairs_hook=pairs)
    except json.JSONDecodeError as fault:
        return None, [Finding(path, fault.lineno, "json-invalid", f"{fault.msg}.")]
    return loaded, [Finding(path, line_of(text, (name,)), "json-duplicate", f"{name}.") for name in repeated]


def line_of(text: str, keys: tuple[str, ...]) -> int:
    """The line where a path of keys stands in JSON text, near enough to find it: each key after the one before."""
    at = 0
    for key in keys:
        quoted = re.escape(f'"{key}"')
        found = re.compile(rf"{quoted}\s*:").search(text, at) or re.compile(quoted).search(text, at)
        if found is None:
            break
        at = found.start()
    return text.count("\n", 0, at) + 1
