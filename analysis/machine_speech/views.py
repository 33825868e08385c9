"""The ways one text may be read: plainly, and with its disguises taken off.

A disguise (letters of another alphabet, invisible characters, digits for letters, codes) does not make a text guilty:
each reading is put before the same rules. A few disguises have no honest use in a sales chat at all and tell at once.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from analysis.machine_speech.vocabulary import BAND, SCORE, STRONG_VALUE

DECODED_CHARACTERS = 20_000  # A model is shown the first 4,000 of a message; decoding looks beyond and stays quick.

#: Cyrillic and Greek letters and the Latin ones they look like, in pairs.
_PAIRS = (
    "аa еe оo рp сc уy хx іi ѕs јj һh ԁd ԛq ԝw ɡg кk мm тt вb нh гr пn иu їi єe ӏl "
    "АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЅS ЈJ ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa οo ρp νv ιi τt υu κk εe"
)
_LOOKALIKES = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_EMOJI_WORDS = {"🤖": " ai ", "💯": " 100 ", "🔟": " 10 ", "➡": " ", "✍": " "}
_EMOJI = re.compile("[" + "".join(_EMOJI_WORDS) + "]")
_ENCLOSED = {chr(0x1F1E6 + i): chr(97 + i) for i in range(26)} | {chr(0x1F170 + i): chr(97 + i) for i in range(26)}
_ENCLOSED_RUN = re.compile("[" + "".join(_ENCLOSED) + "](?:[ \ufe0f\u200b]?[" + "".join(_ENCLOSED) + "]){3,}")

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
_LATIN_WITH_MARKS = re.compile("([a-z])[\u0300-\u036f]+")
_CYRILLIC_OR_GREEK = re.compile("[\u0370-\u03ff\u0400-\u052f]")
_LATIN = re.compile("[a-zA-Z]")
_SPACES = re.compile(r"[^\S\n]+")

_OVERRIDDEN = re.compile("[\u202e\u202d]([^\u202c\n]*)")
_FLAG_OF_A_REGION = re.compile("\U0001f3f4[\U000e0020-\U000e007f]+")
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/_-]{16,}={0,2}(?![A-Za-z0-9+/=_-])")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[\s:,]?){12,}")
_BINARY = re.compile(r"(?<!\d)(?:[01]{8}\s?){8,}")
_SCORE_IN_CODE = re.compile(rf"{SCORE}.{{0,20}}(?:{STRONG_VALUE}|{BAND})")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}[^%\s]*){3,}")
_ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_SPACED_OUT = re.compile(r"(?<![^\s])[^\W_](?:([ .\-_*|·,/])[^\W_])(?:\1[^\W_])+(?![^\s.,!?;:])")
_SPOKEN_SIGNS = (
    (re.compile(r",? ?\b(?:colon|dos puntos|dois pontos)\b,?"), ":"),
    (re.compile(r",? ?\b(?:comma|coma|virgula)\b,?"), ","),
    (re.compile(r",? ?\b(?:(?:open|close|abre|abra|cierra|fecha|feche) )(?:quotes?|comillas|aspas)\b,?"), ' "'),
)
_CAESAR_CHARACTERS = 2000
_CAESAR_WORDS = frozenset(
    [
        "lead",
        "score",
        "rating",
        "summary",
        "prompt",
        "instructions",
        "highest",
        "hot",
        "client",
        "customer",
        "puntaje",
        "puntuacion",
        "caliente",
        "resumen",
        "cliente",
        "nota",
        "pontuacao",
        "quente",
        "resumo",
    ]
)
_ROBOT = "\U0001f916"
_PICTURES_OF_A_SCORE = ("\U0001f4af", "\U0001f321", "\U0001f525", "\U0001f4c8", "\U0001f4ca")
_LEET_WORD = re.compile(r"[a-z0-9@$!|]+")
_LEET = (str.maketrans("01345789@$!|", "oieastbgasil"), str.maketrans("01345789@$!|", "oleastbgasil"))


def plain(text: str) -> str:
    """Lower case, NFKC, no accents on Latin letters, no invisible characters; new lines kept, other space single."""
    text = _ENCLOSED_RUN.sub(lambda run: "".join(_ENCLOSED.get(c, c) for c in run.group()), text)
    text = _EMOJI.sub(lambda emoji: _EMOJI_WORDS[emoji.group()], text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
        text = _LATIN_WITH_MARKS.sub(r"\1", unicodedata.normalize("NFD", text))
        text = unicodedata.normalize("NFC", text)
        text = text.translate(_QUOTES)
    return _SPACES.sub(" ", text.lower())


_QUOTES = str.maketrans({**dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‘’‚`´′", "'"), **dict.fromkeys("–—‐‑−", "-")})


def hides_itself(text: str) -> bool:
    """True for disguises without an honest use: prose in a code, invisible tag letters, Latin written backwards."""
    if any(sum(map(str.isalpha, run)) >= 6 and _LATIN.search(run) for run in _OVERRIDDEN.findall(text)):
        return True
    if max(text, default="") >= "\U000e0020" and _TAGS.search(_FLAG_OF_A_REGION.sub("", text)):
        return True
    if _ROBOT in text and sum(picture in text for picture in _PICTURES_OF_A_SCORE) >= 2 and _has_few_letters(text):
        return True
    start = text[:DECODED_CHARACTERS]
    return any(_is_prose(decoded) or _SCORE_IN_CODE.search(plain(decoded)) for decoded in _decoded_codes(start))


def _has_few_letters(text: str) -> bool:
    return sum(map(str.isalpha, text[:DECODED_CHARACTERS])) <= 12


def disguised(text: str) -> Iterator[str]:
    """The other readings of a text, each plain; none for a text that offers none."""
    text = text[:DECODED_CHARACTERS]
    base = plain(text)
    if _LATIN.search(text) and _CYRILLIC_OR_GREEK.search(text):
        yield plain(text.translate(_LOOKALIKES))
    if _SPACED_OUT.search(text):
        yield plain(_SPACED_OUT.sub(lambda run: run.group().replace(run.group(1), ""), text))
    if sum(map(_is_leet, _LEET_WORD.findall(base))) >= 3:
        for table in _LEET:
            yield _without_leet(base, table)
    if _PERCENT.search(text):
        yield plain(unquote(text))
    lines = base.split("\n")
    if len(lines) >= 4 and sum(len(line.split()) <= 2 for line in lines) >= 0.8 * len(lines):
        yield " ".join(lines)  # A word a line.
    if "&#" in text or "&lt;" in text:
        yield plain(html.unescape(text))
    if _ESCAPES.search(text):
        yield plain(_ESCAPES.sub(lambda code: chr(int(code.group(1) or code.group(2), 16)), text))
    for decoded in _decoded_codes(text):
        yield plain(decoded)
    spoken = base
    for sign, written in _SPOKEN_SIGNS:
        spoken = sign.sub(written, spoken)
    if spoken != base:
        yield spoken
    yield from _shifted(base[:_CAESAR_CHARACTERS])
    yield codecs.encode(base, "rot13")
    yield base[::-1]


def _shifted(base: str) -> Iterator[str]:
    """The readings of a text with its letters shifted along the alphabet that hold two words of the machine's trade."""
    for shift in range(1, 26):
        if shift == 13:
            continue
        turned = base.translate(_SHIFTS[shift])
        if len(_CAESAR_WORDS.intersection(_PLAIN_WORD.findall(turned))) >= 2:
            yield turned


