"""Checks style.css: everything under our own classes, nothing of Kommo's changed, right in both themes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

import tinycss2

from convailens.widget_package.findings import Files, Finding

PREFIX = "convailens-"
_THEME = "html[data-color-scheme"


def check_styles(path: str, source: bytes) -> Iterator[Finding]:
    sheet = tinycss2.parse_stylesheet(source.decode(errors="replace"), skip_comments=True, skip_whitespace=True)
    yield from _check_rules(path, sheet, nested=False)
    plain = source.decode(errors="replace")
    if "data-color-scheme" not in plain and "var(--palette-" not in plain:
        yield Finding(path, 1, "css-theme", "Nothing here follows the theme.")


def referred(path: str, source: bytes, files: Files) -> set[str]:
    """Files of the widget that the styles load."""
    names = {posixpath.normpath(posixpath.join(posixpath.dirname(path), url)) for _, url in _urls(source)}
    return names & set(files)


def _urls(source: bytes) -> Iterator[tuple[Any, str]]:
    sheet = tinycss2.parse_stylesheet(source.decode(errors="replace"))
    waiting: list[Any] = list(sheet)
    while waiting:
        node = waiting.pop()
        if node.type == "url":
            yield node, node.value
        if node.type == "function" and node.lower_name in {"url", "src", "image-set"}:
            yield from ((inner, inner.value) for inner in node.arguments if inner.type == "string")
        for name in ("prelude", "content", "arguments"):
            waiting.extend(getattr(node, name, None) or ())


def _check_rules(path: str, nodes: Sequence[Any], *, nested: bool) -> Iterator[Finding]:
    for node in nodes:
        if node.type == "error":
            yield Finding(path, node.source_line, "css-syntax", f"{node.message}.")
        elif node.type == "qualified-rule":
            yield from _check_selectors(path, node, nested=nested)
            yield from _check_block(path, node.content)
        elif node.type == "at-rule":
            yield from _check_at_rule(path, node, nested=nested)
        elif node.type == "declaration":
            yield from _check_declaration(path, node)


def _check_block(path: str, content: Sequence[Any]) -> Iterator[Finding]:
    inside = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    yield from _check_rules(path, inside, nested=True)


def _check_at_rule(path: str, rule: Any, *, nested: bool) -> Iterator[Finding]:
    name, line = rule.lower_at_keyword, rule.source_line
    prelude = tinycss2.serialize(rule.prelude).strip()
    if name in {"import", "font-face", "namespace"}:
        yield Finding(path, line, "css-import", f"@{name}.")
    elif name in {"media", "supports", "container", "layer"}:
        if "prefers-color-scheme" in prelude:
            yield Finding(path, line, "css-theme", "Follows the system instead.")
        if nested:
            yield from _check_block(path, rule.content or ())
        else:
            inside = tinycss2.parse_rule_list(rule.content or (), skip_comments=True, skip_whitespace=True)
            yield from _check_rules(path, inside, nested=False)
    elif name in {"keyframes", "property", "counter-style"}:
        if not prelude.removeprefix("--").startswith(PREFIX):
            yield Finding(path, line, "css-names", f"@{name} {prelude}.")
    elif name != "charset":
        yield Finding(path, line, "css-root", f"@{name} is not known here.")


def _check_selectors(path: str, rule: Any, *, nested: bool) -> Iterator[Finding]:
    for selector in _split(rule.prelude):
        line = selector[0].source_line if selector else rule.source_line
        plain = tinycss2.serialize(selector).strip()
        for name in _classes(selector):
            if not name.startswith(PREFIX):
                yield Finding(path, line, "css-foreign", f".{name}.")
        if any(node.type == "hash" for node in selector):
            yield Finding(path, line, "css-foreign", f"{plain}.")
        if not nested and not _is_ours(selector):
            yield Finding(path, line, "css-root", f"{plain}.")


def _is_ours(selector: Sequence[Any]) -> bool:
    """Whether it begins, after the theme, with one of our classes, or paints our own highlight."""
    plain = tinycss2.serialize(selector).strip()
    if plain.startswith(f"::highlight({PREFIX}"):
        return True
    compounds = _compounds(selector)
    if compounds and tinycss2.serialize(compounds[0]).replace(" ", "").startswith(_THEME):
        compounds = compounds[1:]
        if compounds and tinycss2.serialize(compounds[0]).startswith(f"::highlight({PREFIX}"):
            return True
    return bool(compounds) and any(name.startswith(PREFIX) for name in _classes(compounds[0], deep=False))


def _compounds(selector: Sequence[Any]) -> list[list[Any]]:
    """Parts between combinators."""
    parts: list[list[Any]] = [[]]
    for node in selector:
        if node.type == "whitespace" or (node.type == "literal" and node.value in {">", "+", "~", "||"}):
            if parts[-1]:
                parts.append([])
        elif node.type != "comment":
            parts[-1].append(node)
    return [part for part in parts if part]


def _classes(selector: Sequence[Any], *, deep: bool = True) -> Iterator[str]:
    """`deep`: those within :is(), :not() and the like too."""
    previous = None
    for node in selector:
        if node.type == "ident" and previous is not None and previous == ".":
            yield node.value
        if deep and node.type == "function":
            yield from _classes(node.arguments)
        previous = node.value if node.type == "literal" else None


def _split(prelude: Sequence[Any]) -> Iterator[list[Any]]:
    current: list[Any] = []
    for node in prelude:
        if node.type == "literal" and node.value == ",":
            yield current
            current = []
        elif current or node.type not in {"whitespace", "comment"}:
            current.append(node)
    yield current


def _check_declaration(path: str, declaration: Any) -> Iterator[Finding]:
    name, line = declaration.lower_name, declaration.source_line
    value = tinycss2.serialize(declaration.value).strip()
    if name.startswith("--palette-"):
        yield Finding(path, line, "css-palette", f"{name}.")
    elif name.startswith("--") and not name.startswith(f"--{PREFIX}"):
        yield Finding(path, line, "css-names", f"{name}.")
    if name == "position" and value.lower() == "fixed":
        yield Finding(path, line, "css-covers", "position: fixed.")
    for _, url in _urls_in(declaration.value):
        if not url.startswith(("data:", "images/", "./images/")):
            yield Finding(path, line, "css-external", f"{url[:60]}.")


def _urls_in(values: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    for node in values:
        if node.type == "url":
            yield node, node.value
        if node.type == "function":
            if node.lower_name in {"url", "src", "image-set"}:
                yield from ((inner, inner.value) for inner in node.arguments if inner.type == "string")
            yield from _urls_in(node.arguments)
