"""Facts: who wrote last, silence, reply times in working hours, questions, counts, languages."""

from __future__ import annotations

import json
import time as clock
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.conversation import Author, Kind, Message, read_conversation_document
from analysis.facts import Facts, WorkingHours, compute_facts, count_questions, working_seconds
from analysis.language import detect_language, detect_languages

SAMPLES = sorted((Path(__file__).parents[2] / "sandbox/data/conversations/open").glob("*.json"))
MADRID = ZoneInfo("Europe/Madrid")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
OFFICE = WorkingHours()
NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)

CLIENT, AGENT, BOT, SYSTEM = Author.CLIENT, Author.AGENT, Author.BOT, Author.SYSTEM


def chat(*lines: tuple[Author, str | None, str] | tuple[Author, str | None, str, Kind]) -> list[Message]:
    """Messages of (author, local time in UTC or None, text)."""
    return [
        Message(
            id=f"m{n}",
            author=author,
            author_name=None,
            at=datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None,
            kind=rest[0] if rest else Kind.TEXT,
            text=text,
        )
        for n, (author, at, text, *rest) in enumerate(lines, start=1)
    ]


def facts(messages: list[Message], now: datetime = NOW) -> Facts:
    return compute_facts(messages, now=now, timezone=ZoneInfo("UTC"), working_hours=OFFICE)


def test_a_chat_shows_its_facts_as_json() -> None:
    # Tuesday 10 March 2026.
    messages = chat(
        (SYSTEM, "2026-03-10 08:00", "Lead created"),
        (BOT, "2026-03-10 09:00", "Hello! How can we help?"),
        (CLIENT, "2026-03-10 10:00", "How much is the table?"),
        (AGENT, "2026-03-10 10:30", "It is 400 pounds"),
        (CLIENT, "2026-03-10 11:00", "ok and do you deliver? how long does it take"),
    )
    assert facts(messages).as_json() == {
        "last_author": "client",
        "first_at": "2026-03-10T09:00:00Z",
        "last_at": "2026-03-10T11:00:00Z",
        "silence_s": 49 * 3600,
        "replies": {"count": 1, "median_s": 1800, "last_s": 1800},
        "client_questions": 2,
        "messages": {"client": 2, "agent": 1, "bot": 1, "system": 1, "total": 5},
        "voice_without_transcript": 0,
        "languages": ["en"],
    }


def test_an_empty_chat_has_facts_too() -> None:
    assert facts([]).as_json() == {
        "last_author": None,
        "first_at": None,
        "last_at": None,
        "silence_s": None,
        "replies": {"count": 0, "median_s": None, "last_s": None},
        "client_questions": 0,
        "messages": {"client": 0, "agent": 0, "bot": 0, "system": 0, "total": 0},
        "voice_without_transcript": 0,
        "languages": [],
    }


@pytest.mark.parametrize(
    ("lines", "last_author", "last_at", "silence_s"),
    [
        ([(CLIENT, "2026-03-12 11:00", "hi"), (SYSTEM, "2026-03-12 11:30", "moved")], CLIENT, "11:00", 3600),
        ([(CLIENT, "2026-03-12 11:00", "hi"), (BOT, "2026-03-12 11:30", "hello")], BOT, "11:30", 1800),
        ([(AGENT, "2026-03-12 11:30", "hi"), (CLIENT, "2026-03-12 11:00", "hello")], AGENT, "11:30", 1800),
        ([(AGENT, "2026-03-12 11:30", "hi"), (CLIENT, None, "hello")], CLIENT, None, None),
        ([(CLIENT, "2026-03-12 13:30", "from a fast clock")], CLIENT, "13:30", 0),
        ([(SYSTEM, "2026-03-12 11:30", "moved")], None, None, None),
    ],
)
def test_silence_runs_from_the_last_message_of_a_person_or_bot(
    lines: list[tuple[Author, str | None, str]], last_author: Author | None, last_at: str | None, silence_s: int | None
) -> None:
    found = facts(chat(*lines))
    assert found.last_author == last_author
    assert (found.last_at.strftime("%H:%M") if found.last_at else None) == last_at
    assert found.silence_s == silence_s


