"""Whatever Kommo does in an analysis: a named outcome, the model not asked, nothing charged, nothing left running."""

from __future__ import annotations

import pytest

from accounts.models import Account, AuditEntry
from accounts.use_cases.disconnect_account import disconnect_account
from analysis.models import Analysis
from billing.models import UsageEntry
from tests.analysis.test_analyse import MESSAGES, last, names
from tests.failures.steps import Stream, assert_books, kommo_misbehaves

DOWN, HIDDEN, NO_CHATS, CUT_OFF = "kommo_unavailable", "not_found", "messages_unavailable", "disconnected"

# (operation, what goes wrong each time, its params, the outcome)
TABLE = [
    ("leads.get", "status", {"code": 401}, HIDDEN),
    ("leads.get", "status", {"code": 402}, DOWN),
    ("leads.get", "status", {"code": 403}, HIDDEN),
    ("leads.get", "status", {"code": 403, "body": "html"}, DOWN),
    ("leads.get", "status", {"code": 404}, HIDDEN),
    ("leads.get", "status", {"code": 429, "retry_after": 7}, DOWN),
    ("leads.get", "status", {"code": 500}, DOWN),
    ("leads.get", "no_content", {}, HIDDEN),
    ("leads.get", "cut_off", {}, DOWN),
    ("leads.get", "not_json", {"body": "truncated"}, DOWN),
    ("pipelines.list", "status", {"code": 500}, DOWN),
    ("talks.list", "status", {"code": 402}, NO_CHATS),
    ("talks.list", "status", {"code": 403}, NO_CHATS),
    ("talks.list", "no_content", {}, "too_short"),
    ("talks.messages", "status", {"code": 401}, CUT_OFF),
    ("talks.messages", "status", {"code": 403}, NO_CHATS),
    ("talks.messages", "cut_off", {}, DOWN),
    ("talks.messages", "not_json", {"body": "garbage"}, DOWN),
    ("talks.messages", "no_content", {}, "too_short"),
]
# More of the same kinds.
MORE = [
    ("leads.get", "status", {"code": 418}, DOWN),
    ("leads.get", "status", {"code": 429, "body": "text"}, DOWN),
    ("leads.get", "status", {"code": 502, "body": "html"}, DOWN),
    ("leads.get", "status", {"code": 302, "body": "empty"}, DOWN),
    ("leads.get", "cut_off", {"after_bytes": 0}, DOWN),
    ("leads.get", "not_json", {"body": "html"}, DOWN),
    ("leads.get", "not_json", {"body": "garbage"}, DOWN),
    ("leads.get", "not_json", {"body": "empty"}, DOWN),
    ("pipelines.list", "not_json", {}, DOWN),
    ("talks.list", "status", {"code": 401}, CUT_OFF),
    ("talks.list", "status", {"code": 403, "body": "html"}, DOWN),
    ("talks.list", "status", {"code": 429, "retry_after": 7}, DOWN),
    ("talks.list", "status", {"code": 500}, DOWN),
    ("talks.list", "not_json", {"body": "truncated"}, DOWN),
    ("talks.messages", "status", {"code": 402}, NO_CHATS),
    ("talks.messages", "status", {"code": 429, "retry_after": 7}, DOWN),
    ("talks.messages", "status", {"code": 503, "body": "html"}, DOWN),
]
STATUS = {DOWN: 503, HIDDEN: 404, NO_CHATS: 422, CUT_OFF: 409, "too_short": 422}


def assert_nothing_came_of_it(problem, outcome, openai):
    assert (problem["code"], problem["status"], problem["charged"]) == (outcome, STATUS[outcome], False)
    run = Analysis.objects.get()
    assert (run.state, run.outcome, run.charged, run.summary) == ("failed", outcome, 0, None)
    assert openai.calls == 0
    assert UsageEntry.objects.count() == 0
    assert_books(used=0)


