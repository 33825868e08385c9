"""Checks what a script does: nothing that the store refuses, nothing that a page of Kommo would be worse for.

It reads, it does not run: what is reached by a computed name or an alias goes unseen.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from convailens.widget_package.comments import check_comments
from convailens.widget_package.findings import Finding
from convailens.widget_package.globals import APP_NAMES, APP_PARTS, DIALOGS, KNOWN, STORAGE, WINDOW
from convailens.widget_package.javascript import (
    FUNCTIONS,
    Script,
    ancestors,
    arguments,
    called,
    line,
    path_of,
    root_of,
    string,
    text,
    walk,
)

_HTML_PROPERTIES = {"innerHTML", "outerHTML", "srcdoc"}
_HTML_CALLS = {"insertAdjacentHTML", "parseHTML", "createContextualFragment", "setHTMLUnsafe", "parseFromString"}
_INSERTS = {"$", "jQuery", "html", "append", "prepend", "before", "after", "replaceWith", "wrap", "appendTo"}
_INTO_HEAD = {"append", "prepend", "appendChild", "insertBefore", "appendTo"}
_CHANGES = {"set", "unset", "clear", "save", "destroy", "push", "pop", "shift", "unshift", "splice", "extend", "assign"}
_LIBRARIES = {"$", "jQuery", "_", "Backbone"}
_LOOPS = {"for_statement", "for_in_statement", "while_statement", "do_statement"}
_LOOPING = {"forEach", "map", "filter", "reduce", "some", "every", "each", "flatMap", "setInterval", "times"}
#: What finds an element that may be Kommo's.
_FINDS = ("$(", "jQuery(", "querySelector", "getElement", "closest(", "find(", "children", "parent", "document.")
_KOMMO_CALLS = {"$authorizedAjax", "authorizedAjax", "crm_post"}
_AJAX = {"ajax", "get", "post", "getJSON"}


def check_script(script: Script) -> Iterator[Finding]:
    if (fault := script.fault_line) is not None:
        yield Finding(script.path, fault, "js-syntax", "Cannot be parsed.")
        return
    for node, code, detail in _broken(script):
        yield Finding(script.path, line(node), code, detail)
    yield from check_comments(script)


def _broken(script: Script) -> Iterator[tuple[Node, str, str]]:
    for call in script.of("call_expression"):
        yield from _check_call(script, call)
    for new in script.of("new_expression"):
        maker = new.child_by_field_name("constructor")
        if maker is not None and text(maker).split(".")[-1] == "Function":
            yield new, "js-eval", "new Function."
        if maker is not None and text(maker).split(".")[-1] == "DOMParser":
            yield new, "js-html", "DOMParser."
    for node in script.of("assignment_expression", "augmented_assignment_expression", "update_expression"):
        yield from _check_target(script, node, node.child_by_field_name("left") or node.child_by_field_name("argument"))
    for node in script.of("unary_expression"):
        if text(node).startswith("delete "):
            yield from _check_target(script, node, node.child_by_field_name("argument"))
    for node in script.of("identifier", "shorthand_property_identifier"):
        yield from _check_free(script, node)
    for node in script.of("member_expression"):
        yield from _check_member(script, node)
    for node, content in script.strings:
        if "<script" in content.lower():
            yield node, "js-inject", "A script element."
        if content.lower().startswith("javascript:"):
            yield node, "js-eval", "Text as code."
    for pair in script.of("pair"):
        if text(pair).replace(" ", "") == "async:false":
            yield pair, "js-sync", "async: false."
    for node in script.of("debugger_statement"):
        yield node, "js-debugger", "debugger."


def _check_call(script: Script, call: Node) -> Iterator[tuple[Node, str, str]]:
    name, given = called(call), arguments(call)
    function = call.child_by_field_name("function")
    path = path_of(function)
    first = given[0] if given else None
    words = string(first) if first is not None and first.type in {"string", "template_string"} else None
    if name in {"eval", "Function", "importScripts", "execScript"} and path[:-1] in {(), *((w,) for w in WINDOW)}:
        yield call, "js-eval", f"{name}()."
    if name in {"setTimeout", "setInterval"} and words is not None:
        yield call, "js-eval", f"{name} of a text."
    if function is not None and function.type == "import":
        yield call, "js-inject", "import()."
    if path[-2:] in {("document", "write"), ("document", "writeln")}:
        yield call, "js-write", f"document.{name}."
    if name in {"createElement", "createElementNS"}:
        tags = {string(node).lower() for node in given if node.type == "string"}
        if tags & {"script", "link", "style"}:
            yield call, "js-inject", f"{name}."
    if name in {"getScript", "globalEval"}:
        yield call, "js-inject", f"{name}."
    if name in _HTML_CALLS or (name == "html" and given):
        yield call, "js-html", f"{name}()."
    if name in _INSERTS | _INTO_HEAD:
        yield from _check_insert(call, name, given)
    if name == "open" and len(given) >= 3 and text(given[2]) == "false":
        yield call, "js-sync", "open(…, false)."
    is_triggered = name in {"trigger", "triggerHandler"} and (words or "").startswith("click")
    if is_triggered or (name == "click" and not given and not _is_made_here(script, function)):
        yield call, "js-click", f"{name}()."
    if name == "dispatchEvent" and first is not None and "click" in text(first):
        yield call, "js-click", "A click that is made up."
    is_ajax = name in _AJAX and path[:1] in {("$",), ("jQuery",)}
    if (name in _KOMMO_CALLS or is_ajax) and _in_loop(call):
        yield call, "js-loop", f"{name} in a loop."
    root = root_of(function) if function is not None else call
    if name in _CHANGES and text(root) in APP_NAMES and script.is_free(root):
        yield call, "js-app-write", f"{name}() on APP."
    if name in {"assign", "defineProperty", "defineProperties", "extend", "setPrototypeOf"} and first is not None:
        yield from _check_target(script, call, first, whole=True)


def _check_insert(call: Node, name: str, given: list[Node]) -> Iterator[tuple[Node, str, str]]:
    function = call.child_by_field_name("function")
    receiver = text(function).replace('"', "'") if function is not None else ""
    into_head = name in _INTO_HEAD and ("$('head')" in receiver or "document.head" in receiver)
    into_head = into_head or (name == "appendTo" and any("head" in text(node) for node in given))
    for node in given:
        content = "".join(string(part) for part in walk(node) if part.type in {"string", "template_string"})
        if into_head:
            if not content.lstrip().startswith("<link"):
                yield call, "js-inject", "Into the head."
        elif "<" in content and (node.type == "binary_expression" or _is_filled(node)):
            yield call, "js-html", "HTML put together from parts."


def _is_made_here(script: Script, function: Node | None) -> bool:
    """Whether x.click() opens a chooser of ours: x is a variable that was made, not found in the page."""
    path = path_of(function)
    values = [
        value
        for node in script.of("variable_declarator")
        if (name := node.child_by_field_name("name")) is not None and (text(name),) == path[:-1]
        if (value := node.child_by_field_name("value")) is not None
    ]
    are_made = bool(values) and all(value.type == "call_expression" for value in values)
    return are_made and not any(found in text(value) for value in values for found in _FINDS)


def _is_filled(node: Node) -> bool:
    return node.type == "template_string" and any(child.type == "template_substitution" for child in node.children)


def _check_target(
    script: Script, node: Node, target: Node | None, *, whole: bool = False
) -> Iterator[tuple[Node, str, str]]:
    """`whole`: the target itself is changed, not replaced, as by Object.assign(target)."""
    if target is None:
        return
    root = root_of(target)
    path = path_of(target)
    if target.type in {"member_expression"} and path[-1:] and path[-1] in _HTML_PROPERTIES:
        yield node, "js-html", f"{path[-1]}."
    elif target.type == "member_expression" and text(target).split(".")[-1] in _HTML_PROPERTIES:
        yield node, "js-html", "HTML as text."
    if root.type != "identifier":
        return
    name = text(root)
    if script.is_free(root):
        if path == ("document", "cookie"):
            return  # Told as storage.
        is_app = name in APP_NAMES or (name in WINDOW and path[1:2] and path[1] in APP_NAMES)
        yield (node, "js-app-write", "APP is changed.") if is_app else (node, "js-global", f"{name} is not ours.")
    elif name in _LIBRARIES and (root is not target or whole):
        yield node, "js-global", f"{name} belongs to the page."


def _check_free(script: Script, node: Node) -> Iterator[tuple[Node, str, str]]:
    name = text(node)
    if not script.is_free(node):
        return
    if name == "console":
        if not _is_trace_in_catch(node):
            yield node, "js-console", "console."
    elif name in STORAGE:
        yield node, "js-storage", f"{name}."
    elif name in DIALOGS:
        yield node, "js-dialog", f"{name}."
    elif name not in KNOWN and not _is_told_otherwise(name):
        yield node, "js-unknown-global", f"{name}."
    elif name in APP_NAMES:
        yield from _check_app(node, 0)


def _is_told_otherwise(name: str) -> bool:
    return name in {"eval", "Function", "importScripts", "execScript", "DOMParser", "requirejs"}


def _check_member(script: Script, node: Node) -> Iterator[tuple[Node, str, str]]:
    path = path_of(node)
    if path and path[0] in WINDOW and path[0] not in script.declared:
        if path[-1] in STORAGE:
            yield node, "js-storage", f"{path[-1]}."
        if path[-1] in DIALOGS:
            yield node, "js-dialog", f"{path[-1]}."
        if path[-1] == "console":
            yield node, "js-console", "console."
        if path[-1] in APP_NAMES:
            yield from _check_app(node, 1)
    if path[-2:] == ("document", "cookie"):
        yield node, "js-storage", "Cookies."


def _check_app(node: Node, depth: int) -> Iterator[tuple[Node, str, str]]:
    """Whether what is read of APP is documented; `node` is APP itself, `depth` names before it."""
    whole = node
    while whole.parent is not None and whole.parent.type == "member_expression":
        if whole.parent.child_by_field_name("object") != whole:
            break
        whole = whole.parent
    parts = path_of(whole)[depth + 1 :]
    is_looked_for = whole.parent is not None and whole.parent.type in {"unary_expression", "binary_expression"}
    if not parts and is_looked_for:
        return  # typeof APP, APP && …
    if not any(parts[: len(part)] == part or part[: len(parts)] == parts != () for part in APP_PARTS):
        yield node, "js-app-undocumented", f"APP.{'.'.join(parts)}."


def _is_trace_in_catch(node: Node) -> bool:
    if node.parent is None or path_of(node.parent) != ("console", "trace"):
        return False
    for above in ancestors(node):
        if above.type == "catch_clause":
            return True
        if above.type == "call_expression" and called(above) == "catch":
            return True
    return False


def _in_loop(node: Node) -> bool:
    inner = node
    for above in ancestors(node):
        if above.type in _LOOPS:
            return True
        if inner.type in FUNCTIONS:
            call = above.parent if above.type == "arguments" else None
            return call is not None and called(call) in _LOOPING
        inner = above
    return False
