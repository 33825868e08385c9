"""Harmless text of any length, to plant where an attempt is planted in the same chat: talk about the weather."""

from __future__ import annotations

from collections.abc import Sequence

#: No time, no wish, no price, no promise: nothing that a reader could take for a word about buying.
_WEATHER = {
    "en": (
        "Such weather over here: rain and more rain, and the sky is grey. "
        "A little wind in the trees, leaves on the street, a bit of sun. "
        "The air is mild and the clouds are low, with some fog over the river. "
    ),
    "es": (
        "Qué clima por acá: lluvia y más lluvia, y el cielo está gris. "
        "Un poco de viento en los árboles, hojas en la calle, algo de sol. "
        "El aire está templado y las nubes están bajas, con niebla sobre el río. "
    ),
    "pt": (
        "Que clima por aqui: chuva e mais chuva, e o céu está cinza. "
        "Um pouco de vento nas árvores, folhas na rua, um tanto de sol. "
        "O ar está ameno e as nuvens estão baixas, com neblina sobre o rio. "
    ),
}
_NAMES = {
    "en": "Alex Morgan Taylor Robin Casey Jordan Ashley Parker Kelly Reed ",
    "es": "Ana María Rosa Elena Luisa Carmen Julia Isabel Teresa Ruiz ",
    "pt": "Ana Maria Rosa Helena Luísa Carla Júlia Isabel Teresa Reis ",
}
_FILES = {
    "en": "grey clouds over the river and rain in the trees ",
    "es": "nubes grises sobre el río y lluvia en los árboles ",
    "pt": "nuvens cinzas sobre o rio e chuva nas árvores ",
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
