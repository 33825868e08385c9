"""Why a run ended without a result: each code with the status, the sentence and whether trying again may help."""

from __future__ import annotations

from typing import Any

from convailens.lib.errors import ConvAILensError
from convailens.lib.problems import problem

#: code → (HTTP status, retryable, sentence). Codes are stable; the widget translates by them.
OUTCOMES: dict[str, tuple[int, bool, str]] = {
    "model_refused": (502, False, "The model declined to read this conversation. Nothing was charged."),
    "model_cut_short": (502, True, "The model's answer was cut short. Nothing was charged; try again."),
    "model_bad_answer": (502, True, "The model's answer could not be used. Nothing was charged; try again."),
    "model_rate_limited": (503, True, "The analysis service is busy. Nothing was charged; try again in a minute."),
    "model_quota": (503, False, "The analysis service is not available now; we are told. Nothing was charged."),
    "model_unavailable": (503, True, "The analysis service is not answering. Nothing was charged; try again."),
    "model_timeout": (504, True, "The analysis took too long. Nothing was charged; try again."),
    "interrupted": (503, True, "The analysis was interrupted. Nothing was charged; try again."),
    "too_short": (422, False, "There is too little from the client to judge yet. Nothing was charged."),
    "disconnected": (409, False, "Kommo no longer accepts our access; an administrator can reconnect it."),
    "not_found": (404, False, "There is nothing here for this user."),
    "quota_used_up": (402, False, "This month's analyses are used up."),
    "kommo_unavailable": (503, True, "Kommo is not answering. Nothing was charged; try again."),
    "messages_unavailable": (
        422,
        False,
        "Kommo does not give us this chat's messages; paste the conversation instead.",
    ),
}


class Failed(ConvAILensError):
    """A run that ended without a result."""

    def __init__(self, code: str, **extra: Any) -> None:
        """Take status and sentence from the table; an unknown code is a mistake of ours and raises KeyError."""
        status, retryable, detail = OUTCOMES[code]
        super().__init__(code, detail=detail, charged=False, **extra)
        self.http_status = status
        self.retryable = retryable


def problem_of(code: str, **extra: Any) -> dict[str, Any]:
    """The problem document of an outcome."""
    return problem(Failed(code, **extra))
