"""Reading untrusted messages, putting them in order, fitting a prompt, and knowing when there is too little."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.conversation import (
    MAX_TURN_CHARACTERS,
    Author,
    Fitted,
    Kind,
    LeadCard,
    Message,
    count_words,
    fit,
    in_order,
    is_too_short,
    parse_messages,
    parse_time,
    read_conversation_document,
)
from convailens.lib.errors import InvalidInput

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def raw(**changes: object) -> dict[str, object]:
    return {
        "id": "m1",
        "author": "client",
        "author_name": "Gordon P",
        "at": "2026-03-10T12:00:00Z",
        "kind": "text",
        "text": "How much is it?",
    } | changes


def message(n: int, text: str = "hello there friend", **changes: object) -> Message:
    values = {
        "id": f"m{n}",
        "author": Author.CLIENT,
        "author_name": None,
        "at": NOON + timedelta(minutes=n),
        "kind": Kind.TEXT,
        "text": text,
    } | changes
    return Message(**values)  # type: ignore[arg-type]


def error(document: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse_messages(document)
    return caught.value


# parse_messages


def test_a_message_is_read_whole() -> None:
    document = raw(kind="voice", text="", transcript="is it ready", duration_s=4.5, channel="whatsapp", extra={"a": 1})
    assert parse_messages([document]) == (
        Message(
            "m1", Author.CLIENT, "Gordon P", NOON, Kind.VOICE, "", transcript="is it ready", duration_s=4.5,
            channel="whatsapp",
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "transcript", "said"),
    [
        ("text", "typed", None, "typed"),
        ("voice", "", "spoken", "spoken"),
        ("voice", "typed", None, "typed"),
        ("voice", "typed", "", "typed"),
        ("text", "typed", "spoken", "typed"),
        ("image", "caption", "spoken", "caption"),
    ],
)
def test_what_is_said_is_the_transcript_of_a_voice_message_and_the_text_of_any_other(
    kind: str, text: str, transcript: str | None, said: str
) -> None:
    assert parse_messages([raw(kind=kind, text=text, transcript=transcript)])[0].said == said


def test_a_picture_with_a_transcript_says_its_caption() -> None:
    assert message(1, "caption", kind=Kind.IMAGE, transcript="spoken").said == "caption"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("client", Author.CLIENT),
        (" Agent ", Author.AGENT),
        ("bot", Author.BOT),
        ("system", Author.SYSTEM),
        ("manager", Author.SYSTEM),
        ("", Author.SYSTEM),
        (None, Author.SYSTEM),
    ],
)
def test_an_unknown_author_is_the_system(author: str | None, expected: Author) -> None:
    assert parse_messages([raw(author=author)])[0].author is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "voice"}, Kind.VOICE),
        ({"kind": "picture"}, Kind.IMAGE),
        ({"kind": "audio"}, Kind.VOICE),
        ({"kind": "video"}, Kind.FILE),
        ({"kind": "contact"}, Kind.FILE),
        ({"kind": "poll"}, Kind.TEXT),
        ({"kind": "poll", "text": "  "}, Kind.FILE),
        ({"kind": "wave", "text": "", "transcript": "hi"}, Kind.VOICE),
        ({"kind": None}, Kind.TEXT),
        ({"kind": None, "text": ""}, Kind.TEXT),
    ],
)
def test_an_unknown_kind_is_text_where_there_is_text_and_else_a_file(
    changes: dict[str, object], expected: Kind
) -> None:
    assert parse_messages([raw(**changes)])[0].kind is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-10T12:00:00Z", NOON),
        ("2026-03-10T12:00:00", NOON),
        ("2026-03-10 09:00:00-03:00", NOON),
        (" 2026-03-10T12:00Z ", NOON),
        (1773144000, NOON),
        (1773144000.0, NOON),
        ("1999-12-31T23:59:59Z", None),
        ("2100-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("yesterday", None),
        ("", None),
        ("\ud800", None),
        ("2" * 100_000, None),
        (None, None),
        (True, None),
        (-1, None),
        (1773144000000, None),
        (10**400, None),
        (float("nan"), None),
        (float("inf"), None),
        ([], None),
        ({"$date": 1}, None),
    ],
)
def test_a_time_is_aware_utc_or_unknown(value: object, expected: datetime | None) -> None:
    assert parse_time(value) == expected
    assert parse_messages([raw(at=value)])[0].at == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12, 12.0),
        (0.5, 0.5),
        (0, 0.0),
        (-1, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        (True, None),
        ("12", None),
        (None, None),
    ],
)
def test_a_duration_that_cannot_be_is_unknown(value: object, expected: float | None) -> None:
    assert parse_messages([raw(kind="voice", duration_s=value)])[0].duration_s == expected


def test_what_cannot_be_stored_is_replaced_one_for_one_so_that_offsets_stay() -> None:
    (parsed,) = parse_messages([raw(text="a\x00b\ud83dc😀d\ue000", author_name="N\x00", channel="\udfff")])
    assert parsed.text == "a\ufffdb\ufffdc😀d\ue000"
    assert parsed.author_name == "N\ufffd"
    assert parsed.channel == "\ufffd"


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_comes_out_encodable_and_as_long(text: str) -> None:
    (parsed,) = parse_messages([raw(text=text)])
    assert len(parsed.text) == len(text)
    parsed.text.encode()
    assert "\x00" not in parsed.text


def test_a_name_is_a_label_and_is_cut() -> None:
    (parsed,) = parse_messages([raw(author_name="  " + "n" * 500, channel="   ")])
    assert parsed.author_name == "n" * 128
    assert parsed.channel is None


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        (None, {"messages": ["not_a_list"]}),
        ({}, {"messages": ["not_a_list"]}),
        ("[]", {"messages": ["not_a_list"]}),
        (["CANARY"], {"messages[0]": ["not_an_object"]}),
        ([raw(), raw(id=None)], {"messages[1].id": ["required"]}),
        ([raw(id=7)], {"messages[0].id": ["not_a_string"]}),
        ([raw(id="CANARY one")], {"messages[0].id": ["invalid_id"]}),
        ([raw(id="")], {"messages[0].id": ["invalid_id"]}),
        ([raw(id="ok\n")], {"messages[0].id": ["invalid_id"]}),
        ([raw(id="é")], {"messages[0].id": ["invalid_id"]}),
        ([raw(id="x" * 65)], {"messages[0].id": ["invalid_id"]}),
        ([raw(text=["CANARY"])], {"messages[0].text": ["not_a_string"]}),
        ([raw(author=1, kind=2)], {"messages[0].author": ["not_a_string"], "messages[0].kind": ["not_a_string"]}),
        ([raw(transcript=1.5)], {"messages[0].transcript": ["not_a_string"]}),
        ([raw(author_name={}, channel=[])],
         {"messages[0].author_name": ["not_a_string"], "messages[0].channel": ["not_a_string"]}),
    ],
)  # fmt: skip
def test_a_wrong_type_is_named_by_its_path_and_never_by_its_value(document: object, fields: object) -> None:
    caught = error(document)
    assert caught.code == "invalid_input"
    assert caught.fields == fields
    assert "CANARY" not in f"{caught!r} {caught} {caught.detail} {caught.fields} {caught.extra}"


def test_the_longest_id_that_is_allowed_is_read() -> None:
    assert parse_messages([raw(id="aZ_-" * 16)])[0].id == "aZ_-" * 16


def test_a_list_of_faults_is_bounded() -> None:
    assert len(error([None] * 2000).fields) == 20


def test_the_limits_are_2000_messages_and_a_million_characters() -> None:
    assert len(parse_messages([raw(id=f"m{n}", text="") for n in range(2000)])) == 2000
    assert error([raw(id=f"m{n}") for n in range(2001)]).code == "too_many_messages"
    full = raw(author="client", author_name=None, kind="text", text="x" * (1_000_000 - len("client" + "text")))
    assert len(parse_messages([full])) == 1
    assert error([full, raw(id="m2", text="y")]).code == "too_many_characters"
    assert error([raw(kind="voice", text="", transcript="x" * 1_000_001)]).code == "too_many_characters"


def test_the_same_id_twice_is_one_message_with_its_last_telling_in_its_first_place() -> None:
    parsed = parse_messages([raw(id="a", text="old"), raw(id="b", text="between"), raw(id="a", text="edited")])
    assert [(m.id, m.text) for m in parsed] == [("a", "edited"), ("b", "between")]


def test_no_repr_shows_what_was_written() -> None:
    (parsed,) = parse_messages([raw(text="CANARY", author_name="CANARY", channel="CANARY")])
    fitted = fit([parsed], budget_tokens=1000, count_tokens=len)
    assert repr(parsed) == "<Message m1 client text 6 characters>"
    assert "CANARY" not in repr(fitted)
    assert repr(LeadCard(stage="CANARY", price=Decimal(1))) == "<LeadCard with stage, price>"
    assert repr(LeadCard()) == "<LeadCard with nothing>"


# in_order


def test_messages_are_put_in_order_and_equal_times_keep_theirs() -> None:
    a, b, c, d = (message(n, at=NOON + timedelta(hours=h)) for n, h in enumerate([2, 1, 2, 0]))
    assert in_order([a, b, c, d]) == (d, b, a, c)


def test_a_message_without_a_time_stays_behind_the_one_it_followed() -> None:
    first = message(1, at=None)
    late = message(2, at=NOON + timedelta(hours=2))
    after_late = message(3, at=None)
    early = message(4, at=NOON)
    after_early = message(5, at=None)
    assert in_order([first, late, after_late, early, after_early]) == (first, early, after_early, late, after_late)


def test_duplicates_are_folded_when_put_in_order() -> None:
    old, new = message(1, "old"), message(1, "new")
    assert in_order([old, message(2), new]) == (new, message(2))


@given(st.lists(st.tuples(st.integers(0, 30), st.none() | st.integers(0, 10)), max_size=30))
def test_order_is_stable_complete_and_settles_at_once(pairs: list[tuple[int, int | None]]) -> None:
    messages = [message(n, at=None if h is None else NOON + timedelta(hours=h)) for n, h in pairs]
    ordered = in_order(messages)
    times = [m.at for m in ordered if m.at]
    assert times == sorted(times)
    assert {m.id for m in ordered} == {m.id for m in messages}
    assert len(ordered) == len({m.id for m in messages})
    assert in_order(ordered) == ordered


# fit


def words(text: str) -> int:
    return len(text.split())


def cost(text: str) -> int:
    """What `fit` counts with `words`: a turn's JSON has 10 words of its own with an empty text, and 1 is added."""
    return words(json.dumps({"n": 1, "author": "a", "at": "d t", "kind": "k", "text": text})) + 1