@pytest.mark.parametrize(
    ("start", "end", "zone", "hours"),
    [
        # Within a day, before it opens, after it closes, over a night and over a weekend (13 March 2026 is a Friday).
        ("2026-03-12T10:00", "2026-03-12T11:30", MADRID, 1.5),
        ("2026-03-12T07:00", "2026-03-12T09:30", MADRID, 0.5),
        ("2026-03-12T17:30", "2026-03-12T22:00", MADRID, 0.5),
        ("2026-03-12T21:00", "2026-03-12T22:00", MADRID, 0.0),
        ("2026-03-12T17:00", "2026-03-13T10:00", MADRID, 2.0),
        ("2026-03-13T17:00", "2026-03-16T09:45", MADRID, 1.75),
        ("2026-03-14T10:00", "2026-03-15T10:00", MADRID, 0.0),
        ("2026-03-09T00:00", "2026-03-16T00:00", MADRID, 45.0),
        # The clocks change on Sunday 29 March 2026: 9:00 is an hour earlier in UTC on Monday, each day has its 9 hours.
        ("2026-03-27T17:00", "2026-03-30T10:00", MADRID, 2.0),
        ("2026-10-23T17:00", "2026-10-26T10:00", MADRID, 2.0),
        ("2026-03-12T10:00", "2026-03-12T11:30", SAO_PAULO, 1.5),
        # Backwards.
        ("2026-03-12T11:30", "2026-03-12T10:00", MADRID, 0.0),
    ],
)
def test_working_time_counts_local_office_hours(start: str, end: str, zone: ZoneInfo, hours: float) -> None:
    begin, finish = (datetime.fromisoformat(t).replace(tzinfo=zone) for t in (start, end))
    for as_given in (begin, begin.astimezone(UTC)):
        assert working_seconds(as_given, finish, timezone=zone, working_hours=OFFICE) == hours * 3600


