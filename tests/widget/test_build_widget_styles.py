"""The check of style.css: each rule refuses what breaks it on its line."""

from __future__ import annotations

import pytest

from convailens.widget_package import check
from tests.widget.sound import STYLE, sound

RULES: list[tuple[str, str]] = [
    ("css-syntax", ".convailens-row { color: red; margin }"),
    ("css-syntax", ".convailens-row { color: red; } }"),
    ("css-root", "b { color: red }"),
    ("css-root", "* { color: red }"),
    ("css-root", "body .convailens-row { color: red }"),
    ("css-root", ":root { --convailens-gap: 4px }"),
    ("css-root", "html[data-color-scheme='dark'] { color: red }"),
    ("css-root", ":is(b, .convailens-row) { color: red }"),
    ("css-root", ".convailens-row, b { color: red }"),
    ("css-root", "@media print { b { color: red } }"),
    ("css-root", "::highlight(other) { color: red }"),
    ("css-root", "@page { margin: 0 }"),
    ("css-foreign", ".card-widgets__widget { color: red }"),
    ("css-foreign", ".convailens-row .switcher__on { color: red }"),
    ("css-foreign", ".convailens-row:not(.feed-note) { color: red }"),
    ("css-foreign", "#convailens-panel { color: red }"),
    ("css-foreign", ".convailens-row { .feed-note { color: red } }"),
    ("css-names", "@keyframes pulse { from { opacity: 0 } }"),
    ("css-names", ".convailens-row { --gap: 4px }"),
    ("css-palette", ".convailens-row { --palette-text-primary: red }"),
    ("css-import", "@import url(other.css);"),
    ("css-import", "@font-face { font-family: x; src: url(images/x.woff) }"),
    ("css-external", ".convailens-row { background: url(https://example.org/x.png) }"),
    ("css-external", ".convailens-row { background: url('//example.org/x.png') }"),
    ("css-external", ".convailens-row { background: image-set('https://example.org/x.png' 1x) }"),
    ("css-covers", ".convailens-row { position: fixed }"),
    ("css-theme", "@media (prefers-color-scheme: dark) { .convailens-row { color: red } }"),
]
SOUND_RULES = [
    ".convailens-row { &:hover { color: red } & > .convailens-cell { margin: 0 } }",
    ".convailens-panel :is(b, i), .convailens-panel[hidden] { color: red }",
    "html[data-color-scheme=dark] ::highlight(convailens-evidence) { color: red }",
    "@supports (color: color-mix(in srgb, red, blue)) { .convailens-row { color: red } }",
    ".convailens-row::before { content: '} b { .feed-note'; background: url(data:image/png;base64,AAAA) }",
    "/* .card-widgets { position: fixed } */",
]


@pytest.mark.parametrize(("code", "rule"), RULES, ids=range(len(RULES)))
def test_what_breaks_a_rule_of_styles_is_found_on_its_line(code: str, rule: str):
    line = STYLE.count("\n") + 1
    assert (code, line) in [(found.code, found.line) for found in check(sound(style=STYLE + rule + "\n"))]


@pytest.mark.parametrize("rule", SOUND_RULES, ids=range(len(SOUND_RULES)))
def test_what_only_looks_like_it_passes(rule: str):
    assert check(sound(style=STYLE + rule + "\n")) == []


def test_styles_without_the_theme_are_told():
    found = check(sound(style=".convailens-panel { color: black }\n"))
    assert [item.code for item in found] == ["css-theme"]
