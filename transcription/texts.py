"""The words of our notes, from the same tables as the pages' (`locale/`)."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.texts import LANGUAGES, texts


def note_words(language: str) -> Mapping[str, str]:
    """What a note in this language says by itself, by key; English for a language that we do not write."""
    words: Mapping[str, str] = texts(language if language in dict(LANGUAGES) else "en")["note"]
    return words
