"""What support sees of transcriptions, and the hosts and languages that staff with the right may set for an account."""

from __future__ import annotations

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from accounts.use_cases.erase_account import erase_account
from tests.dumps import naming
from tests.factories import make_account, make_person, make_transcription
from transcription.models import AudioHost, Transcription, VoiceSettings

ROWS = "/admin/transcription/transcription/"
HOSTS = "/admin/transcription/audiohost/"
SETTINGS = "/admin/transcription/voicesettings/"
VENDOR = "records.vendor.example"


@pytest.fixture
def acme(db, kommo):
    """A connected account; no other process looks at it here, so that a transaction holds it."""
    return make_account(kommo, "acme")


@pytest.fixture
def stranger(db, kommo):
    return make_person(kommo, make_account(kommo, "stranger"), "admin", "stranger")


@pytest.fixture
def keeper(support):
    """Staff who may do everything with hosts and languages."""
    rights = Permission.objects.filter(
        content_type__app_label="transcription", content_type__model__in=["audiohost", "voicesettings"]
    )
    support.user_permissions.add(*rights)
    return support


@pytest.fixture
def keeper_client(keeper):
    client = Client()
    client.force_login(keeper)
    return client


def told(**given):
    return {"account": "", "host": VENDOR, "reason": "Ticket 41: their telephony vendor."} | given


def add_host(client, account, **given):
    return client.post(f"{HOSTS}add/", told(account=str(account.pk), **given))


def errors_of(answer):
    assert answer.status_code == 200
    return set(answer.context["adminform"].form.errors)


# Transcriptions


def test_support_finds_a_transcription_by_each_id_and_by_nothing_like_it(support_client, acme, stranger):
    mine = make_transcription(acme, lead_id=7_700_101)
    make_transcription(stranger.account)
    ids = (mine.id, mine.request_id, mine.lead_id, mine.source_id, acme.subdomain, acme.pk)
    for words in map(str, ids):
        found = support_client.get(ROWS, {"q": words}).context["cl"].queryset
        assert [row.pk for row in found] == [mine.pk], words
        assert not support_client.get(ROWS, {"q": words[:-1]}).context["cl"].queryset.exists()


def test_the_list_and_the_page_tell_state_length_and_charge(support_client, acme):
    done = make_transcription(acme)
    failed = make_transcription(
        acme, state="failed", outcome="audio_gone", charged_s=0, note_ids=[], duration_ms=None, language=""
    )
    text = support_client.get(ROWS).content.decode()
    for shown in (done.request_id, "13.9", "done", failed.request_id, "audio_gone", str(acme.pk)):
        assert shown in text
    text = support_client.get(f"{ROWS}{done.pk}/change/").content.decode()
    for shown in (done.source_id, done.request_id, "13.9", "13940", "88123456", "0.93", str(done.requested_by)):
        assert shown in text


def test_the_list_takes_as_many_queries_for_forty_rows_as_for_two(support_client, acme):
    counts = []
    for more in (2, 38):
        for _ in range(more):
            make_transcription(acme)
        with CaptureQueriesContext(connection) as queries:
            assert len(support_client.get(ROWS).context["cl"].result_list) in (2, 40)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_knows_a_recording_again_is_neither_shown_nor_loaded(support_client, acme):
    row = make_transcription(acme)
    for address in (ROWS, f"{ROWS}{row.pk}/change/", f"/admin/accounts/account/{acme.pk}/change/"):
        with CaptureQueriesContext(connection) as queries:
            text = support_client.get(address).content.decode()
        assert row.request_id in text
        assert row.audio_key not in text
        assert [query["sql"] for query in queries if '"audio_key"' in query["sql"]] == []


def test_a_transcription_has_no_field_that_could_hold_words():
    texts = {
        field.name: field.max_length
        for field in Transcription._meta.local_fields
        if field.get_internal_type() in {"CharField", "TextField", "JSONField"}
    }
    assert {name for name, length in texts.items() if length is None} == {"note_ids"}
    assert max(length for length in texts.values() if length) == 64


