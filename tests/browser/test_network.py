"""Slow and broken networks: nothing hangs for good, nothing is lost, and what was paid for comes."""

from __future__ import annotations

import re

from playwright.sync_api import APIResponse, Request, Route, expect

from accounts.models import WidgetSession
from tests.browser.card import Card
from tests.sandbox.process import KommoSandbox
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


def test_a_slow_quiet_look_does_not_put_an_older_result_in_the_place_of_a_fresh_one(card: Card, web: Web, lead_id: int):
    card.open(lead_id).analyse()
    card.open(lead_id).has_result()
    held: list[tuple[Route, APIResponse]] = []
    card.page.route(f"{web.base_url}/api/v1/leads/*/state", lambda route: held.append((route, route.fetch())))
    with card.page.expect_request("**/state"):
        card.page.evaluate("() => window.sandboxCard.addMessage({author: 'client', text: 'We decide on Friday.'})")
    card.control("analyse").click()
    reply = card.panel.locator(".convailens-reply")
    expect(reply).to_be_visible(timeout=15_000)
    card.says("usage.left", left=98, limit=100)
    fresh = card.panel.inner_text()
    route, older = held[0]
    with card.page.expect_response("**/state"):
        route.fulfill(response=older)
    card.page.wait_for_timeout(300)
    assert card.panel.inner_text() == fresh


def test_a_feed_that_kommo_swaps_late_is_not_read_for_the_next_card(
    card: Card, kommo: KommoSandbox, web: Web, lead_id: int
):
    kommo.switch("settings", account="acme", has_scope=False)
    card.open(lead_id)
    expect(card.control("use-card")).to_be_visible()
    sent: list[int] = []
    card.page.on("request", lambda request: sent.append(_messages_in(request)) if _is_look(request) else None)
    # The feed of the card before stands in the page for a second more.
    card.page.evaluate(
        """async () => {
          const before = [...document.querySelectorAll('.feed-note-wrapper-amojo')];
          const opening = window.sandboxCard.open('en-o-02');
          const late = document.createElement('div');
          late.append(...before);
          document.body.prepend(late);
          await opening;
          setTimeout(() => late.remove(), 1000);
        }"""
    )
    card.opened()
    expect(card.control("use-card")).to_have_text(card.text("needs_text.card.other", n=card.message_count))
    expect(card.panel.locator(".convailens-fact").first).to_be_visible()
    assert set(sent) == {0, card.message_count}


def _is_look(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/state")


def _messages_in(request: Request) -> int:
    return len(request.post_data_json.get("messages", []))


def test_a_stream_that_breaks_with_nobody_knowing_what_became_of_it_does_not_say_it_was_free(
    card: Card, web: Web, lead_id: int
):
    card.open(lead_id)
    # The first part of the stream comes; then the service knows nothing of the click.
    open_to_all = {"Access-Control-Allow-Origin": "*"}
    part = {
        "body": 'event: summary\ndata: {"delta": "Ana wants two implants"}\n\n',
        "content_type": "text/event-stream",
    }
    absent = {"status": 404, "json": {"code": "not_found", "status": 404}}
    card.page.route(f"{web.base_url}/api/v1/analyses", lambda route: route.fulfill(headers=open_to_all, **part))
    card.page.route(
        f"{web.base_url}/api/v1/analyses/by-key/**", lambda route: route.fulfill(headers=open_to_all, **absent)
    )
    card.control("analyse").click()
    unfinished = card.panel.locator(".convailens-unfinished")
    expect(unfinished).to_contain_text("Ana wants two implants")
    expect(unfinished).to_contain_text(card.text("run.unfinished_unknown"))
    expect(card.panel).not_to_contain_text(card.text("problem.nothing_charged"))
