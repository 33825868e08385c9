"""Erasing an account: nothing names it afterwards in any table or in Redis, others keep everything, the books stay."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import traces
from accounts.authentication import digest_of
from accounts.kommo.limiter import take_slot
from accounts.models import Account, AuditEntry, ErasureReceipt, UsedWidgetToken, record
from accounts.tasks import purge_disconnected_accounts, queue_refresh
from accounts.use_cases.disconnect_account import disconnect_account
from accounts.use_cases.erase_account import count_rows, erase_account
from accounts.use_cases.lead_access import remember_yes
from accounts.use_cases.purge_disconnected import purge_disconnected
from analysis.models import Analysis
from billing.models import Resource, UsageEntry
from billing.use_cases.reserve_usage import reserve_usage
from billing.use_cases.settle_usage import settle_usage
from convailens.lib.errors import NotFound
from tests.dumps import everything_of, naming, redis_dump
from tests.factories import make_account, make_transcription
from transcription.models import AudioHost, Transcription, VoiceSettings
from transcription.queue import queue_run


def give_everything(person, lead_id):
    """A row of every kind for the account of this person; the texts that must be gone when it is erased."""
    account = person.account
    record("account.connected", account=account, actor=AuditEntry.Actor.USER, actor_id=person.user_id, lead=lead_id)
    jti, request_id = f"jti-{uuid.uuid4().hex}", uuid.uuid4().hex[:16]
    UsedWidgetToken.objects.create(
        account=account,
        jti=jti,
        browser_digest=digest_of(jti),
        session=person.session,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    settled = reserve_usage(account=account, resource=Resource.ANALYSES)
    settle_usage(reservation=settled.pk)
    for resource in Resource:
        reserve_usage(account=account, resource=resource)
    analysis = Analysis.objects.create(
        account=account,
        lead_id=str(lead_id),
        requested_by=person.user_id,
        request_id=request_id,
        key=uuid.uuid4(),
        request_digest=digest_of(request_id),
        state="done",
        lease_until=timezone.now(),
        reservation=settled.pk,
        charged=1,
        summary=f"Summary {request_id}",
        next_action=f"Next {request_id}",
    )
    Analysis.objects.create(
        account=account,
        lead_id=str(lead_id),
        requested_by=person.user_id,
        key=uuid.uuid4(),
        request_digest=digest_of(jti),
        state="done",
        lease_until=timezone.now(),
        same_as=analysis,
    )
    recording = f"recording-{uuid.uuid4().hex}"
    transcription = make_transcription(
        account, lead_id=lead_id, requested_by=person.user_id, request_id=request_id, source_id=recording
    )
    make_transcription(
        account, lead_id=lead_id, requested_by=person.user_id, kind="call", same_as=transcription, charged_s=0
    )
    host = AudioHost.objects.create(
        account=account, host=f"records.{account.subdomain}.example", reason=f"Ticket of {jti}", added_by_id=staff_id()
    )
    VoiceSettings.objects.create(account=account, language="es")
    queue_run(transcription)
    assert queue_refresh(str(account.id))
    for model, pk in ((Account, account.pk), (Analysis, analysis.pk), (AudioHost, host.pk)):
        LogEntry.objects.create(
            user_id=staff_id(),
            content_type=ContentType.objects.get_for_model(model),
            object_id=str(pk),
            object_repr=account.subdomain,
            action_flag=ADDITION,
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES "
            "('kommo', 'a.task', jsonb_build_object('account_id', %s), 'doing'), "
            "('kommo', 'a.task', jsonb_build_object('account_id', %s), 'succeeded')",
            [str(account.pk)] * 2,
        )
    remember_yes(account, person.user_id, lead_id)
    take_slot(account.id, is_interactive=True)
    return everything_of(person, lead_id) | {
        digest_of(person.token),
        jti,
        request_id,
        recording,
        transcription.audio_key,
        host.host,
    }


def staff_id():
    return User.objects.get_or_create(username="eraser", defaults={"is_staff": True})[0].pk


def rows_of_all_tables():
    """Every row of every table as text: `{table: text}`; a browser's session as what it holds."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT coalesce(string_agg(row_to_json(t)::text, E'\\n'), '') FROM {name} t")
            found[table] = cursor.fetchone()[0]
    found["sessions, decoded"] = "\n".join(str(session.get_decoded()) for session in Session.objects.all())
    return found


