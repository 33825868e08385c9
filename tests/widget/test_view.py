"""The panel's view in a real browser: each state of the gallery, and what a redraw must leave alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.widget.gallery_page import AXE, AXE_TAGS, draw

# Each state


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("es", "dark"), ("pt", "light")])
def test_axe_finds_nothing_in_any_state(gallery: Callable[..., Page], language: str, theme: str) -> None:
    page = gallery(language=language, theme=theme)
    page.add_script_tag(content=AXE)
    violations = page.evaluate(
        "tags => axe.run('main', {runOnly: tags, resultTypes: ['violations']}).then(found => found.violations)",
        AXE_TAGS,
    )
    assert [(found["id"], [node["target"] for node in found["nodes"]]) for found in violations] == []


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_no_state_shows_a_key_or_an_unfilled_placeholder(gallery: Callable[..., Page], language: str) -> None:
    page = gallery(language=language)
    texts = page.evaluate(
        "() => Object.entries(gallery.panels).filter(([name]) => !name.startsWith('hostile'))"
        ".map(([name, panel]) => [name, panel.root.textContent])"
    )
    assert len(texts) > 40
    for name, text in texts:
        assert text.strip(), name
        for wrong in ("{", "undefined", "null", "NaN", "[object", ".."):
            assert wrong not in text, (name, text)


@pytest.mark.parametrize("width", [340, 200])
def test_long_words_and_double_text_wrap_within_the_panel(gallery: Callable[..., Page], width: int) -> None:
    page = gallery(viewport={"width": 1000, "height": 800})
    page.add_style_tag(content=f"figure {{ width: {width}px !important; }}")
    wider = page.evaluate(
        "() => Object.entries(gallery.panels).filter(([, {root}]) => root.scrollWidth > root.clientWidth)"
        ".map(([name]) => name)"
    )
    assert wider == []


def test_every_control_is_24_pixels_high_and_wide(gallery: Callable[..., Page]) -> None:
    # A radio's target is the label around it.
    small = gallery().evaluate(
        "() => [...document.querySelectorAll('.convailens-panel :is(button, a, textarea, label)')]"
        ".map((node) => [node.textContent, node.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 24 || box.height < 24).map(([text, box]) => [text, box.width, box.height])"
    )
    assert small == []


def test_hostile_names_messages_and_answers_are_text_and_nothing_else(gallery: Callable[..., Page]) -> None:
    page = gallery("hostile")
    panel = page.locator(".convailens-panel")
    assert panel.locator("img, script, iframe, style").count() == 0
    assert page.evaluate("() => window.hacked") is None
    assert '<img src=x onerror="window.hacked=1"> {n}' in (panel.text_content() or "")


def test_what_has_no_endpoint_is_not_drawn(gallery: Callable[..., Page]) -> None:
    text = gallery("result").locator(".convailens-panel").inner_text()
    for control in ("task", "note", "Transcribe", "👍", "👎", "•••"):
        assert control not in text


def test_motion_stops_for_those_who_asked_for_less(gallery: Callable[..., Page]) -> None:
    count = "() => document.getAnimations().length"
    assert gallery("running").evaluate(count) == 1
    assert gallery("running", reduced_motion="reduce").evaluate(count) == 0


# A redraw


def test_the_pasted_text_keeps_its_caret_and_selection_while_the_rest_is_redrawn(gallery: Callable[..., Page]) -> None:
    page = gallery("paste_who")
    area = page.locator("textarea")
    area.focus()
    area.evaluate("node => { node.setSelectionRange(3, 8); node.dataset.same = 'yes'; }")
    draw(page, "paste_who", "{usage: {...now.usage, left: 12}, paste: {...now.paste, me: 'Ana', problem: null}}")
    assert area.evaluate("node => [node.selectionStart, node.selectionEnd, node.dataset.same]") == [3, 8, "yes"]
    assert area.evaluate("node => node === document.activeElement")
    assert page.get_by_role("radio", name="Ana").is_checked()


def test_a_summary_that_grows_keeps_what_is_selected_in_it(gallery: Callable[..., Page]) -> None:
    page = gallery("running")
    page.evaluate(
        "() => { const text = document.querySelector('.convailens-written').firstChild;"
        " getSelection().setBaseAndExtent(text, 0, text, 9); }"
    )
    draw(page, "running", "{run: {...now.run, summary: now.run.summary + ' high.'}}")
    assert page.evaluate("() => getSelection().toString()") == "Ana wants"
    assert page.locator(".convailens-written").inner_text().endswith("She finds the price high.")


def test_a_part_whose_facts_stay_the_same_is_not_made_again(gallery: Callable[..., Page]) -> None:
    page = gallery("result")
    page.evaluate(
        "() => document.querySelectorAll('.convailens-panel section').forEach(n => { n.dataset.same = '1'; })"
    )
    parts = page.locator(".convailens-panel section").count()
    draw(page, "result", "{usage: {...now.usage, left: 12}, opened: {}}")
    assert page.locator("section[data-same]").count() == parts
    assert page.get_by_text("12 of 100 left").count() == 1


def test_focus_stays_on_a_control_that_is_drawn_again(gallery: Callable[..., Page]) -> None:
    page = gallery("result")
    need = page.get_by_role("button", name=re.compile(r"^Need\W+3 of 3\W+verified$"))
    need.focus()
    page.keyboard.press("Enter")
    assert need.get_attribute("aria-expanded") == "true"
    assert need.evaluate("node => node === document.activeElement")
    assert page.locator("mark").all_inner_texts() == ["necesito dos implantes", "no puedo pasar de 1.500 por ahora"]
    page.keyboard.press("Enter")
    assert need.get_attribute("aria-expanded") == "false"


def test_focus_stays_with_the_second_of_two_controls_for_the_same_words(gallery: Callable[..., Page]) -> None:
    page = gallery("result")
    draw(page, "result", "{opened: {'evidence:budget': true, 'objection:0': true}}")
    second = page.get_by_role("button", name="Show in the chat").nth(1)
    second.focus()
    found = "{key: 'm9:8:41', found: false, why: 'not_rendered'}"
    draw(page, "result", f"{{located: {found}}}")
    assert second.evaluate("node => node === document.activeElement")


def test_focus_goes_on_to_what_a_control_opened(gallery: Callable[..., Page]) -> None:
    page = gallery("first_click")
    page.get_by_role("button", name="Paste a conversation instead").focus()
    draw(page, "first_click", "{paste: all.paste_empty.paste, source: 'pasted'}")
    assert page.locator("textarea").evaluate("node => node === document.activeElement")
    page.get_by_role("button", name="Close").focus()
    draw(page, "first_click", "{paste: null, source: 'auto'}")
    assert page.evaluate("() => document.activeElement.textContent") == "Paste a conversation instead"


def test_focus_rests_on_the_title_when_its_control_is_gone(gallery: Callable[..., Page]) -> None:
    page = gallery("first_click")
    page.get_by_role("button", name="Analyse this conversation").focus()
    draw(page, "first_click", "{run: all.running.run}")
    assert page.evaluate("() => document.activeElement.tagName") == "H3"


# What is heard


def test_the_live_region_tells_of_reading_and_of_the_result(gallery: Callable[..., Page]) -> None:
    page = gallery("first_click")
    status = page.get_by_role("status")
    assert status.text_content() == ""
    draw(page, "first_click", "{run: all.running.run}")
    assert status.text_content() == "Reading 24 messages…"
    draw(page, "first_click", "{run: {...now.run, summary: now.run.summary + ' high.'}}")
    assert status.text_content() == "Reading 24 messages…"
    draw(page, "first_click", "{run: null, result: all.result.result, resultIs: 'fresh'}")
    assert status.text_content() == "The result is ready. Score 72 of 100, Hot"
    # The words behind it are fetched by themselves: that must not talk over the result.
    draw(page, "first_click", "{words: all.words_loading.words}")
    assert status.text_content() == "The result is ready. Score 72 of 100, Hot"


def test_an_alert_is_not_repeated_with_each_second_of_its_countdown(gallery: Callable[..., Page]) -> None:
    page = gallery("provider_down")
    alert = page.get_by_role("alert")
    alert.evaluate("node => { node.dataset.same = 'yes'; }")
    before = page.locator(".convailens-clock").inner_text()
    page.wait_for_function("before => document.querySelector('.convailens-clock').textContent !== before", arg=before)
    draw(page, "provider_down", "{retry: {...now.retry, left: 1000}}")
    assert alert.get_attribute("data-same") == "yes"
    assert "0:" not in alert.inner_text()


def test_an_alert_is_not_repeated_when_only_what_stands_beside_it_changes(gallery: Callable[..., Page]) -> None:
    page = gallery("provider_down")
    alert = page.get_by_role("alert")
    alert.evaluate("node => { node.dataset.same = 'yes'; }")
    draw(page, "provider_down", "{idCopied: true, problem: {...now.problem, requestId: 'req_2'}}")
    assert page.locator(".convailens-request").inner_text() == "Request ID: req_2 Copied"
    draw(page, "provider_down", "{retry: null, problem: {...now.problem, retryAt: Date.now() + 60000}}")
    assert page.get_by_role("button", name="Try again").count() == 0
    draw(page, "provider_down", "{problem: {...now.problem, retryAt: null}}")
    assert page.get_by_role("button", name="Try again").count() == 1
    assert alert.get_attribute("data-same") == "yes"


def test_the_same_failure_of_another_click_is_heard_again(gallery: Callable[..., Page]) -> None:
    page = gallery("provider_down")
    page.get_by_role("alert").evaluate("node => { node.dataset.same = 'yes'; }")
    draw(page, "provider_down", "{problem: null, run: all.running.run}")
    draw(page, "provider_down", "{problem: all.provider_down.problem, run: all.provider_down.run}")
    assert page.get_by_role("alert").count() == 1
    assert page.get_by_role("alert").get_attribute("data-same") is None


def test_a_reading_that_broke_off_says_it_cost_nothing_only_where_that_is_known(gallery: Callable[..., Page]) -> None:
    unfinished = gallery().locator(".convailens-unfinished")
    known = unfinished.and_(unfinished.page.locator("[data-state=failed_half_way] *"))
    assert "Not finished, not charged" in known.inner_text()
    unknown = unfinished.and_(unfinished.page.locator("[data-state=broken_half_way] *"))
    assert "not charged" not in unknown.inner_text()
    assert "charged once at most" in unknown.inner_text()


def test_english_words_are_told_as_english_whatever_language_the_rep_reads(gallery: Callable[..., Page]) -> None:
    page = gallery("result")
    draw(page, "result", "{lang: 'tr'}")
    assert page.locator(".convailens-panel").get_attribute("lang") == "en"


@pytest.mark.parametrize("control", ["convailens-cells", "convailens-chip"])
def test_what_unfolds_shows_that_it_does_and_which_way(gallery: Callable[..., Page], control: str) -> None:
    page = gallery("result")
    seen = page.evaluate(
        """control => [...document.querySelectorAll(`.${control}`)].map((node) => {
          const mark = getComputedStyle(node.querySelector('.convailens-name') || node, '::after');
          return [node.getAttribute('aria-expanded'), mark.content === 'none' ? null : mark.transform];
        })""",
        control,
    )
    folded = {mark for expanded, mark in seen if expanded == "false"}
    assert len(folded) == 1
    assert None not in folded
    assert {mark for expanded, mark in seen if expanded is None} <= {None}
    page.locator(f"button.{control}[aria-expanded=false]").first.click()
    opened = page.locator(f"button.{control}[aria-expanded=true]").last.evaluate(
        "node => getComputedStyle(node.querySelector('.convailens-name') || node, '::after').transform"
    )
    assert opened not in folded


# The end


def test_nothing_is_left_after_destroy(gallery: Callable[..., Page]) -> None:
    page = gallery("provider_down")
    page.evaluate(
        "() => { window.cleared = 0; const real = clearInterval;"
        " window.clearInterval = (id) => { window.cleared += 1; real(id); };"
        " gallery.panels.provider_down.panel.destroy(); }"
    )
    assert page.evaluate("() => [window.cleared, gallery.panels.provider_down.root.outerHTML]") == [
        1,
        '<div class=""></div>',
    ]
