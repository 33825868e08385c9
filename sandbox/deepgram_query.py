"""The query of a transcription: every parameter that Deepgram's SDK can send, each checked, no other accepted.

Deepgram itself is said to overlook some mistakes; here each is refused, since a parameter that is silently ignored is
what a client wants to hear of in a test. Messages name parameters and never hold a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.deepgram_errors import bad_callback, bad_query, no_such_language, no_such_model


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_NOVA_2 = (
    *("general", "meeting", "phonecall", "finance", "conversationalai", "voicemail", "video", "medical"),
    *("drivethru", "automotive"),
)
_OLD = ("general", "meeting", "phonecall", "finance", "conversationalai", "voicemail", "video", "medical")
MODELS = frozenset(
    ["nova-3", "nova-3-general", "nova-3-medical", "nova-2", *(f"nova-2-{use}" for use in _OF_NOVA_2)]
    + [name for family in ("nova", "enhanced", "base") for name in (family, *(f"{family}-{use}" for use in _OLD))]
    + list(_OLD)
)

# Deepgram's changelog of 2026-10-23 counts 55 languages of `multi` without a list: these are the languages of nova-3.
LANGUAGES = _words(
    "be bg bn bs ca cs da de el en es et fi fr hi hr hu id it ja kn ko lt lv mk mr ms nl no pl pt ro ru sk sl sr sv ta"
    " te tl tr uk vi zh"
)
_NOVA_2_LANGUAGES = _words(
    "bg ca cs da de el en es et fi fr hi hu id it ja ko lt lv ms nl no pl pt ro ru sk sv th tr uk vi zh"
)
_OLD_LANGUAGES = _words("da de en es fr hi id it ja ko nl no pl pt ru sv ta tr uk zh")
# What `detect_language` tells apart. Source: Deepgram's page on language detection (2025).
DETECTABLE = _words("es en hi ja ru uk sv zh pt nl tr fr de id ko it")
# Tags with a region that the models know; any other region of a known language is refused.
_REGIONS = {
    **{"de": {"CH"}, "da": {"DK"}, "en": {"US", "GB", "AU", "IN", "NZ"}, "es": {"419"}, "fr": {"CA"}, "ko": {"KR"}},
    **{"nl": {"BE"}, "pt": {"BR", "PT"}, "sv": {"SE"}, "th": {"TH"}, "zh": {"CN", "TW", "HK", "Hans", "Hant"}},
}

_BOOLEANS = (
    *("detect_entities", "diarize", "dictation", "filler_words", "intents", "measurements", "mip_opt_out"),
    *("multichannel", "numerals", "paragraphs", "profanity_filter", "punctuate", "sentiment", "smart_format"),
    *("topics", "utterances"),
)
_REPEATED = ("custom_intent", "custom_topic", "extra", "keyterm", "keywords", "language_hint", "redact", "replace")
_CHOICES = {
    "callback_method": {"POST", "PUT", "post", "put"},
    "custom_intent_mode": {"extended", "strict"},
    "custom_topic_mode": {"extended", "strict"},
    "diarize_model": {"latest", "v1", "v2"},
    "encoding": {"linear16", "flac", "mulaw", "amr-nb", "amr-wb", "opus", "speex", "g729"},
    "summarize": {"v2", "true", "false"},
}
_FREE = ("callback", "language", "model", "version")
_NUMBERS: dict[str, Callable[[str], float]] = {"channels": int, "sample_rate": int, "utt_split": float}
_SINGLE = {*_BOOLEANS, *_CHOICES, *_FREE, *_NUMBERS}
KNOWN = _SINGLE | {*_REPEATED, "detect_language", "search", "tag"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for. `language` is "" where none was said: English is then meant."""

    model: str
    language: str
    hints: tuple[str, ...]
    detect: bool
    detect_among: tuple[str, ...]
    flags: frozenset[str]
    diarize_model: str
    encoding: str
    sample_rate: int
    utt_split: float
    callback: str
    callback_method: str
    extra: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def is_multi(self) -> bool:
        return self.language == "multi" and not self.detect

    @property
    def is_diarized(self) -> bool:
        return bool(self.diarize_model) or "diarize" in self.flags

    @property
    def is_punctuated(self) -> bool:
        return bool(self.flags & {"punctuate", "smart_format"})


