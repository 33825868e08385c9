"""A click that came to nothing: what is said, what it cost, what to do now, and the id that support can find."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Account
from billing.models import Plan, Resource, UsagePeriod
from tests.browser.card import REQUEST_ID, Card
from tests.sandbox.process import KommoSandbox
from tests.web import OpenAISandbox, Web


def test_a_provider_that_is_down_costs_nothing_and_the_click_is_repeated_once_unless_called_off(
    card: Card, openai: OpenAISandbox, lead_id: int
):
    openai.misbehave("server_error", times=None)
    card.open(lead_id)
    card.control("analyse").click()
    card.says("problem.codes.model_unavailable.title")
    card.says("problem.nothing_charged")
    card.says("problem.facts_above")
    expect(card.panel.locator(".convailens-fact").first).to_be_visible()
    expect(card.panel.locator(".convailens-notice")).to_contain_text(re.compile(r"or by itself in 0:[0-3]\d"))
    identifier = card.panel.locator(".convailens-code")
    expect(identifier).to_have_text(REQUEST_ID)
    card.control("copy-id").click()
    expect(card.control("copy-id")).to_have_text(card.text("copied"))
    assert card.page.evaluate("() => navigator.clipboard.readText()") == identifier.inner_text()
    card.control("cancel-retry").click()
    expect(card.control("cancel-retry")).to_have_count(0)
    openai.reset()
    card.control("retry").click()
    card.has_result()
    card.says("usage.left", left=99, limit=100)


def test_the_click_is_repeated_by_itself_after_half_a_minute(card: Card, openai: OpenAISandbox, lead_id: int):
    card.page.clock.install()
    openai.misbehave("server_error", times=None)
    card.open(lead_id)
    card.control("analyse").click()
    card.says("problem.codes.model_unavailable.title")
    openai.reset()
    card.page.clock.fast_forward(31_000)
    card.has_result()


def test_a_reading_that_breaks_off_half_way_stays_greyed_and_is_not_charged(
    card: Card, openai: OpenAISandbox, lead_id: int
):
    openai.misbehave("drop", times=None, after_chunks=60)
    card.open(lead_id)
    card.control("analyse").click()
    unfinished = card.panel.locator(".convailens-unfinished")
    expect(unfinished).to_contain_text(card.text("run.unfinished"))
    assert len(unfinished.locator(".convailens-written").inner_text()) > 10
    card.open(lead_id)
    card.says("usage.left", left=100, limit=100)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("rate_limit", "model_rate_limited"),
        ("insufficient_quota", "model_quota"),
        ("refusal", "model_refused"),
        ("invalid_json", "model_bad_answer"),
        ("content_filter", "model_cut_short"),
    ],
)
def test_what_the_model_does_is_said_in_words_of_its_own(
    card: Card, openai: OpenAISandbox, lead_id: int, kind: str, code: str
):
    openai.misbehave(kind, times=None)
    card.open(lead_id)
    card.control("analyse").click()
    notice = card.panel.get_by_role("alert")
    expect(notice).to_contain_text(re.compile(r"Nothing was charged\."))
    assert notice.inner_text().split("\n")[0] in {
        card.text(f"problem.codes.{known}.title") for known in (code, "model_refused", "model_bad_answer")
    }
    expect(card.panel.locator(".convailens-code")).to_have_text(REQUEST_ID)


def test_an_earlier_result_stays_below_a_failed_click(card: Card, openai: OpenAISandbox, lead_id: int):
    card.open(lead_id).analyse()
    card.page.evaluate("() => window.sandboxCard.addMessage({author: 'client', text: 'Can you hold it until May?'})")
    expect(card.control("analyse")).to_be_visible()
    openai.misbehave("refusal", times=None)
    card.control("analyse").click()
    expect(card.panel.get_by_role("alert")).to_contain_text(re.compile(r"Your last result, of .*, is below\."))
    expect(card.panel.locator(".convailens-criterion")).to_have_count(6)


def test_too_many_clicks_are_to_wait_and_the_button_comes_back(
    card: Card, acme: Account, lead_id: int, another_web: Callable[..., Web], openai: OpenAISandbox
):
    card.page.clock.install()
    card.call(another_web(THROTTLE_ANALYSES_USER="1", DJANGO_ALLOW_ASYNC_UNSAFE="").base_url)
    card.open(lead_id).analyse()
    card.show("en-o-02")
    expect(card.control("analyse")).to_be_visible()
    card.control("analyse").click()
    card.says("problem.codes.rate_limited.title")
    expect(card.panel.locator(".convailens-clock").first).to_have_text(re.compile(r"^[01]:\d\d$"))


def test_an_allowance_that_is_nearly_used_up_is_told_with_its_date(card: Card, acme: Account, lead_id: int):
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    UsagePeriod.objects.create(
        account=acme,
        resource=Resource.ANALYSES,
        starts_at=month,
        ends_at=(month + timedelta(days=32)).replace(day=1),
        allowance=100,
        used=99,
    )
    card.open(lead_id)
    expect(card.panel).to_contain_text(re.compile(r"1 analysis is left this month\. They renew on .*1\b"))


def test_an_allowance_that_is_used_up_says_when_it_renews_and_keeps_results_readable(
    cards: Callable[..., Card], lead_id: int
):
    card = cards().open(lead_id).analyse()
    Plan.objects.filter(is_default=True).update(analyses_per_month=1)
    card.open(lead_id).has_result()
    expect(card.panel).to_contain_text(re.compile(r"This month's 1 analyses are used\. They renew on .*1\b"))
    card.says("usage.stays")
    card.says("usage.rep")
    card.open("en-o-02")
    expect(card.panel.locator(".convailens-fact").first).to_be_visible()
    expect(card.control("analyse")).to_have_count(0)


def test_an_allowance_that_a_colleague_used_up_meanwhile_is_told_by_the_click(card: Card, lead_id: int):
    card.open(lead_id)
    Plan.objects.filter(is_default=True).update(analyses_per_month=0)
    card.control("analyse").click()
    expect(card.panel).to_contain_text(re.compile(r"This month's \d+ analyses are used\."))
    expect(card.control("analyse")).to_have_count(0)


def test_a_right_that_is_lost_while_the_card_is_open_takes_the_lead_out_of_view(
    card: Card, kommo: KommoSandbox, lead_id: int
):
    # The words of the result come after it; without a right to them, the control below would go before its click.
    with card.page.expect_response("**/words"):
        card.open(lead_id).analyse()
    kommo.switch("users", account="acme", user="rep", is_active=False)
    cache.clear()  # A yes of Kommo's is kept for a moment.
    card.control("ask-reply").click()
    card.says("no_access")
    expect(card.panel.locator(".convailens-criterion")).to_have_count(0)