def test_a_change_of_the_clocks_within_working_hours_makes_the_day_shorter_or_longer() -> None:
    always = WorkingHours(days=frozenset(range(7)), start=time(0), end=time(0))
    for day, hours in (("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)):
        start = datetime.fromisoformat(day).replace(tzinfo=MADRID)
        end = (start.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=MADRID)
        assert working_seconds(start, end, timezone=MADRID, working_hours=always) == hours * 3600


def test_hours_over_midnight_belong_to_the_day_they_begin() -> None:
    bar = WorkingHours(days=frozenset({4}), start=time(20), end=time(2))
    friday, sunday = datetime(2026, 3, 13, tzinfo=MADRID), datetime(2026, 3, 15, tzinfo=MADRID)
    assert working_seconds(friday, sunday, timezone=MADRID, working_hours=bar) == 6 * 3600
    assert working_seconds(datetime(2026, 3, 14, 1, tzinfo=MADRID), sunday, timezone=MADRID, working_hours=bar) == 3600


def instants(first_year: int, last_year: int) -> st.SearchStrategy[datetime]:
    first, last = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    return st.integers(0, int((last - first).total_seconds())).map(lambda s: first + timedelta(seconds=s))


@given(st.lists(instants(2025, 2026), min_size=3, max_size=3).map(sorted), st.sampled_from([MADRID, SAO_PAULO]))
def test_working_time_adds_up_and_is_never_longer_than_the_time(times: list[datetime], zone: ZoneInfo) -> None:
    def worked(start: datetime, end: datetime) -> float:
        return working_seconds(start, end, timezone=zone, working_hours=OFFICE)

    a, b, c = times
    assert worked(a, c) == pytest.approx(worked(a, b) + worked(b, c))
    assert 0 <= worked(a, c) <= (c - a).total_seconds()


@pytest.mark.parametrize(
    ("lines", "median_s", "last_s", "replies"),
    [
        # A burst is one wait, from its first message.
        (
            [(CLIENT, "10:00", "hi"), (CLIENT, "10:05", "you there"), (AGENT, "10:10", "yes"), (AGENT, "10:50", "so")],
            600, 600, 1,
        ),
        # The median of three, and the last.
        (
            [
                (CLIENT, "10:00", "a"), (AGENT, "10:01", "b"),
                (CLIENT, "11:00", "a"), (AGENT, "11:20", "b"),
                (CLIENT, "12:00", "a"), (AGENT, "12:05", "b"),
            ],
            300, 300, 3,
        ),
        # Neither a bot nor the system replies for the agent.
        ([(CLIENT, "10:00", "a"), (BOT, "10:01", "b"), (SYSTEM, "10:02", "c"), (AGENT, "10:30", "d")], 1800, 1800, 1),
        # Nobody has to answer a thumb or a sticker; a lone question mark asks for an answer.
        ([(CLIENT, "10:00", "👍"), (AGENT, "15:00", "news!")], None, None, 0),
        ([(CLIENT, "10:00", "", Kind.STICKER), (AGENT, "15:00", "news!")], None, None, 0),
        ([(CLIENT, "10:00", "??"), (AGENT, "10:02", "here")], 120, 120, 1),
        ([(CLIENT, "10:00", "", Kind.VOICE), (AGENT, "10:02", "here")], 120, 120, 1),
        ([(CLIENT, "10:00", "", Kind.IMAGE), (AGENT, "10:02", "here")], 120, 120, 1),
        # Unknown times are not guessed.
        ([(CLIENT, None, "a"), (AGENT, "10:02", "b")], None, None, 0),
        ([(CLIENT, "10:00", "a"), (AGENT, None, "b"), (AGENT, "10:30", "c")], None, None, 0),
        # Asked and answered outside working hours.
        ([(CLIENT, "21:00", "a"), (AGENT, "22:00", "b")], 0, 0, 1),
        # Still waiting, or never asked.
        ([(CLIENT, "10:00", "a")], None, None, 0),
        ([(AGENT, "10:00", "a"), (AGENT, "10:30", "b")], None, None, 0),
    ],
)  # fmt: skip
def test_reply_times(
    lines: list[tuple[Author, str | None, str]], median_s: int | None, last_s: int | None, replies: int
) -> None:
    found = facts(chat(*((author, at and f"2026-03-10 {at}", *rest) for author, at, *rest in lines)))
    assert (found.reply_median_s, found.reply_last_s, found.replies) == (median_s, last_s, replies)


def test_reply_times_are_measured_in_the_accounts_time_zone() -> None:
    # 23:00 to 01:00 UTC in Auckland's summer: noon to 14:00.
    messages = chat((CLIENT, "2026-01-12 23:00", "hi there"), (AGENT, "2026-01-13 01:00", "hello"))
    at = {"now": NOW, "working_hours": OFFICE}
    assert compute_facts(messages, timezone=ZoneInfo("Pacific/Auckland"), **at).reply_last_s == 7200
    assert compute_facts(messages, timezone=ZoneInfo("UTC"), **at).reply_last_s == 0


QUESTIONS = [
    ("How much is it?", 1),
    ("How much is it? And when can you deliver?", 2),
    ("really???", 1),
    ("what?! no way", 1),
    ("¿Cuánto sale? ¿Hacen envíos?", 2),
    ("¿cuánto sale", 1),
    ("Hola, cuanto sale el envio", 1),
    ("y qué marca los paneles", 1),
    ("qué lindo quedó", 0),
    ("Qué rico!", 0),
    ("Qué casa tan grande!", 0),
    ("cuánto cuesta\ncuándo llega", 2),
    ("en cuanto tenga llaves lo busco", 0),
    ("quanto custa o armário", 1),
    ("oi, bom dia, vocês fazem entrega", 1),
    ("quando eu chegar te aviso", 0),
    ("hi, can you send the price list", 1),
    ("so how long does it take", 1),
    ("How nice of you!", 0),
    ("I will tell you when it is done", 0),
    ("is there a warranty", 1),
    ("what is what i asked", 1),
    ("ok. thanks", 0),
    ("???", 0),
    ("", 0),
    ("look https://example.com/list?id=3&x=2", 0),
    ("look example.com/list?id=3", 0),
    ("did you see https://example.com/a?id=3 or not?", 1),
    ("is this right https://example.com/a?", 1),
    ("price is 29.990?", 1),
    ("كم السعر؟", 1),
    ("多少钱？", 1),
]


@pytest.mark.parametrize(("text", "expected"), QUESTIONS, ids=[text[:30] or "nothing" for text, _ in QUESTIONS])
def test_questions_are_counted_by_marks_and_where_obvious_without(text: str, expected: int) -> None:
    assert count_questions(text) == expected


def test_only_the_clients_questions_since_the_agents_last_reply_count() -> None:
    messages = chat(
        (CLIENT, "2026-03-10 10:00", "how much? how long?"),
        (AGENT, "2026-03-10 10:30", "what colour?"),
        (CLIENT, "2026-03-10 10:40", "is red ok?"),
        (BOT, "2026-03-10 10:41", "shall I call someone?"),
        (CLIENT, "2026-03-10 10:42", "who? me?"),
        (CLIENT, "2026-03-10 10:43", "really?.pdf", Kind.FILE),
    )
    assert facts(messages).client_questions == 3


def test_a_questions_transcript_counts_and_a_voice_message_without_one_is_counted_as_such() -> None:
    asked = Message("m1", CLIENT, None, NOW, Kind.VOICE, "", transcript="¿cuánto sale?")
    unheard = Message("m2", CLIENT, None, NOW, Kind.VOICE, "")
    silent = Message("m3", CLIENT, None, NOW, Kind.VOICE, "", transcript="")
    found = facts([asked, unheard, silent])
    assert found.client_questions == 1
    assert found.voice_without_transcript == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How much is the delivery to London", "en"),
        ("Buenas tardes, quiero saber el precio de la mesa", "es"),
        ("Oi, bom dia, vocês têm pra pronta entrega", "pt"),
        ("Bonjour, je voudrais un rendez-vous avec vous", "fr"),
        ("Guten Tag, ich hätte gerne einen Termin", "de"),
        ("Buongiorno, vorrei sapere quanto costa", "it"),
        ("我想买一辆车", "zh"),
        ("いくらですか、東京まで", "ja"),
        ("얼마예요", "ko"),
        ("Сколько стоит доставка", "ru"),
        ("Скільки коштує доставка", "uk"),
        ("كم السعر", "ar"),
        ("ราคาเท่าไหร่", "th"),
        ("1234 5678", None),
        ("https://example.com/the/and/you me@the.and", None),
        ("Acme", None),
        ("👍", None),
        ("", None),
    ],
)
def test_a_text_shows_its_language(text: str, expected: str | None) -> None:
    assert detect_language(text) == expected


