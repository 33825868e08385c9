"""What happens to a transcription while another hand is at it, at its account, or at its seconds."""

from __future__ import annotations

import logging
import math
import threading
import time
import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account, AuditEntry
from accounts.use_cases.disconnect_account import disconnect_account
from accounts.use_cases.erase_account import erase_account
from billing.models import Plan, Reservation, Resource, UsageEntry, UsagePeriod
from billing.use_cases.check_ledger import check_ledger
from billing.use_cases.release_expired import release_expired_reservations
from billing.use_cases.reserve_usage import reserve_usage
from billing.use_cases.settle_usage import settle_usage
from convailens.lib.errors import QuotaExceeded
from tests.dumps import everything_of, naming, postgres_dump, redis_dump
from tests.failures.steps import at_once, wait_until, waiting_for_locks
from tests.failures.voice_steps import (
    RECORDINGS,
    assert_seconds,
    gates,
    jobs_of,
    met,
    notes_of,
    run_in_thread,
    time_passes,
)
from tests.transcription.conftest import *  # noqa: F403
from tests.transcription.conftest import VOICES
from tests.web import database_url
from tests.worker import running_worker
from transcription.models import Transcription
from transcription.queue import queue_run
from transcription.use_cases import lifecycle
from transcription.use_cases.run_transcription import run_transcription
from transcription.use_cases.sweep_transcriptions import sweep_transcriptions

M1_S = math.ceil(RECORDINGS["es-o-05", "m1"][1])


def in_thread(action):
    """Begin something; gives the function that waits for its end and tells whether that has come."""

    def run():
        action()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def worker_call(row_id):
    """What a thread of a worker does with a job."""

    def run():
        try:
            run_transcription(transcription_id=row_id)
        finally:
            connection.close()

    return run


@pytest.fixture
def row(committed, crm, deepgram, storage, ask, voice_lead):
    """A voice message that was just asked for, and whose job the test does itself."""
    (asked,) = ask(voice_lead["message_ids"]["m1"])
    no_jobs()
    return asked


def no_jobs():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_a_rescued_job_waits_for_the_lease_of_its_dead_worker(row, crm, deepgram):
    until = timezone.now() + timedelta(seconds=40)
    Transcription.objects.update(state="running", attempt=1, lease_until=until)
    for _ in range(2):
        no_jobs()
        run_transcription(transcription_id=row.id)
        assert jobs_of(row) == [("todo", until)]
    row.refresh_from_db()
    assert (row.state, row.attempt, row.tries, deepgram.seen) == ("running", 1, 0, [])
    time_passes(row)
    run_transcription(transcription_id=row.id)
    row.refresh_from_db()
    assert (row.state, row.attempt, row.note_ids) == ("done", 2, notes_of(crm, row))
    assert_seconds(used=M1_S, settled=1)


def test_twenty_jobs_of_one_transcription_at_once_are_one_note_and_one_charge(row, crm, deepgram):
    at_once(*[worker_call(row.id)] * 20)
    row.refresh_from_db()
    assert (row.state, row.attempt, deepgram.calls) == ("done", 1, 1)
    # Those that came while it ran have queued themselves for later, each once, and then find nothing to do.
    assert len(jobs_of(row)) <= 19
    at_once(*[worker_call(row.id)] * 5)
    assert notes_of(crm, row) == row.note_ids
    assert len(row.note_ids) == deepgram.calls == 1
    assert_seconds(used=M1_S, settled=1)


def test_an_attempt_that_outlived_its_lease_writes_and_charges_nothing(row, crm, deepgram):
    deepgram.misbehave("slow", seconds=2)
    first = run_in_thread(row)
    met(deepgram)
    time_passes(row)
    run_transcription(transcription_id=row.id)
    row.refresh_from_db()
    assert (row.state, row.attempt) == ("done", 2)
    before = Transcription.objects.values().get()
    first()
    assert Transcription.objects.values().get() == before
    assert notes_of(crm, row) == row.note_ids
    assert_seconds(used=M1_S, settled=1)


