"""What tests of the gallery share beside its fixtures."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def draw(page: Page, state: str, change: str) -> None:
    """Draw the state anew with a change, a JavaScript expression of `now` (its state) and `all` (the gallery's)."""
    page.evaluate(
        f"() => {{ const panel = gallery.panels.{state}; const all = gallery.states; const now = panel.state();"
        f" panel.draw({change}); }}"
    )