@pytest.mark.parametrize(
    ("operation", "kind", "params", "outcome"), [*TABLE, *(pytest.param(*row, marks=pytest.mark.full) for row in MORE)]
)
def test_a_misbehaving_kommo_is_a_named_outcome_and_costs_nothing(
    web, rep, lead_id, kommo, openai, operation, kind, params, outcome
):
    kommo_misbehaves(kommo, operation, kind, times=None, **params)
    before = len(web.events("analysis.crashed"))
    events = web.analyse(rep, lead_id)
    told_before = {"too_short": ["accepted", "facts", "problem"]}
    assert names(events) == told_before.get(outcome, ["accepted", "problem"])
    assert_nothing_came_of_it(last(events), outcome, openai)
    assert len(web.events("analysis.crashed")) == before
    status = Account.objects.get(id=rep.account.id).status
    assert status == (Account.Status.RECONNECT_NEEDED if outcome == CUT_OFF else Account.Status.CONNECTED)
    if params.get("retry_after"):
        assert 5 < last(events)["retry_after_s"] <= 7


@pytest.mark.parametrize("switch", ["revoke-tokens", "expire-refresh-tokens"])
def test_tokens_that_kommo_took_back_are_told_as_disconnected(web, rep, lead_id, kommo, openai, switch):
    kommo.switch("expire-access-tokens", account="acme")
    kommo.switch(switch, account="acme")
    assert_nothing_came_of_it(last(web.analyse(rep, lead_id)), CUT_OFF, openai)


@pytest.mark.parametrize(
    ("operation", "code"), [("talks.list", 402), ("talks.list", 403), ("talks.messages", 402), ("talks.messages", 403)]
)
def test_where_the_chats_are_withheld_the_messages_of_the_card_serve(web, rep, lead_id, kommo, operation, code):
    kommo_misbehaves(kommo, operation, "status", times=None, code=code)
    result = last(web.analyse(rep, lead_id, messages=MESSAGES))
    assert (result["state"], result["source"], result["usage"]["charged"]) == ("done", "card", 1)


def test_a_passing_fault_of_kommo_leaves_the_same_key_free_to_run_again(web, rep, lead_id, kommo, openai):
    import uuid

    key = uuid.uuid4()
    kommo_misbehaves(kommo, "leads.get", "status", code=500)
    assert last(web.analyse(rep, lead_id, key=key))["code"] == DOWN
    assert last(web.analyse(rep, lead_id, key=key))["state"] == "done"
    assert (Analysis.objects.get().attempt, openai.calls) == (2, 1)
    assert_books(used=1)


def test_pages_of_any_size_do_not_stop_the_service(web, rep, kommo, openai):
    messages = [
        {"id": f"m{n}", "author": "client", "kind": "text", "at": "2026-01-01T10:00:00Z", "text": "word " * 8_000}
        for n in range(250)
    ]
    huge = {"id": "huge", "language": "en", "channel": "whatsapp", "lead": {}, "messages": messages}
    lead_id = kommo.switch("leads", conversation=huge)["lead_id"]
    assert_nothing_came_of_it(last(web.analyse(rep, lead_id)), DOWN, openai)
    assert web.http.get("/health/ready").status_code == 200


@pytest.mark.full
@pytest.mark.parametrize(
    ("kind", "params"), [("slow", {"seconds": 14}), ("drip", {"bytes": 1, "every_s": 0.05})], ids=["silent", "dripping"]
)
@pytest.mark.parametrize("operation", ["leads.get", "talks.messages"])
def test_a_kommo_that_takes_for_ever_is_given_up(web, rep, lead_id, kommo, openai, operation, kind, params):
    kommo_misbehaves(kommo, operation, kind, times=None, **params)
    assert_nothing_came_of_it(last(web.analyse(rep, lead_id)), DOWN, openai)


def test_an_account_that_is_disconnected_in_mid_run_stores_and_pays_nothing(web, rep, lead_id, openai):
    openai.misbehave("stall", seconds=1, after_chunks=12)
    with web.analysing(rep, lead_id) as response:
        stream = Stream(response)
        stream.read_until("summary")
        assert disconnect_account(account_id=rep.account.id, actor=AuditEntry.Actor.USER, actor_id=rep.user_id)
        name, problem = stream.end()
    assert (name, problem["code"], problem["charged"]) == ("problem", CUT_OFF, False)
    run = Analysis.objects.get()
    assert (run.state, run.outcome, run.summary, run.charged) == ("failed", CUT_OFF, None, 0)
    assert list(UsageEntry.objects.order_by("id").values_list("kind", flat=True)) == ["reserve", "release"]
    assert_books(used=0)