def test_the_same_recording_under_two_notes_at_once_is_paid_and_noted_once(
    committed, ask, crm, deepgram, storage, lead_id, kommo
):
    sound = (VOICES / "call-en.mp3").read_bytes()
    made = crm.add_recording(sound, account="acme", lead=lead_id, kind="call", file_name="call.mp3")
    params = {"uniq": "u2", "duration": 30, "source": "pbx", "phone": "1", "call_responsible": "x"}
    note = {"note_type": "call_out", "params": params | {"link": made["link"]}}
    again = kommo.send("POST", f"leads/{lead_id}/notes", [note]).json()["_embedded"]["notes"][0]
    rows = [ask(str(made["note_id"]))[0], ask(str(again["id"]))[0]]
    at_once(*(worker_call(row.id) for row in rows))
    time_passes(*rows)
    at_once(*(worker_call(row.id) for row in rows))
    for row in rows:
        row.refresh_from_db()
    assert {row.state for row in rows} == {"done"}
    assert rows[0].note_ids == rows[1].note_ids
    assert deepgram.calls == len(crm.notes(lead_id)) == 1
    assert sorted(row.charged_s > 0 for row in rows) == [False, True]
    assert_seconds(used=sum(row.charged_s for row in rows), settled=1)


@pytest.mark.parametrize(
    ("service", "operation"), [("storage", "objects.get"), ("deepgram", "listen"), ("crm", "notes.add")]
)
def test_an_account_that_is_erased_while_its_recording_is_transcribed_leaves_nothing(
    row, rep, stranger, crm, deepgram, storage, lead_id, service, operation
):
    if service == "deepgram":
        deepgram.misbehave("slow", seconds=1.5)
    else:
        {"storage": storage, "crm": crm}[service].misbehave("slow", operation, seconds=1.5)
    needles = everything_of(rep, lead_id) | {str(row.id), row.source_id}
    end = run_in_thread(row)
    met({"storage": storage, "deepgram": deepgram, "crm": crm}[service])
    receipt = erase_account(account_id=rep.account.pk, staff_id=1)
    end()
    assert not Transcription.objects.exists()
    assert not Reservation.objects.exists()
    assert not UsagePeriod.objects.exists()
    entries = UsageEntry.objects.filter(subject=receipt.ledger_reference).order_by("id")
    assert [entry.kind for entry in entries] == ([] if service == "storage" else ["reserve", "release"])
    assert check_ledger().is_sound
    # The note of one that was writing already is the account's own and stands in Kommo.
    assert len(crm.notes(lead_id)) == (service == "crm")
    assert naming(postgres_dump(), needles) == set()
    assert naming(redis_dump(), needles) == set()
    assert Account.objects.get() == stranger.account


@pytest.mark.parametrize("cause", ["a wait for later", "a second job", "a sweep"])
def test_no_job_is_left_of_an_account_that_is_erased_as_the_job_is_queued(row, acme, deepgram, cause):
    if cause == "a wait for later":
        deepgram.misbehave("status", code=503)
        queue = worker_call(row.id)
    elif cause == "a second job":
        Transcription.objects.update(state="running", lease_until=timezone.now() + timedelta(seconds=60))
        queue = worker_call(row.id)
    else:
        Transcription.objects.update(lease_until=timezone.now() - timedelta(hours=1))
        queue = sweep_transcriptions
    with gates() as held:
        held.shut(row, "queueing")
        queueing = in_thread(queue)
        wait_until(lambda: waiting_for_locks() == 1)
        erasing = in_thread(lambda: erase_account(account_id=acme.id, staff_id=1))
        wait_until(lambda: waiting_for_locks() == 2 or not erasing.is_alive())
        held.open()
        queueing.join(30)
        erasing.join(30)
    assert not Transcription.objects.exists()
    assert jobs_of(row) == []


