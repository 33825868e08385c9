"""The pictures of docs/screenshots, as `bin/screenshots` makes them. No tests: pictures are for people to look at."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import Account
from billing.models import Plan
from launch.paths import ROOT
from tests.browser.card import LANGUAGES, Card
from tests.browser.test_voice import DONE_MS, deepgram, key_of, rows, voice_worker  # noqa: F401  (fixtures)
from tests.sandbox.process import DeepgramSandbox
from tests.web import OpenAISandbox, Web

FOLDER = ROOT / "docs" / "screenshots"
#: The open sample chats of the demo that each language's picture shows.
CHATS = {"en": "en-o-01", "es": "es-o-01", "pt": "pt-o-01"}


def keep(name: str, shot: bytes) -> None:
    """A picture of 256 colours: a third of the bytes, and nobody sees it."""
    Image.open(BytesIO(shot)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        FOLDER / f"{name}.png", optimize=True
    )


def shoot_panel(card: Card, name: str) -> None:
    card.page.set_viewport_size({"width": 1280, "height": 1600})
    card.page.mouse.move(0, 0)
    keep(name, card.panel.screenshot(animations="disabled"))


def test_the_card_with_a_result(card: Card, lead_id: int):
    card.page.set_viewport_size({"width": 1280, "height": 980})
    card.open(lead_id).analyse()
    card.panel.locator("button.convailens-cells").nth(1).click()
    card.panel.get_by_role("button", name=card.text("words.show")).first.click()
    card.page.wait_for_timeout(500)
    keep("card", card.page.screenshot(animations="disabled"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_result_in_each_language_and_theme(card: Card, language: str, theme: str):
    card.open(CHATS[language], lang=language, theme=theme).analyse()
    shoot_panel(card, f"panel-result-{language}-{theme}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_before_the_click_and_while_it_runs(card: Card, openai: OpenAISandbox, lead_id: int, theme: str):
    openai.misbehave("stall", seconds=3, after_chunks=25)
    card.open(lead_id, theme=theme)
    shoot_panel(card, f"panel-before-{theme}")
    card.control("analyse").click()
    card.panel.locator(".convailens-running .convailens-written").wait_for()
    card.page.wait_for_timeout(700)
    shoot_panel(card, f"panel-running-{theme}")


def test_a_service_that_is_down(card: Card, openai: OpenAISandbox, lead_id: int):
    openai.misbehave("server_error", times=None)
    card.open(lead_id)
    card.control("analyse").click()
    card.says("problem.codes.model_unavailable.title")
    shoot_panel(card, "panel-down")


def test_a_quota_that_is_used_up(card: Card, lead_id: int):
    Plan.objects.update(analyses_per_month=0)
    shoot_panel(card.open(lead_id), "panel-quota")


def test_a_connection_to_renew(card: Card, acme: Account, lead_id: int):
    Account.objects.update(status="reconnect_needed")
    shoot_panel(card.open(lead_id, user="admin"), "panel-reconnect")


def test_the_box_to_paste_into(card: Card, lead_id: int):
    card.open(lead_id)
    card.control("open-paste").click()
    card.panel.locator("textarea").fill(
        "[12/11/2026, 18:40:02] Ana: Hola, ¿cuánto cuesta el implante?\n"
        "[12/11/2026, 18:44:31] Clínica: Hola, Ana. Desde 1.400 euros.\n"
        "[13/11/2026, 09:02:10] Ana: No puedo pasar de 1.500 por ahora"
    )
    card.panel.get_by_role("button", name=card.text("paste.check")).click()
    card.page.wait_for_timeout(800)
    shoot_panel(card, "panel-paste")


def test_recordings(card: Card, deepgram: DeepgramSandbox):  # noqa: F811  (the fixture)
    card.open("es-o-05")
    keys = [key_of(rows(card).nth(place)) for place in range(3)]
    card.control(f"transcribe:{keys[1]}").click()
    card.control(f"voice-text:{keys[1]}").click(timeout=DONE_MS)
    expect(rows(card).nth(1).locator(".convailens-transcript")).to_be_visible()
    deepgram.misbehave("slow", seconds=20, times=None)
    card.control(f"transcribe:{keys[2]}").click()
    card.page.wait_for_timeout(4_000)
    shoot_panel(card, "panel-voice")
    card.page.set_viewport_size({"width": 1280, "height": 980})
    keep("card-voice", card.page.screenshot(animations="disabled"))


def page_of(context: BrowserContext, address: str, language: str = "en") -> Page:
    page = context.new_page()
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(address)
    return page


def test_the_pages_of_the_service(
    browser: Browser, web: Web, acme: Account, support: User, cards: Callable[..., Card], lead_id: int
):
    cards().open(lead_id).analyse()
    for theme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=theme)
        keep(f"privacy-{theme}", page_of(context, f"{web.base_url}/privacy").screenshot())
        if theme == "light":
            keep("connect", page_of(context, f"{web.base_url}/connect").screenshot())
        page = page_of(context, f"{web.base_url}/admin/accounts/account/{acme.pk}/change/")
        page.fill("input[name=username]", "support")
        page.fill("input[name=password]", "not-a-secret")
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state("networkidle")
        keep(f"admin-account-{theme}", page.screenshot(full_page=True))
        context.close()
