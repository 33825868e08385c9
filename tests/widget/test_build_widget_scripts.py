"""The check of scripts: each rule refuses what breaks it on its line, and what only looks like it passes."""

from __future__ import annotations

import pytest

from convailens.widget_package import check
from tests.widget.sound import MANIFEST, PANEL, SCRIPT, SERVICE, sound

#: Code and a statement that breaks it, put into a function of lib/panel.js.
STATEMENTS: list[tuple[str, str]] = [
    ("js-syntax", "const = 5;"),
    ("js-syntax", "open('unfinished);"),
    ("js-eval", "eval('1');"),
    ("js-eval", "window.eval('1');"),
    ("js-eval", "new Function('return 1');"),
    ("js-eval", "Function('return 1')();"),
    ("js-eval", "setTimeout('open()', 5);"),
    ("js-eval", "location.assign('javascript:open()');"),
    ("js-write", "document.write('x');"),
    ("js-write", "window.document.writeln('x');"),
    ("js-inject", "document.createElement('script');"),
    ("js-inject", 'document.createElement("SCRIPT");'),
    ("js-inject", "document.createElement('style');"),
    ("js-inject", "document.head.append(open());"),
    ("js-inject", "$('head').append('<style>b {}</style>');"),
    ("js-inject", "$('body').append('<script src=x></script>');"),
    ("js-inject", "$.getScript('/x');"),
    ("js-inject", "import('./service.js');"),
    ("js-html", "opened.innerHTML = name;"),
    ("js-html", "open().outerHTML += name;"),
    ("js-html", "opened.insertAdjacentHTML('beforeend', name);"),
    ("js-html", "$(opened).html(name);"),
    ("js-html", "$(opened).append('<b>' + name + '</b>');"),
    ("js-html", "$(opened).append(`<b>${name}</b>`);"),
    ("js-html", "$(`<b title=${name}>`);"),
    ("js-html", "new DOMParser();"),
    ("js-html", "opened.createContextualFragment(name);"),
    ("js-dialog", "alert('x');"),
    ("js-dialog", "if (window.confirm('x')) { open(); }"),
    ("js-dialog", "prompt('x');"),
    ("js-console", "console.log(name);"),
    ("js-console", "console.trace(name);"),
    ("js-console", "window.console.error(name);"),
    ("js-console", "try { open(); } catch (fault) { console.error(fault); }"),
    ("js-storage", "localStorage.setItem('a', name);"),
    ("js-storage", "window.sessionStorage.a = name;"),
    ("js-storage", "indexedDB.open('a');"),
    ("js-storage", "document.cookie = 'a=1';"),
    ("js-storage", "open(document.cookie);"),
    ("js-sync", "request.open('GET', '/', false);"),
    ("js-sync", "$.ajax({ url: '/', async: false });"),
    ("js-global", "leaked = 5;"),
    ("js-global", "leaked += 5;"),
    ("js-global", "window.lens = 5;"),
    ("js-global", "globalThis.lens = 5;"),
    ("js-global", "self.lens = 5;"),
    ("js-global", "delete window.lens;"),
    ("js-global", "Object.assign(window, { lens: 5 });"),
    ("js-global", "Array.prototype.last = open;"),
    ("js-global", "document.title = 'x';"),
    ("js-global", "$.fn.lens = open;"),
    ("js-unknown-global", "open(Kommo.secret);"),
    ("js-unknown-global", "new XMLHttpRequest();"),
    ("js-app-write", "APP.lens = 5;"),
    ("js-app-write", "APP.data.current_card.id = 5;"),
    ("js-app-write", "AMOCRM.data.current_card.id = 5;"),
    ("js-app-write", "window.APP.lens = 5;"),
    ("js-app-write", "APP.data.current_card.model.set('price', 5);"),
    ("js-app-write", "Object.assign(APP.data, { x: 5 });"),
    ("js-app-undocumented", "open(APP.router.current);"),
    ("js-app-undocumented", "open(window.APP.router);"),
    ("js-app-undocumented", "const app = APP; open(app);"),
    ("js-loop", "for (const url of opened) { $.ajax(url); }"),
    ("js-loop", "while (opened) { await self.$authorizedAjax({}); }"),
    ("js-loop", "opened.forEach((url) => self.crm_post(url));"),
    ("js-loop", "setInterval(function () { self.$authorizedAjax({}); }, 5);"),
    ("js-click", "opened.click();"),
    ("js-click", "$('.install').click();"),
    ("js-click", "const button = document.querySelector('.install'); button.click();"),
    ("js-click", "$('.install').trigger('click');"),
    ("js-click", "opened.dispatchEvent(new MouseEvent('click'));"),
    ("js-comment", "// open();"),
    ("js-comment", "// const old = 5;"),
    ("js-comment", "/* if (opened) {\n * open();\n * } */"),
    ("js-comment", "// if (opened) {"),
    ("js-debugger", "debugger;"),
    ("js-service-address", "fetch('https://example.org/api');"),
    ("js-service-address", "fetch(`http://example.org/${name}`);"),
    ("js-module", "require(['./missing.js'], open);"),
    ("js-amd", "import x from 'y';"),
]
SOUND_STATEMENTS = [
    "// Opens it (again).",
    "// In short: open, then close; nothing else.",
    "/* { phase: 'opening' | 'ready', run: null | {key, state} } */",
    "// See open().",
    "open('eval(1); alert(2); console.log(3); window.x = 1');",
    "open(/alert\\(|console\\.log/.test(name));",
    "open(`document.cookie ${name}`);",
    "const local = {}; local.lens = 5; local.innerText = name;",
    "var self = this; self.lens = 5; self.$authorizedAjax({});",
    "const { first, second: [third = 4], ...rest } = open(); open(first, third, rest);",
    "open().then((given) => given, function named(fault) { named(fault); });",
    "open().catch((fault) => { console.trace(fault); });",
    "for (const item of opened) { $(item).on('click', () => self.$authorizedAjax({})); }",
    "if (typeof APP === 'undefined' || !APP.data.current_card) { open(); }",
    "open(APP.data.current_card?.id, APP.constant('user').id, window.APP.lang_id, APP.isCard());",
    "APP.notifications.show_message({ text: name });",
    "document.createElementNS('http://www.w3.org/2000/svg', 'svg').append(name);",
    "$('head').append('<link rel=\"stylesheet\" href=\"' + name + '\">');",
    "opened.append('<b>' , name);",
    "const chooser = open('input'); chooser.click();",
    "CSS.highlights.set('convailens-evidence', new Highlight());",
    "label: for (;;) { break label; }",
    "class Own { #held = 1; static made = 2; get held() { return this.#held; } } open(Own);",
]


