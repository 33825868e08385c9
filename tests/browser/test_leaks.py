"""Opening card after card leaves nothing behind: measured after a forced collection of garbage."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession

from tests.browser.card import Card
from tests.web import Web

WARM = 20
MEGABYTE = 1024 * 1024
#: Opens and leaves the same two cards in turn, as a rep goes through a list.
OPEN = """async ([leads, times]) => {
  for (let n = 0; n < times; n += 1) {
    await window.sandboxCard.open(leads[n % leads.length]);
    await new Promise((done) => {
      const look = () => document.querySelector('.convailens-panel .convailens-body [data-convailens-key]:not(h3)')
        ? done() : setTimeout(look, 5);
      look();
    });
  }
  await window.sandboxCard.close();
}"""


def measured(session: CDPSession) -> dict[str, float]:
    for _ in range(3):  # What is freed by one collection lets go of more.
        session.send("HeapProfiler.collectGarbage")
    found = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    return {name: found[name] for name in ("JSHeapUsedSize", "JSEventListeners", "Nodes")}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("openings", [50, pytest.param(200, marks=pytest.mark.full)])
def test_from_the_20th_to_the_last_opening_nothing_grows(card: Card, web: Web, lead_id: int, openings: int):
    session = card.page.context.new_cdp_session(card.page)
    session.send("Performance.enable")
    session.send("HeapProfiler.enable")
    card.open(lead_id).analyse()
    leads = [lead_id, card.page.evaluate("async () => (await window.sandboxCard.open('en-o-02')) && 'en-o-02'")]
    card.page.evaluate(OPEN, [leads, WARM])
    before = measured(session)
    card.page.evaluate(OPEN, [leads, openings - WARM])
    after = measured(session)
    assert after["JSEventListeners"] == before["JSEventListeners"]
    assert after["Nodes"] == before["Nodes"]
    assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] <= MEGABYTE
