"""Ratings from the model's claims: what it says of each criterion, weighed by the evidence that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from analysis.conversation import Turn
from analysis.evidence import Claim, EvidenceCounts, Pointer, locate, verify
from analysis.scoring import MAX_LEVEL, Rating

SPAN_BEARS = 3  # Criteria that one span may carry. A model that proves everything by one sentence proves nothing by it.

SPAN_RULES = 5  # From here on the model takes orders from it. (Of the 60 sample chats one span carries 4, none 5.)


def rate(
    claimed: Mapping[str, tuple[int | None, Iterable[Claim | tuple[int, str]]]],
    turns: Iterable[Turn],
    *,
    names: Iterable[str],
    flagged: Collection[str],
    key: bytes,
) -> tuple[dict[str, Rating], EvidenceCounts]:
    """Turn claimed levels and quotes into ratings of the criteria `names`, on guard against a model that believes all.

    - No level, no rating; whatever evidence came with it is not looked at.
    - A level with no quote that holds is unverified (the score gives it half its weight).
    - A level whose only ground is a flagged message (named by number, or its words put into another's mouth) is void.
    - A span that carries more than SPAN_BEARS criteria verifies none of them.
    """
    shown = tuple(turns)
    tainted = {turn.n: turn.text for turn in shown if turn.message.id in flagged}
    levels: dict[str, int | None] = {}
    found: dict[str, tuple[Pointer, ...]] = {}
    counts = EvidenceCounts()
    for name in names:
        level, claims = claimed.get(name, (None, ()))
        if not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= MAX_LEVEL:
            levels[name], found[name] = None, ()
            continue
        claims = tuple(claims)
        pointers, some = verify(claims, shown, flagged=flagged, key=key)
        counts += some
        if not pointers and any(_rests_on(n, quote, tainted) for n, quote in claims):
            level = None
        levels[name], found[name] = level, pointers
    bears = Counter((p.message, p.start, p.end) for pointers in found.values() for p in pointers)
    ratings = {}
    for name, level in levels.items():
        pointers = found[name] if level is not None else ()
        is_verified = any(bears[p.message, p.start, p.end] <= SPAN_BEARS for p in pointers)
        ratings[name] = Rating(level, is_verified, pointers)
    return ratings, counts


def carry_everything(ratings: Mapping[str, Rating]) -> frozenset[str]:
    """Ids of the messages of which one span is named for SPAN_RULES criteria or more.

    No sentence of a client says that much. One that orders levels is named for each of them by a model that obeys.
    """
    named: dict[tuple[str, int, int], set[str]] = {}
    for name, rating in ratings.items():
        for pointer in rating.evidence:
            named.setdefault((pointer.message, pointer.start, pointer.end), set()).add(name)
    return frozenset(message for (message, _, _), names in named.items() if len(names) >= SPAN_RULES)


def _rests_on(n: object, quote: object, tainted: Mapping[int, str]) -> bool:
    if n in tainted:
        return True
    return isinstance(quote, str) and any(locate(quote, text) is not None for text in tainted.values())
