"""Checks pictures by their own first bytes: kind, size in pixels, weight, and that nothing moves."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import PurePosixPath

from convailens.widget_package.findings import Files, Finding
from convailens.widget_package.layout import PICTURES

#: Name without suffix → width and height.
LOGOS = {
    "images/logo_main": (400, 272),
    "images/logo_medium": (240, 84),
    "images/logo": (130, 100),
    "images/logo_small": (108, 108),
    "images/logo_min": (84, 84),
}
PIPELINE_LOGO = {"images/logo_dp": (174, 109)}
TOUR = (1188, 616)
MAX_WEIGHT = 300 * 1024
_KINDS = {"png": {".png"}, "jpg": {".jpg", ".jpeg"}, "gif": {".gif"}}


def find_picture(files: Files, stem: str) -> str | None:
    """The picture of this name, whatever its kind."""
    return next((stem + kind for kind in sorted(PICTURES) if stem + kind in files), None)


def check_images(files: Files, *, with_pipeline: bool, tour: set[str]) -> Iterator[Finding]:
    """`tour`: names of the pictures of the tour, which have a size of their own."""
    sizes = dict.fromkeys(tour, TOUR)
    for stem, size in (LOGOS | (PIPELINE_LOGO if with_pipeline else {})).items():
        name = find_picture(files, stem)
        if name is None:
            yield Finding(f"{stem}.png", 1, "image-missing", f"{size[0]}×{size[1]} is wanted.")
        else:
            sizes[name] = size
    for name, content in files.items():
        if PurePosixPath(name).suffix in PICTURES:
            yield from _check_image(name, content, sizes.get(name))


def _check_image(name: str, content: bytes, wanted: tuple[int, int] | None) -> Iterator[Finding]:
    if len(content) > MAX_WEIGHT:
        yield Finding(name, 1, "image-weight", f"{len(content)} bytes.")
    try:
        kind, size, moves = look_at(content)
    except (ValueError, struct.error, IndexError):
        yield Finding(name, 1, "image-kind", "Not a picture that can be read.")
        return
    if PurePosixPath(name).suffix not in _KINDS[kind]:
        yield Finding(name, 1, "image-kind", f"It is a {kind}.")
    if wanted and size != wanted:
        yield Finding(name, 1, "image-size", f"{size[0]}×{size[1]} instead of {wanted[0]}×{wanted[1]}.")
    if moves:
        yield Finding(name, 1, "image-animated", "It moves.")


def look_at(content: bytes) -> tuple[str, tuple[int, int], bool]:
    """Kind, (width, height) and whether it moves. Raises ValueError (or of struct, or IndexError) for no picture."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png", struct.unpack_from(">II", content, 16), b"acTL" in _png_chunks(content)
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif", struct.unpack_from("<HH", content, 6), _gif_frames(content) > 1
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg", _jpeg_size(content), False
    raise ValueError("no picture")


def _png_chunks(content: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        yield kind
        at += length + 12


def _jpeg_size(content: bytes) -> tuple[int, int]:
    at = 2
    while content[at] == 0xFF:
        marker, length = struct.unpack_from(">BH", content, at + 1)
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # A start of frame.
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += length + 2
    raise ValueError("no frame")


def _gif_frames(content: bytes) -> int:
    """How many pictures follow one another (GIF89a, section 17 and on)."""
    at = 13 + _table(content[10])
    frames = 0
    while content[at] != 0x3B:
        if content[at] == 0x2C:
            frames += 1
            at += 10 + _table(content[at + 9]) + 1
        else:
            at += 2
        while content[at]:  # Blocks of data, up to one of length 0.
            at += content[at] + 1
        at += 1
    return frames


def _table(packed: int) -> int:
    """The length of a colour table, where the flag says that there is one."""
    return 3 * 2 ** ((packed & 7) + 1) if packed & 0x80 else 0
