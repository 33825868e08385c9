"""One attempt at one transcription, from the right to the lead to the note in Kommo. Run by the worker.

1 did an earlier attempt write the note?    Kommo (after a wait)
2 may who asked still see the lead?         accounts/kommo, as that user
3 where is the recording now?               recordings.py
4 fetch, measure, is there speech?          audio/
5 the same recording done before? reserve   lifecycle.reserve
6 transcribe                                deepgram.py
7 write the note                            note.py, Kommo
8 note ids and charge                       lifecycle.finish

Sound and words live in this function's memory. No transaction is open while a service is called.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from accounts.errors import NotConnected, NotesRefused, ReconnectNeeded, TalksUnavailable
from accounts.kommo.client import KommoClient
from accounts.kommo.notes import TRANSCRIPT_NOTE
from accounts.models import Account
from accounts.use_cases.lead_access import see_lead
from convailens.lib.errors import ConvAILensError, NotFound, QuotaExceeded, ServiceError, Unprocessable
from convailens.lib.log import request_id_var
from transcription.audio.measure import WAIT_S, measure
from transcription.audio.recording import Audio
from transcription.errors import AudioBusy, AudioGone
from transcription.models import State, Step, Transcription, language_of
from transcription.note import Heading, count_of, marker_of, write_notes
from transcription.outcomes import OUTCOMES
from transcription.recordings import Recording, Wanted, find_recordings
from transcription.services import audio_door, deepgram, fetch_recording
from transcription.texts import note_words
from transcription.transcript import Transcript
from transcription.use_cases import lifecycle
from transcription.use_cases.lifecycle import Attempt, Fenced

log = logging.getLogger("convailens.transcription")

KOMMO_WITHIN_S = 45.0  # Of one step: below its lease.
MAX_TRIES = 7
GIVE_UP_AFTER = timedelta(hours=1)  # Since it was asked for: a rep who looks again then should be told, not wait on.
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
LOOK_AGAIN_S = 30.0  # For another's work to be done: the same recording's, or a large one's.
#: How often the service may be paid for one message: words that could not be written are transcribed again for our
#: money, but not for ever.
MAX_PAID_CALLS = 4
#: The service refuses our account (no credits, a wrong key): nothing is sent to it for so long.
PAUSE_S = 120.0
_PAUSE_KEY = "voice:paused"
#: Bytes a second at the very least, on a busy machine.
MEASURED_PER_S = 20_000
_SKEW_S = 120  # Between Kommo's clock and ours.


@dataclass(slots=True)
class _Work:
    """What the steps of one attempt share. `waited_s` is time that others took: the network and the services."""

    attempt: Attempt
    row: Transcription
    account: Account
    standing: dict[int, int] = field(default_factory=dict)  # Notes of an earlier attempt: number of the part → id.
    began: float = field(default_factory=time.monotonic)
    waited_s: float = 0.0

    def kommo(self) -> KommoClient:
        """Kommo for one step, whose time is bounded as a whole: a lease must not end while it is at it."""
        return KommoClient(self.account, is_interactive=False, within_s=KOMMO_WITHIN_S, before_write=self._must_be_mine)

    def _must_be_mine(self) -> None:
        """A note is written by the attempt that has the row alone, however long that one waited. Raises Fenced."""
        if not self.attempt.row.exists():
            raise Fenced

    @contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Count the time within as the network's and the services'."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.waited_s += time.monotonic() - began

    def own_ms(self) -> int:
        return round((time.monotonic() - self.began - self.waited_s) * 1000)


def run_transcription(*, transcription_id: UUID) -> None:
    """Do one attempt to its end: done, failed, or queued again for later. Does nothing when there is nothing to do."""
    attempt = lifecycle.claim(transcription_id)
    if attempt is None:
        return
    row = Transcription.objects.select_related("account").get(id=transcription_id)
    request_id_var.set(row.request_id or None)
    work = _Work(attempt, row, row.account)
    try:
        try:
            _run(work)
        except (Fenced, Transcription.DoesNotExist):
            raise
        except Exception as error:
            _ended_by(work, error)
    except Fenced:
        log.warning("transcription.fenced", extra={"run_id": attempt.id, "attempt": attempt.number})
    except Transcription.DoesNotExist:
        log.warning("transcription.erased", extra={"run_id": attempt.id})


def _run(work: _Work) -> None:
    if not work.account.is_connected:
        raise NotConnected
    if work.row.tries > MAX_TRIES:
        return lifecycle.fail(work.attempt, "interrupted")  # Of an attempt that never came to its end.
    if work.row.note_tried_at is not None:
        ready_at = work.row.note_tried_at + timedelta(seconds=settings.NOTE_WAIT_S)
        if ready_at > timezone.now():
            return lifecycle.later(work.attempt, "", ready_at, keeps=True, counts=False)
        if _look_for_note(work):
            return _finish(work, tuple(work.standing[number] for number in sorted(work.standing)))
    if cache.get(_PAUSE_KEY):
        return _wait_for_others(work, "voice_account", PAUSE_S)
    recording = _recording(work)
    with _fetched(work, recording) as audio:
        lifecycle.go_on(
            work.attempt, Step.FETCHING, lasts_s=lifecycle.LEASE_S + min(audio.size / MEASURED_PER_S, WAIT_S)
        )
        measured = measure(audio, max_s=settings.AUDIO_MAX_S)
        if not measured.has_speech:
            return lifecycle.silent(work.attempt, duration_ms=round(measured.duration_s * 1000))
        channels = measured.channels if recording.is_call else 1
        other = lifecycle.reserve(
            work.attempt,
            work.account,
            audio_key=audio.key(work.account.data_key_bytes),
            duration_ms=round(measured.duration_s * 1000),
            channels=channels,
        )
        if other is not None:
            return _share(work, other)
        transcript = _transcribed(work, recording, audio, measured.duration_s, channels)
    if transcript.is_empty:
        return lifecycle.silent(work.attempt)
    _finish(work, _write(work, recording, transcript, measured.duration_s))


def _recording(work: _Work) -> Recording:
    """Where the recording is now, for the user who asked: rights may have changed, and addresses expire."""
    lead_id = work.row.lead_id
    with work.elsewhere():
        client = work.kommo()
        see_lead(client, work.row.requested_by, lead_id)
        return find_recordings(client, lead_id, Wanted(source_id=work.row.source_id))[0]


def _fetched(work: _Work, recording: Recording) -> Audio:
    lifecycle.go_on(work.attempt, Step.FETCHING, lasts_s=2 * settings.AUDIO_TIMEOUT_S + lifecycle.LEASE_S)
    if recording.url is None:
        raise AudioGone
    with work.elsewhere():
        return fetch_recording(audio_door(), work.account, work.kommo(), recording.url)


def _share(work: _Work, other_id: UUID) -> None:
    """The same recording under another note: its words when they are there, else a look again in a moment."""
    other = Transcription.objects.get(id=other_id)
    if other.state != State.DONE:
        soon, late = (timezone.now() + timedelta(seconds=seconds) for seconds in (FIRST_WAIT_S, LOOK_AGAIN_S))
        return _later(work, "", max(soon, min(other.lease_until, late)), counts=False)
    lifecycle.share(work.attempt, other)


def _transcribed(work: _Work, recording: Recording, audio: Audio, duration_s: float, channels: int) -> Transcript:
    """Have it transcribed. That it is paid for is noted before, so that no crash makes us pay without an end."""
    service = deepgram()
    if work.row.paid_calls >= MAX_PAID_CALLS:
        log.error("transcription.paid_too_often", extra={"run_id": work.row.id})
        raise _Exhausted
    lifecycle.go_on(
        work.attempt,
        Step.TRANSCRIBING,
        lasts_s=service.wait_s(duration_s) + lifecycle.LEASE_S,
        paid_calls=work.row.paid_calls + 1,
    )
    with work.elsewhere():
        return service.transcribe(
            audio,
            duration_s=duration_s,
            language=work.row.asked_language or language_of(work.account),
            is_call=recording.is_call,
            channels=channels,
        )


class _Exhausted(ConvAILensError):
    """The note could not be written, time and again."""

    code = "note_refused"


def _write(work: _Work, recording: Recording, transcript: Transcript, duration_s: float) -> tuple[int, ...]:
    """Write the note. What Deepgram said of it and that it is tried are stored before; the words never are."""
    heading = Heading(
        kind=recording.kind,
        who=recording.author_name,
        at=recording.at,
        duration_s=duration_s,
        language=transcript.language,
        zone=work.account.zone,
        note_language=work.row.note_language,
    )
    texts = write_notes(transcript, heading, note_words(work.row.note_language), marker_of(work.row.id))
    lifecycle.go_on(
        work.attempt,
        Step.WRITING,
        note_tried_at=work.row.note_tried_at or timezone.now(),
        billed_ms=round(transcript.billed_s * 1000),
        language=transcript.language[:16],
        confidence=round(transcript.confidence, 4),
    )
    with work.elsewhere():
        return _put(work, texts)


def _put(work: _Work, texts: tuple[str, ...]) -> tuple[int, ...]:
    """One note for each part; those that an earlier attempt has left half done are made whole."""
    client = work.kommo()
    standing = {number: work.standing[number] for number in work.standing if number <= len(texts)}
    if standing:
        client.change_notes(work.row.lead_id, {standing[number]: texts[number - 1] for number in standing})
    missing = [number for number in range(1, len(texts) + 1) if number not in standing]
    added = client.add_notes(work.row.lead_id, [texts[number - 1] for number in missing]) if missing else ()
    ids = standing | dict(zip(missing, added, strict=True))
    return tuple(ids[number] for number in sorted(ids))


def _look_for_note(work: _Work) -> bool:
    """Find what an earlier attempt wrote, by its marker; whether all parts of it stand."""
    tried_at = work.row.note_tried_at or timezone.now()
    marker = marker_of(work.row.id)
    since = int(tried_at.timestamp()) - _SKEW_S
    parts = 0
    with work.elsewhere():
        notes = work.kommo().notes_of_lead(work.row.lead_id, types=(TRANSCRIPT_NOTE,), since=since)
    for note in notes:
        counted = count_of(note.text, marker) if note.is_ours else None
        if counted is not None:
            number, parts = counted
            work.standing[number] = min(note.id, work.standing.get(number, note.id))
    return bool(parts) and len(work.standing) == parts


def _finish(work: _Work, note_ids: tuple[int, ...]) -> None:
    since_asked = timezone.now() - work.row.asked_at
    charged = lifecycle.finish(
        work.attempt,
        work.account,
        note_ids,
        duration_total_ms=round(since_asked.total_seconds() * 1000),
        own_ms=work.own_ms(),
    )
    log.info("transcription.done", extra={"run_id": work.row.id, "attempt": work.attempt.number, "charged": charged})


def _ended_by(work: _Work, error: Exception) -> None:
    """What becomes of an attempt that a fault ended: tried again where that may help, else failed under its name."""
    outcome = _outcome_of(error)
    if outcome == "voice_account":
        cache.set(_PAUSE_KEY, 1, PAUSE_S)
    if isinstance(error, AudioBusy):
        return _wait_for_others(work, outcome, FIRST_WAIT_S)
    row = Transcription.objects.get(id=work.row.id)
    if not OUTCOMES[outcome][1] or row.tries >= MAX_TRIES or timezone.now() - row.asked_at > GIVE_UP_AFTER:
        return lifecycle.fail(work.attempt, outcome)
    wait_s = min(FIRST_WAIT_S * 4 ** (row.tries - 1), LONGEST_WAIT_S)
    if isinstance(error, ConvAILensError) and error.retry_after_s:
        wait_s = min(max(error.retry_after_s, 1.0), LONGEST_WAIT_S)
    if row.note_tried_at is not None:
        wait_s = max(wait_s, settings.NOTE_WAIT_S)  # Also after a later try: its note may still appear.
    _later(work, outcome, timezone.now() + timedelta(seconds=wait_s))


def _wait_for_others(work: _Work, outcome: str, wait_s: float) -> None:
    """Wait for what is nobody's fault here, without counting a try; within the hour that everything has."""
    if timezone.now() - work.row.asked_at > GIVE_UP_AFTER:
        return lifecycle.fail(work.attempt, outcome)
    _later(work, outcome, timezone.now() + timedelta(seconds=wait_s), counts=False)


def _later(work: _Work, outcome: str, at: datetime, *, counts: bool = True) -> None:
    may_stand = Transcription.objects.filter(id=work.row.id, note_tried_at__isnull=False).exists()
    lifecycle.later(work.attempt, outcome, at, keeps=may_stand, counts=counts)


def _outcome_of(error: Exception) -> str:
    if isinstance(error, ReconnectNeeded | NotConnected):
        return "disconnected"
    if isinstance(error, QuotaExceeded):
        return "quota_used_up"
    if isinstance(error, AudioGone):
        return "audio_gone"
    if isinstance(error, NotFound):
        return "not_found"
    if isinstance(error, TalksUnavailable | NotesRefused | Unprocessable | _Exhausted) and error.code in OUTCOMES:
        return error.code
    if isinstance(error, ServiceError):
        return error.code if error.code in OUTCOMES else "kommo_unavailable"
    log.error("transcription.crashed", exc_info=error)
    return "interrupted"