def read_query(query: bytes) -> Wanted:
    """The parameters of a request. Raises Fault for any that Deepgram would not take."""
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        given.setdefault(name, []).append(value)
    for name, values in given.items():
        _check(name, values)
    model = _one(given, "model") or "base-general"
    if model not in MODELS:
        raise no_such_model()
    is_nova_3 = model.startswith("nova-3")
    detect, among = _detection(given.get("detect_language", []))
    language = _one(given, "language")
    if not detect:
        _check_language(model, language)
    hints = tuple(_hint(code) for code in given.get("language_hint", []))
    if hints and not (is_nova_3 and language == "multi" and not detect):
        raise bad_query("`language_hint` is for nova-3 with `language=multi`")
    if "keyterm" in given and not is_nova_3:
        raise bad_query("`keyterm` is for nova-3")
    if "keywords" in given and is_nova_3:
        raise bad_query("`keywords` is not supported by nova-3")
    callback = _one(given, "callback")
    if "callback" in given and not re.match(r"https?://[^\s/]", callback):
        raise bad_callback()
    return Wanted(
        model=model,
        language=language,
        hints=tuple(dict.fromkeys(hints)),
        detect=detect,
        detect_among=among,
        flags=frozenset(name for name in _BOOLEANS if _one(given, name) == "true"),
        diarize_model=_one(given, "diarize_model"),
        encoding=_one(given, "encoding"),
        sample_rate=int(_one(given, "sample_rate") or 0),
        utt_split=float(_one(given, "utt_split") or 0.8),
        callback=callback,
        callback_method=_one(given, "callback_method").upper() or "POST",
        extra=tuple(given.get("extra", [])),
        tags=tuple(given.get("tag", [])),
    )


def base_of(tag: str) -> str:
    """The language of a tag: pt of pt-BR."""
    return tag.partition("-")[0].lower()


def _one(given: dict[str, list[str]], name: str) -> str:
    return given.get(name, [""])[0]


def _check(name: str, values: list[str]) -> None:
    shown = re.sub(r"[^A-Za-z0-9_.-]", "?", name[:40])
    if name not in KNOWN:
        raise bad_query(f"unknown field `{shown}`")
    if name in _SINGLE and len(values) > 1:
        raise bad_query(f"duplicate field `{shown}`")
    if name in _BOOLEANS and values[0] not in ("true", "false"):
        raise bad_query(f"`{shown}` is neither `true` nor `false`")
    if name in _CHOICES and values[0] not in _CHOICES[name]:
        raise bad_query(f"unknown variant of `{shown}`, expected one of {', '.join(sorted(_CHOICES[name]))}")
    if name in _NUMBERS:
        try:
            is_positive = 0 < _NUMBERS[name](values[0]) < 1e6
        except ValueError:
            is_positive = False
        if not is_positive:
            raise bad_query(f"`{shown}` is not a number above 0")
    if not all(values):
        raise bad_query(f"`{shown}` is empty")


def _detection(values: list[str]) -> tuple[bool, tuple[str, ...]]:
    if values in ([], ["false"]):
        return False, ()
    if values == ["true"]:
        return True, ()
    if not all(base_of(code) in DETECTABLE for code in values):
        raise bad_query("`detect_language` is neither `true` nor `false` nor languages that can be detected")
    return True, tuple(base_of(code) for code in values)


def _check_language(model: str, language: str) -> None:
    if not language:
        return
    if language == "multi":
        if not model.startswith(("nova-2", "nova-3")):
            raise no_such_language()
        return
    base, _, region = language.partition("-")
    known = (
        LANGUAGES if model.startswith("nova-3") else _NOVA_2_LANGUAGES if model.startswith("nova-2") else _OLD_LANGUAGES
    )
    if model.endswith("-medical"):
        known = frozenset({"en"})
    if base not in known or (region and region not in _REGIONS.get(base, ())):
        raise no_such_language()


def _hint(code: str) -> str:
    """The canonical form of a hinted language; a region the model has no tag for becomes its language."""
    base, _, region = code.replace("_", "-").partition("-")
    base, region = base.lower(), region.title() if len(region) > 3 else region.upper()
    if base not in LANGUAGES:
        raise bad_query("`language_hint` is not among the languages of this model")
    return f"{base}-{region}" if base != "en" and region in _REGIONS.get(base, ()) else base
