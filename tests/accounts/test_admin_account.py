"""An account's page, how it is found, and what staff may do to it: each with its own right and only when confirmed."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Account, AuditEntry, ErasureReceipt, KommoGrant
from accounts.tasks import queue_refresh
from analysis.models import Analysis
from billing.models import Plan, Resource
from billing.use_cases.reserve_usage import reserve_usage
from billing.use_cases.settle_usage import settle_usage

WORDS = "The client asked for a discount of ten percent"


def page(account, action="change"):
    return f"/admin/accounts/account/{account.pk}/{action}/"


def make_analysis(account, **given):
    values = {
        "lead_id": "7001",
        "requested_by": 42,
        "request_id": uuid.uuid4().hex[:16],
        "key": uuid.uuid4(),
        "request_digest": "d" * 64,
        "state": "done",
        "lease_until": timezone.now(),
        "source": "talks",
        "charged": 1,
        "duration_ms": 4321,
        "versions": {"model": "gpt-4o-mini"},
        "score": 83,
        "temperature": "hot",
        "summary": WORDS,
        "next_action": WORDS,
        "reading": {"note": WORDS},
    }
    return Analysis.objects.create(account=account, **values | given)


@pytest.fixture
def eraser_client(support):
    """Support who may also disconnect and erase."""
    rights = ["disconnect_account", "erase_account"]
    support.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    client = Client(enforce_csrf_checks=True)
    client.force_login(support)
    return client


def post(client, address, **fields):
    """Send the form of a page, with the token that the page gives."""
    client.get(address)
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    return client.post(address, {"csrfmiddlewaretoken": token, **fields})


def test_the_page_tells_connection_plan_usage_analyses_and_audit(support_client, acme, boss):
    for _ in range(3):
        settle_usage(reservation=reserve_usage(account=acme, resource=Resource.ANALYSES).pk)
    Plan.objects.update(analyses_per_month=4)
    done = make_analysis(acme)
    failed = make_analysis(acme, state="failed", outcome="model_timeout", charged=0, duration_ms=None)
    text = support_client.get(page(acme)).content.decode()
    grant = KommoGrant.objects.get(account=acme)
    for shown in (acme.host, "Connected", f"{grant.granted_by}", "pair 1", "Free", "3 of 4", 'value="75"'):
        assert shown in text
    for shown in (done.request_id, "4321 ms", "gpt-4o-mini", failed.request_id, "model_timeout"):
        assert shown in text
    assert f"/admin/analysis/analysis/{done.pk}/change/" in text


def test_the_page_shows_twenty_analyses_with_a_fixed_number_of_queries(support_client, acme):
    make_analysis(acme)
    support_client.get(page(acme))
    with CaptureQueriesContext(connection) as few:
        support_client.get(page(acme))
    for _ in range(25):
        make_analysis(acme)
    with CaptureQueriesContext(connection) as many:
        text = support_client.get(page(acme)).content.decode()
    assert len(many) == len(few)
    assert text.count("/admin/analysis/analysis/") - text.count("/admin/analysis/analysis/?") <= 21


@pytest.mark.parametrize("address", ["account", "analyses", "analysis"])
def test_nothing_read_out_of_a_conversation_is_shown_or_even_loaded(support_client, acme, address):
    analysis = make_analysis(acme)
    at = {"account": page(acme), "analyses": "/admin/analysis/analysis/"}.get(
        address, f"/admin/analysis/analysis/{analysis.pk}/change/"
    )
    with CaptureQueriesContext(connection) as queries:
        text = support_client.get(at).content.decode()
    assert analysis.request_id in text
    assert WORDS not in text
    assert "hot" not in text.split("<body")[1].replace("photo", "").replace("hotkey", "")
    read = " ".join(query["sql"].split(" FROM ")[0] for query in queries.captured_queries)
    for column in ("summary", "next_action", "next_why", "reading", "change", "flagged"):
        assert f'"{column}"' not in read


def test_trouble_with_the_grant_is_told(support_client, acme):
    Account.objects.filter(pk=acme.pk).update(status="reconnect_needed")
    queue_refresh(str(acme.pk))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 6")
    assert ProcrastinateJob.objects.count() == 1
    text = support_client.get(page(acme)).content.decode()
    assert "Kommo refused the refresh token" in text
    assert "failed after 6 attempts" in text


def test_a_disconnected_account_has_no_grant_and_says_when_it_is_erased(support_client, acme, settings):
    settings.GRACE_PERIOD_DAYS = 12
    KommoGrant.objects.all().delete()
    Account.objects.update(status="disconnected", disconnected_at=timezone.now() - timedelta(days=2))
    text = support_client.get(page(acme)).content.decode()
    assert "the tokens are deleted" in text
    assert "erased 12 days after" in text


def test_hostile_names_are_shown_as_text(support_client, acme):
    Account.objects.update(host='<img src=x onerror="alert(1)">')
    text = support_client.get(page(acme)).content.decode()
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


@pytest.mark.parametrize(
    "how",
    ["subdomain", "its beginning", "address", "our id", "Kommo's id", "request id", "ledger reference", "in capitals"],
)
def test_support_finds_an_account_by(support_client, acme, stranger, how):
    request_id = make_analysis(acme).request_id
    make_analysis(stranger.account)
    words = {
        "subdomain": acme.subdomain,
        "its beginning": acme.subdomain[:3],
        "address": f"https://{acme.subdomain}.kommo.com/leads/detail/1",
        "our id": f" {acme.pk} ",
        "Kommo's id": str(acme.kommo_account_id),
        "request id": request_id,
        "ledger reference": str(acme.ledger_reference),
        "in capitals": acme.subdomain.upper(),
    }[how]
    answer = support_client.get("/admin/accounts/account/", {"q": words})
    assert [account.pk for account in answer.context["cl"].queryset] == [acme.pk]


@pytest.mark.parametrize("words", ["' OR 1=1", "%", "_", "01234567-89ab-4cde-8f01-23456789abcd", "0" * 16, "9" * 40])
def test_a_search_for_nothing_we_know_finds_nothing(support_client, acme, words):
    answer = support_client.get("/admin/accounts/account/", {"q": words})
    assert answer.status_code == 200
    assert answer.context["cl"].queryset.count() == 0


def test_analyses_are_found_by_request_id(support_client, acme, stranger):
    mine = make_analysis(acme)
    make_analysis(stranger.account)
    answer = support_client.get("/admin/analysis/analysis/", {"q": mine.request_id})
    assert [row.pk for row in answer.context["cl"].queryset] == [mine.pk]


def test_support_without_the_rights_sees_no_button_and_is_refused(support_client, acme):
    text = support_client.get(page(acme)).content.decode()
    listed = support_client.get("/admin/accounts/account/").content.decode()
    for action in ("erase", "disconnect"):
        assert page(acme, action) not in text + listed
        assert support_client.get(page(acme, action)).status_code == 403
        assert support_client.post(page(acme, action), {"confirm": acme.subdomain}).status_code == 403
    assert Account.objects.get().status == "connected"
    assert not ErasureReceipt.objects.exists()


@pytest.mark.parametrize("right", ["disconnect", "erase"])
def test_each_right_stands_alone(support, acme, right):
    support.user_permissions.add(Permission.objects.get(codename=f"{right}_account"))
    client = Client()
    client.force_login(support)
    text = client.get(page(acme)).content.decode()
    other = {"disconnect": "erase", "erase": "disconnect"}[right]
    assert page(acme, right) in text
    assert page(acme, other) not in text
    assert client.get(page(acme, right)).status_code == 200
    assert client.post(page(acme, other), {"confirm": acme.subdomain}).status_code == 403


def test_a_right_without_the_log_in_of_staff_is_none(client, acme):
    user = User.objects.create_user("customer", password="not-a-secret")
    user.user_permissions.add(Permission.objects.get(codename="erase_account"))
    client.force_login(user)
    assert client.post(page(acme, "erase"), {"confirm": acme.subdomain}).status_code == 302
    assert Account.objects.exists()


def test_disconnecting_asks_first_and_says_who_did_it(eraser_client, support, acme, boss):
    asked = eraser_client.get(page(acme, "disconnect"))
    assert acme.subdomain in asked.content.decode()
    assert Account.objects.get().status == "connected"
    assert eraser_client.post(page(acme, "disconnect")).status_code == 403  # no token of the form
    answer = post(eraser_client, page(acme, "disconnect"))
    assert answer.headers["Location"] == page(acme)
    assert Account.objects.get().status == "disconnected"
    assert not KommoGrant.objects.exists()
    entry = AuditEntry.objects.get(action="account.disconnected")
    assert (entry.actor, entry.actor_id) == ("staff", support.pk)
    assert post(eraser_client, page(acme, "disconnect")).status_code == 302
    assert AuditEntry.objects.filter(action="account.disconnected").count() == 1


def test_the_erase_page_says_what_goes_and_what_stays(eraser_client, acme, boss):
    for _ in range(7):
        make_analysis(acme)
    text = eraser_client.get(page(acme, "erase")).content.decode()
    for said in ("What goes", "Analyses", ">7<", "Widget sessions", "What stays", "ledger", "receipt", "backups"):
        assert said in text
    assert Account.objects.exists()


@pytest.mark.parametrize("typed", ["", "other", "acm", None])
def test_nothing_is_erased_until_the_subdomain_is_typed(eraser_client, acme, typed):
    answer = post(eraser_client, page(acme, "erase"), **({} if typed is None else {"confirm": typed}))
    assert answer.status_code == 400
    assert "Nothing was erased" in answer.content.decode()
    assert Account.objects.exists()


def test_a_form_without_its_token_erases_nothing(eraser_client, acme):
    assert eraser_client.post(page(acme, "erase"), {"confirm": acme.subdomain}).status_code == 403
    assert Account.objects.exists()


def test_erasing_leads_to_the_receipt_and_staffs_own_log_names_only_that(eraser_client, support, acme, boss):
    make_analysis(acme)
    answer = post(eraser_client, page(acme, "erase"), confirm=acme.subdomain.upper() + " ")
    receipt = ErasureReceipt.objects.get()
    assert answer.headers["Location"] == f"/admin/accounts/erasurereceipt/{receipt.pk}/change/"
    assert receipt.staff_id == support.pk
    shown = eraser_client.get(answer.headers["Location"]).content.decode()
    for said in (str(receipt.pk), str(receipt.ledger_reference), "What went", "analysis", "Everything of this account"):
        assert said in shown
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.object_repr) == (support, str(receipt.pk), str(receipt.pk))
    for secret in (str(acme.pk), acme.subdomain, str(acme.kommo_account_id)):
        assert secret not in shown + str(LogEntry.objects.values()) + str(ErasureReceipt.objects.values())
    assert not Account.objects.exists()


def test_sending_the_form_twice_leads_to_the_same_receipt(eraser_client, acme):
    form = {"confirm": acme.subdomain, "reference": str(acme.ledger_reference)}
    first = post(eraser_client, page(acme, "erase"), **form)
    second = post(eraser_client, page(acme, "erase"), **form)
    assert first.headers["Location"] == second.headers["Location"]
    assert "was erased already" in eraser_client.get(second.headers["Location"]).content.decode()
    assert ErasureReceipt.objects.count() == LogEntry.objects.count() == 1


@pytest.mark.parametrize("reference", ["", "nonsense", "01234567-89ab-4cde-8f01-23456789abcd"])
def test_an_account_that_is_not_there_is_said_so(eraser_client, acme, reference):
    nobody = f"/admin/accounts/account/{uuid.uuid4()}/"
    assert eraser_client.get(nobody + "erase/").status_code == 404
    token = eraser_client.get(page(acme, "erase")).context["csrf_token"]
    answer = eraser_client.post(
        nobody + "erase/", {"confirm": "acme", "reference": reference, "csrfmiddlewaretoken": str(token)}
    )
    assert answer.status_code == 404
    assert "may have been erased" in answer.content.decode()
    assert eraser_client.get("/admin/accounts/account/nonsense/erase/").status_code == 404
    assert Account.objects.exists()


def test_receipts_can_only_be_read_and_outlive_who_did_it(eraser_client, support, acme):
    post(eraser_client, page(acme, "erase"), confirm=acme.subdomain)
    receipt = ErasureReceipt.objects.get()
    support.is_superuser = True
    support.save()
    at = f"/admin/accounts/erasurereceipt/{receipt.pk}/"
    assert post(eraser_client, at + "delete/", post="yes").status_code == 403
    assert post(eraser_client, at + "change/", staff_id=1).status_code == 403
    receipt.refresh_from_db()
    staff = support.pk
    support.delete()
    assert ErasureReceipt.objects.get().staff_id == staff


ADMIN_PAGES = ["/admin/", "/admin/login/", "/admin/accounts/account/", "/admin/accounts/erasurereceipt/"]


@pytest.mark.parametrize("address", ADMIN_PAGES)
def test_the_policy_is_relaxed_for_the_admin_and_no_inline_script_is_allowed(support_client, db, address):
    answer = (Client() if "login" in address else support_client).get(address)
    assert answer.status_code == 200
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    text = answer.content.decode()
    assert [tag for tag in text.split("<script")[1:] if " src=" not in tag.split(">")[0]] == []


@pytest.mark.parametrize("address", ["/connect", "/health/live", "/nothing-here"])
def test_no_other_page_has_a_relaxed_policy(client, db, address):
    assert "unsafe" not in client.get(address).headers["Content-Security-Policy"]


def test_the_themes_search_which_would_remember_words_in_the_cache_is_off(support_client, db):
    assert support_client.get("/admin/search/", {"s": "acme"}).status_code == 404


def test_the_admin_speaks_english_whatever_the_browser_prefers(support_client, acme):
    text = support_client.get(page(acme), headers={"Accept-Language": "es"}).content.decode()
    assert '<html lang="en"' in text
    assert "Plan and usage" in text
