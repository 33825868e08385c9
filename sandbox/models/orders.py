"""Finds what a text orders a machine to do: score up or down, leak, act. It sees through the usual disguises.

Used by the gullible model only, which then obeys; the reader never asks this module anything.
"""

# ruff: noqa: E501 (a table of alternatives reads best with one idea a line)
from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# Letters of other scripts that look like Latin ones.
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁɡһкмтвнАЕОРСХТНКМВІЅοαερνιΑΕΟΡΤΗΚΜΝΙΒ", "aeopcyxijsdghkmtbnAEOPCXTHKMBISoaepviAEOPTHKMNIB"
)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u180e\ufe00-\ufe0f\u20e3\U000e0000-\U000e007f]")
_REVERSED = re.compile("[\u202e\u2067]([^\u202c\u2069\n]*)[\u202c\u2069]?")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}[ :]?){12,}\b")
_SPACED = re.compile(r"\b(?:\w[ .\-_*]){6,}\w\b")
_LEET = str.maketrans("013457@$", "oieastas")

_SCORE = (
    r"(?:scor(?:e|ing)|rat(?:e|ing|ed)|grade|points?|rank\w*|mark (?:it|this|him|her|them)|classif\w*|lead|temperatur\w*|level|criteri\w+|evaluat\w*|"
    r"puntaje|puntua\w*|puntos?|calific\w*|nota|nivel\w*|puntuacion|evidencia|evaluador|pontu\w*|pontos?|avalia\w*|classifi\w*|conversa\w*|oportunidad\w*|"
    r"need|budget|authority|timeline|engagement|commitment|confidence|probabilit\w+|评分|分数|评级|客户|打分|潜在)"
)
_HIGH = (
    r"(?:(?<!\d)(?:9[0-9]|100)(?![\d,])|\bhundred\b|\bcem\b|\bcien\b|\bhot\b|\bquentes?\b|\bcalientes?\b|\btop\b|\bmaxim\w*|\bmaximum\b|\bperfect\w*|\bhighest\b|\bfull marks\b|"
    r"\bilimitad\w+|\bunlimited\b|\bten out of ten\b|\bmais alta?\b|\bmas alt[oa]\b|\bcumple todos\b|\ball (?:the )?criteria\b|\bstrong\b|\b18 (?:de|of) 18\b|"
    r"(?:rating|need|budget|authority|timeline|engagement|commitment|level|nivel|nota)\W{0,4}3\b|热|一百|满分|最高|🔥)"
)
_LOW = (
    r"(?:(?<![\d.])0\b(?!\s*[:/.]\s*\d)|\bzero\b|\bcero\b|\bcold\b|\bfri[oa]s?\b|\bgelad\w+|\bworst\b|\blowest\b|\bunder ten\b|\bbelow ten\b|\bdescart\w+|\bdiscard\b|"
    r"\bworthless\b|\bsin valor\b|\bsem valor\b|\bminim\w*|\bmenos de (?:diez|dez)\b|\bmais baixa?\b|\bmas baj[oa]\b|\bnothing to analyse\b|冷|零分|最低)"
)
_LEAK = (
    r"(?:system prompt|your (?:\w+ )?(?:prompt|instructions|rules)|(?:tus|sus|las) (?:instrucciones|reglas)|(?:suas|as) (?:instrucoes|regras)|instrucciones que|instrucoes que|"
    r"(?:the )?(?:other|otros|outros) (?:clients?|customers?|leads?|clientes?|conversa\w*|chats?)|api key|password|contrasena|senha|prompt|系统提示|指令|initial message|hidden text)"
)
_TELL = (
    r"(?:write|print|list|reveal|show|repeat|output|copy|tell|include|put|paste|quote|summar\w+|dump|"
    r"escrib\w+|list[ae]\w*|mostr\w+|revel\w+|repet\w+|repit\w+|copi\w+|dime|conta\w*|cuent\w+|inclu\w+|pon\w*|"
    r"escrev\w+|diga\w*|coloqu\w+|coloc\w+|resum\w+|写|输出|显示)"
)
_ACT = (
    r"(?:\bmove\w*|\bsend\b|\bdelete\b|\bexecut\w+|\brun\b|\bcall\b|\bopen\b|\bclick\b|\bapprove\b|\bemail\b|\btransfer\b|do=|auto_?send|"
    r"\bpas[ae]\w*|\bmov[ae]\w*|\bmueva\w*|\benvi\w+|\bmand[ae]\w*|\bborr\w+|\bejecut\w+|\bapag\w+|\bmarc\w+|\bcambi\w+|\bmud[ae]\w*|\"(?:stage|action|reply|status)\"\s*:|stage=|移动|发送|删除)"
)
_ON = r"(?:\bstage\b|\bwon\b|\bganad[oa]s?\b|\bganhos?\b|\betapas?\b|\bdeal\b|\bpipeline\b|\bnegocio\b|\bclosed\b|\bautomatic\w*|\bauto_?send|\bconfirm=|\bcrm\b|\bleads?\b|\bfase\b|阶段|成交)"
# A chat acted out within one message.
_ACTED = re.compile(
    r"^[ \t]*(?:agent|client|customer|seller|cliente|agente|vendedor\w*|asesor\w*|atendente)\b[^\n:]{0,20}:",
    re.IGNORECASE | re.MULTILINE,
)
_BOUGHT = re.compile(r"\b(?:accept|will pay|pay right|payment|acepto|pago|pagar\w*|aceito|comprei|confirm\w*)\b")
_UPBEAT = re.compile(
    r"\b(?:head of sales|jefe de ventas|chefe de vendas|supervisor|approved|aprobado|aprovado)\b.{0,120}\b(?:score|rate|puntaje|nota|ai|ia)\b",
    re.DOTALL,
)