def owned_models():
    """Every model with a relation to Account."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if any(field.concrete and field.related_model is Account for field in model._meta.get_fields())
    ]


def rows_of(account):
    return {
        model._meta.label: model._base_manager.filter(**{field.name: account.pk}).count()
        for model in owned_models()
        for field in model._meta.get_fields()
        if field.concrete and field.related_model is Account
    }


def test_no_row_of_any_table_and_no_key_names_the_account_and_a_stranger_keeps_everything(boss, stranger, lead_id):
    needles = give_everything(boss, lead_id)
    others = give_everything(stranger, stranger.lead_ids[0] if stranger.lead_ids else 7_000_001) - {str(lead_id)}
    before, others_before = rows_of(boss.account), rows_of(stranger.account)
    # A new model with a relation to Account fails here: give it a row above, and its app's eraser the deletion.
    assert all(before.values()), before
    assert {needle for _, needle in naming(rows_of_all_tables(), needles)} >= {
        str(boss.account.pk),
        boss.account.subdomain,
        str(boss.user_id),
        str(lead_id),
    }
    lines = list(UsageEntry.objects.for_account(boss.account).values("kind", "amount", "at"))

    receipt = erase_account(account_id=boss.account.pk, staff_id=staff_id())

    needles -= others
    assert naming(rows_of_all_tables(), needles) == set()
    assert naming(redis_dump(), needles) == set()
    assert not any(rows_of(boss.account).values())
    assert rows_of(stranger.account) == others_before
    assert Analysis.objects.for_account(stranger.account).get(same_as=None).summary.startswith("Summary")
    assert ProcrastinateJob.objects.filter(args__account_id=str(stranger.account.pk)).count() == 4
    assert LogEntry.objects.filter(object_repr=stranger.account.subdomain).count() == 3
    assert AudioHost.objects.get().host == f"records.{stranger.account.subdomain}.example"
    assert VoiceSettings.objects.get().account == stranger.account
    assert Transcription.objects.for_account(stranger.account).count() == Transcription.objects.count() == 2
    kept = UsageEntry.objects.filter(subject=receipt.ledger_reference)
    # The open reservation was given back, so that what is left of the books is closed.
    assert list(kept.order_by("id").values("kind", "amount", "at"))[: len(lines)] == sorted(
        lines, key=lambda line: line["at"]
    )
    assert sum(kept.values_list("held", flat=True)) == 0


def test_what_the_page_counts_is_what_goes_and_what_the_receipt_says(boss, lead_id):
    give_everything(boss, lead_id)
    counted = count_rows(boss.account)
    receipt = erase_account(account_id=boss.account.pk, staff_id=77)
    assert receipt.rows == {app: sum(rows.values()) for app, rows in counted.items()}
    assert set(receipt.rows) == {"accounts", "analysis", "billing", "transcription"}
    assert counted["transcription"] == {"transcriptions": 2, "audio hosts": 1, "voice settings": 1}
    assert (receipt.staff_id, receipt.cause, receipt.total) == (77, "staff", sum(receipt.rows.values()))
    assert receipt.ledger_reference == boss.account.ledger_reference


def test_every_app_with_tenant_data_has_an_eraser(db):
    erasers = {path.split(".")[0] for path in settings.PRIVACY_ERASERS}
    assert {model._meta.app_label for model in owned_models()} <= erasers
    assert settings.PRIVACY_ERASERS[-1] == "accounts.eraser"  # The account itself goes last.


def test_a_second_erasure_finds_nothing_and_leaves_no_second_receipt(boss):
    erase_account(account_id=boss.account.pk, staff_id=1)
    with pytest.raises(NotFound):
        erase_account(account_id=boss.account.pk, staff_id=2)
    assert ErasureReceipt.objects.get().staff_id == 1


def test_two_members_of_staff_at_once_erase_once(transactional_db, acme, boss, lead_id):
    give_everything(boss, lead_id)
    start, ended = threading.Barrier(2), []

    def erase(staff):
        start.wait()
        try:
            ended.append(erase_account(account_id=acme.pk, staff_id=staff).staff_id)
        except NotFound:
            ended.append("nothing left")
        finally:
            connection.close()

    threads = [threading.Thread(target=erase, args=(staff,)) for staff in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(ended) == 2
    assert "nothing left" in ended
    assert ErasureReceipt.objects.count() == 1


def test_a_job_in_the_making_forgets_whose_it_was_and_stays_for_its_worker(acme):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, lock) "
            "VALUES ('kommo', 'a.task', jsonb_build_object('account_id', %s), 'doing', %s) RETURNING id",
            [str(acme.pk)] * 2,
        )
        job_id = cursor.fetchone()[0]
    assert traces.erase(acme) == 1
    job = ProcrastinateJob.objects.get(id=job_id)  # Jobs of tests before may stand there: no flush empties the table.
    assert (job.status, job.args, job.lock) == ("doing", {}, None)
    assert traces.erase(acme) == 0


def test_a_log_line_of_the_erasure_names_nobody(boss, caplog):
    with caplog.at_level("INFO", "convailens"):
        erase_account(account_id=boss.account.pk, staff_id=5)
    [line] = [each for each in caplog.records if each.msg == "account.erased"]
    assert str(boss.account.pk) not in str(line.__dict__)
    assert line.staff_id == 5


def disconnected(account, days):
    disconnect_account(account_id=account.pk, actor=AuditEntry.Actor.KOMMO)
    Account.objects.filter(pk=account.pk).update(disconnected_at=timezone.now() - timedelta(days=days))


def test_after_the_grace_period_an_account_is_erased_and_not_a_day_before(boss, stranger):
    disconnected(boss.account, settings.GRACE_PERIOD_DAYS + 0.01)
    disconnected(stranger.account, settings.GRACE_PERIOD_DAYS - 0.01)
    purge_disconnected_accounts.func(0)
    assert list(Account.objects.all()) == [stranger.account]
    receipt = ErasureReceipt.objects.get()
    assert (receipt.cause, receipt.staff_id) == ("grace_period", None)


def test_the_grace_period_is_a_setting(acme, settings):
    settings.GRACE_PERIOD_DAYS = 2
    disconnected(acme, 3)
    assert purge_disconnected(now=timezone.now()) == 1


def test_a_connected_account_is_never_purged(acme, stranger):
    Account.objects.filter(pk=stranger.account.pk).update(status="reconnect_needed")
    assert purge_disconnected(now=timezone.now() + timedelta(days=3650)) == 0
    assert Account.objects.count() == 2


def test_an_account_that_came_back_while_the_purge_looked_at_it_stays(acme):
    disconnected(acme, 40)
    before = timezone.now() - timedelta(days=30)
    Account.objects.filter(pk=acme.pk).update(status="connected", disconnected_at=None)
    with pytest.raises(NotFound):
        erase_account(account_id=acme.pk, disconnected_before=before)
    assert Account.objects.filter(pk=acme.pk).exists()


def test_one_account_that_cannot_be_erased_does_not_keep_the_others_and_is_told(boss, stranger):
    disconnected(boss.account, 50)
    disconnected(stranger.account, 40)
    # A receipt under its reference stands already: the first one's cannot be written.
    ErasureReceipt.objects.create(
        ledger_reference=boss.account.ledger_reference, cause="grace_period", erased_at=timezone.now(), rows={}
    )
    with pytest.raises(Exception, match="ledger_reference"):
        purge_disconnected(now=timezone.now())
    assert list(Account.objects.all()) == [boss.account]


def test_a_job_queued_while_its_account_was_erased_goes_with_the_next_purge(acme, stranger):
    queue_refresh(str(uuid.uuid4()))
    queue_refresh(str(stranger.account.pk))
    purge_disconnected(now=timezone.now())
    # Chores that a worker beside these tests has queued name nobody.
    ours = ProcrastinateJob.objects.filter(args__has_key="account_id")
    assert [job.args for job in ours] == [{"account_id": str(stranger.account.pk)}]


def test_an_account_may_connect_again_after_its_erasure_as_somebody_new(boss, kommo):
    old = boss.account
    erase_account(account_id=old.pk, staff_id=1)
    new = make_account(kommo, "acme")
    assert new.kommo_account_id == old.kommo_account_id
    assert {new.pk, new.ledger_reference} & {old.pk, old.ledger_reference} == set()
    assert new.data_key != old.data_key


def test_redis_never_holds_an_id_as_it_is(boss, lead_id):
    cache.clear()
    remember_yes(boss.account, boss.user_id, lead_id)
    take_slot(boss.account.id, is_interactive=False)
    held = redis_dump()
    assert held
    assert naming(held, {str(boss.account.pk), str(boss.user_id), str(lead_id)}) == set()