def numbers(fitted: Fitted) -> list[int]:
    return [int(turn.message.id[1:]) for turn in fitted.turns]


def test_a_chat_within_the_budget_is_shown_whole() -> None:
    chat = [message(n) for n in range(1, 31)]
    fitted = fit(chat, budget_tokens=10_000, count_tokens=words)
    assert numbers(fitted) == list(range(1, 31))
    assert [turn.n for turn in fitted.turns] == list(range(1, 31))
    assert (fitted.seen, fitted.total, fitted.gap_after, fitted.cut) == (30, 30, None, 0)


def test_a_long_chat_keeps_its_opening_and_its_newest_messages() -> None:
    chat = [message(n) for n in range(1, 101)]
    budget = 20 * cost(chat[0].text)
    fitted = fit(chat, budget_tokens=budget, count_tokens=words)
    assert numbers(fitted) == [1, 2, 3, 4, 5, *range(86, 101)]
    assert [turn.n for turn in fitted.turns] == list(range(1, 21))
    assert (fitted.seen, fitted.total, fitted.gap_after) == (20, 100, 5)
    assert numbers(fit(chat, budget_tokens=budget - 1, count_tokens=words)) == [1, 2, 3, 4, 5, *range(87, 101)]


def test_a_long_opening_does_not_crowd_out_the_newest_messages() -> None:
    chat = [message(1, "w " * 400), *(message(n) for n in range(2, 101))]
    fitted = fit(chat, budget_tokens=600, count_tokens=words)
    assert fitted.gap_after == 0
    assert numbers(fitted) == list(range(101 - fitted.seen, 101))
    assert fitted.seen == 600 // cost("hello there friend")