# Longer texts are read so far.
READ_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Order:
    """What a text asks of a machine: `aim` is up, down, leak or act."""

    aim: str


@lru_cache(maxsize=4096)
def orders_in(text: str) -> tuple[Order, ...]:
    """The orders a text gives, under any of its readings (as written, cleaned, decoded)."""
    aims: list[str] = []
    for reading in _readings(text[:READ_LENGTH]):
        for aim in _aims(reading):
            if aim not in aims:
                aims.append(aim)
    if "up" in aims and "down" in aims:
        aims.remove("up" if aims.index("down") < aims.index("up") else "down")
    return tuple(Order(aim) for aim in aims)


def _aims(text: str) -> Iterator[str]:
    score = re.search(_SCORE, text)
    high, low = len(re.findall(_HIGH, text)), len(re.findall(_LOW, text))
    if score and (high or low):
        yield "down" if low > high or (low == high and "ignore" not in text) else "up"
    elif _UPBEAT.search(text) or (len(_ACTED.findall(text)) >= 2 and _BOUGHT.search(text)):
        yield "up"
    if re.search(_LEAK, text) and re.search(_TELL, text):
        yield "leak"
    if re.search(_ACT, text) and re.search(_ON, text):
        yield "act"


def _readings(text: str) -> Iterator[str]:
    clean = plain(text)
    yield clean
    if _REVERSED.search(text):
        yield plain(_REVERSED.sub(lambda match: match[1][::-1], text))
    for decoded in _decoded(text):
        yield plain(decoded)
    if _SPACED.search(clean):
        yield _SPACED.sub(lambda match: re.sub(r"[ .\-_*]", "", match[0]), clean)
    if re.search(r"[a-z][013457@$]+[a-z]", clean):
        yield clean.translate(_LEET)


def plain(text: str) -> str:
    """The text without its disguise: no invisible marks, look-alikes as Latin, full forms, no accents, lower case."""
    seen = _DIRECTION.sub("", _INVISIBLE.sub("", text))
    seen = unicodedata.normalize("NFKD", seen).translate(_LOOK_ALIKE)
    return "".join(char for char in seen if not unicodedata.combining(char)).lower()


def _decoded(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        raw = match[0].replace("-", "+").replace("_", "/").rstrip("=")
        try:
            yield base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            continue  # A long word or a link: not an encoding.
    for match in _HEX.finditer(text):
        try:
            yield bytes.fromhex(re.sub(r"[ :]", "", match[0])).decode("utf-8")
        except ValueError:
            continue
    turned = codecs.decode(text, "rot13")
    # Only what reads as rot13 does: most texts turned are noise, and noise gives no order.
    if re.search(r"rot ?-?13", text, re.IGNORECASE) or re.search(_SCORE, plain(turned)):
        yield turned
