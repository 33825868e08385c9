"""What becomes of the command when a transcription waits, fails or does not end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from launch.headless_voice import check_patience, ended
from launch.input_file import Unusable
from launch.terminal import Stop
from transcription.outcomes import OUTCOMES

USAGE = {"limit": 1800}


def waiting(outcome: str | None, *, in_s: float | None) -> dict[str, Any]:
    at = None if in_s is None else (datetime.now(UTC) + timedelta(seconds=in_s)).isoformat().replace("+00:00", "Z")
    return {"state": "queued", "outcome": outcome, "retry_at": at}


def failed(outcome: str) -> dict[str, Any]:
    return {"state": "failed", "outcome": outcome, "problem": {"detail": "What happened.", "request_id": "r1"}}


@pytest.mark.parametrize(
    "said",
    [
        waiting(None, in_s=None),
        waiting(None, in_s=600),  # For a note that may stand already.
        waiting("voice_unavailable", in_s=20),
        {"state": "running", "outcome": None, "retry_at": None},
    ],
)
def test_a_short_wait_is_waited_out(said: dict[str, Any]):
    check_patience(said)


def test_a_long_wait_ends_the_run_and_a_refused_key_ends_it_at_once():
    with pytest.raises(Stop, match=r"\(voice_unavailable\).* tried again in \d+ s") as stop:
        check_patience(waiting("voice_unavailable", in_s=80))
    assert stop.value.code == 1
    with pytest.raises(Stop, match="Deepgram refuses the key") as stop:
        check_patience(waiting("voice_account", in_s=5))
    assert stop.value.code == 1


def test_every_way_to_fail_ends_with_1_but_those_that_are_the_recordings_fault():
    codes: dict[int, set[str]] = {1: set(), 2: set()}
    for outcome in OUTCOMES:
        with pytest.raises(Stop, match=outcome) as stop:
            ended("own.ogg", failed(outcome), USAGE)
        assert isinstance(stop.value, Unusable) == (stop.value.code == 2)
        assert "\n" not in stop.value.message
        codes[stop.value.code].add(outcome)
    kinds = {"empty", "too_large", "too_long", "unreadable", "wrong_type"}
    assert codes[2] == {f"audio_{kind}" for kind in kinds} | {"voice_refused"}


def test_minutes_that_do_not_suffice_are_told_with_how_many_there_are():
    with pytest.raises(Stop, match="The demo's account has 30 minutes a month"):
        ended("own.ogg", failed("quota_used_up"), USAGE)


def test_what_is_done_is_given_and_what_does_not_end_is_not_waited_for():
    done = {"state": "done", "outcome": "no_speech"}
    assert ended("own.ogg", done, USAGE) is done
    with pytest.raises(Stop, match="still under way"):
        ended("own.ogg", {"state": "running", "outcome": None}, USAGE)