def test_left_out_messages_make_one_gap_even_where_a_shorter_one_would_fit() -> None:
    chat = [message(n) for n in range(1, 20)]
    chat[12] = message(13, "w " * 900)
    fitted = fit(chat, budget_tokens=500, count_tokens=words)
    assert numbers(fitted) == [1, 2, 3, 4, 5, 14, 15, 16, 17, 18, 19]
    assert fitted.gap_after == 5


def test_a_long_message_shows_its_start_and_counts_as_cut() -> None:
    long = message(1, "x" * 5000)
    fitted = fit([long, message(2)], budget_tokens=12_000, count_tokens=len)
    assert fitted.turns[0].text == "x" * MAX_TURN_CHARACTERS
    assert [turn.is_cut for turn in fitted.turns] == [True, False]
    assert (fitted.cut, fitted.seen, fitted.gap_after) == (1, 2, None)
    assert fitted.turns[0].message.said == "x" * 5000


def test_the_newest_message_is_shortened_rather_than_left_out() -> None:
    fitted = fit([message(1), message(2, "y" * 4000)], budget_tokens=1200, count_tokens=len)
    assert numbers(fitted)[-1] == 2
    assert fitted.turns[-1].text == "y" * 1000
    assert fitted.turns[-1].is_cut


def test_a_budget_for_nothing_shows_nothing() -> None:
    fitted = fit([message(1), message(2)], budget_tokens=3, count_tokens=words)
    assert (fitted.turns, fitted.seen, fitted.total, fitted.gap_after) == ((), 0, 2, 0)
    assert fit([], budget_tokens=100, count_tokens=words) == Fitted((), 0, 0, None)


