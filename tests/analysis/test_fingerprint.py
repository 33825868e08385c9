"""The fingerprint: what changes it, what does not, and that borders between fields are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from analysis.conversation import Author, Kind, LeadCard, Message
from analysis.fingerprint import fingerprint

KEY = b"k" * 32
AT = datetime(2026, 3, 10, 11, 6, tzinfo=UTC)
MESSAGES = (
    Message("m1", Author.CLIENT, "Gordon", AT, Kind.TEXT, "How much for two"),
    Message("m2", Author.AGENT, "Shabnam", AT + timedelta(minutes=3), Kind.TEXT, "From 4,900"),
    Message(
        "m3", Author.CLIENT, "Gordon", AT + timedelta(minutes=9), Kind.VOICE, "", transcript="go on", duration_s=2.0
    ),
)
LEAD = LeadCard("New enquiry", Decimal("4900.00"), "GBP")
SETUP = {"output_language": "en", "rubric_version": "default-1", "prompt_version": "3", "model_profile": "gpt-4o-mini"}


def of(messages=MESSAGES, lead=LEAD, key=KEY, **setup):
    return fingerprint(key, messages, lead, **{**SETUP, **setup})


def with_message(index, **changes):
    return tuple(replace(m, **changes) if i == index else m for i, m in enumerate(MESSAGES))


DIFFERENT = {
    "key": of(key=b"o" * 32),
    "author": of(with_message(0, author=Author.AGENT)),
    "time": of(with_message(0, at=AT + timedelta(seconds=1))),
    "no time": of(with_message(0, at=None)),
    "text": of(with_message(0, text="How much for two?")),
    "transcript": of(with_message(2, transcript="go away")),
    "text for transcript": of(with_message(2, text="go on", transcript=None)),
    "empty transcript": of(with_message(0, transcript="")),
    "order": of(MESSAGES[::-1]),
    "one less": of(MESSAGES[:2]),
    "stage": of(lead=replace(LEAD, stage="Quote sent")),
    "no stage": of(lead=replace(LEAD, stage=None)),
    "price": of(lead=replace(LEAD, price=Decimal("4900.01"))),
    "price ten times": of(lead=replace(LEAD, price=Decimal(49000))),
    "no price": of(lead=replace(LEAD, price=None)),
    "currency": of(lead=replace(LEAD, currency="USD")),
    "stage and currency swapped": of(lead=LeadCard("GBP", LEAD.price, "New enquiry")),
    **{name: of(**{name: "other"}) for name in SETUP},
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_a_change_of_what_is_covered_changes_it(what):
    others = {name: value for name, value in DIFFERENT.items() if name != what}
    assert DIFFERENT[what] != of()
    assert DIFFERENT[what] not in others.values()


@pytest.mark.parametrize(
    "messages",
    [
        with_message(0, id="kommo-uuid-7"),
        with_message(0, author_name="G. P."),
        with_message(0, channel="telegram"),
        with_message(0, at=AT + timedelta(milliseconds=999)),
        with_message(2, duration_s=9.0),
    ],
    ids=["id", "name", "channel", "milliseconds", "duration"],
)
def test_ids_names_sources_and_fractions_of_a_second_do_not_count(messages):
    assert of(messages) == of()


@pytest.mark.parametrize("price", ["4900", "4900.0", "4.9E+3"])
def test_the_same_amount_written_in_another_way_is_the_same(price):
    assert of(lead=replace(LEAD, price=Decimal(price))) == of()


def test_prices_of_any_form_have_a_fingerprint_and_zero_is_one():
    zero = {of(lead=replace(LEAD, price=Decimal(text))) for text in ("0", "0.00", "-0", "0E+9")}
    assert len(zero) == 1
    assert of(lead=replace(LEAD, price=Decimal("1E+999999"))) != of()


def test_borders_between_fields_and_messages_are_kept():
    def two(first, second):
        return (
            Message("a", Author.CLIENT, None, None, Kind.TEXT, first),
            Message("b", Author.CLIENT, None, None, Kind.TEXT, second),
        )

    assert of(two("ab", "c")) != of(two("a", "bc"))
    assert of(two('a","b', "c")) != of(two("a", 'b","c'))
    assert of(output_language="en", rubric_version="x1") != of(output_language="enx", rubric_version="1")


def test_it_is_64_hex_digits_and_any_string_will_do():
    result = of(with_message(0, text="\ud800 \x00 👍"))
    assert len(result) == 64
    assert set(result) <= set("0123456789abcdef")


def test_without_a_key_there_is_none():
    with pytest.raises(ValueError, match="key"):
        of(key=b"")
