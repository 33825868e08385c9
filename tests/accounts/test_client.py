"""KommoClient against the sandbox over HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.errors import ReconnectNeeded, TalksUnavailable
from accounts.kommo.client import KommoClient
from accounts.models import Account, AuditEntry, KommoGrant
from accounts.use_cases import lead_access
from convailens.lib.errors import NotFound, ServiceRateLimited, ServiceRefused, ServiceUnavailable, UnexpectedReply


def requests(kommo, operation):
    return kommo.counters().get(operation, {"count": 0})["count"]


def test_the_account_is_read_with_its_time_zone(acme, kommo):
    found = KommoClient(acme).account_info()
    assert (found.id, found.subdomain) == (32_001_001, "acme")
    assert (found.currency, found.timezone) == ("GBP", "Europe/London")


def test_a_lead_is_read_with_the_name_of_its_stage(acme, rep, lead_id):
    lead = KommoClient(acme).lead_as(rep.user_id, lead_id)
    assert lead.id == lead_id
    assert (lead.stage, lead.price, lead.currency) == ("New enquiry", Decimal(4900), "GBP")


def test_names_of_stages_are_asked_for_once(acme, rep, lead_id, kommo):
    for _ in range(3):
        KommoClient(acme).lead_as(rep.user_id, lead_id)
    assert requests(kommo, "pipelines.list") == 1
    assert requests(kommo, "leads.get") == 3


@pytest.mark.parametrize("denied", [204, 403])
def test_a_lead_does_not_exist_for_a_colleague_without_rights(acme, colleague, lead_id, kommo, denied):
    kommo.switch("settings", account="acme", denied_status=denied)
    with pytest.raises(NotFound):
        KommoClient(acme).lead_as(colleague.user_id, lead_id)


def test_a_lead_does_not_exist_for_a_stranger(acme, stranger, lead_id):
    with pytest.raises(NotFound):
        KommoClient(stranger.account).lead_as(stranger.user_id, lead_id)


def test_a_lead_does_not_exist_for_a_deactivated_user_nor_for_an_unknown_one(acme, rep, lead_id, kommo):
    kommo.switch("users", user="rep", is_active=False)
    for user_id in (rep.user_id, 1):
        with pytest.raises(NotFound):
            KommoClient(acme).lead_as(user_id, lead_id)
    assert Account.objects.get(id=acme.id).status == Account.Status.CONNECTED


def test_a_users_rights_are_read(acme, boss, colleague, kommo):
    client = KommoClient(acme)
    assert client.user(boss.user_id).is_admin
    assert not client.user(colleague.user_id).is_admin
    assert client.user(colleague.user_id).is_active
    kommo.switch("users", user="colleague", is_active=False)
    assert not client.user(colleague.user_id).is_active
    with pytest.raises(NotFound):
        client.user(123)


@pytest.mark.parametrize("form", ["both", "bracket", "plain"])
def test_the_talks_of_a_lead_are_found_whichever_filter_kommo_hears(acme, lead_id, kommo, form):
    kommo.switch("settings", account="acme", talks_filter=form)
    talks = KommoClient(acme).talks_of_lead(lead_id)
    assert talks
    assert {talk.lead_id for talk in talks} == {lead_id}
    assert [talk.updated_at for talk in talks] == sorted((talk.updated_at for talk in talks), reverse=True)


def test_when_neither_filter_is_understood_the_talks_count_as_unavailable_not_as_none(acme, lead_id, kommo):
    kommo.switch("misbehaviour", match="talks.list", kind="status", times=2, params={"code": 422})
    with pytest.raises(TalksUnavailable):
        KommoClient(acme).talks_of_lead(lead_id)


def test_messages_come_in_order_of_time_each_once(acme, lead_id, kommo):
    found = KommoClient(acme).messages_of_lead(lead_id)
    entry = next(e for e in kommo.http.get("/_sandbox/leads").json()["leads"] if e["id"] == lead_id)
    assert {message.id for message in found} == set(entry["message_ids"].values())
    assert len(found) == len(entry["message_ids"])
    assert [message.at for message in found] == sorted(message.at for message in found)
    assert {message.author for message in found} == {"client", "agent"}
    assert {message.channel for message in found} == {"whatsapp"}


@pytest.mark.parametrize("switch", [{"has_scope": False}, {"has_plan": False}])
def test_chats_that_plan_or_scope_withhold_are_said_to_be_unavailable(acme, lead_id, kommo, switch):
    kommo.switch("settings", account="acme", **switch)
    with pytest.raises(TalksUnavailable) as refusal:
        KommoClient(acme).messages_of_lead(lead_id)
    assert refusal.value.code == "talks_unavailable"


def test_a_long_talk_is_read_page_by_page_and_its_newest_messages_are_kept(acme, kommo):
    messages = [
        {
            "id": f"m{n}",
            "author": "client" if n % 2 else "agent",
            "author_name": "A",
            "kind": "text",
            "at": f"2026-01-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z",
            "text": f"line {n}",
        }
        for n in range(2_300)
    ]
    chat = {"id": "long", "language": "en", "channel": "whatsapp", "lead": {}, "messages": messages}
    lead_id = kommo.switch("leads", conversation=chat)["lead_id"]
    found = KommoClient(acme).messages_of_lead(lead_id)
    assert [message.text for message in found] == [f"line {n}" for n in range(300, 2_300)]
    assert requests(kommo, "talks.messages") == 10


def test_an_expired_token_is_refreshed_once_and_the_call_made_again(acme, rep, lead_id, kommo):
    before = KommoGrant.objects.get(account=acme)
    kommo.switch("expire-access-tokens", account="acme")
    assert KommoClient(acme).lead_as(rep.user_id, lead_id).id == lead_id
    after = KommoGrant.objects.get(account=acme)
    assert after.version == before.version + 1
    assert after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert requests(kommo, "oauth.token") == 1


def test_a_revoked_grant_marks_the_account_once_and_is_not_asked_about_again(acme, rep, lead_id, kommo):
    kommo.switch("revoke-tokens", account="acme")
    for _ in range(3):
        with pytest.raises(ReconnectNeeded):
            KommoClient(acme).lead_as(rep.user_id, lead_id)
    assert Account.objects.get(id=acme.id).status == Account.Status.RECONNECT_NEEDED
    assert requests(kommo, "oauth.token") == 1
    assert requests(kommo, "leads.get") == 1
    assert [entry.action for entry in AuditEntry.objects.for_account(acme)] == ["account.reconnect_needed"]
    assert KommoGrant.objects.filter(account=acme).exists()


@pytest.mark.parametrize("status", [401, 404])
def test_a_renamed_account_is_followed(acme, rep, lead_id, kommo, status):
    new = kommo.switch("rename", account="acme", status=status)
    assert KommoClient(acme).lead_as(rep.user_id, lead_id).id == lead_id
    moved = Account.objects.get(id=acme.id)
    assert (moved.subdomain, moved.host) == ("acme-renamed", new["domain"])
    assert moved.status == Account.Status.CONNECTED


def test_a_move_to_a_host_that_is_not_kommos_is_not_followed(acme, rep, lead_id, kommo, settings):
    settings.SANDBOX_ORIGINS = [kommo.base_url]
    kommo.switch("rename", account="acme", status=401)
    with pytest.raises(ReconnectNeeded):
        KommoClient(acme).lead_as(rep.user_id, lead_id)
    assert Account.objects.get(id=acme.id).host == acme.host


def test_an_unpaid_account_is_told_apart_from_a_revoked_one(acme, rep, lead_id, kommo):
    kommo.switch("settings", account="acme", is_paid=False)
    with pytest.raises(ServiceRefused) as refusal:
        KommoClient(acme).lead_as(rep.user_id, lead_id)
    assert refusal.value.code == "kommo_unpaid"
    assert Account.objects.get(id=acme.id).status == Account.Status.CONNECTED


@pytest.mark.parametrize(
    ("kind", "params", "error"),
    [
        ("status", {"code": 500}, ServiceUnavailable),
        ("status", {"code": 503, "body": "html"}, ServiceUnavailable),
        ("status", {"code": 429, "retry_after": 7}, ServiceRateLimited),
        ("status", {"code": 429, "body": "text"}, ServiceRateLimited),
        ("status", {"code": 403, "body": "html"}, ServiceRateLimited),
        ("status", {"code": 302, "body": "empty"}, UnexpectedReply),
        ("status", {"code": 418}, UnexpectedReply),
        ("cut_off", {}, ServiceUnavailable),
        ("not_json", {"body": "html"}, UnexpectedReply),
        ("not_json", {"body": "garbage"}, UnexpectedReply),
        ("not_json", {"body": "truncated"}, UnexpectedReply),
        ("not_json", {"body": "empty"}, UnexpectedReply),
    ],
)
def test_each_misbehaviour_of_kommo_has_its_error(acme, rep, lead_id, kommo, kind, params, error):
    kommo.switch("misbehaviour", match="leads.get", kind=kind, params=params, times=1)
    with pytest.raises(error) as fault:
        KommoClient(acme).lead_as(rep.user_id, lead_id)
    assert type(fault.value) is error
    assert fault.value.code in {"kommo_unavailable", "kommo_unexpected_reply", "not_json"}
    assert Account.objects.get(id=acme.id).status == Account.Status.CONNECTED


def test_a_slow_kommo_is_given_up_in_time(acme, rep, lead_id, kommo):
    kommo.switch("misbehaviour", match="leads.get", kind="slow", params={"seconds": 3}, times=1)
    with pytest.raises(ServiceUnavailable) as fault:
        KommoClient(acme, timeout_s=0.3).lead_as(rep.user_id, lead_id)
    assert fault.value.code == "kommo_unavailable"


@pytest.mark.parametrize(
    ("params", "wait_s"), [({"code": 429, "retry_after": 7}, 7), ({"code": 403, "body": "html"}, 300)]
)
def test_the_circuit_opens_for_all_accounts_when_kommo_says_stop(acme, rep, lead_id, stranger, kommo, params, wait_s):
    kommo.switch("misbehaviour", match="leads.get", kind="status", params=params, times=1)
    with pytest.raises(ServiceRateLimited) as first:
        KommoClient(acme).lead_as(rep.user_id, lead_id)
    assert first.value.retry_after_s == wait_s
    before = requests(kommo, "account.get")
    with pytest.raises(ServiceRateLimited) as second:
        KommoClient(stranger.account).account_info()
    assert wait_s - 1 < second.value.retry_after_s <= wait_s
    assert requests(kommo, "account.get") == before


def test_a_yes_is_remembered_and_a_no_is_asked_again(acme, rep, colleague, lead_id, kommo):
    lead_access.check(acme, rep.user_id, lead_id)
    lead_access.check(acme, rep.user_id, lead_id)
    assert requests(kommo, "leads.get") == 1
    for _ in range(2):
        with pytest.raises(NotFound):
            lead_access.check(acme, colleague.user_id, lead_id)
    assert requests(kommo, "leads.get") == 3
    assert lead_access.may_see(acme, rep.user_id, lead_id).stage == "New enquiry"
    assert requests(kommo, "leads.get") == 4


def test_a_yes_for_one_user_is_none_for_another(acme, rep, colleague, stranger, lead_id):
    lead_access.check(acme, rep.user_id, lead_id)
    with pytest.raises(NotFound):
        lead_access.check(acme, colleague.user_id, lead_id)
    with pytest.raises(NotFound):
        lead_access.check(stranger.account, rep.user_id, lead_id)
