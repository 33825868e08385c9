"""What recordings cost of our own: the answer to a click, our work for a voice note, and the worker's memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bench.report import measure, percentile, tell
from billing.models import Plan
from tests.factories import Person
from tests.failures.steps import wait_until
from tests.failures.voice_steps import listeners_of
from tests.sandbox.process import DeepgramSandbox
from tests.transcription.conftest import *  # noqa: F403
from tests.transcription.conftest import VOICES, Service, VoiceKommo
from tests.web import Web, read_events
from tests.worker import running_worker
from transcription import services
from transcription.audio.recording import Audio
from transcription.models import State, Transcription
from transcription.note import Heading, marker_of, write_notes
from transcription.texts import note_words

#: Bar of the project for the first event of a click, on a quiet machine.
FIRST_EVENT_MS = 15
#: Bar of the project for the worker's memory, over what it holds idle.
WORKER_KB = 64 * 1024
CLICKS = 200
NOTES = 20
#: A usual voice note: of the sandbox's recordings one of 14 s.
SAMPLE = next(
    item
    for item in json.loads((VOICES / "index.json").read_text())["recordings"]
    if item["kind"] == "message" and item["format"] == "ogg" and round(item["seconds"]) == 14
)


@pytest.fixture(autouse=True)
def plenty(db: None) -> None:
    """A plan with seconds for everything here."""
    Plan.objects.update(voice_minutes_per_month=10_000)


def new_note(crm: VoiceKommo, lead_id: int) -> str:
    """Put the usual voice note into the lead's chat once more; the id of its message."""
    content = (VOICES / SAMPLE["file"]).read_bytes()
    made = crm.add_recording(content, account="acme", lead=lead_id, file_name="voice.ogg")
    return str(made["message_id"])


def ended(row: Transcription) -> Transcription:
    """The row once the worker is through with it, transcribed."""
    until = time.monotonic() + 120
    while row.state in (State.QUEUED, State.RUNNING):
        assert time.monotonic() < until, (row.state, row.step, row.outcome)
        time.sleep(0.02)
        row.refresh_from_db()
    assert (row.state, row.outcome) == (State.DONE, ""), row.outcome
    return row


