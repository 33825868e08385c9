"""Finds code that is commented out: a comment, or a line of one, that parses as statements and does something."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convailens.widget_package.findings import Finding
from convailens.widget_package.javascript import Script, line, parse, text, walk

#: What prose does not look like.
_DOES_SOMETHING = {
    "call_expression",
    "assignment_expression",
    "augmented_assignment_expression",
    "lexical_declaration",
    "variable_declaration",
    "return_statement",
    "if_statement",
    "for_statement",
    "function_declaration",
}
_MARKS = re.compile(r"^\s*(//+|/\*+|\*+/?|\*/)\s?|\s*\*/\s*$")


def check_comments(script: Script) -> Iterator[Finding]:
    for comment in script.of("comment"):
        lines = [_MARKS.sub("", part) for part in text(comment).splitlines()]
        for offset, words in enumerate(lines):
            if is_code(words):
                yield Finding(script.path, line(comment) + offset, "js-comment", "It reads as code.")
                break
        else:
            if len(lines) > 1 and is_code("\n".join(lines)):
                yield Finding(script.path, line(comment), "js-comment", "It reads as code.")


def is_code(words: str) -> bool:
    """Ends like a statement or a block, parses, and does something."""
    stripped = words.strip()
    if not stripped.endswith((";", "}", ")", "{")) or "…" in stripped:
        return False
    # The head of a block is code too, once it is closed; prose does not parse either way.
    root = parse((stripped + "}" if stripped.endswith("{") else stripped).encode())
    return not root.has_error and any(node.type in _DOES_SOMETHING for node in walk(root))
