"""Log lines made only of allow-listed fields.

A line is an event name (a constant in our code), the request id, and whatever stands on `ALLOWED`; everything else is
dropped. Foreign loggers (uvicorn, procrastinate, django, openai …) put values into their messages, so of theirs we
keep the logger, the level and the place in the source, never the message. Exceptions are logged as class, code and
frames: psycopg's DETAIL, pydantic's inputs and `JSONDecodeError.doc` carry values, so no exception's text is written.
"""

from __future__ import annotations

import contextvars
import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

request_id_var: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)

OURS = ("convailens",)

#: Keys that may stand in a line: ids, counts, durations, codes and states. Nothing a person wrote.
ALLOWED = frozenset(
    {
        "account_id",
        "kommo_account_id",
        "user_id",
        "staff_id",
        "lead_id",
        "analysis_id",
        "run_id",
        "attempt",
        "reservation_id",
        "session_id",
        "job_id",
        "grant_id",
        "request_id",
        "route",
        "method",
        "status",
        "code",
        "state",
        "outcome",
        "reason",
        "source",
        "model",
        "successor",
        "operation",
        "service",
        "duration_ms",
        "wait_ms",
        "ttl_s",
        "retry_after_s",
        "attempts",
        "count",
        "rows",
        "bytes",
        "messages",
        "tokens_in",
        "tokens_out",
        "tokens_cached",
        "flagged",
        "pid",
        "port",
        "signal",
        "version",
        "queue",
        "task",
        "place",
        "limit",
        "error_code",
        "host_kind",
        "retryable",
        "workers",
        "stage",
        "charged",
        "renewals",
        "ledger_reference",
    }
)
_SCALARS = (bool, int, float)


def _clean(value: Any) -> Any:
    """A value as it may be logged: numbers as they are, anything else as a short printable word."""
    if value is None or isinstance(value, _SCALARS):
        return value
    text = str(value)
    return text if len(text) <= 80 and text.isprintable() else "…"


def _exception(error: BaseException | None) -> dict[str, Any]:
    """An exception as class, code and frames, its causes included; never its message."""
    chain: list[dict[str, Any]] = []
    while error is not None and len(chain) < 5:
        frames = [
            f"{frame.filename.rsplit('site-packages/', 1)[-1]}:{frame.lineno}:{frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-12:]
        ]
        code = getattr(error, "code", None) or getattr(error, "sqlstate", None)
        chain.append({"class": type(error).__qualname__, "code": _clean(code), "frames": frames})
        error = error.__cause__ or error.__context__
    return {"errors": chain}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The record as the dictionary that is written, in the order it is written."""
    ours = record.name.split(".", 1)[0] in OURS
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": str(record.msg) if ours and not record.args else record.name,
    }
    if not ours:
        line["place"] = f"{record.module}:{record.lineno}:{record.funcName}"
    if request_id := request_id_var.get():
        line["request_id"] = request_id
    if ours:
        line |= {key: _clean(value) for key, value in record.__dict__.items() if key in ALLOWED}
    if record.exc_info and record.exc_info[1] is not None:
        line |= _exception(record.exc_info[1])
    return line


class JSONFormatter(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(fields_of(record), ensure_ascii=True, default=lambda _: "…")


class TextFormatter(logging.Formatter):
    """The same fields for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line = fields_of(record)
        head = f"{line.pop('time')[11:23]} {line.pop('level'):<7} {line.pop('event')}"
        errors = line.pop("errors", [])
        tail = "".join(f" {key}={value}" for key, value in line.items())
        frames = "".join(
            f"\n    {error['class']}" + "".join(f"\n        {frame}" for frame in error["frames"]) for error in errors
        )
        return head + tail + frames


def configuration(*, level: str, as_json: bool) -> dict[str, Any]:
    """The `LOGGING` setting: one handler on the root, so that no other logger can write past it."""
    formatter = JSONFormatter if as_json else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{formatter.__module__}.{formatter.__qualname__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django configures some with handlers of their own (mail, console): take them away, let them reach the root.
        # Of what others say only the place is kept, so at INFO it would be noise.
        "loggers": {
            name: {"handlers": [], "propagate": True, "level": level if level == "DEBUG" else "WARNING"}
            for name in ("django", "django.server", "uvicorn", "procrastinate", "httpx", "httpx2", "openai")
        },
    }


def catch_uncaught() -> None:
    """Route what would print a traceback (with the exception's text) through the allow-list instead."""
    log = logging.getLogger("convailens.uncaught")

    def on_exception(kind: type[BaseException], error: BaseException, frames: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, frames)
            return
        log.critical("process.uncaught", exc_info=(kind, error, frames))

    def on_thread_exception(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.critical("thread.uncaught", exc_info=(args.exc_type, args.exc_value, args.exc_traceback))

    logging.captureWarnings(True)  # A warning's text may carry a value, and it would go to stderr as it is.
    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
