"""What the panel shows when a card opens, before anybody has clicked; each state names the next action."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from accounts.models import Account, KommoGrant
from billing.models import Plan
from tests.browser.card import REQUEST_ID, Card
from tests.sandbox.process import KommoSandbox
from tests.web import Web


def test_a_lead_that_is_not_saved_is_to_be_saved_first_and_nothing_is_asked(card: Card, web: Web):
    asked: list[str] = []
    card.page.on("request", lambda request: asked.append(request.url))
    card.open("add")
    card.says("unsaved")
    assert [url for url in asked if url.startswith(web.base_url)] == []


def test_an_account_that_is_not_connected_is_offered_the_way_to_connect(card: Card, web: Web):
    card.open("en-o-20", account="stranger", user="admin")
    card.says("not_connected.text")
    link = card.control("connect")
    expect(link).to_have_attribute("href", f"{web.base_url}/connect?lang=en")
    expect(link).to_have_attribute("rel", "noopener")
    card.says("not_connected.rep")


def test_an_access_that_kommo_takes_no_longer_is_to_be_renewed(card: Card, kommo: KommoSandbox, lead_id: int):
    kommo.switch("revoke-tokens", account="acme")
    KommoGrant.objects.update(access_expires_at="2020-01-01T00:00:00Z")
    card.open(lead_id, user="admin")
    card.says("reconnect.text")
    expect(card.control("connect")).to_have_text(f"{card.text('reconnect.button')} ({card.text('new_window')})")


def test_a_rep_is_told_to_ask_an_administrator_to_reconnect(card: Card, kommo: KommoSandbox, lead_id: int):
    kommo.switch("revoke-tokens", account="acme")
    KommoGrant.objects.update(access_expires_at="2020-01-01T00:00:00Z")
    card.open(lead_id)
    card.says("reconnect.rep")


def test_a_colleague_without_rights_sees_nothing_of_the_lead(card: Card, lead_id: int):
    card.open(lead_id, user="colleague")
    card.says("no_access")
    expect(card.panel.locator(".convailens-fact")).to_have_count(0)
    expect(card.control("analyse")).to_have_count(0)
    expect(card.panel.locator(".convailens-code")).to_have_text(REQUEST_ID)


def test_a_widget_that_is_too_old_asks_for_a_reload(card: Card, lead_id: int, another_web: Callable[..., Web]):
    card.call(another_web(MIN_WIDGET_VERSION="9.0.0", DJANGO_ALLOW_ASYNC_UNSAFE="").base_url)
    card.open(lead_id)
    card.says("too_old")
    expect(card.control("reload")).to_be_visible()


def test_a_service_that_does_not_answer_is_told_and_can_be_tried_again(card: Card, web: Web, lead_id: int):
    card.page.route(f"{web.base_url}/**", lambda route: route.abort())
    card.open(lead_id)
    card.says("problem.codes.network.title")
    card.page.unroute_all(behavior="wait")
    card.control("retry").click()
    expect(card.control("analyse")).to_be_visible()


def test_a_maintenance_page_in_the_place_of_an_answer_is_no_crash(card: Card, web: Web, lead_id: int):
    page = {"status": 503, "body": "<h1>Back soon</h1>", "headers": {"Access-Control-Allow-Origin": "*"}}
    card.page.route(f"{web.base_url}/api/v1/leads/**", lambda route: route.fulfill(**page))
    card.open(lead_id)
    card.says("problem.codes.maintenance.title")
    expect(card.control("retry")).to_be_visible()


def test_kommo_down_is_told_with_the_request_id(card: Card, kommo: KommoSandbox, lead_id: int):
    kommo.switch("misbehaviour", service="kommo", kind="status", match="*", times=None, params={"code": 503})
    card.open(lead_id)
    card.says("problem.codes.kommo_unavailable.title")
    expect(card.panel.locator(".convailens-code")).to_have_text(REQUEST_ID)


def test_a_lead_without_messages_has_nothing_to_click(card: Card):
    card.open("empty")
    card.says("empty")
    expect(card.control("analyse")).to_have_count(0)
    expect(card.control("open-paste")).to_be_visible()


def test_before_the_first_click_the_panel_says_what_goes_where_and_what_it_costs(card: Card, lead_id: int):
    card.open(lead_id)
    expect(card.panel.locator(".convailens-fact")).not_to_have_count(0)
    count = card.message_count
    card.says("analyse.auto.other", n=count)
    card.says("analyse.uses", left=Plan.objects.get(is_default=True).analyses_per_month)
    card.says("usage.left", left=100, limit=100)
    expect(card.control("analyse")).to_have_text(card.text("analyse.button"))
    assert card.panel.inner_text().count("OpenAI") == 1


def test_where_kommo_gives_no_messages_the_cards_own_can_be_used(card: Card, kommo: KommoSandbox, lead_id: int):
    kommo.switch("settings", account="acme", has_scope=False)
    card.open(lead_id)
    card.says("needs_text.title")
    expect(card.panel.locator(".convailens-fact")).not_to_have_count(0)
    card.control("use-card").click()
    card.says("analyse.card.other", n=card.message_count)
    card.analyse()
    card.control("toggle:receipt").click()
    card.says("source.card")


def test_one_session_serves_all_cards_of_a_user(card: Card, web: Web, kommo: KommoSandbox, acme: Account, lead_id: int):
    asked: list[str] = []
    card.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    card.open(lead_id)
    card.show("en-o-02")
    expect(card.panel).to_have_count(1)
    card.opened()
    expect(card.control("analyse")).to_be_visible()
    assert asked.count(f"POST {web.base_url}/api/v1/session") == 1
