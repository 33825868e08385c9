"""POST /api/v1/session: one-time tokens of the sandbox, replays, and what a session is good for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEntry, UsedWidgetToken, WidgetSession
from tests.factories import open_session

ORIGIN = "https://acme.kommo.com"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


def post(token, *, origin=ORIGIN, agent=AGENT, client=None):
    headers = {"X-Auth-Token": token, "Origin": origin, "User-Agent": agent}
    return (client or Client()).post("/api/v1/session", headers=headers)


def token_of(kommo, user="rep", account="acme", **claims):
    return kommo.switch("widget-token", user=user, account=account, **claims)["token"]


def refused(answer, status, code):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
    return True


def asked(kommo, operation):
    return kommo.counters().get(operation, {"count": 0})["count"]


def test_a_one_time_token_becomes_a_session_of_half_an_hour(acme, kommo):
    before = timezone.now()
    answer = post(token_of(kommo))
    assert answer.status_code == 201
    content = answer.json()
    session = WidgetSession.objects.get()
    assert content["account"] == {"id": str(acme.id), "timezone": "Europe/London", "language": None}
    assert content["user_id"] == kommo.user("rep")["id"] == session.user_id
    assert content["is_admin"] is None
    assert timedelta(minutes=29) < session.expires_at - before < timedelta(minutes=31)
    assert content["token"] not in str(WidgetSession.objects.values())
    assert answer["Cache-Control"] == "no-store"
    assert answer["RateLimit-Limit"] == "30"
    # Kommo has just signed for this user, so it is not asked.
    assert asked(kommo, "users.get") == 0


@pytest.mark.parametrize(
    "claims",
    [
        {"key": "another key, of at least thirty-two bytes"},
        {"alg": "none"},
        {"alg": "HS512"},
        {"alg": "HS384"},
        {"alg": "RS256"},
        {"nbf_in": 120},
        {"iat_in": 120},
        {"aud": "https://other.example"},
        {"client_uuid": "00000000-0000-0000-0000-000000000000"},
        {"iss": "https://evil.example"},
        {"iss": "https://stranger.kommo.com"},
        {"account_id": "32001001"},
        {"drop": ["jti"]},
        {"drop": ["user_id"]},
        {"drop": ["exp"]},
    ],
    ids=str,
)
def test_a_token_that_kommo_did_not_make_for_us_opens_nothing(acme, kommo, claims):
    assert refused(post(token_of(kommo, **claims)), 401, "token_invalid")
    assert not WidgetSession.objects.exists()
    assert not UsedWidgetToken.objects.exists()


def test_an_expired_token_says_so(acme, kommo):
    assert refused(post(token_of(kommo, exp_in=-120)), 401, "token_expired")
    assert not WidgetSession.objects.exists()


@pytest.mark.parametrize("token", ["x" * 10_000, "…", "a.b.c"])
def test_what_is_no_token_is_refused(acme, token):
    assert refused(post(token.encode("ascii", "replace").decode()), 401, "token_invalid")


def test_no_token_at_all_is_refused(acme):
    assert refused(Client().post("/api/v1/session"), 401, "token_missing")


def test_an_account_we_do_not_know_is_not_connected(acme, kommo):
    assert refused(post(token_of(kommo, account="stranger")), 403, "not_connected")


@pytest.mark.parametrize(
    ("status", "code"), [("disconnected", "not_connected"), ("reconnect_needed", "reconnect_needed")]
)
def test_an_account_without_a_good_connection_opens_no_session(acme, kommo, status, code):
    ended = timezone.now() if status == "disconnected" else None
    Account.objects.filter(id=acme.id).update(status=status, disconnected_at=ended)
    assert refused(post(token_of(kommo)), 403, code)
    assert not WidgetSession.objects.exists()


def test_a_page_reload_ends_the_earlier_session_and_opens_a_new_one(acme, kommo):
    token = token_of(kommo)
    first = post(token).json()["token"]
    second = post(token).json()["token"]
    assert first != second
    assert refused(disconnect_with(first), 401, "session_ended")
    assert WidgetSession.objects.filter(ended_at=None).count() == 1
    entry = AuditEntry.objects.get(action="session.renewed")
    assert (entry.account, entry.actor_id, entry.details) == (acme, kommo.user("rep")["id"], {"renewals": 1})


def disconnect_with(token):
    return Client().post("/api/v1/disconnect", headers={"Authorization": f"Bearer {token}"})


def test_a_token_renews_five_times_and_no_more(acme, kommo):
    token = token_of(kommo)
    assert [post(token).status_code for _ in range(6)] == [201] * 6
    assert refused(post(token), 401, "token_replayed")
    # The refusal ends nothing: the sixth session goes on.
    assert WidgetSession.objects.filter(ended_at=None).count() == 1
    assert UsedWidgetToken.objects.get().renewals == 5


@pytest.mark.parametrize(
    "other", [{"agent": "curl/8"}, {"origin": "https://evil.kommo.com"}, {"origin": ""}, {"agent": ""}]
)
def test_a_token_replayed_from_another_browser_is_refused(acme, kommo, other):
    token = token_of(kommo)
    mine = post(token).json()["token"]
    before = asked(kommo, "users.get")
    assert refused(post(token, **other), 401, "token_replayed")
    assert WidgetSession.objects.count() == 1
    assert disconnect_with(mine).json()["code"] == "not_admin"  # Still a session.
    assert asked(kommo, "users.get") == before + 1  # By the line above; the replay itself asked nothing of Kommo.


def test_a_users_token_replayed_by_another_user_is_refused(acme, kommo):
    post(token_of(kommo, user="admin", jti="j-1"))
    other = post(token_of(kommo, user="rep", jti="j-1"), agent="curl/8")
    assert refused(other, 401, "token_replayed")


def test_the_same_token_id_of_two_accounts_is_two_tokens(acme, stranger, kommo):
    before = WidgetSession.objects.count()
    assert post(token_of(kommo, jti="j-1")).status_code == 201
    answer = post(token_of(kommo, account="stranger", jti="j-1"), origin="https://stranger.kommo.com", agent="curl/8")
    assert answer.status_code == 201
    assert WidgetSession.objects.count() == before + 2


def test_a_deactivated_user_loses_the_session_at_the_next_renewal(acme, kommo):
    token = token_of(kommo)
    assert post(token).status_code == 201
    kommo.switch("users", user="rep", is_active=False)
    assert refused(post(token), 403, "user_inactive")
    assert UsedWidgetToken.objects.get().renewals == 0


def test_an_old_token_of_a_deactivated_user_opens_nothing(acme, kommo):
    token = token_of(kommo, iat_in=-600, nbf_in=-600)
    kommo.switch("users", user="rep", is_active=False)
    assert refused(post(token), 403, "user_inactive")


def test_a_fresh_token_is_enough_while_kommo_does_not_answer_and_a_renewal_waits(acme, kommo):
    kommo.switch("misbehaviour", match="*", kind="status", params={"code": 503}, times=None)
    token = token_of(kommo)
    assert post(token).status_code == 201
    assert refused(post(token), 503, "kommo_unavailable")
    assert WidgetSession.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_is_first_five_renew_and_the_rest_are_refused(acme, kommo, settings):
    settings.THROTTLE_SESSION_ADDRESS = 1000
    token = token_of(kommo)

    def one(_):
        try:
            return post(token).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(one, range(12)))
    assert sorted(statuses) == [201] * 6 + [401] * 6
    assert WidgetSession.objects.count() == 6
    assert WidgetSession.objects.filter(ended_at=None).count() == 1
    assert UsedWidgetToken.objects.get().renewals == 5


def test_an_address_that_asks_too_often_is_told_when_to_come_back(acme, kommo, settings):
    settings.THROTTLE_SESSION_ADDRESS = 2
    for _ in range(2):
        assert post("nonsense").status_code == 401
    answer = post(token_of(kommo))
    assert refused(answer, 429, "rate_limited")
    assert int(answer["Retry-After"]) >= 1
    assert answer["RateLimit-Remaining"] == "0"
    assert not WidgetSession.objects.exists()


def test_an_old_widget_is_told_to_reload(acme, kommo, settings):
    settings.MIN_WIDGET_VERSION = "1.2.0"
    headers = {"X-Auth-Token": token_of(kommo), "X-Widget-Version": "1.1.9"}
    assert refused(Client().post("/api/v1/session", headers=headers), 426, "widget_too_old")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "not_authenticated"),
        ("Bearer", "session_unknown"),
        ("Bearer nobody", "session_unknown"),
        ("Bearer a b", "session_unknown"),
        ("Bearer " + "x" * 200, "session_unknown"),
        ("Bearer \xff\xfe", "session_unknown"),
        ("Basic YTpi", "not_authenticated"),
    ],
)
def test_without_a_session_the_answer_is_401_and_says_how(acme, header, code):
    extra = {} if header is None else {"HTTP_AUTHORIZATION": header}
    answer = Client().post("/api/v1/disconnect", **extra)
    assert refused(answer, 401, code)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_session_says_so(acme, rep):
    WidgetSession.objects.update(
        created_at=timezone.now() - timedelta(hours=1), expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert refused(disconnect_with(rep.token), 401, "session_expired")


def test_a_session_of_a_disconnected_account_has_ended(acme):
    token, _ = open_session(acme, 7)
    Account.objects.filter(id=acme.id).update(status="disconnected", disconnected_at=timezone.now())
    assert refused(disconnect_with(token), 401, "session_ended")
