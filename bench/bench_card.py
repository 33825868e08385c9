"""How soon the panel stands on the lead card: in a real browser, from the moment Kommo gives the widget its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.report import percentile, tell
from tests.browser.card import Card

#: Bar of the project: the first paint is there before an eye notices that something was missing.
FIRST_PAINT_MS = 100
#: Notes when Kommo's slot for the widget appears, and the frame after the panel's head and after its facts do.
WATCH = """() => {
  const times = { slot: null, panel: null, facts: null };
  const painted = (name) => requestAnimationFrame(() => setTimeout(() => { times[name] = performance.now(); }));
  const look = () => {
    const now = performance.now();
    if (times.slot === null && document.querySelector('.card-widgets__widget')) { times.slot = now; }
    if (times.panel === null && document.querySelector('.convailens-title')) { times.panel = 0; painted('panel'); }
    if (times.facts === null && document.querySelector('.convailens-fact')) { times.facts = 0; painted('facts'); }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  window.cardTimes = times;
}"""
READ = """() => {
  const { slot, panel, facts } = window.cardTimes;
  return panel && facts ? [panel - slot, facts - slot, panel] : null;
}"""
TIMES = 20


def timed(card: Card, go: Callable[[], object]) -> tuple[float, ...]:
    """Milliseconds to the head and to the facts, and, of a page that was loaded, from its address to the head."""
    go()
    return tuple(card.page.wait_for_function(READ).json_value())


@pytest.mark.timeout(300)
def test_first_paint_and_facts_on_a_first_visit_and_on_the_next_card(cards: Callable[..., Card], lead_id: int):
    rows: dict[str, list[float]] = {}

    def note(kind: str, found: tuple[float, ...], *names: str) -> None:
        for name, value in zip(names, found, strict=False):
            rows.setdefault(f"{kind}: {name}", []).append(value)

    for _ in range(TIMES):
        card = cards()
        card.page.add_init_script(f"({WATCH})()")
        found = timed(card, lambda card=card: card.open(lead_id))
        note("first visit", found, "head painted", "facts painted", "address to head painted")
    for n in range(TIMES * 2):
        card.page.evaluate("async () => { await window.sandboxCard.close(); }")
        card.page.evaluate(WATCH)
        found = timed(card, lambda n=n: card.show(("en-o-02", "en-o-03", "en-o-04")[n % 3]))
        note("next card", found, "head painted", "facts painted")
    tell("The panel on the lead card", rows, baseline="next card: head painted")
    for kind in ("first visit", "next card"):
        assert percentile(rows[f"{kind}: head painted"], 0.95) <= FIRST_PAINT_MS
