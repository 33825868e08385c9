"""By keyboard alone, for a screen reader, at 200 % and with less motion."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.card import SLOT, Card

FOCUSED = """() => {
  const focused = document.activeElement;
  return focused && focused.closest('.convailens-panel')
    ? focused.getAttribute('data-convailens-key') || focused.tagName.toLowerCase() : null;
}"""


def focused(page: Page) -> str | None:
    """The control of ours that has the focus."""
    return page.evaluate(FOCUSED)


def tab_to(card: Card, key: str) -> None:
    """Press Tab until the control has the focus."""
    for _ in range(60):
        if focused(card.page) == key:
            return
        card.page.keyboard.press("Tab")
    raise AssertionError(f"{key} cannot be reached")


def test_from_opening_to_evidence_the_keyboard_is_enough(card: Card, lead_id: int):
    card.open(lead_id)
    card.page.locator(f"{SLOT}").evaluate("(slot) => { slot.tabIndex = -1; slot.focus(); }")
    tab_to(card, "analyse")
    card.page.keyboard.press("Enter")
    card.has_result()
    # The button that had the focus is gone; it is not lost to the top of the page.
    assert focused(card.page) is not None
    row = card.panel.locator("button.convailens-cells", has=card.page.locator(".convailens-good")).first
    key = row.get_attribute("data-convailens-key")
    tab_to(card, key)
    card.page.keyboard.press("Space")
    expect(card.control(key)).to_have_attribute("aria-expanded", "true")
    assert focused(card.page) == key
    expect(card.panel.locator(".convailens-quote mark").first).to_be_visible()
    card.page.keyboard.press("Tab")
    assert focused(card.page).startswith("show:")
    card.page.keyboard.press("Enter")
    card.page.wait_for_function("() => [...CSS.highlights.keys()].some((name) => name.startsWith('convailens-'))")
    tab_to(card, "copy-reply")
    card.page.keyboard.press("Enter")
    expect(card.control("copy-reply")).to_have_text(card.text("copied"))
    assert focused(card.page) == "copy-reply"


def test_the_paste_box_is_done_by_keyboard_too(card: Card, lead_id: int):
    card.open(lead_id)
    card.control("open-paste").focus()
    card.page.keyboard.press("Enter")
    box = card.panel.get_by_role("textbox")
    expect(box).to_be_visible()
    tab_to(card, "paste-text")
    card.page.keyboard.insert_text("Ana: Hello, I need forty chairs in May\nBob: Sure, twelve each\n")
    tab_to(card, "check")
    card.page.keyboard.press("Enter")
    expect(card.panel.get_by_role("radio").first).to_be_visible()
    tab_to(card, "me:0")
    card.page.keyboard.press("ArrowDown")
    expect(card.control("analyse-paste")).to_be_visible()
    tab_to(card, "analyse-paste")
    card.page.keyboard.press("Enter")
    card.has_result()


def test_what_has_the_focus_can_be_seen(card: Card, lead_id: int):
    card.open(lead_id)
    card.page.locator(f"{SLOT}").evaluate("(slot) => { slot.tabIndex = -1; slot.focus(); }")
    tab_to(card, "analyse")
    outline = card.control("analyse").evaluate("(node) => getComputedStyle(node).outlineStyle")
    shadow = card.control("analyse").evaluate("(node) => getComputedStyle(node).boxShadow")
    assert outline != "none" or shadow != "none"


def test_progress_and_result_are_announced_once(card: Card, lead_id: int):
    card.open(lead_id)
    live = card.panel.locator("[aria-live=polite]")
    card.panel.evaluate(
        "(panel) => { const live = panel.querySelector('[aria-live=polite]'); panel.heard = [];"
        " new MutationObserver(() => panel.heard.push(live.textContent)).observe(live, { childList: true,"
        " characterData: true, subtree: true }); }"
    )
    card.analyse()
    expect(live).to_contain_text(card.text("run.ready"))
    heard = card.panel.evaluate("(panel) => panel.heard")
    assert len(heard) == 2, heard
    assert "28" in heard[0]


def test_at_200_percent_nothing_scrolls_sideways(cards: Callable[..., Card], lead_id: int):
    card = cards(device_scale_factor=2).open(lead_id)
    card.page.set_viewport_size({"width": 640, "height": 450})
    card.analyse()
    card.control("toggle:meaning").click()
    card.control("toggle:receipt").click()
    rows = card.panel.locator("button.convailens-cells")
    for n in range(rows.count()):
        rows.nth(n).click()
    wide = card.panel.evaluate(
        "(panel) => [panel, ...panel.querySelectorAll('*')].filter((node) => !node.closest('.convailens-hidden')"
        " && node.getClientRects().length && node.scrollWidth > node.clientWidth + 1"
        " && !['inline', 'contents'].includes(getComputedStyle(node).display)).map((node) => node.className)"
    )
    assert wide == []


def test_text_that_is_twice_as_large_is_not_cut_off(card: Card, lead_id: int):
    card.open(lead_id).analyse()
    card.panel.evaluate("(panel) => { panel.style.fontSize = '26px'; }")
    box = card.panel.bounding_box()
    inside = card.panel.evaluate(
        "(panel) => [...panel.querySelectorAll('*')].filter((node) => !node.closest('.convailens-hidden'))"
        ".map((node) => node.getBoundingClientRect()).filter((rect) => rect.width > 1)"
        ".reduce((right, rect) => Math.max(right, rect.right), 0)"
    )
    assert inside <= box["x"] + box["width"] + 1


def test_with_less_motion_nothing_moves(cards: Callable[..., Card], openai, lead_id: int):
    card = cards(reduced_motion="reduce").open(lead_id)
    openai.misbehave("stall", seconds=1.5, after_chunks=20)
    card.control("analyse").click()
    expect(card.panel.locator(".convailens-running")).to_be_visible()
    moving = card.page.evaluate(
        "() => document.getAnimations().filter((one) => one.effect.target.closest('.convailens-panel')"
        " && one.playState === 'running' && one.effect.getComputedTiming().duration > 1).length"
    )
    assert moving == 0
    card.has_result()
