"""`manage.py rotate_keys`: every encrypted value moves to the newest key, beside all traffic."""

from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast

from accounts.management.commands import rotate_keys
from accounts.models import Account, KommoGrant
from accounts.use_cases.refresh_grant import refresh_grant
from convailens.lib.fields import EncryptedTextField

NEW = Fernet.generate_key().decode()


def run():
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return {line.split(":")[0]: line.split(": ")[1] for line in out.getvalue().splitlines()}


def stored(model, name):
    return list(model.objects.annotate(raw=Cast(F(name), TextField())).values_list("raw", flat=True))


def test_all_values_are_rotated_and_the_old_key_can_then_be_dropped(acme, stranger, settings):
    old = list(settings.TOKEN_KEYS)
    secrets = {account.pk: account.data_key for account in Account.objects.all()}
    tokens = {grant.pk: (grant.access_token, grant.refresh_token) for grant in KommoGrant.objects.all()}
    settings.TOKEN_KEYS = [NEW, *old]
    said = run()
    assert said["accounts.KommoGrant.access_token"] == "2 rotated, 0 current, 0 changed, 0 unreadable"
    assert said["accounts.Account.data_key"] == "2 rotated, 0 current, 0 changed, 0 unreadable"
    settings.TOKEN_KEYS = [NEW]
    assert {account.pk: account.data_key for account in Account.objects.all()} == secrets
    assert {g.pk: (g.access_token, g.refresh_token) for g in KommoGrant.objects.all()} == tokens
    settings.TOKEN_KEYS = old
    with pytest.raises(InvalidToken):
        Account.objects.get(pk=acme.pk)


def test_every_encrypted_field_of_every_app_is_in_the_report(acme, settings):
    settings.TOKEN_KEYS = [NEW, *settings.TOKEN_KEYS]
    fields = {
        f"{model._meta.label}.{field.attname}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    }
    assert set(run()) == fields
    assert {"accounts.Account.data_key", "accounts.KommoGrant.refresh_token"} <= fields


def test_running_it_again_changes_nothing(acme, settings):
    settings.TOKEN_KEYS = [NEW, *settings.TOKEN_KEYS]
    run()
    before = stored(KommoGrant, "access_token")
    assert run()["accounts.KommoGrant.access_token"] == "0 rotated, 1 current, 0 changed, 0 unreadable"
    assert stored(KommoGrant, "access_token") == before


def test_batches_cover_all_rows(acme, stranger, settings, monkeypatch):
    monkeypatch.setattr(rotate_keys, "BATCH", 1)
    settings.TOKEN_KEYS = [NEW, *settings.TOKEN_KEYS]
    assert run()["accounts.Account.data_key"] == "2 rotated, 0 current, 0 changed, 0 unreadable"


def test_a_pair_refreshed_while_its_row_is_rotated_is_kept(acme, settings, monkeypatch):
    settings.TOKEN_KEYS = [NEW, *settings.TOKEN_KEYS]
    real, done = rotate_keys._rotate_one, []

    def refreshed_in_between(rows, pk, name, stored, newest):
        if name == "access_token" and not done:
            done.append(refresh_grant(account_id=acme.id, seen_version=1))
        return real(rows, pk, name, stored, newest)

    monkeypatch.setattr(rotate_keys, "_rotate_one", refreshed_in_between)
    said = run()
    assert said["accounts.KommoGrant.access_token"] == "0 rotated, 0 current, 1 changed, 0 unreadable"
    settings.TOKEN_KEYS = [NEW]
    grant = KommoGrant.objects.get()
    assert (grant.version, grant.access_token) == (2, done[0].token)
    # Its refresh token still works.
    assert refresh_grant(account_id=acme.id, seen_version=2).version == 3


def test_a_value_that_no_key_reads_is_reported_and_left_alone(acme, settings):
    foreign = Fernet(Fernet.generate_key()).encrypt(b"x").decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_kommogrant SET access_token = %s", [foreign])
    settings.TOKEN_KEYS = [NEW, *settings.TOKEN_KEYS]
    with pytest.raises(CommandError, match="1 values"):
        run()
    assert stored(KommoGrant, "access_token") == [foreign]