def test_whose_account_is_erased_first_queues_nothing(row, acme, crm):
    """It has found its row and is about to queue a job, when the erasure has the account already."""
    Transcription.objects.update(state="running", lease_until=timezone.now() + timedelta(seconds=60))
    with psycopg.connect(database_url()) as erasing:
        erasing.execute("SELECT 1 FROM accounts_account FOR UPDATE")
        queueing = [in_thread(worker_call(row.id)), in_thread(lambda: waits(row))]
        wait_until(lambda: waiting_for_locks() == 2)
        # As an erasure does, while the others wait for its lock.
        erasing.execute("DELETE FROM transcription_transcription")
        erasing.execute("DELETE FROM accounts_kommogrant")
        erasing.execute("DELETE FROM accounts_widgetsession")
        erasing.execute("DELETE FROM accounts_account")
        erasing.commit()
        for thread in queueing:
            thread.join(30)
    assert (Account.objects.count(), jobs_of(row), crm.notes(row.lead_id)) == (0, [], [])


def waits(row):
    with pytest.raises(lifecycle.Fenced):
        lifecycle.later(lifecycle.Attempt(row.id, 0), "voice_unavailable", timezone.now(), keeps=False)


def test_an_account_that_is_disconnected_meanwhile_gets_no_note_and_pays_nothing(row, acme, crm, deepgram):
    deepgram.misbehave("slow", seconds=1)
    end = run_in_thread(row)
    met(deepgram)
    disconnect_account(account_id=acme.id, actor=AuditEntry.Actor.KOMMO)
    end()
    row.refresh_from_db()
    assert (row.state, row.outcome, row.reservation, row.charged_s) == ("failed", "disconnected", None, 0)
    assert (crm.notes(row.lead_id), jobs_of(row)) == ([], [])
    assert_seconds(used=0)


def test_seconds_whose_hold_ran_out_meanwhile_are_charged_anew_and_once(row, crm, deepgram):
    deepgram.misbehave("slow", seconds=1)
    end = run_in_thread(row)
    met(deepgram)
    Reservation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert release_expired_reservations() == 1
    end()
    row.refresh_from_db()
    assert (row.state, row.charged_s, row.note_ids) == ("done", M1_S, notes_of(crm, row))
    assert [entry.kind for entry in UsageEntry.objects.order_by("id")] == ["reserve", "release", "reserve", "settle"]
    assert Reservation.objects.get(id=row.reservation).state == "settled"
    assert_seconds(used=M1_S, settled=1)


def test_where_the_month_is_used_up_when_the_hold_ran_out_the_words_stand_and_cost_nothing(
    row, acme, crm, deepgram, caplog
):
    deepgram.misbehave("slow", seconds=1)
    end = run_in_thread(row)
    met(deepgram)
    Reservation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert release_expired_reservations() == 1
    left = Plan.objects.get(is_default=True).voice_minutes_per_month * 60 - M1_S + 1
    other = reserve_usage(account=acme, resource=Resource.VOICE_SECONDS, amount=left)
    assert settle_usage(reservation=other.id)
    with caplog.at_level(logging.WARNING, "convailens.transcription"):
        end()
    row.refresh_from_db()
    assert (row.state, row.charged_s, len(notes_of(crm, row))) == ("done", 0, 1)
    (line,) = [record for record in caplog.records if record.message == "transcription.not_charged"]
    assert (line.account_id, line.count) == (acme.id, M1_S)
    period = UsagePeriod.objects.get()
    assert (period.used, period.reserved) == (left, 0)
    assert check_ledger().is_sound