def test_a_chat_in_two_languages_names_both_and_a_greeting_is_no_second_language() -> None:
    spanish, english = "necesito el precio de la mesa para mañana", "can you send me the price of the table"
    assert detect_languages([spanish, english, spanish]) == ("es", "en")
    assert detect_languages([spanish, spanish, spanish, "hello good morning"]) == ("es",)
    assert detect_languages(["👍", spanish, "Acme"]) == ("es",)
    # What shows no language is taken to be in the main one: 20 of 160 characters are no second language.
    assert detect_languages([spanish, "can you send me this", "1234 " * 20]) == ("es",)
    assert detect_languages(["👍", ""]) == ()


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_the_clients_language_of_each_sample_chat_is_told(path: Path) -> None:
    document = json.loads(path.read_text())
    read = read_conversation_document(document)
    found = compute_facts(read.messages, now=NOW, timezone=ZoneInfo(read.timezone or "UTC"), working_hours=OFFICE)
    assert found.languages[0] == document["language"]
    assert found.last_author == [m for m in read.messages if m.author != "system"][-1].author


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Author)),
            st.none() | instants(2000, 2099),
            st.sampled_from(list(Kind)),
            st.text(max_size=30),
        ),
        max_size=12,
    )
)
def test_any_chat_has_facts_that_can_be_written_as_json(
    lines: list[tuple[Author, datetime | None, Kind, str]],
) -> None:
    messages = [Message(f"m{n}", author, None, at, kind, text) for n, (author, at, kind, text) in enumerate(lines)]
    found = compute_facts(messages, now=NOW, timezone=SAO_PAULO, working_hours=OFFICE)
    json.dumps(found.as_json())
    assert found.silence_s is None or found.silence_s >= 0
    assert sum(found.counts.values()) == len(messages)


@pytest.mark.parametrize(
    "text",
    ["?a" * 500_000, "x" * 1_000_000, "a@" * 500_000, "how much " * 111_000, "a.b/c?d=e " * 100_000, "¿" * 10**6],
)
def test_facts_of_the_largest_request_come_at_once(text: str) -> None:
    one = [Message("m1", CLIENT, None, NOW, Kind.TEXT, text)]
    many = [Message(f"m{n}", CLIENT, None, NOW, Kind.TEXT, text[n * 500 : n * 500 + 500]) for n in range(2000)]
    for messages in (one, many):
        started = clock.thread_time()
        facts(messages)
        assert clock.thread_time() - started < 5


def test_a_chat_over_a_hundred_years_costs_no_more_than_its_days() -> None:
    times = [datetime(2000 + n // 20, 1 + n % 12, 1, tzinfo=UTC) for n in range(1980)]
    messages = [Message(f"m{n}", AGENT if n % 2 else CLIENT, None, at, Kind.TEXT, "a") for n, at in enumerate(times)]
    started = clock.thread_time()
    assert facts(messages).replies > 100
    assert clock.thread_time() - started < 5
