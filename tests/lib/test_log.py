"""Log lines carry what is on the allow-list and nothing else."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from convailens.lib.log import JSONFormatter, TextFormatter, configuration, request_id_var

CANARY = "kanarienvogel 4111111111111111"


def line(logger: str, message: str, *args: object, exc: bool = False, **extra: object) -> dict[str, object]:
    info = sys.exc_info() if exc else None
    record = logging.getLogger(logger).makeRecord(logger, logging.INFO, "f.py", 1, message, args, info, "f", extra)
    text = TextFormatter().format(record)
    document = JSONFormatter().format(record)
    assert CANARY not in text
    assert "kanarienvogel" not in document
    return json.loads(document)


def test_only_allow_listed_fields_are_written():
    said = line("convailens.x", "thing.done", account_id="a1", count=3, text=CANARY)
    assert said["event"] == "thing.done"
    assert (said["account_id"], said["count"]) == ("a1", 3)
    assert "text" not in said


def test_a_long_or_unprintable_value_is_not_written_even_under_an_allowed_name():
    said = line("convailens.x", "thing.done", code="x" * 81, reason="two\nlines")
    assert (said["code"], said["reason"]) == ("…", "…")


def test_what_another_library_says_is_left_out_but_its_place_is_kept():
    said = line("openai._base_client", "Request options: %s", CANARY)
    assert said["event"] == "openai._base_client"
    assert said["place"] == "f:1:f"


def test_our_own_line_with_arguments_is_treated_like_another_library():
    assert line("convailens.x", "said %s", CANARY)["event"] == "convailens.x"


@pytest.mark.parametrize("error", [ValueError(CANARY), KeyError(CANARY), json.JSONDecodeError("bad", CANARY, 0)])
def test_an_exception_is_its_class_and_frames_and_never_its_text(error):
    try:
        try:
            raise error
        except Exception as cause:
            raise RuntimeError(CANARY) from cause
    except RuntimeError:
        said = line("convailens.x", "thing.crashed", exc=True)
    assert [item["class"] for item in said["errors"]] == ["RuntimeError", type(error).__qualname__]
    assert "test_log.py" in said["errors"][0]["frames"][0]


def test_the_request_id_stands_in_every_line():
    token = request_id_var.set("r1")
    try:
        assert line("convailens.x", "thing.done")["request_id"] == "r1"
    finally:
        request_id_var.reset(token)


def test_no_logger_writes_past_the_root():
    loggers = configuration(level="INFO", as_json=True)["loggers"]
    assert all(not config["handlers"] and config["propagate"] for config in loggers.values())