def test_thirty_at_once_hold_no_second_more_than_there_is(committed, acme, boss, lead_id):
    Plan.objects.update(voice_minutes_per_month=1)
    rows = [
        Transcription.objects.create(
            account=acme, lead_id=lead_id, kind="message", source_id=str(uuid.uuid4()), requested_by=boss.user_id
        )
        for _ in range(30)
    ]

    def hold(row):
        def run():
            try:
                attempt = lifecycle.claim(row.id)
                lifecycle.reserve(attempt, acme, audio_key=row.source_id, duration_ms=6_400, channels=1)
            except QuotaExceeded as error:
                return error.extra["usage"]["left"]
            finally:
                connection.close()
            return None

        return run

    answers = at_once(*map(hold, rows))
    # Eight times seven seconds; four are left for nobody.
    assert answers.count(None) == 8
    assert all(left < 7 for left in answers if left is not None)
    assert_seconds(used=0, reserved=56)
    for row in Transcription.objects.exclude(reservation=None):
        Transcription.objects.filter(id=row.id).update(billed_ms=6_400)
        lifecycle.finish(lifecycle.Attempt(row.id, row.attempt), acme, [1])
    assert_seconds(used=56, settled=8)


def test_what_lost_its_job_is_queued_again_once_and_what_has_one_is_left_alone(row, crm, ask, voice_lead):
    waiting = ask(voice_lead["message_ids"]["m3"])[0]
    Transcription.objects.update(state="running", attempt=1, lease_until=timezone.now() - timedelta(minutes=3))
    assert len(jobs_of(waiting)) == 1
    assert sum(at_once(*[swept] * 2)) in (1, 2)
    assert sweep_transcriptions() == 0
    assert {status for status, _ in jobs_of(row)} == {"todo"}
    assert len(jobs_of(waiting)) == 1
    for _ in jobs_of(row):
        run_transcription(transcription_id=row.id)
    row.refresh_from_db()
    assert (row.state, row.attempt, row.note_ids) == ("done", 2, notes_of(crm, row))
    assert_seconds(used=M1_S, settled=1)


def swept():
    try:
        return sweep_transcriptions()
    finally:
        connection.close()


@pytest.mark.full
def test_thirty_recordings_in_two_workers_use_no_second_more_than_there_is(
    committed, sandbox_ready, crm, deepgram, storage, ask, acme, boss, tmp_path
):
    Plan.objects.update(voice_minutes_per_month=1)
    rows = []
    for chat in ("es-o-05", "en-o-06", "pt-o-05"):
        rows += ask("", lead_id=crm.lead_of(chat)["id"])
    assert len(rows) >= 28
    for _ in range(10):  # The first one is asked for by as many hands.
        queue_run(rows[0])
    seen = set()
    with (
        running_worker(sandbox_ready, tmp_path / "one.jsonl", concurrency=4),
        running_worker(sandbox_ready, tmp_path / "two.jsonl", concurrency=4),
    ):
        until = time.monotonic() + 90
        while Transcription.objects.filter(state__in=["queued", "running"]).exists():
            seen |= set(UsagePeriod.objects.values_list("used", "reserved"))
            assert time.monotonic() < until
            time.sleep(0.02)
    assert max(used + held for used, held in seen) <= 60
    assert any(held for _, held in seen)
    ended = {(row.state, row.outcome, row.charged_s > 0) for row in Transcription.objects.all()}
    assert ended == {("done", "", True), ("failed", "quota_used_up", False)}
    used = sum(Transcription.objects.values_list("charged_s", flat=True))
    assert 45 <= used <= 60
    assert_seconds(used=used, settled=Transcription.objects.filter(state="done").count())
    assert deepgram.calls == Transcription.objects.filter(state="done").count()


def test_a_queued_row_that_waits_loses_nothing_when_another_job_comes_early(row, deepgram):
    deepgram.misbehave("status", code=503)
    run_transcription(transcription_id=row.id)
    row.refresh_from_db()
    assert (row.state, row.retry_at is not None) == ("queued", True)
    (waits,) = jobs_of(row)
    queue_run(row)
    run_transcription(transcription_id=row.id)
    row.refresh_from_db()
    assert (row.state, row.attempt, deepgram.calls) == ("queued", 1, 1)
    assert waits in jobs_of(row)
    assert {at for _, at in jobs_of(row)} <= {None, row.retry_at}
