"""Which language Deepgram is told to listen for. Pure.

Deepgram takes speech for English when it is told nothing, so it is always told something. A tag that the model does
not know is not sent either, for that is a 400: the policy stands in for it. Lists: Deepgram's changelog and its pages
"models and languages" and "Nova-3 language prompting", as of 2026-11-24.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MULTI = "multi"  # Any of many languages, also mixed.
DETECT = "detect"  # Our word for the parameter detect_language: one language, found out by Deepgram.

_LISTS = {
    "nova-2": """
        bg ca cs da da-DK de de-CH el en en-AU en-GB en-IN en-NZ en-US es es-419 et fi fr fr-CA hi hu id it ja ko ko-KR
        lt lv ms nl nl-BE no pl pt pt-BR pt-PT ro ru sk sv sv-SE th th-TH tr uk vi zh zh-CN zh-Hans zh-Hant zh-TW
        """,
    "nova-3, beyond these": "be bn bs gu gu-IN hr kn mk mr sl sr ta te tl zh-HK",
    "nova-3 multi": """
        af ar be bg bn bs ca cs da de el en es et fa fi fr gl gu he hi hr hu id it ja kn ko lt lv mk mr ms nl nl-BE no
        pl pt ro ru sk sl sr sv ta te th tl tr uk vi xh zh zh-HK zu
        """,
}
_NOVA_2 = frozenset(_LISTS["nova-2"].split())
_NOVA_3 = _NOVA_2 | frozenset(_LISTS["nova-3, beyond these"].split())
#: What nova-3 hears as `multi`, and takes as a hint: any other code there fails the request.
_NOVA_3_MULTI = frozenset(_LISTS["nova-3 multi"].split())
_NOVA_3_MEDICAL = frozenset({"en", "en-AU", "en-GB", "en-IN", "en-NZ", "en-US"})
_NOVA_3_NAMES = ("nova-3", "nova-3-general")
#: Older or wider names of a language that Deepgram calls otherwise.
_ALSO = {"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl", "cmn": "zh", "yue": "zh-HK"}
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MAX_TAG = 16  # As long as the column that keeps it.


@dataclass(frozen=True, slots=True)
class Listening:
    """What is asked for: a language or `multi`, with hints; or, where `language` is empty, detection."""

    language: str = ""
    hints: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """The request's parameters: never none."""
        if not self.language:
            return {"detect_language": True}
        return {"language": self.language} | ({"language_hint": list(self.hints)} if self.hints else {})

    @property
    def known(self) -> str:
        """The language if it is settled before anybody listens; else empty."""
        return "" if self.language == MULTI else self.language


def tag_of(text: Any) -> str:
    """A language tag in its usual writing (`pt_br` → `pt-BR`); empty for what is none."""
    tag = text.strip().replace("_", "-") if isinstance(text, str) else ""
    if len(tag) > _MAX_TAG or not _TAG.fullmatch(tag):
        return ""
    first, *more = tag.split("-")
    # RFC 5646, section 2.1.1: regions in capitals, scripts with one, all else small.
    written = [part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in more]
    return "-".join([first.lower(), *written])


def choose(language: str, *, model: str, default: str, hints: Iterable[str] = ()) -> Listening:
    """What to listen for: the language asked for if the model knows it, else the policy `default`, else all it can."""
    is_nova_3 = model in _NOVA_3_NAMES
    usual = tuple(dict.fromkeys(hint for each in hints if (hint := _best(each, _NOVA_3_MULTI))))
    for wish in (language.strip(), default.strip()):
        if wish.lower() == MULTI:
            return Listening(MULTI, usual if is_nova_3 else ())
        if wish.lower() == DETECT:
            return Listening()
        if known := _best(wish, _single(model)):
            return Listening(known)
        # Some languages have no model of their own but are among the many.
        if is_nova_3 and (hint := _best(wish, _NOVA_3_MULTI)):
            return Listening(MULTI, (hint,))
    return Listening(MULTI, usual) if is_nova_3 else Listening()


def _single(model: str) -> frozenset[str]:
    """The tags that a model takes as `language`; none for a model that we do not know."""
    if model in _NOVA_3_NAMES:
        return _NOVA_3
    if model == "nova-3-medical":
        return _NOVA_3_MEDICAL
    return _NOVA_2 if model in ("nova-2", "nova-2-general") else frozenset()


def _best(text: str, known: frozenset[str]) -> str:
    """The nearest tag among the known ones: itself, its wider region, its language; empty where there is none."""
    tag = tag_of(text)
    first, _, rest = tag.partition("-")
    first = _ALSO.get(first, first)
    near = [f"{first}-{rest}" if rest else first]
    if first == "es" and rest and rest != "ES":
        near.append("es-419")  # Spanish of Latin America, as a whole.
    while "-" in near[-1] and near[-1] != "es-419":
        near.append(near[-1].rpartition("-")[0])
    return next((each for each in [*near, first] if each in known), "")
