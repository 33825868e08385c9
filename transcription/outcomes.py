"""Why a transcription failed or waits: each code with the status, the sentence, and whether asking again may help."""

from __future__ import annotations

from typing import Any

from convailens.lib.errors import ConvAILensError
from convailens.lib.problems import problem

#: Said of a recording in which nobody speaks: no failure, and free.
NO_SPEECH = "no_speech"

_FREE = "Nothing was charged."
_AGAIN = "Nothing was charged; try again."

#: code → (HTTP status, retryable, sentence). Codes are stable; the widget translates by them.
OUTCOMES: dict[str, tuple[int, bool, str]] = {
    "audio_host_not_allowed": (422, False, f"We fetch no recordings from this host; support can allow it. {_FREE}"),
    "audio_address_refused": (422, False, f"The recording's address leads to no public host. {_FREE}"),
    "audio_too_many_redirects": (422, False, f"The recording's address leads on without an end. {_FREE}"),
    "audio_too_large": (422, False, f"The recording is larger than we fetch. {_FREE}"),
    "audio_too_long": (422, False, f"The recording is longer than we transcribe. {_FREE}"),
    "audio_too_slow": (503, True, f"The recording's host was too slow. {_AGAIN}"),
    "audio_empty": (422, False, f"The recording is empty. {_FREE}"),
    "audio_wrong_type": (422, False, f"The file is no recording of a kind that we know. {_FREE}"),
    "audio_unreadable": (422, False, f"The recording is damaged. {_FREE}"),
    "audio_gone": (404, False, f"The recording is no longer there. {_FREE}"),
    "audio_unavailable": (503, True, f"The recording's host does not answer. {_AGAIN}"),
    "voice_unavailable": (503, True, f"The transcription service does not answer. {_AGAIN}"),
    "voice_timeout": (504, True, f"The transcription took too long. {_AGAIN}"),
    "voice_account": (503, True, f"The transcription service is not available now; we are told. {_AGAIN}"),
    "voice_rate_limited": (503, True, f"The transcription service is busy. {_AGAIN}"),
    "voice_refused": (422, False, f"The transcription service cannot read this recording. {_FREE}"),
    "voice_unexpected": (502, True, f"The transcription service gave an answer that we cannot read. {_AGAIN}"),
    "quota_used_up": (402, False, "This month's voice minutes do not suffice for it."),
    "not_found": (404, False, f"The lead or the message is no longer there. {_FREE}"),
    "not_voice": (422, False, f"This message has no voice in it. {_FREE}"),
    "disconnected": (409, False, "Kommo no longer accepts our access; an administrator can reconnect it."),
    "talks_unavailable": (422, False, f"Kommo does not give us this chat's messages. {_FREE}"),
    "kommo_unavailable": (503, True, f"Kommo is not answering. {_AGAIN}"),
    "kommo_unpaid": (502, False, f"Kommo says that this account is not paid for. {_FREE}"),
    "kommo_unexpected_reply": (502, True, f"Kommo gave an answer that we cannot read. {_AGAIN}"),
    "note_refused": (422, False, f"Kommo does not let us write a note on this lead. {_FREE}"),
    "interrupted": (503, True, f"The transcription was interrupted. {_AGAIN}"),
}


def failure(code: str) -> ConvAILensError:
    """The refusal that a stored outcome stands for; one of an older release that is no longer known is a plain one."""
    status, retryable, detail = OUTCOMES.get(code, (502, True, f"The transcription failed. {_AGAIN}"))
    error = ConvAILensError(code, detail=detail, charged=False)
    error.http_status, error.retryable = status, retryable
    return error


def problem_of(code: str) -> dict[str, Any]:
    """The problem document of an outcome."""
    return problem(failure(code))