def panel_with(statement: str) -> str:
    return PANEL.replace(
        "./service.js'], function (service)", "./service.js', 'jquery'], function (service, $)"
    ).replace("    try {", f"    const name = '', self = {{}}, request = {{}};\n{statement}\n    try {{")


def panel_alone(statement: str) -> str:
    """Without a `self` of its own."""
    return panel_with(statement).replace(", self = {}", "")


@pytest.mark.parametrize(("code", "statement"), STATEMENTS, ids=range(len(STATEMENTS)))
def test_what_breaks_a_rule_of_scripts_is_found_on_its_line(code: str, statement: str):
    panel = panel_alone(statement) if "self.lens" in statement else panel_with(statement)
    found = [(found.code, found.path) for found in check(sound(panel=panel)) if 8 <= found.line < 11]
    assert (code, "lib/panel.js") in found


@pytest.mark.parametrize("statement", SOUND_STATEMENTS, ids=range(len(SOUND_STATEMENTS)))
def test_what_only_looks_like_it_passes(statement: str):
    panel = panel_alone(statement) if "var self" in statement else panel_with(statement)
    assert check(sound(panel=panel)) == []


@pytest.mark.parametrize(
    "panel",
    [
        "var lens = 5;\n" + PANEL,
        PANEL + PANEL,
        PANEL.replace("define(['./service.js']", "define('lens', ['./service.js']"),
        PANEL.replace("define([", "require(["),
        "const x = 5;\n",
        "",
        "'use strict';\n" + PANEL,
    ],
    ids=range(7),
)
def test_a_script_is_one_define_and_nothing_beside_it(panel: str):
    assert ("js-amd", "lib/panel.js") in [(found.code, found.path) for found in check(sound(panel=panel))]