def test_time_to_each_event_of_a_click_on_a_recording(
    another_web: Callable[..., Web],
    sandbox_ready: dict[str, Any],
    boss: Person,
    crm: VoiceKommo,
    deepgram: DeepgramSandbox,
    lead_id: int,
    ask: Callable[..., list[Transcription]],
    tmp_path: Path,
) -> None:
    # One that is transcribed already: whatever it is, the first event is said before it is looked for.
    message_id = new_note(crm, lead_id)
    with running_worker(sandbox_ready, tmp_path / "worker.jsonl"):
        ended(ask(message_id)[0])
    web = another_web(THROTTLE_VOICE_USER="100000", THROTTLE_VOICE_ACCOUNT="100000")
    times: dict[str, list[float]] = {"accepted": [], "items (Kommo asked twice)": [], "result": []}
    sent = boss.headers | {"Accept": "text/event-stream"}

    def click(n: int) -> None:
        began = time.perf_counter()
        body = {"lead_id": lead_id, "message_id": message_id}
        with web.http.stream("POST", "/api/v1/transcriptions", json=body, headers=sent) as response:
            assert response.status_code == 200, response.read()
            for name, _ in read_events(response):
                assert name != "problem"
                row = {"items": "items (Kommo asked twice)"}.get(name, name)
                if n >= 0 and row in times:
                    times[row].append((time.perf_counter() - began) * 1000)

    def live(_: int) -> None:
        assert web.http.get("/health/live").is_success

    # By turns, so that what else the machine does meets both.
    base: list[float] = []
    for part in range(4):
        base += measure(live, times=CLICKS // 4)
        measure(click, times=CLICKS // 4, warm_up=5 if part == 0 else 0)
    tell(
        "A click on a recording, loopback",
        {"GET /health/live (base)": base, **times},
        baseline="GET /health/live (base)",
    )
    assert len(times["accepted"]) == CLICKS
    assert percentile(times["accepted"], 0.95) <= FIRST_EVENT_MS


def test_our_own_time_for_a_voice_note_and_its_parts(
    sandbox_ready: dict[str, Any],
    crm: VoiceKommo,
    deepgram: DeepgramSandbox,
    lead_id: int,
    ask: Callable[..., list[Transcription]],
    tmp_path: Path,
) -> None:
    log_file = tmp_path / "worker.jsonl"
    rows = []
    with running_worker(sandbox_ready, log_file, concurrency=1):
        for n in range(NOTES + 2):
            row = ended(ask(new_note(crm, lead_id))[0])
            if n >= 2:
                rows.append(row)
    assert len({row.id for row in rows}) == NOTES
    lines = [json.loads(line) for line in log_file.read_text().splitlines() if line.startswith("{")]

    def logged(event: str) -> list[float]:
        return [float(line["duration_ms"]) for line in lines if line["event"] == event][-NOTES:]

    own = [float(row.own_ms or 0) for row in rows]
    listening = logged("audio.measured")
    writing = times_to_build_the_note()
    usual = sorted(writing)[len(writing) // 2]
    tell(
        f"Our own time for a voice note of {SAMPLE['seconds']:.0f} s, one after the other",
        {
            "own time (base)": own,
            "of it: decode and listen, another process": listening,
            "of it: build the note": writing,
            "of it: the rest (rows, reservation)": [
                whole - part - usual for whole, part in zip(own, listening, strict=True)
            ],
            "beside it: fetch the file (sandbox)": logged("audio.fetched"),
            "beside it: Deepgram (sandbox)": logged("voice.transcribed"),
            "from the wish to the note": [float(row.duration_total_ms or 0) for row in rows],
        },
        baseline="own time (base)",
    )


def times_to_build_the_note() -> list[float]:
    """Milliseconds to make the texts of the note out of what Deepgram's stand-in says of the voice note."""
    audio = Audio(((VOICES / SAMPLE["file"]).read_bytes(),), "http://127.0.0.1/voice.ogg")
    transcript = services.deepgram().transcribe(
        audio, duration_s=SAMPLE["seconds"], language=SAMPLE["language"], is_call=False, channels=1
    )
    heading = Heading(
        kind="message",
        who="Ana",
        at=datetime(2026, 11, 24, 14, 3, tzinfo=UTC),
        duration_s=SAMPLE["seconds"],
        language=transcript.language,
        zone=ZoneInfo("America/Lima"),
        note_language="es",
    )
    marker, words = marker_of(uuid4()), note_words("es")
    return measure(lambda _: write_notes(transcript, heading, words, marker), times=200)


class Peak:
    """The most memory that a worker holds from now on, and that its listeners hold of their own, in kilobytes.

    A listener's libraries are pages of files, shared with whoever else has loaded them.
    """

    def __init__(self, pid: int) -> None:
        self._pid, self._over = pid, threading.Event()
        self.listener_kb = 0
        self.idle_kb = kilobytes(pid, "VmRSS")
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # The kernel's peak begins anew; see proc(5).
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            for listener in listeners_of(self._pid):
                self.listener_kb = max(self.listener_kb, kilobytes(listener, "RssAnon"))

    def end(self) -> int:
        """Of the worker alone, above what it held when this began."""
        self._over.set()
        self._thread.join()
        return kilobytes(self._pid, "VmHWM") - self.idle_kb


def kilobytes(pid: int, field: str) -> int:
    """One field of a process's status; 0 for one that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{field}:")), 0)


def test_memory_of_the_worker_for_a_voice_note_and_for_an_hour_of_speech(
    sandbox_ready: dict[str, Any],
    crm: VoiceKommo,
    deepgram: DeepgramSandbox,
    storage: Service,
    lead_id: int,
    ask: Callable[..., list[Transcription]],
    tmp_path: Path,
) -> None:
    title = "The worker's memory, MB"
    print(f"\n{title:<44}{'idle':>10}{'+ worker':>10}{'listener':>10}{'seconds':>10}{'bytes':>12}")
    log_file = tmp_path / "worker.jsonl"
    with running_worker(sandbox_ready, log_file, concurrency=1) as worker:
        for name in ("the first voice note of 14 s", "a voice note of 14 s", "an hour of speech"):
            message_id = new_note(crm, lead_id)
            if "hour" in name:
                storage.misbehave("audio", "objects.get", kind="hour")
            if "first" in name:
                wait_until(lambda: "Launching" in log_file.read_text())
                time.sleep(1)  # Until it has connected and found nothing to do.
            peak = Peak(worker.process.pid)
            row = ended(ask(message_id)[0])
            above = peak.end()
            fetched = [json.loads(line) for line in log_file.read_text().splitlines() if "audio.fetched" in line][-1]
            seconds = (row.duration_ms or 0) / 1000
            line = [peak.idle_kb / 1024, above / 1024, peak.listener_kb / 1024, seconds]
            print(f"{name:<44}" + "".join(f"{value:>10.1f}" for value in line) + f"{fetched['bytes']:>12,}")
            assert above < WORKER_KB
            assert ("hour" in name) == (seconds > 3590)
