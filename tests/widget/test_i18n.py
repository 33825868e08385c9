"""The panel's words: the same keys, placeholders and plural forms in each language, within the store's limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

WIDGET = Path(__file__).parents[2] / "widget"
LANGUAGES = ("en", "es", "pt")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
# What Intl.PluralRules may answer for a count in our three languages. "many" (a million) falls back to "other".
PLURAL_FORMS = {"one", "other"}


def table(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((WIDGET / "i18n" / f"{language}.json").read_text("utf-8"))
    return loaded


def is_plural(value: Any) -> bool:
    return isinstance(value, dict) and "one" in value


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each text, or each set of plural forms, under its dotted path."""
    if isinstance(value, dict) and not is_plural(value):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path, value


def strings(value: Any) -> list[str]:
    return list(value.values()) if isinstance(value, dict) else [value]


def test_the_languages_are_those_of_the_manifest() -> None:
    manifest = json.loads((WIDGET / "manifest.json").read_text("utf-8"))
    assert manifest["widget"]["locale"] == list(LANGUAGES)
    assert {path.stem for path in (WIDGET / "i18n").iterdir()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_keys_in_the_same_order(language: str) -> None:
    assert [path for path, _ in leaves(table(language))] == [path for path, _ in leaves(table("en"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_or_something_else_than_text(language: str) -> None:
    for path, value in leaves(table(language)):
        for text in strings(value):
            assert isinstance(text, str), path
            assert text == text.strip() != "", path


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_have_the_forms_that_their_language_needs(language: str) -> None:
    for path, value in leaves(table(language)):
        if is_plural(value):
            assert set(value) == PLURAL_FORMS, path
            assert "{n}" in value["other"], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_fills_the_same_placeholders(language: str) -> None:
    english = dict(leaves(table("en")))
    for path, value in leaves(table(language)):
        wanted = english[path]
        for form, text in value.items() if is_plural(value) else [("", value)]:
            source = wanted[form] if form else wanted
            # "1 message" may also be written with a placeholder for its number.
            ignored = {"n"} if form == "one" else set()
            assert set(PLACEHOLDER.findall(text)) - ignored == set(PLACEHOLDER.findall(source)) - ignored, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_store_shows_keeps_its_limits(language: str) -> None:
    widget = table(language)["widget"]
    assert len(widget["name"]) <= 30
    assert all(len(word) <= 19 for word in widget["name"].split())
    assert len(widget["short_description"]) <= 50
    assert len(widget["description"]) <= 400
    assert "USD 0" in widget["description"] or "0 USD" in widget["description"]
    assert not re.search(r"kommo|amo", widget["name"], re.IGNORECASE)
    assert not re.search(r"\b(free|gratis|grátis|gratuit\w*)\b", " ".join(widget.values()), re.IGNORECASE)


@pytest.mark.parametrize("language", ["es", "pt"])
def test_a_translation_is_no_copy_of_the_english_text(language: str) -> None:
    # Alike in both languages, as a person wrote them.
    alike = {"widget.name", "panel.title", "panel.summary.neutral"}
    english = dict(leaves(table("en")))
    for path, value in leaves(table(language)):
        if path not in alike:
            assert value != english[path], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_are_plain_utf_8_with_unix_line_ends(language: str) -> None:
    raw = (WIDGET / "i18n" / f"{language}.json").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
