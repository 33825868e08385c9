"""Whatever the model's endpoint does: a named outcome, nothing charged, no row left running, and no text leaked."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.models import Analysis
from billing.models import Reservation, UsagePeriod
from tests.analysis.test_analyse import last, names
from tests.factories import Person
from tests.web import OpenAISandbox, Web

# (what goes wrong, its params, the outcome). Each lasts for all calls of the run.
LASTING = [
    ("refusal", {}, "model_refused"),
    ("content_filter", {}, "model_refused"),
    ("length", {}, "model_cut_short"),
    ("invalid_json", {}, "model_bad_answer"),
    ("html", {}, "model_bad_answer"),
    ("sse_garbage", {}, "model_bad_answer"),
    ("empty_stream", {}, "model_unavailable"),
    ("rate_limit", {"retry_after_ms": 50}, "model_rate_limited"),
    ("rate_limit", {"retry_after_ms": 90_000}, "model_rate_limited"),
    ("insufficient_quota", {}, "model_quota"),
    ("unauthorized", {}, "model_unavailable"),
    ("server_error", {}, "model_unavailable"),
    ("overloaded", {}, "model_unavailable"),
    ("drop", {"after_chunks": 3}, "model_unavailable"),
    ("stream_error", {"after_chunks": 3}, "model_unavailable"),
    ("not_json", {"body": "garbage"}, "model_bad_answer"),
    ("cut_off", {"after_bytes": 40}, "model_unavailable"),
    ("status", {"code": 418}, "model_unavailable"),
]


def assert_nothing_happened(outcome: str) -> None:
    analysis = Analysis.objects.get()
    assert (analysis.state, analysis.outcome, analysis.charged) == ("failed", outcome, 0)
    assert analysis.summary is None
    assert not Reservation.objects.filter(state="reserved").exists()
    assert [(p.used, p.reserved) for p in UsagePeriod.objects.all()] in ([(0, 0)], [])


@pytest.mark.parametrize(("kind", "params", "outcome"), LASTING)
def test_a_failing_model_is_a_named_outcome_and_costs_nothing(
    web: Web, rep: Person, lead_id: int, openai: OpenAISandbox, kind: str, params: dict[str, Any], outcome: str
):
    openai.misbehave(kind, times=None, **params)
    events = web.analyse(rep, lead_id)
    problem = last(events)
    assert events[-1][0] == "problem"
    assert (problem["code"], problem["charged"]) == (outcome, False)
    assert problem["request_id"] == Analysis.objects.get().request_id != ""
    assert openai.calls <= 3
    assert_nothing_happened(outcome)


def test_every_kind_of_bad_json_the_sandbox_knows_is_a_named_outcome_or_is_mended(
    web: Web, rep: Person, lead_id: int, openai: OpenAISandbox
):
    from sandbox.openai_spoil import INVALID_JSON, SCHEMA_BREACH

    for kind, forms in (("invalid_json", INVALID_JSON), ("schema_breach", SCHEMA_BREACH)):
        for form in forms:
            Analysis.objects.all().delete()
            openai.reset()
            openai.misbehave(kind, times=None, form=form)
            events = web.analyse(rep, lead_id)
            kind_of_end, end = events[-1]
            analysis = Analysis.objects.get()
            if kind_of_end == "problem":
                assert end["code"] == "model_bad_answer", form
                assert (analysis.state, analysis.charged) == ("failed", 0)
            else:
                # What passes is within bounds: no invented evidence, no level out of range, no endless text.
                assert kind_of_end == "result", form
                assert all(r["level"] in (0, 1, 2, 3, None) for r in end["criteria"].values()), form
                assert len(end["summary"] or "") <= 1_600
                assert all(p["end"] > p["start"] for r in end["criteria"].values() for p in r["evidence"])


PASSING = [
    ("server_error", {}),
    ("rate_limit", {"retry_after_ms": 50}),
    ("overloaded", {}),
    ("drop", {"after_chunks": 5}),
    ("invalid_json", {}),
    ("schema_breach", {}),
    ("html", {}),
    ("empty_stream", {}),
]


@pytest.mark.parametrize(("kind", "params"), PASSING)
def test_one_passing_fault_is_repeated_once_and_the_summary_starts_anew(
    web: Web, rep: Person, lead_id: int, openai: OpenAISandbox, kind: str, params: dict[str, Any]
):
    openai.misbehave(kind, times=1, **params)
    events = web.analyse(rep, lead_id)
    result = last(events)
    assert events[-1][0] == "result"
    assert openai.calls == 2
    shown = ""
    for name, data in events:
        if name == "summary_reset":
            shown = ""
        elif name == "summary":
            shown += data["delta"]
    assert shown.strip()
    assert (result["usage"]["charged"], Analysis.objects.get().model_calls) == (1, 2)


def test_a_second_fault_ends_the_run(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    openai.misbehave("server_error", times=2)
    assert last(web.analyse(rep, lead_id))["code"] == "model_unavailable"
    assert openai.calls == 2


def test_a_retired_model_falls_over_to_its_successor_loudly(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    openai.misbehave("model_not_found", times=None, model="gpt-4o-mini")
    before = len(web.events("model.retired"))
    result = last(web.analyse(rep, lead_id))
    assert result["versions"]["model"] == "gpt-6-luna"
    assert result["usage"]["charged"] == 1
    line = web.events("model.retired")[before]
    assert (line["level"], line["model"], line["successor"]) == ("error", "gpt-4o-mini", "gpt-6-luna")


def test_when_both_models_are_gone_the_run_fails(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    openai.misbehave("model_not_found", times=None)
    assert last(web.analyse(rep, lead_id))["code"] == "model_unavailable"
    assert openai.calls == 2
    assert_nothing_happened("model_unavailable")


def test_a_model_that_stops_in_mid_answer_is_given_up_in_time(another_web, rep, lead_id, openai):
    web = another_web(MODEL_TIMEOUT_S="0.5", ANALYSIS_DEADLINE_S="9")
    openai.misbehave("stall", times=None, seconds=5, after_chunks=3)
    assert last(web.analyse(rep, lead_id))["code"] == "model_timeout"
    assert_nothing_happened("model_timeout")


def test_a_model_that_drips_for_ever_meets_the_deadline(another_web, rep, lead_id, openai):
    web = another_web(ANALYSIS_DEADLINE_S="1.5")
    openai.misbehave("stall", times=None, seconds=0.2, after_chunks=0, every=True)
    assert last(web.analyse(rep, lead_id))["code"] == "model_timeout"
    assert_nothing_happened("model_timeout")


def test_an_endpoint_that_does_not_answer_at_all_is_a_named_outcome(another_web, rep, lead_id):
    web = another_web(OPENAI_BASE_URL="http://127.0.0.1:1/v1")
    assert last(web.analyse(rep, lead_id))["code"] == "model_unavailable"
    assert_nothing_happened("model_unavailable")


def test_an_answer_without_usage_is_a_result_all_the_same(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    openai.misbehave("no_usage")
    assert last(web.analyse(rep, lead_id))["state"] == "done"
    assert Analysis.objects.get().tokens_in == 0


def test_after_a_failure_the_same_key_may_run_again(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    import uuid

    key = uuid.uuid4()
    openai.misbehave("insufficient_quota")
    assert last(web.analyse(rep, lead_id, key=key))["code"] == "model_quota"
    events = web.analyse(rep, lead_id, key=key)
    assert names(events)[-1] == "result"
    analysis = Analysis.objects.get()
    assert (analysis.state, analysis.attempt, analysis.charged) == ("done", 2, 1)


def test_the_facts_are_there_before_the_model_is_called(web: Web, rep: Person, lead_id: int, openai: OpenAISandbox):
    openai.misbehave("slow", seconds=1.5)
    with web.analysing(rep, lead_id) as response:
        from tests.web import read_events

        stream = read_events(response)
        assert [next(stream)[0], next(stream)[0]] == ["accepted", "facts"]
        assert Analysis.objects.get().state == "running"
        assert [name for name, _ in stream][-1] == "result"
