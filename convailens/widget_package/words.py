"""Checks i18n: the same keys and placeholders in every language, and what the store wants of name and descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from convailens.widget_package.findings import Files, Finding, line_of, load_json

MAX_NAME, MAX_NAME_WORD, MAX_SHORT, MAX_DESCRIPTION = 30, 19, 50, 400
_MARKUP = re.compile(r"<[a-zA-Z/!]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BRAND = re.compile(r"kommo|amo", re.IGNORECASE)
_FREE = r"free|gratis|gratuit[oa]s?|grátis|ücretsiz|бесплатн\w*"
_TRIAL = r"trial|prueba|teste|deneme|пробн\w*"
_FREE_TRIAL = re.compile(rf"\b({_FREE})\b[^.!?]*\b({_TRIAL})\b|\b({_TRIAL})\b[^.!?]*\b({_FREE})\b", re.IGNORECASE)
_PLAN = re.compile(r"\b(plan|plano|planes|planos|plans|plan[ıi]|тариф\w*|paket)\b", re.IGNORECASE)
_PRICE = re.compile(rf"[$€]|\b(USD|EUR|{_FREE})\b", re.IGNORECASE)  # What costs nothing has said its price.

Texts = dict[tuple[str, ...], str]


def read_words(files: Files, languages: list[str]) -> tuple[dict[str, Texts], list[Finding]]:
    """The texts of each language by their path, and what is wrong with the files as such."""
    words: dict[str, Texts] = {}
    findings: list[Finding] = []
    for language in languages:
        path = f"i18n/{language}.json"
        if path not in files:
            findings.append(Finding(path, 1, "file-missing", f"The manifest lists {language}."))
            continue
        loaded, faults = load_json(path, files[path])
        findings += faults
        if loaded is None:
            continue
        words[language] = {}
        for keys, value in _leaves(loaded):
            if isinstance(value, str) and value.strip():
                words[language][keys] = value
            else:
                findings.append(_finding(files, language, keys, "words-kind"))
                words[language][keys] = ""
    return words, findings


def check_words(files: Files, words: Mapping[str, Texts]) -> Iterator[Finding]:
    """Compares each language with the first, and looks at every text."""
    first = next(iter(words), "")
    for language, texts in words.items():
        for keys in sorted(texts.keys() ^ words[first].keys()):
            where = language if keys in texts else first
            lacking = first if keys in texts else language
            yield _finding(files, where, keys, "words-structure", f"{lacking} lacks {'.'.join(keys)}.")
        for keys in sorted(texts.keys() & words[first].keys()):
            if set(_PLACEHOLDER.findall(texts[keys])) != set(_PLACEHOLDER.findall(words[first][keys])):
                yield _finding(files, language, keys, "words-placeholders")
        for keys, text in texts.items():
            if _MARKUP.search(text) and keys != ("widget", "description"):
                yield _finding(files, language, keys, "words-markup")
        yield from _check_front(files, language, texts)


def _check_front(files: Files, language: str, texts: Texts) -> Iterator[Finding]:
    """What stands in the store's list."""
    keys = {key: ("widget", key) for key in ("name", "short_description", "description")}
    name, short, description = (texts.get(path, "") for path in keys.values())
    plain = re.sub(r"<[^>]*>", "", description)
    if len(name) > MAX_NAME or any(len(word) > MAX_NAME_WORD for word in name.split()):
        yield _finding(files, language, keys["name"], "words-name")
    if _BRAND.search(name):
        yield _finding(files, language, keys["name"], "words-brand")
    if len(short) > MAX_SHORT:
        yield _finding(files, language, keys["short_description"], "words-short", f"{len(short)} characters.")
    if len(plain) > MAX_DESCRIPTION:
        yield _finding(files, language, keys["description"], "words-description", f"{len(plain)} characters.")
    if plain and not (_PLAN.search(plain) and _PRICE.search(plain)):
        yield _finding(files, language, keys["description"], "words-plan")
    for path, text in zip(keys.values(), (name, short, plain), strict=True):
        if _FREE_TRIAL.search(text) or (path == keys["name"] and re.search(rf"\b({_FREE})\b", text, re.IGNORECASE)):
            yield _finding(files, language, path, "words-free")


def _leaves(value: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*keys, key))
    else:
        yield keys, value


def _finding(files: Files, language: str, keys: tuple[str, ...], code: str, detail: str = "") -> Finding:
    path = f"i18n/{language}.json"
    return Finding(path, line_of(files[path].decode(errors="replace"), keys), code, detail or f"{'.'.join(keys)}.")
