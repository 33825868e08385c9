"""Checks files as files: kinds, encoding, line lengths, weight, and whether anything refers to them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from convailens.widget_package.findings import Files, Finding

TEXTS = {".json", ".js", ".css", ".twig"}
PICTURES = {".png", ".jpg", ".jpeg", ".gif"}
REQUIRED = ("manifest.json", "script.js", "style.css")
#: Our own bar, for all files as they travel: compressed (decision 0028).
MAX_TOTAL = 120 * 1024
MAX_LINE, MAX_MEAN_LINE = 250, 100
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*\.[a-z]+")
_RU = re.compile(r"\b[a-z0-9-]+\.ru\b(?!\.)", re.IGNORECASE)


def check_layout(files: Files) -> Iterator[Finding]:
    for name in REQUIRED:
        if name not in files:
            yield Finding(name, 1, "file-missing", "Not there.")
    total = sum(len(zlib.compress(content, 9)) for content in files.values())
    if total > MAX_TOTAL:
        yield Finding("manifest.json", 1, "files-size", f"{total} bytes in all, compressed.")
    for name, content in files.items():
        kind = PurePosixPath(name).suffix
        if not _NAME.fullmatch(name) or kind not in TEXTS | PICTURES:
            yield Finding(name, 1, "file-kind", "Not a file for the archive.")
        elif kind in TEXTS:
            yield from _check_text(name, content)


def check_use(files: Files, used: set[str]) -> Iterator[Finding]:
    """`used`: every file that something refers to."""
    for name in sorted(set(files) - used):
        yield Finding(name, 1, "file-unused", "Nothing refers to it.")


def _check_text(name: str, content: bytes) -> Iterator[Finding]:
    if content.startswith(b"\xef\xbb\xbf"):
        yield Finding(name, 1, "file-encoding", "Begins with a byte order mark.")
    try:
        text = content.decode()
    except UnicodeDecodeError as fault:
        yield Finding(name, content.count(b"\n", 0, fault.start) + 1, "file-encoding", "Not UTF-8.")
        return
    if "\r" in text:
        yield Finding(name, text.count("\n", 0, text.index("\r")) + 1, "file-line-ends", "Holds a CR.")
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if _RU.search(line):
            yield Finding(name, number, "file-ru-link", "Names a .ru host.")
    if name.endswith((".js", ".css")):
        yield from _check_readable(name, lines)


def _check_readable(name: str, lines: list[str]) -> Iterator[Finding]:
    written = [line for line in lines if line.strip()]
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            yield Finding(name, number, "file-minified", f"A line of {len(line)} characters.")
            return
    mean = sum(map(len, written)) / max(1, len(written))
    if mean > MAX_MEAN_LINE:
        yield Finding(name, 1, "file-minified", f"Lines of {mean:.0f} characters on average.")
