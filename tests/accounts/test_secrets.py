"""Tokens, codes and secrets in no log line, whatever happens; with everything logged, at DEBUG, by all loggers."""

from __future__ import annotations

import io
import logging

import pytest
from django.test import Client

from accounts.errors import ReconnectNeeded
from accounts.kommo.client import KommoClient
from accounts.models import KommoGrant
from convailens.lib.errors import ConvAILensError
from convailens.lib.log import JSONFormatter
from tests.accounts.test_connect import begin, come_back, consent


@pytest.fixture
def lines():
    """All that our handler would write, at DEBUG."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_secret_reaches_a_log_line_in_good_times_and_bad(db, kommo, lines):
    browser, secrets = Client(), []
    query = consent(begin(browser))
    come_back(browser, query)
    grant = KommoGrant.objects.select_related("account").get()
    account = grant.account
    secrets += [query["code"][0], query["state"][0], grant.access_token, grant.refresh_token, account.data_key]
    one_time = kommo.switch("widget-token", user="rep")["token"]
    session = Client().post("/api/v1/session", headers={"X-Auth-Token": one_time}).json()["token"]
    secrets += [one_time, session, kommo.ready["client_secret"]]
    kommo.switch("expire-access-tokens", account="acme")
    KommoClient(account).account_info()
    grant.refresh_from_db()
    secrets += [grant.access_token, grant.refresh_token]
    for operation in ("account.get", "oauth.token"):
        for kind, params in (("status", {"code": 500}), ("cut_off", {}), ("not_json", {"body": "truncated"})):
            kommo.switch("expire-access-tokens", account="acme")
            kommo.switch("misbehaviour", match=operation, kind=kind, params=params)
            with pytest.raises(ConvAILensError) as fault:
                KommoClient(account).account_info()
            logging.getLogger("convailens.test").error("test.failed", exc_info=fault.value)
            logging.getLogger("foreign").error("%s %r", fault.value, fault.value, exc_info=fault.value)
            if account.__class__.objects.get().status != "connected":
                break
    kommo.switch("revoke-tokens", account="acme")
    with pytest.raises(ConvAILensError):
        KommoClient(account).account_info()
    Client().post("/api/v1/disconnect", headers={"Authorization": f"Bearer {session}"})
    written = lines.getvalue()
    assert "kommo.token.refreshed" in written
    assert len(written.splitlines()) > 30
    assert not [secret for secret in secrets if secret in written]
    assert not [part for part in (account.subdomain, "sandboxSecret", "def502") if part in written]


def test_no_secret_stands_in_a_repr_or_an_error(acme, kommo):
    from django.utils import timezone

    from accounts.kommo.oauth import refresh
    from accounts.use_cases.open_session import open_session
    from accounts.use_cases.refresh_grant import current_access

    grant = KommoGrant.objects.get()
    pair = refresh(kommo.base_url, grant.refresh_token, now=timezone.now())
    access = current_access(account_id=acme.id)
    token = kommo.switch("widget-token")["token"]
    opened = open_session(token=token, origin="", user_agent="", now=timezone.now())
    shown = " ".join(map(repr, [grant, pair, access, opened, acme, opened.session]))
    for secret in (
        grant.access_token,
        pair.access_token,
        pair.refresh_token,
        access.token,
        opened.token,
        acme.data_key,
    ):
        assert secret not in shown
    kommo.switch("revoke-tokens", account="acme")
    with pytest.raises(ReconnectNeeded) as refusal:
        KommoClient(acme).account_info()
    assert str(refusal.value) == "reconnect_needed"
