"""Checks scripts as AMD modules: their shape, what they depend on, the callbacks of script.js, our one address."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from tree_sitter import Node

from convailens.widget_package.archive import SERVICE, is_service_url
from convailens.widget_package.findings import Files, Finding
from convailens.widget_package.javascript import FUNCTIONS, Script, arguments, line, string, text

SCRIPT = "script.js"
#: Modules of Kommo that widgets may depend on. (`store` is one too: it keeps things in the browser, so not for us.)
KOMMO_MODULES = {"jquery", "underscore", "backbone", "twigjs", "moment", "chartjs", "clipboard"}
KOMMO_MODULES |= {"lib/components/base/modal", "require", "exports", "module"}


def check_module(script: Script, files: Files) -> Iterator[Finding]:
    statements = [node for node in script.root.named_children if node.type != "comment"]
    call = _define(statements[0]) if len(statements) == 1 else None
    if call is None:
        yield Finding(script.path, line(statements[0]) if statements else 1, "js-amd", "Not one define.")
    for node in script.of("import_statement", "export_statement"):
        yield Finding(script.path, line(node), "js-amd", "Not AMD.")
    for node, name in dependencies(script):
        if resolve(script.path, name, files) is None and name not in KOMMO_MODULES:
            yield Finding(script.path, line(node), "js-module", f"{name} is neither.")
    if script.path == SERVICE and not any(is_service_url(content) for _, content in script.strings):
        yield Finding(script.path, 1, "js-service-address", "No address here.")
    for node, content in script.strings:
        if "://" in content and not content.startswith("http://www.w3.org/"):
            addresses = [content for _, content in script.strings if "://" in content]
            if script.path != SERVICE or len(addresses) > 1 or not is_service_url(content):
                yield Finding(script.path, line(node), "js-service-address", "An address.")


def _define(statement: Node) -> Node | None:
    """The call of define, when that is what the statement is, in its form without a name."""
    call = statement.named_children[0] if statement.type == "expression_statement" else None
    if call is None or call.type != "call_expression" or text(call).split("(")[0].strip() != "define":
        return None
    given = arguments(call)
    kinds = [node.type for node in given]
    has_list = kinds[:1] == ["array"] and all(node.type in {"string", "comment"} for node in given[0].named_children)
    is_sound = len(kinds) in {1, 2} and kinds[-1] in FUNCTIONS and (len(kinds) == 1 or has_list)
    return call if is_sound else None


def dependencies(script: Script) -> Iterator[tuple[Node, str]]:
    """Names given to define and require."""
    for call in script.of("call_expression"):
        function = call.child_by_field_name("function")
        if function is None or text(function) not in {"define", "require", "requirejs"}:
            continue
        for given in arguments(call):
            names = given.named_children if given.type == "array" else [given]
            for name in names:
                if name.type == "string":
                    yield name, string(name)


def resolve(path: str, name: str, files: Files) -> str | None:
    """The file of the widget that a relative name means, seen from the module at `path`."""
    if not name.startswith(("./", "../")):
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    target = target if target.endswith(".js") else f"{target}.js"
    return target if target in files else None


def reachable(scripts: dict[str, Script], files: Files) -> set[str]:
    """Files that script.js leads to: modules by define and require, other files by a string that names them."""
    found: set[str] = set()
    waiting = [SCRIPT]
    while waiting:
        path = waiting.pop()
        if path in found or path not in scripts:
            continue
        found.add(path)
        script = scripts[path]
        waiting += [file for _, name in dependencies(script) if (file := resolve(path, name, files))]
        for name in files:
            if not name.endswith(".js") and any(name in content for _, content in script.strings):
                found.add(name)
    return found


def callbacks_of(script: Script) -> dict[str, Node]:
    """Callbacks that are handed to Kommo: name → the function, or whatever stands for it."""
    objects = {
        text(name): value
        for node in script.of("variable_declarator")
        if (name := node.child_by_field_name("name")) and (value := node.child_by_field_name("value"))
    }
    found: dict[str, Node] = {}
    for assignment in script.of("assignment_expression"):
        left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        if left is None or right is None or left.type != "member_expression" or not text(left).endswith(".callbacks"):
            continue
        for entry in objects.get(text(right), right).named_children:
            name = entry.child_by_field_name("key") or entry.child_by_field_name("name")
            if entry.type == "shorthand_property_identifier":
                found[text(entry)] = entry
            elif name is not None:
                found[string(name) if name.type == "string" else text(name)] = (
                    entry.child_by_field_name("value") or entry
                )
    return found


def check_returns(script: Script, callbacks: dict[str, Node]) -> Iterator[Finding]:
    """Only of functions that are written out there: what another function returns cannot be seen."""
    for name in ("render", "init", "bind_actions"):
        function = callbacks.get(name)
        body = function.child_by_field_name("body") if function is not None and function.type in FUNCTIONS else None
        if body is None:
            continue
        if body.type != "statement_block":
            results, last = [text(body)], "return_statement"
        else:
            results = [text(node).removeprefix("return").strip(" ;") for node in _own_returns(body)]
            statements = [node for node in body.named_children if node.type != "comment"]
            last = statements[-1].type if statements else ""
        if last != "return_statement" or set(results) != {"true"}:
            yield Finding(script.path, line(body), "js-callback-returns", f"{name} may return something else.")


def _own_returns(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.type == "return_statement":
            yield child
        elif child.type not in FUNCTIONS:
            yield from _own_returns(child)
