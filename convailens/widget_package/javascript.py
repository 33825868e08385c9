"""A parsed script and questions about it. Knows names, not scopes: a name declared anywhere in a file counts as known
everywhere in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_LANGUAGE = Language(tree_sitter_javascript.language())
FUNCTIONS = {
    "function_expression",
    "function_declaration",
    "arrow_function",
    "method_definition",
    "generator_function",
    "generator_function_declaration",
}


def parse(source: bytes) -> Node:
    return Parser(_LANGUAGE).parse(source).root_node


class Script:
    """One file of JavaScript."""

    def __init__(self, path: str, source: bytes) -> None:
        self.path = path
        self.root = parse(source)
        self.nodes = list(walk(self.root))

    def of(self, *kinds: str) -> Iterator[Node]:
        return (node for node in self.nodes if node.type in kinds)

    @property
    def fault_line(self) -> int | None:
        """Where the first thing that cannot be parsed stands."""
        if not self.root.has_error:
            return None
        return next((line(node) for node in self.nodes if node.is_error or node.is_missing), 1)

    @cached_property
    def declared(self) -> frozenset[str]:
        """Names that this file declares, by any means, anywhere."""
        found: set[str] = set()
        for node in self.nodes:
            field = {
                "variable_declarator": "name",
                "function_declaration": "name",
                "function_expression": "name",
                "generator_function_declaration": "name",
                "class_declaration": "name",
                "arrow_function": "parameter",
                "catch_clause": "parameter",
            }.get(node.type)
            if field and (target := node.child_by_field_name(field)):
                found.update(_bound(target))
            if node.type == "formal_parameters":
                for child in node.named_children:
                    found.update(_bound(child))
            if node.type == "for_in_statement" and node.child_by_field_name("kind"):
                found.update(_bound(_field(node, "left")))
        return frozenset(found)

    def is_free(self, node: Node) -> bool:
        """Whether this identifier comes from outside the file."""
        return node.type in {"identifier", "shorthand_property_identifier"} and text(node) not in self.declared

    @cached_property
    def strings(self) -> list[tuple[Node, str]]:
        """Every string and template with its content; what is interpolated shows as nothing."""
        return [(node, string(node)) for node in self.of("string", "template_string")]


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def text(node: Node) -> str:
    return node.text.decode(errors="replace") if node.text else ""


def line(node: Node) -> int:
    return node.start_point[0] + 1


def string(node: Node) -> str:
    return "".join(text(child) for child in node.children if child.type in {"string_fragment", "escape_sequence"})


def arguments(call: Node) -> list[Node]:
    found = call.child_by_field_name("arguments")
    return [child for child in found.named_children if child.type != "comment"] if found else []


def path_of(node: Node | None) -> tuple[str, ...]:
    """("APP", "data", "current_card") of APP.data?.current_card; empty where it is not that plain."""
    parts: list[str] = []
    while node is not None and node.type == "member_expression":
        parts.append(text(_field(node, "property")))
        node = node.child_by_field_name("object")
    if node is None or node.type not in {"identifier", "this"}:
        return ()
    return (text(node), *reversed(parts))


def root_of(node: Node) -> Node:
    """What a chain of members, subscripts and calls begins with."""
    while True:
        below = node.child_by_field_name("object") or node.child_by_field_name("function")
        if below is None or node.type not in {"member_expression", "subscript_expression", "call_expression"}:
            return node
        node = below


def called(call: Node) -> str:
    """The last name of what is called: `append` of $('head').append(…)."""
    function = call.child_by_field_name("function")
    if function is None:
        return ""
    if function.type == "member_expression":
        return text(_field(function, "property"))
    return text(function) if function.type == "identifier" else ""


def ancestors(node: Node) -> Iterator[Node]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _field(node: Node, name: str) -> Node:
    found = node.child_by_field_name(name)
    return found if found is not None else node


def _bound(pattern: Node) -> Iterator[str]:
    """Names that a pattern binds: not its defaults, not its keys."""
    if pattern.type in {"identifier", "shorthand_property_identifier_pattern"}:
        yield text(pattern)
    elif pattern.type in {"assignment_pattern", "object_assignment_pattern"}:
        yield from _bound(_field(pattern, "left"))
    elif pattern.type == "pair_pattern":
        yield from _bound(_field(pattern, "value"))
    elif pattern.type in {"object_pattern", "array_pattern", "rest_pattern"}:
        for child in pattern.named_children:
            yield from _bound(child)
