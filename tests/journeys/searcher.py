"""Looks for canaries in bytes, in every form that software gives to text on its way into a file, a log or a table."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from tests.journeys import canaries

AROUND = 60


@dataclass(frozen=True)
class Found:
    """A canary where none may be."""

    place: str
    form: str
    excerpt: bytes


def _base64(raw: bytes) -> Iterable[bytes]:
    """What stays the same of the bytes' base64, whatever stands before and after them: one form for each alignment."""
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(b"\0" * shift + raw + b"\0\0")
            yield coded[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]


def forms(text: str) -> dict[bytes, str]:
    """Needle → the name of its form. All in lower case, as what is searched will be."""
    found: dict[bytes, str] = {}
    for spelled in dict.fromkeys((text, text.lower(), text.upper(), text.capitalize())):
        raw = spelled.encode()
        found.setdefault(raw, "utf-8")
        for name in ("utf-16-le", "utf-16-be"):
            found.setdefault(spelled.encode(name), name)
        found.setdefault(json.dumps(spelled)[1:-1].encode(), "json")
        found.setdefault("".join(f"\\u{ord(letter):04x}" for letter in spelled).encode(), "escaped")
        found.setdefault("".join(f"&#{ord(letter)};" for letter in spelled).encode(), "html")
        found.setdefault("".join(f"\\x{byte:02x}" if byte > 126 else chr(byte) for byte in raw).encode(), "repr")
        found.setdefault(quote(spelled, safe="").encode(), "url")
        found.setdefault(quote_plus(spelled).encode(), "form")
        found.setdefault(raw.hex().encode(), "hex")
        for coded in _base64(raw):
            found.setdefault(coded, "base64")
    return {needle.lower(): form for needle, form in reversed(found.items())}  # Of equal ones the plainest names it.


NEEDLES = {needle: form for text in canaries.needles() for needle, form in forms(text).items()}
_DOUBLED = re.compile(rb"\\\\+")


def forms_of_bytes(raw: bytes) -> dict[bytes, str]:
    """The forms that bytes which are no text take. In lower case, as what is searched will be."""
    found = {raw: "raw", raw.hex().encode(): "hex", repr(raw)[2:-1].encode(): "repr", quote(raw).encode(): "url"}
    found |= dict.fromkeys(_base64(raw), "base64")
    return {_folded(needle): form for needle, form in found.items()}


def search(place: str, data: bytes, needles: Mapping[bytes, str] | None = None) -> list[Found]:
    """Every form of every canary (or other needle) in the data, one finding a form; we want to see an empty list."""
    # Escaped once more (a string within JSON within a log line), a form is itself again with its backslashes folded.
    hay = _folded(data)
    found = []
    for needle, form in (NEEDLES if needles is None else needles).items():
        at = hay.find(needle)
        if at >= 0:
            found.append(Found(place, form, hay[max(0, at - AROUND) : at + len(needle) + AROUND]))
    return found


def search_all(places: Iterable[tuple[str, bytes]], needles: Mapping[bytes, str] | None = None) -> list[Found]:
    return [found for place, data in places for found in search(place, data, needles)]


def _folded(data: bytes) -> bytes:
    return _DOUBLED.sub(rb"\\", data.lower())


# What may be stored: a single word of a message, but no eight in a row, and no number or address.

_WORD = re.compile(r"\w+")
_RUN = 8


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return {tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


_KNOWN_RUNS = {run for text in canaries.texts() for run in _runs(text)}


def copied(text: str) -> list[str]:
    """Why this text may not be stored: the runs of eight words, numbers and addresses it holds."""
    reasons = [" ".join(run) for run in _runs(text) & _KNOWN_RUNS]
    reasons += [number for number in canaries.NUMBERS if _digits(number) in _digits(text)]
    return reasons + [address for address in canaries.ADDRESSES if address in text.casefold()]
