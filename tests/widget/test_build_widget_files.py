"""The check of the widget's files and pictures: a sound widget passes, and each rule refuses what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import pytest

from convailens.widget_package import check
from tests.widget.sound import PANEL, PICTURES, SCRIPT, STYLE, picture, sound

#: Comments that no compression makes small.
LONG_STORY = b"".join(b"/* %s */\n" % sha256(b"%d" % n).hexdigest().encode() for n in range(4_000))

Change = Callable[[dict[str, bytes]], object]


def put(name: str, content: bytes) -> Change:
    return lambda files: files.__setitem__(name, content)


def drop(name: str) -> Change:
    return lambda files: files.__delitem__(name)


#: Code, where it is found, and what breaks the rule.
CASES: list[tuple[str, str, Change]] = [
    ("file-missing", "style.css:1", drop("style.css")),
    ("file-missing", "i18n/es.json:1", drop("i18n/es.json")),
    ("file-kind", "readme.md:1", put("readme.md", b"Hello")),
    ("file-kind", ".gitkeep:1", put(".gitkeep", b"")),
    ("file-kind", "images/Logo.png:1", put("images/Logo.png", PICTURES["images/logo.png"])),
    ("file-unused", "lib/old.js:1", put("lib/old.js", b"define([], function () { return 1; });\n")),
    ("file-unused", "i18n/pt.json:1", put("i18n/pt.json", b"{}")),
    ("file-unused", "images/extra.png:1", put("images/extra.png", PICTURES["images/logo.png"])),
    ("file-unused", "images/logo_dp.png:1", put("images/logo_dp.png", picture("PNG", (174, 109)))),
    ("file-encoding", "style.css:1", put("style.css", b"\xef\xbb\xbf" + STYLE.encode())),
    ("file-encoding", "style.css:2", put("style.css", b"/* Ours. */\n/* \xe9 */\n" + STYLE.encode())),
    ("file-line-ends", "script.js:1", put("script.js", SCRIPT.replace("\n", "\r\n").encode())),
    ("file-minified", "lib/panel.js:1", put("lib/panel.js", " ".join(PANEL.split()).encode())),
    ("file-minified", "lib/panel.js:1", put("lib/panel.js", (PANEL + f"/* {'long ' * 40}*/\n" * 20).encode())),
    ("file-ru-link", "script.js:2", put("script.js", b"/* Hello.\n https://example.ru/x */\n" + SCRIPT.encode())),
    ("files-size", "manifest.json:1", put("style.css", STYLE.encode() + LONG_STORY)),
    ("image-missing", "images/logo_min.png:1", drop("images/logo_min.png")),
    ("image-kind", "images/logo.png:1", put("images/logo.png", b"no picture")),
    ("image-kind", "images/logo.png:1", put("images/logo.png", b"")),
    ("image-kind", "images/logo.png:1", put("images/logo.png", picture("JPEG", (130, 100)))),
    ("image-size", "images/logo_main.png:1", put("images/logo_main.png", picture("PNG", (400, 270)))),
    ("image-weight", "images/logo.png:1", put("images/logo.png", PICTURES["images/logo.png"] + bytes(300 * 1024))),
]


@pytest.mark.parametrize(("code", "where", "change"), CASES, ids=range(len(CASES)))
def test_what_breaks_a_rule_of_files_is_found_where_it_stands(code: str, where: str, change: Change):
    files = sound()
    change(files)
    assert (code, where) in [(found.code, f"{found.path}:{found.line}") for found in check(files)]


def test_a_sound_widget_passes():
    assert check(sound()) == []


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", "png"), ("GIF", "gif"), ("JPEG", "jpg"), ("JPEG", "jpeg")])
def test_a_logo_may_be_of_any_kind_kommo_takes(kind: str, suffix: str):
    files = sound()
    del files["images/logo.png"]
    files[f"images/logo.{suffix}"] = picture(kind, (130, 100))
    assert check(files) == []


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", "png"), ("GIF", "gif")])
def test_a_picture_that_moves_is_refused(kind: str, suffix: str):
    files = sound()
    del files["images/logo.png"]
    files[f"images/logo.{suffix}"] = picture(kind, (130, 100), frames=3)
    assert [found.code for found in check(files)] == ["image-animated"]


def test_a_picture_that_the_styles_show_is_used():
    files = sound(style=STYLE + ".convailens-panel { background: url(images/line.png) }\n")
    files["images/line.png"] = picture("PNG", (8, 8))
    assert check(files) == []
