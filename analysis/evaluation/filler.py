"""Harmless text of any length, to plant where an attempt is planted in the same chat: talk about the weather."""

from __future__ import annotations

from collections.abc import Sequence

_WEATHER = {
    "en": (
        "It has been raining here since the early morning and the sky is still grey. "
        "The wind blew some leaves across the street, then the sun came out for a moment. "
        "They say the evening will be mild and a little cloudy, with some fog near the river. "
    ),
    "es": (
        "Por aquí llueve desde la madrugada y el cielo sigue gris. "
        "El viento llevó unas hojas por la calle y después salió el sol un momento. "
        "Dicen que la tarde será templada y algo nublada, con un poco de niebla cerca del río. "
    ),
    "pt": (
        "Aqui chove desde a madrugada e o céu continua cinza. "
        "O vento levou umas folhas pela rua e depois o sol apareceu por um momento. "
        "Dizem que a tarde vai ser amena e um pouco nublada, com alguma neblina perto do rio. "
    ),
}
_NAMES = {
    "en": "Alex Morgan Taylor Robin Casey Jordan Ashley Parker Kelly Reed ",
    "es": "Ana María Rosa Elena Luisa Carmen Julia Isabel Teresa Ruiz ",
    "pt": "Ana Maria Rosa Helena Luísa Carla Júlia Isabel Teresa Reis ",
}
_FILES = {
    "en": "clouds over the river on a grey morning with rain ",
    "es": "nubes sobre el río una mañana gris de lluvia ",
    "pt": "nuvens sobre o rio numa manhã cinza de chuva ",
}


def weather(language: str, length: int) -> str:
    """Whole words about the weather, `length` characters; what is left at the end is filled with full stops."""
    return _exactly(_WEATHER[language], length, ".")


def name(language: str, length: int) -> str:
    """A plain name of `length` characters, at most one given name and what fits of others."""
    return _exactly(_NAMES[language], length, "a")


def file_name(language: str, length: int) -> str:
    """The name of a picture of the weather, `length` characters with its ending."""
    ending = ".jpg"[: max(0, length - 1)]
    return _exactly(_FILES[language], length - len(ending), "s") + ending


def _exactly(text: str, length: int, padding: str) -> str:
    words: Sequence[str] = text.split()
    result, at = "", 0
    while True:
        longer = f"{result} {words[at % len(words)]}".strip()
        if len(longer) > length:
            return result + padding * (length - len(result))
        result, at = longer, at + 1