def test_nobody_adds_changes_or_deletes_a_transcription(client, admin_user, support_client, keeper_client, acme):
    client.force_login(admin_user)
    row = make_transcription(acme)
    for browser in (support_client, keeper_client, client):
        assert browser.get(f"{ROWS}add/").status_code == 403
        for action in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
            assert browser.post(f"{ROWS}{action}", {"state": "failed", "post": "yes"}).status_code == 403
        browser.post(ROWS, {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"})
    assert Transcription.objects.get().state == "done"


def test_the_accounts_page_tells_transcriptions_hosts_and_language(support_client, acme, stranger):
    row = make_transcription(acme)
    other = make_transcription(stranger.account)
    AudioHost.objects.create(account=acme, host=VENDOR, reason="Ticket 41.")
    VoiceSettings.objects.create(account=acme, language="pt-BR")
    text = support_client.get(f"/admin/accounts/account/{acme.pk}/change/").content.decode()
    for shown in ("Transcriptions, the latest", row.request_id, f"{ROWS}{row.pk}/change/", VENDOR, "pt-BR"):
        assert shown in text
    assert other.request_id not in text


# Hosts

NO_HOSTS = [
    "",
    "https://records.vendor.example",
    "records.vendor.example/a.mp3",
    "records.vendor.example:8443",
    "user@records.vendor.example",
    "*.vendor.example",
    ".vendor.example",
    "records..example",
    "-records.example",
    "records.vendor.example?x",
    "records.vendor.example#x",
    "records vendor.example",
    "records.vendor.example,other.example",
    "records.vendor.example\nother.example",
    "bücher.example",
    "records。vendor。example",
    "localhost",
    "localhost.",
    "intranet",
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "[::1]",
    "::1",
    "fe80::1%eth0",
    "::ffff:127.0.0.1",
    "a" * 64 + ".example",
    ".".join(["a" * 60] * 5),
]


@pytest.mark.parametrize("address", [HOSTS, SETTINGS])
def test_support_without_the_right_sees_hosts_and_languages_and_changes_none(support_client, acme, address):
    host = AudioHost.objects.create(account=acme, host=VENDOR, reason="Ticket 41.")
    language = VoiceSettings.objects.create(account=acme, language="es")
    pk = host.pk if address == HOSTS else language.pk
    assert acme.subdomain in support_client.get(address).content.decode()
    assert support_client.get(f"{address}{pk}/change/").status_code == 200
    form = told(account=str(acme.pk), host="other.example", language="en", post="yes")
    for action in ("add/", f"{pk}/change/", f"{pk}/delete/"):
        assert support_client.post(f"{address}{action}", form).status_code == 403
    assert (AudioHost.objects.get().host, VoiceSettings.objects.get().language) == (VENDOR, "es")
    assert not LogEntry.objects.exists()
    assert not AuditEntry.objects.filter(actor="staff").exists()


def test_the_right_to_add_alone_is_enough_to_add_and_for_nothing_else(support, acme):
    support.user_permissions.add(Permission.objects.get(codename="add_audiohost"))
    client = Client()
    client.force_login(support)
    assert add_host(client, acme).status_code == 302
    host = AudioHost.objects.get()
    assert client.post(f"{HOSTS}{host.pk}/change/", told(reason="Another.")).status_code == 403
    assert client.post(f"{HOSTS}{host.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{SETTINGS}add/").status_code == 403


def test_a_host_is_added_with_who_did_it_and_why(keeper_client, keeper, acme):
    answer = add_host(keeper_client, acme, host=f"  {VENDOR.upper()}. ", added_by="999", added_at_0="2020-01-01")
    assert answer.status_code == 302
    host = AudioHost.objects.get()
    assert (host.account, host.host, host.reason) == (acme, VENDOR, "Ticket 41: their telephony vendor.")
    assert host.added_by == keeper
    assert host.added_at.year > 2020
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.object_repr) == (keeper, str(host.pk), VENDOR)
    audit = AuditEntry.objects.get(action="audio_host.added")
    assert (audit.account, audit.actor, audit.actor_id, audit.details) == (acme, "staff", keeper.pk, {"host": VENDOR})
    page = keeper_client.get(f"/admin/accounts/account/{acme.pk}/change/").content.decode()
    assert "audio_host.added" in page


def test_the_form_takes_names_of_hosts_and_nothing_else(keeper_client, acme):
    taken = [host for host in NO_HOSTS if errors_of(add_host(keeper_client, acme, host=host)) != {"host"}]
    assert taken == []
    assert not AudioHost.objects.exists()
    assert not AuditEntry.objects.filter(actor="staff").exists()
    names = [VENDOR, "a.co", "x1--y.co", "records-2.eu-west-1.vendor.example", "xn--bcher-kva.example"]
    assert {add_host(keeper_client, acme, host=name).status_code for name in names} == {302}
    assert {row.host for row in AudioHost.objects.all()} == set(names)


def test_a_host_needs_an_account_and_a_reason(keeper_client, acme):
    wrong = {
        "reason": ["", "  \t ", "x" * 201],
        "account": ["", "01234567-89ab-4cde-8f01-23456789abcd", "acme"],
    }
    for field, values in wrong.items():
        for value in values:
            answer = keeper_client.post(f"{HOSTS}add/", told(**{"account": str(acme.pk)} | {field: value}))
            assert errors_of(answer) == {field}, value
    assert not AudioHost.objects.exists()


def test_one_account_has_a_host_once_and_another_may_have_it_too(keeper_client, acme, stranger):
    assert add_host(keeper_client, acme).status_code == 302
    assert "__all__" in errors_of(add_host(keeper_client, acme))
    assert add_host(keeper_client, stranger.account).status_code == 302
    assert add_host(keeper_client, acme, host="other.vendor.example").status_code == 302
    second = AudioHost.objects.get(account=acme, host="other.vendor.example")
    # Nor by a change, whose form does not know the account.
    assert errors_of(keeper_client.post(f"{HOSTS}{second.pk}/change/", told())) == {"host"}
    assert AudioHost.objects.filter(account=acme).count() == 2


def test_a_change_is_told_and_never_moves_a_host_to_another_account(keeper_client, keeper, acme, stranger):
    add_host(keeper_client, acme)
    host = AudioHost.objects.get()
    AudioHost.objects.update(added_by=None)
    changed = told(account=str(stranger.account.pk), host="new.vendor.example", reason="Ticket 42.")
    assert keeper_client.post(f"{HOSTS}{host.pk}/change/", changed).status_code == 302
    host.refresh_from_db()
    assert (host.account, host.host, host.reason, host.added_by) == (acme, "new.vendor.example", "Ticket 42.", None)
    entry = LogEntry.objects.filter(object_id=str(host.pk)).latest("pk")
    assert (entry.user, entry.get_change_message()) == (keeper, "Changed Host and Reason.")
    audit = AuditEntry.objects.get(action="audio_host.changed")
    assert (audit.account, audit.actor_id, audit.details) == (acme, keeper.pk, {"host": "new.vendor.example"})


@pytest.mark.parametrize("way", ["page", "action"])
def test_a_host_that_is_removed_is_told_with_its_account(keeper_client, keeper, acme, way):
    add_host(keeper_client, acme)
    host = AudioHost.objects.get()
    keeper_client.post(f"{HOSTS}{host.pk}/change/", told(reason="Ticket 42."))
    if way == "page":
        answer = keeper_client.post(f"{HOSTS}{host.pk}/delete/", {"post": "yes"})
    else:
        action = {"action": "delete_selected", "_selected_action": [str(host.pk)], "post": "yes"}
        answer = keeper_client.post(HOSTS, action)
    assert answer.status_code == 302
    assert not AudioHost.objects.exists()
    audit = AuditEntry.objects.get(action="audio_host.removed")
    assert (audit.account, audit.actor_id, audit.details) == (acme, keeper.pk, {"host": VENDOR})
    lines = LogEntry.objects.order_by("pk")
    assert {(line.user, line.content_type.model, line.object_id) for line in lines} == {
        (keeper, "account", str(acme.pk))
    }
    history = keeper_client.get(f"/admin/accounts/account/{acme.pk}/history/").content.decode()
    for said in ("Added audio host", "Changed reason for audio host", "Deleted audio host"):
        assert said.casefold() in history.casefold()
    assert history.count(VENDOR) >= 3


@pytest.mark.parametrize("address", [HOSTS, SETTINGS])
def test_after_an_erasure_the_admins_log_names_no_host_not_even_a_removed_one(keeper_client, acme, address):
    form = told(account=str(acme.pk), host=f"records.{acme.subdomain}.example", language="pt-BR")
    assert keeper_client.post(f"{address}add/", form).status_code == 302
    gone = (AudioHost if address == HOSTS else VoiceSettings).objects.get()
    assert keeper_client.post(f"{address}{gone.pk}/delete/", {"post": "yes"}).status_code == 302
    assert keeper_client.post(f"{address}add/", form).status_code == 302
    assert LogEntry.objects.count() == 3
    needles = {str(acme.pk), acme.subdomain, "pt-BR"}
    assert naming({"log": json.dumps(list(LogEntry.objects.values()), default=str)}, needles)
    erase_account(account_id=acme.pk, staff_id=1)
    assert not LogEntry.objects.exists()
    assert not AuditEntry.objects.filter(actor="staff").exists()


def test_a_host_outlives_the_log_in_of_who_added_it(keeper_client, keeper, acme):
    add_host(keeper_client, acme)
    keeper.delete()
    assert AudioHost.objects.get().added_by is None


# Languages


def test_a_language_is_set_and_told(keeper_client, keeper, acme):
    form = {"account": str(acme.pk), "language": "zh-Hant-TW"}
    assert keeper_client.post(f"{SETTINGS}add/", form).status_code == 302
    assert VoiceSettings.objects.get(account=acme).language == "zh-Hant-TW"
    audit = AuditEntry.objects.get(action="voice_settings.added")
    assert (audit.account, audit.actor_id, audit.details) == (acme, keeper.pk, {"language": "zh-Hant-TW"})
    assert LogEntry.objects.get().user == keeper


def test_the_form_takes_tags_of_languages_and_nothing_else(keeper_client, acme):
    for wrong in ("Spanish", "e", "es_MX", "es-", "multi", "es; drop", "es\npt", "<b>es</b>", "x" * 17):
        answer = keeper_client.post(f"{SETTINGS}add/", {"account": str(acme.pk), "language": wrong})
        assert errors_of(answer) == {"language"}, wrong
    assert not VoiceSettings.objects.exists()
    for right in ("es", "pt-BR", " es-419\n", ""):
        answer = keeper_client.post(f"{SETTINGS}add/", {"account": str(acme.pk), "language": right})
        assert answer.status_code == 302, right
        assert VoiceSettings.objects.get().language == right.strip()
        VoiceSettings.objects.all().delete()


def test_an_account_has_one_language_and_keeps_it_to_itself(keeper_client, acme, stranger):
    form = {"account": str(acme.pk), "language": "es"}
    assert keeper_client.post(f"{SETTINGS}add/", form).status_code == 302
    assert errors_of(keeper_client.post(f"{SETTINGS}add/", form)) == {"account"}
    row = VoiceSettings.objects.get()
    form = {"account": str(stranger.account.pk), "language": "pt"}
    assert keeper_client.post(f"{SETTINGS}{row.pk}/change/", form).status_code == 302
    row.refresh_from_db()
    assert (row.account, row.language) == (acme, "pt")
    assert AuditEntry.objects.get(action="voice_settings.changed").details == {"language": "pt"}