@pytest.mark.parametrize("name", ["store", "react", "https://cdn.example.org/x.js", "./gone.js", "lib/service.js"])
def test_a_module_depends_on_files_of_the_widget_and_on_what_kommo_documents(name: str):
    panel = PANEL.replace("'./service.js'", f"'./service.js', '{name}'")
    found = [(found.code, found.line) for found in check(sound(panel=panel)) if found.path == "lib/panel.js"]
    assert ("js-module", 1) in found


def test_modules_find_each_other_from_where_they_stand():
    files = sound(panel=PANEL.replace("'./service.js'", "'./service.js', '../lib/deep/one'"))
    files["lib/deep/one.js"] = b"define(['../two.js', 'underscore'], function () { return 1; });\n"
    files["lib/two.js"] = b"define(function () { return 2; });\n"
    assert check(files) == []


@pytest.mark.parametrize(
    ("service", "line"),
    [
        (SERVICE.replace("'https://app.example.com'", "''"), 1),
        (SERVICE.replace("https://", "http://"), 2),
        (SERVICE.replace("example.com", "example.com/path"), 2),
        (SERVICE.replace("url:", "old: 'https://old.example.com', url:"), 2),
    ],
    ids=range(4),
)
def test_the_address_of_the_service_stands_once_as_scheme_and_host(service: str, line: int):
    found = {(found.code, found.path, found.line) for found in check(sound(service=service))}
    assert ("js-service-address", "lib/service.js", line) in found


@pytest.mark.parametrize("name", ["render", "init", "bind_actions", "onSave", "onInstall", "destroy"])
def test_a_callback_that_is_missing_is_told(name: str):
    found = check(sound(script=SCRIPT.replace(f"      {name}", "      other")))
    assert [(item.code, item.detail) for item in found] == [("js-callbacks", f"{name} is missing.")]


def test_a_location_needs_its_callback_and_a_callback_its_location():
    without = check(sound(script=SCRIPT.replace("      settings:", "      other:")))
    assert [(found.code, found.path) for found in without] == [("manifest-location-unused", "manifest.json")]
    more = check(sound(script=SCRIPT.replace("destroy:", "advancedSettings: function () {}, destroy:")))
    assert [(found.code, found.path) for found in more] == [("manifest-location-unlisted", "script.js")]


def test_a_place_in_the_panel_that_nothing_is_drawn_in_is_unused():
    script = SCRIPT.replace("self.render_template(", "open(").replace("var self", "var open = panel.open, self")
    assert [found.code for found in check(sound(script=script))] == ["manifest-location-unused"]
    only_initialised = MANIFEST | {"locations": ["lcard-0", "settings"]}
    assert check(sound(script=script, manifest=only_initialised)) == []


@pytest.mark.parametrize(
    "script",
    [
        SCRIPT.replace("panel.open();\n        return true;", "panel.open();"),
        SCRIPT.replace("panel.open();\n        return true;", "return panel.open();"),
        SCRIPT.replace("init: function () { return true; }", "init: () => false"),
        SCRIPT.replace("bind_actions() { return true; }", "bind_actions() { if (self) { return; } return true; }"),
    ],
    ids=range(4),
)
def test_render_init_and_bind_actions_return_true_whatever_happens(script: str):
    assert [found.code for found in check(sound(script=script))] == ["js-callback-returns"]


def test_callbacks_may_stand_in_a_variable():
    script = SCRIPT.replace("this.callbacks = {", "const callbacks = {").replace(
        "    return this;", "    this.callbacks = callbacks;\n    return this;"
    )
    assert check(sound(script=script)) == []