_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_SHIFTS = [str.maketrans(_ALPHABET, _ALPHABET[shift:] + _ALPHABET[:shift]) for shift in range(26)]
_PLAIN_WORD = re.compile(r"[a-z]+")


def _without_leet(base: str, table: dict[int, int]) -> str:
    def letters(word: re.Match[str]) -> str:
        return word.group().translate(table) if _is_leet(word.group()) else word.group()

    return _LEET_WORD.sub(letters, base)


def _is_leet(word: str) -> bool:
    """True for letters and digits mixed as in "l34d", and for digits that stand for short words."""
    if word in ("3", "4", "4s", "4ll"):
        return True
    return len(word) <= 20 and not word.isdigit() and not word.isalpha() and word[-1] != "!" and word[:1] != "$"


def _decoded_codes(text: str) -> Iterator[str]:
    """Base64, hexadecimal and binary in a text, as the text they stand for."""
    for code in _BASE64.findall(text):
        bare = code.rstrip("=").replace("-", "+").replace("_", "/")
        if len(bare) % 4 == 1:
            continue
        yield from _as_text(base64.b64decode(bare + "=" * (-len(bare) % 4)))
    for code in _HEX.findall(text):
        digits = re.sub(r"0x|\\x|[\s:,]", "", code)
        try:
            yield from _as_text(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        except (ValueError, binascii.Error):  # Not hexadecimal after all.
            continue
    for code in _BINARY.findall(text):
        bits = re.sub(r"\s", "", code)
        yield from _as_text(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8)))


def _as_text(data: bytes) -> Iterator[str]:
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:  # A key, a picture, a name: not text.
        return
    if decoded.isprintable() or decoded.replace("\n", " ").isprintable():
        yield decoded


def _is_prose(text: str) -> bool:
    words = text.split()
    return len(words) >= 4 and sum(map(str.isalpha, text)) >= 0.6 * len(text)
