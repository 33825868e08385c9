"""Slow and broken networks: nothing hangs for good, nothing is lost, and what was paid for comes."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from accounts.models import WidgetSession
from tests.browser.card import Card
from tests.web import OpenAISandbox, Web


def test_without_a_network_the_panel_says_so_and_opens_when_it_is_back(card: Card, web: Web, lead_id: int):
    card.open("add")
    # The page comes from Kommo's own cache then; here only our service is out of reach.
    card.page.route(f"{web.base_url}/**", lambda route: route.abort("internetdisconnected"))
    card.page.evaluate("() => Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false })")
    card.show(lead_id)
    card.says("offline")
    expect(card.control("retry")).to_be_visible()
    card.page.unroute(f"{web.base_url}/**")
    card.page.evaluate("() => { delete navigator.onLine; window.dispatchEvent(new Event('online')); }")
    expect(card.control("analyse")).to_be_visible()


def test_a_network_that_goes_during_a_reading_does_not_lose_it(
    card: Card, openai: OpenAISandbox, web: Web, lead_id: int
):
    openai.misbehave("stall", seconds=3, after_chunks=20)
    card.open(lead_id)
    card.control("analyse").click()
    expect(card.panel.locator(".convailens-written")).to_have_text(re.compile(r"\w"))
    card.page.context.set_offline(True)
    card.page.wait_for_timeout(1_500)
    card.page.context.set_offline(False)
    card.has_result()
    card.says("usage.left", left=99, limit=100)


def test_a_stream_that_a_proxy_cuts_is_followed_by_asking(card: Card, web: Web, lead_id: int):
    posts: list[str] = []

    def cut(route: Route) -> None:
        posts.append(route.request.url)
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body()[:300])

    card.page.route(f"{web.base_url}/api/v1/analyses", cut)
    card.open(lead_id)
    card.control("analyse").click()
    card.has_result()
    assert len(posts) == 1
    card.says("usage.left", left=99, limit=100)


def test_a_slow_network_shows_the_frame_at_once_and_the_rest_as_it_comes(card: Card, lead_id: int):
    session = card.page.context.new_cdp_session(card.page)
    card.open("add")
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 1_000, "downloadThroughput": 20_000, "uploadThroughput": 20_000},
    )
    card.show(lead_id)
    expect(card.panel.locator(".convailens-title")).to_be_visible()
    expect(card.panel.locator("[aria-busy=true]")).to_be_visible()
    expect(card.control("analyse")).to_be_visible()
    card.analyse()


def test_an_answer_that_is_cut_off_is_no_answer(card: Card, web: Web, lead_id: int):
    def cut(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body()[:40])

    card.page.route(f"{web.base_url}/api/v1/leads/**", cut)
    card.open(lead_id)
    card.says("problem.codes.network.title")
    card.page.unroute(f"{web.base_url}/api/v1/leads/**")
    card.control("retry").click()
    expect(card.control("analyse")).to_be_visible()


def test_a_session_that_ended_is_renewed_unseen(card: Card, web: Web, lead_id: int):
    card.open(lead_id)
    WidgetSession.objects.all().delete()
    card.analyse()
    card.says("usage.left", left=99, limit=100)
