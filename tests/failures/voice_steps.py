"""Holds transcriptions at a chosen step, and looks at what they left in Kommo, at Deepgram and in the books."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from billing.models import Reservation, UsageEntry, UsagePeriod
from billing.use_cases.check_ledger import check_ledger
from tests.failures.steps import wait_until
from tests.transcription.conftest import VOICES, Service, VoiceKommo
from tests.web import database_url
from transcription.models import Transcription
from transcription.note import count_of, marker_of
from transcription.queue import TASK
from transcription.use_cases.run_transcription import run_transcription

#: Message of a chat → the file of its recording and its seconds.
RECORDINGS = {
    (item["conversation"], item["message"]): (item["file"], item["seconds"])
    for item in json.loads((VOICES / "index.json").read_text())["recordings"]
}

_GATE = """
CREATE FUNCTION stop_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE place text;
BEGIN
    IF TG_TABLE_NAME = 'procrastinate_jobs' THEN
        place := (NEW.args->>'transcription_id') || ' queueing';
    ELSIF NEW.state <> OLD.state THEN
        place := NEW.id || ' ' || NEW.state;
    ELSIF NEW.reservation IS DISTINCT FROM OLD.reservation THEN
        place := NEW.id || ' reserving';
    ELSE
        place := NEW.id || ' ' || NEW.step;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(place, 0));
    RETURN NEW;
END $$;
CREATE TRIGGER gate BEFORE UPDATE ON transcription_transcription FOR EACH ROW EXECUTE FUNCTION stop_at_gate();
CREATE TRIGGER gate BEFORE INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION stop_at_gate();
"""
_NO_GATE = "DROP FUNCTION IF EXISTS stop_at_gate() CASCADE"


class Gates:
    """Stops whoever takes a row of ours to a step, in the database, before the step is taken: no matter of timing.

    Places are a state (`running`, `done`, `queued`, `failed`), a step (`transcribing`, `writing`), `reserving`, that is
    in the midst of a transaction, or `queueing`: a job is about to be inserted.
    """

    def __init__(self, other: psycopg.Connection[Any]) -> None:
        self._other = other

    def shut(self, row: Transcription, place: str) -> None:
        self._other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"{row.id} {place}"])

    def open(self) -> None:
        """Let all of them go on."""
        self._other.execute("SELECT pg_advisory_unlock_all()")


@contextlib.contextmanager
def gates() -> Iterator[Gates]:
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute(_NO_GATE + ";" + _GATE)
        try:
            yield Gates(other)
        finally:
            other.execute("SELECT pg_advisory_unlock_all()")
            other.execute(_NO_GATE)


def rules(service: Service) -> list[dict[str, Any]]:
    """The misbehaviours that still wait for their request."""
    found: list[dict[str, Any]] = service.http.get("/_sandbox/misbehaviour").json()["rules"]
    return found


def met(service: Service) -> None:
    """Wait until every misbehaviour has met its request."""
    wait_until(lambda: not rules(service))


def run_in_thread(row: Transcription) -> Callable[[], None]:
    """Begin an attempt as a worker does; gives the function that waits for its end and raises what it raised."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            run_transcription(transcription_id=row.id)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()

    def end() -> None:
        thread.join(60)
        assert not thread.is_alive()
        if faults:
            raise faults[0]

    return end


def time_passes(*rows: Transcription) -> None:
    """An hour later, as far as these rows know: their leases and waits are over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE transcription_transcription SET lease_until = lease_until - interval '1 hour', retry_at = NULL "
            "WHERE id = ANY(%s)",
            [[row.id for row in rows]],
        )


def jobs_of(row: Transcription) -> list[tuple[str, Any]]:
    """Status and time of each job of this row that is not done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status::text, scheduled_at FROM procrastinate_jobs "
            "WHERE args->>'transcription_id' = %s AND task_name = %s AND status IN ('todo', 'doing') ORDER BY id",
            [str(row.id), TASK],
        )
        return list(cursor.fetchall())


def notes_of(crm: VoiceKommo, row: Transcription) -> list[int]:
    """Ids of the notes on the lead that were written for this row, whoever wrote them."""
    marker = marker_of(row.id)
    return [note["id"] for note in crm.notes(row.lead_id) if count_of(note["params"]["text"], marker)]


def assert_seconds(*, used: int, reserved: int = 0, settled: int | None = None) -> None:
    """The month's seconds, the rows that they were charged to, and a ledger that explains both."""
    periods = UsagePeriod.objects.filter(resource="voice_seconds")
    assert [(period.used, period.reserved) for period in periods] in (
        [(used, reserved)],
        [] if not used and not reserved else None,
    )
    held = Reservation.objects.open().filter(resource="voice_seconds").values_list("amount", flat=True)
    assert sum(held) == reserved
    assert sum(Transcription.objects.values_list("charged_s", flat=True)) == used
    if settled is not None:
        assert UsageEntry.objects.filter(kind="settle").count() == settled
    report = check_ledger()
    assert report.is_sound, report


def listeners_of(pid: int) -> list[int]:
    """The programs that a process has started to listen to recordings."""
    return [child for child, parent, line in _processes() if parent == pid and "listener.py" in line]


def is_alive(pids: Iterable[int]) -> bool:
    """Whether any of these still runs; one that has ended and waits to be buried does not."""
    return any(_state(pid) not in ("", "Z") for pid in pids)


def _processes() -> Iterator[tuple[int, int, str]]:
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):  # It ended while we looked.
            line = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            yield int(name), int(_stat(int(name))[1]), line


def _state(pid: int) -> str:
    try:
        return _stat(pid)[0]
    except OSError:
        return ""


def _stat(pid: int) -> list[str]:
    # The name stands in brackets and may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
