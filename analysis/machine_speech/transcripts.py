"""A conversation invented inside one message: lines of both sides, spoken by one."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

_CLIENT_SIDE = r"client|customer|buyer|lead|prospect|user|cliente|comprador[a]?|usuario|usuaria"
_OUR_SIDE = (
    r"agent|seller|sales(?:person|man|woman|rep)?|rep|advisor|assistant|support|operator|vendedora?|agente|asesora?|asistente|atendente"
    r"|consultora?|assistente|operadora?|ejecutiv[oa]|corretora?|bot"
)
_TIME = r"[\[(]?(?:\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?,? )?\d{1,2}[:.h]\d{2}(?: ?[ap]\.?m\.?)?[\])]?"
_LINE = re.compile(
    rf"^\s*(?:[-*>]\s*)?(?:{_TIME}\s*[-–]?\s*)?(?P<who>[^\W\d][\w .]{{0,30}}?)\s*(?:{_TIME})?\s*:(?!//)", re.MULTILINE
)
_ROLE = (
    re.compile(rf"(?:the |el |la |o |a )?(?:{_CLIENT_SIDE})"),
    re.compile(rf"(?:the |el |la |o |a )?(?:{_OUR_SIDE})"),
)
_MAX_LINES = 200


def is_invented_transcript(plain: str, names: tuple[Collection[str], Collection[str]] = ((), ())) -> bool:
    """True for a text with lines of both sides, at least three in turns: by their roles, or by the names in this chat.

    `names` are the first names on the client's side and on ours, plain. A single "Client: …" heads a form; a forwarded
    chat of other people carries names that are not in this one.
    """
    if plain.count(":") < 3:
        return False
    sides: list[int] = []
    for count, line in enumerate(_LINE.finditer(plain)):
        if count >= _MAX_LINES:
            break
        who = line.group("who").strip()
        for side in (0, 1):
            if _ROLE[side].fullmatch(who) or (who.split() and who.split()[0] in names[side]):
                sides.append(side)
    turns = sum(before != after for before, after in pairwise(sides))
    return turns >= 2