def test_the_transcript_is_what_is_shown_of_a_voice_message() -> None:
    voice = message(1, "", kind=Kind.VOICE, transcript="spoken words")
    assert fit([voice], budget_tokens=100, count_tokens=words).turns[0].text == "spoken words"


def test_tokens_are_counted_once_for_each_message_that_is_considered() -> None:
    calls = 0

    def count(text: str) -> int:
        nonlocal calls
        calls += 1
        return len(text) // 4

    chat = [message(n, "some words that are said " * 3) for n in range(2000)]
    started = time.thread_time()
    fitted = fit(chat, budget_tokens=12_000, count_tokens=count)
    assert time.thread_time() - started < 1
    assert calls == fitted.seen + 1
    calls = 0
    assert fit(chat, budget_tokens=10**9, count_tokens=count).seen == 2000
    assert calls == 2000


@given(
    st.lists(st.integers(0, 60).map(lambda n: "w " * n), max_size=40),
    st.integers(0, 900),
)
def test_a_fitted_chat_is_within_its_budget_in_order_and_has_one_gap(texts: list[str], budget: int) -> None:
    chat = [message(n, text) for n, text in enumerate(texts, start=1)]
    fitted = fit(chat, budget_tokens=budget, count_tokens=words)
    assert sum(cost(turn.text) for turn in fitted.turns) <= budget
    shown = numbers(fitted)
    assert (fitted.seen, fitted.total) == (len(shown), len(chat))
    if fitted.gap_after is None:
        assert shown == list(range(1, len(chat) + 1))
    else:
        recent = len(shown) - fitted.gap_after
        assert fitted.gap_after <= 5
        assert shown == [*range(1, fitted.gap_after + 1), *range(len(chat) - recent + 1, len(chat) + 1)]
    assert fit(chat, budget_tokens=budget, count_tokens=words) == fitted


