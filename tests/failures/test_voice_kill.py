"""kill -9 of the worker at every step of a transcription: another does the rest, with one note and one charge."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from billing.models import UsageEntry
from convailens.jobs import rescue_stalled
from tests.failures.steps import wait_until, waiting_for_locks
from tests.failures.voice_steps import (
    RECORDINGS,
    Gates,
    assert_seconds,
    gates,
    is_alive,
    jobs_of,
    listeners_of,
    met,
    notes_of,
    run_in_thread,
    time_passes,
)
from tests.sandbox.process import DeepgramSandbox
from tests.transcription.conftest import *  # noqa: F403
from tests.transcription.conftest import Service, VoiceKommo
from tests.worker import Worker, running_worker
from transcription.models import Transcription

CHAT = "es-o-05"
MESSAGES = ["m1", "m3", "m5", "m7", "m9", "m11", "m13"]
LATE_S = 3.0
#: As many as asyncio gives to a machine of two processors; what comes on top waits.
THREADS = 6


@dataclass
class Scene:
    """A worker that is brought to several steps at once."""

    worker: Worker
    crm: VoiceKommo
    deepgram: DeepgramSandbox
    storage: Service
    gates: Gates
    begin: Callable[[Transcription], Any]
    listeners: list[int] = field(default_factory=list)

    def waits_at_gate(self, row: Transcription, place: str) -> None:
        """Start a row and wait until it stands at its gate, or for a lock of one that does."""
        standing = waiting_for_locks()
        self.gates.shut(row, place)
        self.begin(row)
        wait_until(lambda: waiting_for_locks() == standing + 1)

    def meets(self, row: Transcription, service: Service, what: str, match: str, **params: Any) -> None:
        """Start a row and wait until its request has met a misbehaviour."""
        rule = {"kind": what, "match": match, "times": 1, "params": params}
        assert service.http.post("/_sandbox/misbehaviour", json=rule).is_success
        self.begin(row)
        met(service)


def late_steps(scene: Scene, rows: dict[str, Transcription]) -> None:
    """Bring six rows to these steps: no row passes where another one was stopped."""
    scene.waits_at_gate(rows["writing"], "writing")
    scene.meets(rows["written"], scene.crm, "drip", "notes.add", bytes=8, every_s=2)
    wait_until(lambda: notes_of(scene.crm, rows["written"]))
    scene.meets(rows["paying"], scene.deepgram, "slow", "listen", seconds=20)
    # This one holds the month's counters, for which the next one waits.
    scene.waits_at_gate(rows["storing"], "done")
    scene.waits_at_gate(rows["reserving"], "reserving")
    scene.meets(rows["listening"], scene.storage, "audio", "objects.get", kind="hour_noise")
    scene.listeners = wait_until(lambda: listeners_of(scene.worker.process.pid))


def early_steps(scene: Scene, rows: dict[str, Transcription]) -> None:
    """The same for six others, and one for which no thread is free."""
    scene.waits_at_gate(rows["taken"], "running")
    scene.gates.shut(rows["late note"], "queued")  # It is told that the note was not written; it comes all the same.
    scene.meets(rows["late note"], scene.crm, "late", "notes.add", seconds=LATE_S)
    wait_until(lambda: waiting_for_locks() == 2)
    scene.meets(rows["fetching"], scene.storage, "slow", "objects.get", seconds=9)
    scene.meets(rows["reading talks"], scene.crm, "slow", "talks.messages", seconds=9)
    scene.meets(rows["asking"], scene.crm, "slow", "leads.get", seconds=9)
    # Kommo's stand-in reads no body of a client that has left: this note is not written.
    scene.meets(rows["posting"], scene.crm, "slow", "notes.add", seconds=9)


@dataclass(frozen=True)
class Steps:
    """Steps of one worker, and what is to be true of them at last."""

    bring: Callable[[Scene, dict[str, Transcription]], None]
    #: How often Deepgram may be paid for each, which is noted before it is asked: once more where its answer was lost.
    paid: dict[str, int]
    #: Which hold their seconds when the worker dies.
    holding: set[str]


LATE = Steps(
    late_steps,
    {"writing": 2, "written": 1, "paying": 2, "storing": 1, "reserving": 1, "listening": 1, "waiting": 1},
    {"writing", "written", "paying", "storing"},
)
EARLY = Steps(
    early_steps,
    {"taken": 1, "late note": 1, "fetching": 1, "reading talks": 1, "asking": 1, "posting": 2, "waiting": 1},
    {"late note", "posting"},
)


@pytest.mark.parametrize(
    "steps", [pytest.param(LATE, id="late"), pytest.param(EARLY, id="early", marks=pytest.mark.full)]
)
def test_after_a_kill_another_worker_does_the_rest_with_one_note_and_one_charge(
    steps, committed, sandbox_ready, ask, wish, crm, deepgram, storage, voice_lead, tmp_path
):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    env = {"TMPDIR": str(scratch), "NOTE_WAIT_S": "0.2"}
    rows, begin = not_yet_queued(ask, voice_lead, steps.paid)
    log_file = tmp_path / "worker.jsonl"
    with gates() as held, running_worker(sandbox_ready, log_file, concurrency=THREADS, **env) as worker:
        scene = Scene(worker, crm, deepgram, storage, held, begin)
        steps.bring(scene, rows)
        begin(rows["waiting"])
        worker.kill()
        killed_at = time.monotonic()
        wait_until(lambda: not is_alive(scene.listeners))
        assert time.monotonic() - killed_at < 5
        held.open()
        wait_until(lambda: waiting_for_locks() == 0)
    assert list(scratch.iterdir()) == []
    for step, row in rows.items():
        row.refresh_from_db()
        assert row.state == ("queued" if step == "waiting" else "running"), step
        assert (row.reservation is not None) == (step in steps.holding), step
        assert len(jobs_of(row)) == 1, step
    assert_seconds(used=0, reserved=sum(seconds_of(n) for n, step in enumerate(rows) if step in steps.holding))

    # What a dead worker has sent may still arrive; a lease is longer than that takes.
    standing = {"written", "storing", "late note"} & set(rows)
    wait_until(lambda: {step for step, row in rows.items() if notes_of(crm, row)} == standing)
    workers_are_missed()
    time_passes(*rows.values())
    rescue()
    with running_worker(sandbox_ready, log_file, concurrency=THREADS, **env):
        wait_until(lambda: not Transcription.objects.exclude(state="done").exists())
    assert list(scratch.iterdir()) == []
    for n, (step, row) in enumerate(rows.items()):
        row.refresh_from_db()
        assert (row.outcome, row.charged_s, row.paid_calls) == ("", seconds_of(n), steps.paid[step]), step
        assert notes_of(crm, row) == row.note_ids != [], step
        entries = UsageEntry.objects.filter(reservation=row.reservation).order_by("id")
        assert [entry.kind for entry in entries] == ["reserve", "settle"], step
    assert len(crm.notes(voice_lead["id"])) == len(rows)
    files = {RECORDINGS[CHAT, message][0]: step for message, step in zip(MESSAGES, rows, strict=True)}
    sent = Counter(files[call["recording"]] for call in deepgram.seen)
    assert all(1 <= sent[step] <= paid for step, paid in steps.paid.items()), sent
    assert_seconds(used=sum(seconds_of(n) for n in range(len(rows))), settled=len(rows))
    # The jobs that are still there find nothing to do.
    before = list(Transcription.objects.order_by("id").values())
    for row in rows.values():
        run_in_thread(row)()
    assert list(Transcription.objects.order_by("id").values()) == before


def not_yet_queued(ask: Any, lead: dict[str, Any], steps: Any) -> tuple[dict[str, Transcription], Callable[..., None]]:
    """A row for each step, and the function that queues one: as if it were clicked now."""
    from transcription.queue import queue_run

    rows = {step: ask(lead["message_ids"][message])[0] for step, message in zip(steps, MESSAGES, strict=True)}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    return rows, queue_run


def seconds_of(n: int) -> int:
    return math.ceil(RECORDINGS[CHAT, MESSAGES[n]][1])


def rescue() -> None:
    """What the worker's chores do each minute: put the jobs of dead workers back."""
    job = Job(
        id=None, queue="maintenance", lock=None, queueing_lock=None, task_name=rescue_stalled.name, task_kwargs={}
    )
    context = JobContext(app=app, job=job, start_timestamp=0.0, abort_reason=lambda: None)
    async_to_sync(rescue_stalled.func)(context, 0)


def workers_are_missed() -> None:
    """No sign of life of any worker for an hour."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 hour'")
