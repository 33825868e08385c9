"""What support sees: states and times, never a token, a key or a digest; and nothing can be changed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, AuditEntry, KommoGrant, UsedWidgetToken, WidgetSession, record

MODELS = ["account", "widgetsession", "usedwidgettoken", "auditentry"]


@pytest.fixture
def rows(acme, boss):
    record("account.connected", account=acme, actor=AuditEntry.Actor.USER, actor_id=boss.user_id)
    used = UsedWidgetToken.objects.create(
        account=acme, jti="jti-1", browser_digest="d" * 64, session=boss.session, expires_at=timezone.now()
    )
    return {
        "account": acme.pk,
        "widgetsession": boss.session.pk,
        "usedwidgettoken": used.pk,
        "auditentry": AuditEntry.objects.get().pk,
    }


def secrets_of(acme, boss):
    grant = KommoGrant.objects.get(account=acme)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM accounts_kommogrant")
        stored = [value for row in cursor.fetchall() for value in row]
        cursor.execute("SELECT data_key FROM accounts_account")
        stored += [row[0] for row in cursor.fetchall()]
    plain = [grant.access_token, grant.refresh_token, acme.data_key, boss.token, "d" * 64]
    return [*plain, *stored, WidgetSession.objects.get().token_digest]


@pytest.mark.parametrize("model", MODELS)
def test_no_page_shows_a_secret_not_even_encrypted_and_no_query_reads_one(support_client, rows, acme, boss, model):
    secrets = secrets_of(acme, boss)
    for path in (f"/admin/accounts/{model}/", f"/admin/accounts/{model}/{rows[model]}/change/"):
        with CaptureQueriesContext(connection) as queries:
            answer = support_client.get(path)
        assert answer.status_code == 200
        text = answer.content.decode()
        assert not [secret for secret in secrets if secret in text]
        read = " ".join(query["sql"].split(" FROM ")[0] for query in queries.captured_queries)
        for column in ("access_token", "refresh_token", "data_key", "token_digest", "browser_digest"):
            assert f'"{column}"' not in read


def test_the_state_of_the_grant_is_shown_with_the_account(support_client, rows, acme):
    text = support_client.get(f"/admin/accounts/account/{acme.pk}/change/").content.decode()
    assert "Access expires at" in text
    assert str(KommoGrant.objects.get().granted_by) in text


@pytest.mark.parametrize("model", MODELS)
def test_nothing_can_be_added_changed_or_deleted_even_by_a_superuser(support, support_client, rows, model):
    support.is_superuser = True
    support.save()
    before = Account.objects.values().get(), AuditEntry.objects.count()
    assert support_client.get(f"/admin/accounts/{model}/add/").status_code == 403
    change = support_client.post(f"/admin/accounts/{model}/{rows[model]}/change/", {"subdomain": "other"})
    assert change.status_code == 403
    assert support_client.post(f"/admin/accounts/{model}/{rows[model]}/delete/", {"post": "yes"}).status_code == 403
    assert (Account.objects.values().get(), AuditEntry.objects.count()) == before


def test_the_grant_has_no_page_of_its_own(support_client, rows):
    assert support_client.get("/admin/accounts/kommogrant/").status_code == 404


@pytest.mark.parametrize("words", ["acme", "32001001", "id"])
def test_support_finds_an_account_by_subdomain_number_or_id(support_client, rows, acme, stranger, words):
    answer = support_client.get("/admin/accounts/account/", {"q": str(acme.pk) if words == "id" else words})
    found = answer.context["cl"].queryset
    assert [account.pk for account in found] == [acme.pk]


def test_who_is_not_staff_sees_no_admin_page(client, rows):
    for model in MODELS:
        assert client.get(f"/admin/accounts/{model}/").status_code == 302
