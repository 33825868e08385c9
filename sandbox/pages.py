"""The sandbox's plain pages: one document, readable in light and dark, usable by keyboard and screen reader."""

from __future__ import annotations

import html
from collections.abc import Sequence

STYLE = """
:root { color-scheme: light dark; --ink: #1c2730; --paper: #fff; --line: #7d8a94; --soft: #eef2f5; --accent: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf2; --paper: #151c22; --line: #8494a0; --soft: #212b33; --accent: #7cb8f5; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto; padding: 1rem;
       max-width: 70rem; }
a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { background: var(--soft); }
fieldset { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 1rem; }
label { display: block; margin: .3rem 0; }
input[type=text], input[type=number], select { font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--line); border-radius: 4px; padding: .25rem .4rem; min-width: 16rem; }
button { font: inherit; padding: .35rem 1rem; border-radius: 6px; border: 1px solid var(--accent);
         background: var(--accent); color: var(--paper); cursor: pointer; }
button.plain { background: transparent; color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.wide { overflow-x: auto; }
code { background: var(--soft); padding: 0 .25em; border-radius: 3px; }
"""


def document(title: str, body: str) -> str:
    """A whole page; `body` is trusted HTML, `title` is escaped."""
    name = html.escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name} · sandbox</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main><h1>{name}</h1>{body}</main></body></html>"
    )


def table(caption: str, heads: list[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; every cell is escaped unless it is a `Safe`."""
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="wide"><table><caption>{html.escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


class Safe(str):
    """HTML made by ourselves."""


def _cell(cell: object) -> str:
    return cell if isinstance(cell, Safe) else html.escape(str(cell))