# is_too_short


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Hola", 1),
        ("ok ok", 2),
        ("how much is it", 4),
        ("👍 🙏 😀 😀", 0),
        ("... !!! ??? - —", 0),
        ("hola,quiero info", 3),
        ("don't know", 2),
        ("12.900 USD hoy", 3),
        ("https://example.com/a/b?c=1 www.example.com/x", 0),
        ("mira https://example.com/una-casa-muy-linda", 1),
        ("कितना है", 2),
        ("你好", 1),
        ("我想买一辆车", 3),
        ("いくらですか", 3),
        ("สวัสดี", 2),
        ("ราคาเท่าไหร่", 3),
        ("얼마예요 배송 되나요", 3),
        ("\u200b \u200b \u200b", 0),
    ],
)
def test_words_are_neither_emoji_nor_punctuation_nor_links(text: str, expected: int) -> None:
    assert count_words(text) == expected


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([], True),
        ([message(1, "hi there")], True),
        ([message(1, "hi there"), message(2, "you there")], True),
        ([message(1, "how much please")], False),
        ([message(1, "how much please", author=Author.AGENT)], True),
        ([message(1, "how much please", author=Author.BOT)], True),
        ([message(1, "", kind=Kind.VOICE)], True),
        ([message(1, "", kind=Kind.VOICE, transcript="how much please")], False),
        ([message(1, "this is broken", kind=Kind.IMAGE)], False),
        ([message(1, "my three words.pdf", kind=Kind.FILE)], True),
        ([message(1, "我想买一辆车")], False),
        ([message(1, "👍👍👍 👍 👍")], True),
    ],
)
def test_a_chat_is_too_short_without_three_words_of_the_client(messages: list[Message], expected: bool) -> None:
    assert is_too_short(messages) is expected


# read_conversation_document


def document(**changes: object) -> dict[str, object]:
    return {
        "format": 1,
        "language": "en",
        "timezone": "Europe/London",
        "agent": {"name": "Shabnam"},
        "lead": {"name": "Gordon P", "stage": "New enquiry", "price": 4900.0, "currency": "GBP"},
        "messages": [raw(id="m2", at="2026-03-10T13:00:00Z"), raw()],
        "truth": "never read",
    } | changes


def test_a_chat_file_is_read_in_order_without_its_truth() -> None:
    messages, lead, language, timezone, agent_name = read_conversation_document(document())
    assert [m.id for m in messages] == ["m1", "m2"]
    assert lead == LeadCard("New enquiry", Decimal("4900.00"), "GBP")
    assert str(lead.price) == "4900.00"
    assert (language, timezone, agent_name) == ("en", "Europe/London", "Shabnam")


def test_what_a_chat_file_leaves_out_is_unknown() -> None:
    read = read_conversation_document({"format": 1, "messages": [raw()]})
    assert read[1:] == (LeadCard(None, None, None), None, None, None)


@pytest.mark.parametrize(
    ("changes", "code", "fields"),
    [
        ({"format": 2}, "invalid_input", {"format": ["unknown_format"]}),
        ({"timezone": "Mars/Base"}, "invalid_input", {"timezone": ["unknown_timezone"]}),
        ({"timezone": "../../etc/passwd"}, "invalid_input", {"timezone": ["unknown_timezone"]}),
        ({"timezone": "America"}, "invalid_input", {"timezone": ["unknown_timezone"]}),
        ({"lead": []}, "invalid_input", {"lead": ["not_an_object"]}),
        ({"lead": {"price": "4900"}}, "invalid_input", {"lead.price": ["not_a_price"]}),
        ({"lead": {"price": -1}}, "invalid_input", {"lead.price": ["not_a_price"]}),
        ({"lead": {"price": float("nan")}}, "invalid_input", {"lead.price": ["not_a_price"]}),
        ({"lead": {"price": 10**400}}, "invalid_input", {"lead.price": ["not_a_price"]}),
        ({"lead": {"stage": 3}}, "invalid_input", {"lead.stage": ["not_a_string"]}),
        ({"agent": {"name": []}}, "invalid_input", {"agent.name": ["not_a_string"]}),
        ({"language": 1}, "invalid_input", {"language": ["not_a_string"]}),
        ({"messages": {}}, "invalid_input", {"messages": ["not_a_list"]}),
        ({"messages": [raw(id="a b")]}, "invalid_input", {"messages[0].id": ["invalid_id"]}),
        ({"messages": []}, "conversation_empty", {}),
    ],
)
def test_a_chat_file_at_fault_says_where(changes: dict[str, object], code: str, fields: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_conversation_document(document(**changes))
    assert (caught.value.code, caught.value.fields) == (code, fields)


@pytest.mark.parametrize("given_document", [None, [], "x", 3])
def test_a_chat_file_that_is_no_object_is_refused(given_document: object) -> None:
    with pytest.raises(InvalidInput):
        read_conversation_document(given_document)
    with pytest.raises(InvalidInput):
        read_conversation_document({"format": 1})
