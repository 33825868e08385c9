"""Holds runs open at a chosen step, and looks at what other processes left in the database."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db import connection

from analysis.models import Analysis
from billing.models import Reservation, UsageEntry, UsagePeriod
from billing.use_cases.check_ledger import check_ledger
from tests.factories import Person
from tests.sandbox.process import KommoSandbox
from tests.web import OpenAISandbox, Web, database_url, read_events

PATIENCE_S = 40.0


def wait_until(what: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """Poll until `what()` is true; its value."""
    until = time.monotonic() + patience_s
    while not (value := what()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.03)
    return value


def rules(service: KommoSandbox | OpenAISandbox) -> list[dict[str, Any]]:
    """The misbehaviours that still wait for their request."""
    return service.http.get("/_sandbox/misbehaviour").json()["rules"]


def kommo_misbehaves(kommo: KommoSandbox, match: str, kind: str, *, times: int | None = 1, **params: Any) -> None:
    kommo.switch("misbehaviour", match=match, kind=kind, times=times, params=params)


#: Chats in which the client only speaks: nothing to read for us, until voice is written down.
SPOKEN = {"en-o-06", "es-o-05", "pt-o-05"}


def long_chats(kommo: KommoSandbox, person: Person) -> list[int]:
    """The leads that this person sees and whose chats are long enough to be analysed."""
    leads = kommo.http.get("/_sandbox/leads").json()["leads"]
    return [
        lead["id"]
        for lead in leads
        if lead["id"] in person.lead_ids and len(lead["message_ids"]) > 12 and lead["conversation"] not in SPOKEN
    ]


class Stream:
    """One open stream of events: read as far as wanted, kept open as long as wanted."""

    def __init__(self, response: Any) -> None:
        assert response.status_code == 200, response.read()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._more = read_events(response)

    def read_until(self, name: str) -> dict[str, Any]:
        for event, data in self._more:
            self.events.append((event, data))
            if event == name:
                return data
        raise AssertionError(f"the stream ended without {name}: {[event for event, _ in self.events]}")

    def end(self) -> tuple[str, dict[str, Any]]:
        """The last event, once nothing follows."""
        self.events += self._more
        return self.events[-1]


@contextlib.contextmanager
def locked(statement: str, *params: Any) -> Iterator[Callable[[], None]]:
    """Hold the locks of a statement on a connection of its own; gives the function that lets go before the end."""
    with psycopg.connect(database_url()) as other:
        other.execute(statement, params)
        yield other.rollback
        other.rollback()


def waiting_for_locks() -> int:
    """How many connections to the test's database wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def connections_named(name: str) -> int:
    """How many connections a process has that was started with PGAPPNAME."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            [name],
        )
        return int(cursor.fetchone()[0])


def wait_for_leases_to_end(*keys: uuid.UUID) -> None:
    """Until no run of these keys has a living lease, as Postgres and we see the time."""
    from django.utils import timezone

    wait_until(lambda: not Analysis.objects.filter(key__in=keys, lease_until__gte=timezone.now()).exists())


def assert_books(*, used: int, reserved: int = 0) -> None:
    """The month's counters, the open reservations, and a ledger that explains both."""
    counters = [(period.used, period.reserved) for period in UsagePeriod.objects.all()]
    assert counters in ([(used, reserved)], [] if not used and not reserved else None)
    assert Reservation.objects.filter(state="reserved").count() == reserved
    assert UsageEntry.objects.filter(kind="settle").count() == used
    assert sum(Analysis.objects.values_list("charged", flat=True)) == used
    report = check_ledger()
    assert report.is_sound, report


def hang_up(sock: socket.socket) -> None:
    """Close at once with a reset, as when the client's machine is gone."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def raw_request(web: Web, head: str, body: bytes = b"") -> socket.socket:
    """Send a request on a bare socket and leave the answer unread."""
    host, port = web.base_url.removeprefix("http://").split(":")
    sock = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
    sock.sendall(head.encode() + b"\r\n" + body)
    return sock


def click(web: Web, person: Person, lead_id: int, key: uuid.UUID, **content: Any) -> socket.socket:
    """The request of a click on a bare socket, so that it can be cut at any byte. The server closes it at the end."""
    body = json.dumps({"lead_id": lead_id, "source": "auto", "output_language": "en"} | content).encode()
    head = {
        "Host": "127.0.0.1",
        "Connection": "close",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "text/event-stream",
        "Idempotency-Key": str(key),
        **person.headers,
    }
    lines = [f"{name}: {value}" for name, value in head.items()]
    return raw_request(web, "\r\n".join(["POST /api/v1/analyses HTTP/1.1", *lines, ""]), body)


def read_raw(sock: socket.socket) -> str:
    """The whole answer, until the server closes."""
    got = b""
    while piece := sock.recv(65_536):
        got += piece
    sock.close()
    return got.decode()


def read_raw_until(sock: socket.socket, words: bytes) -> bytes:
    got = b""
    while words not in got:
        piece = sock.recv(65_536)
        assert piece, got
        got += piece
    return got


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; what each returned, in order. Raises the first that failed."""
    results: list[Any] = [None] * len(calls)
    faults: list[BaseException] = []
    start = threading.Barrier(len(calls))

    def run(n: int) -> None:
        try:
            start.wait()
            results[n] = calls[n]()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return results


def threads_of(pid: int) -> int:
    """How many threads a process has."""
    return len(os.listdir(f"/proc/{pid}/task"))
