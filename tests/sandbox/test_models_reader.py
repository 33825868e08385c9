from __future__ import annotations

import copy
import json
import re
import unicodedata
from datetime import date
from typing import Any

import jsonschema
import pytest

from sandbox import models
from sandbox.models.document import find_document
from sandbox.models.signals import pattern
from sandbox.models.words_en import TABLE as EN
from sandbox.models.words_es import TABLE as ES
from sandbox.models.words_pt import TABLE as PT
from tests.sandbox.openai_requests import ANALYSIS, CHATS, CRITERIA, INJECTIONS, chat, document, messages

NAMES = [path.stem for path in CHATS]
VALIDATOR = jsonschema.Draft202012Validator(ANALYSIS)


def read(given: dict[str, Any]) -> dict[str, Any]:
    return models.named("reader").answer(messages(given), ANALYSIS)


def talk(*lines: tuple[str, str], language: str = "en") -> dict[str, Any]:
    """A document made of (author, text) lines, a few minutes apart on one morning."""
    conversation = [
        {"n": n, "author": author, "at": f"2026-03-10 09:{n:02}", "kind": "text", "text": text}
        for n, (author, text) in enumerate(lines, 1)
    ]
    return {
        "task": "analyse",
        "output_language": language,
        "criteria": [{"name": name, "meaning": "…"} for name in CRITERIA],
        "lead": {},
        "people": {},
        "conversation": conversation,
        "read_at": "2026-03-10 12:00 Tuesday",
    }


def levels(answer: dict[str, Any]) -> dict[str, int | None]:
    return {name: rating["level"] for name, rating in answer["criteria"].items()}


def pointers(answer: dict[str, Any]) -> list[dict[str, Any]]:
    ratings = [p for rating in answer["criteria"].values() for p in rating["evidence"]]
    return [*ratings, *answer["objections"], *answer["open_questions"]]


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    return " ".join(re.findall(r"\w+", plain))


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_chat_is_answered_as_the_schema_asks_with_exact_quotes_of_the_client(name: str) -> None:
    given = document(chat(name))
    answer = read(given)
    VALIDATOR.validate(answer)
    lines = {line["n"]: line for line in given["conversation"]}
    shown = pointers(answer)
    assert len(shown) >= 2
    for pointer in shown:
        line = lines[pointer["message"]]
        assert pointer["quote"].strip() == pointer["quote"] != ""
        assert pointer["quote"] in line["text"]
        assert line["author"] == "client"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_the_readers_own_words_repeat_no_message(name: str, language: str) -> None:
    given = document(chat(name), language)
    answer = read(given)
    said = [folded(line["text"]) for line in given["conversation"] if line["text"]]
    for text in (answer["summary"], answer["next_step"]["action"], answer["next_step"]["why"]):
        words = folded(text).split()
        runs = [" ".join(words[i : i + 8]) for i in range(max(len(words) - 7, 1))]
        assert not [run for run in runs for message in said if len(words) >= 8 and run in message]
        joined = folded(text)
        assert not [i for i in range(len(joined) - 49) for message in said if joined[i : i + 50] in message]
        assert not [message for message in said if len(message.split()) >= 4 and f" {message} " in f" {joined} "]
    assert 2 <= len(re.findall(r"[.!?](?:\s|$)", answer["summary"])) <= 4


@pytest.mark.parametrize("name", NAMES[::4])
def test_the_same_chat_always_gets_the_same_answer(name: str) -> None:
    given = document(chat(name))
    assert json.dumps(read(given)) == json.dumps(read(copy.deepcopy(given)))


def test_the_summary_is_in_the_language_asked_and_the_reply_in_the_clients() -> None:
    given = chat("es-o-01")
    english, spanish = read(document(given, "en-GB")), read(document(given, "es"))
    assert english["summary"].startswith("This customer")
    assert spanish["summary"].startswith("La persona")
    assert english["suggested_reply"] == spanish["suggested_reply"]
    assert english["criteria"] == spanish["criteria"]


def test_a_language_the_reader_does_not_write_becomes_english() -> None:
    assert read(document(chat("pt-o-01"), "de"))["summary"].startswith("This customer")


CASES = [
    ("en", [("client", "I need a new boiler"), ("agent", "Sure")], "need", 3),
    ("en", [("client", "how much is a haircut"), ("agent", "20")], "need", 2),
    ("en", [("client", "sorry, wrong number")], "need", 0),
    ("en", [("client", "we can't afford that right now")], "budget", 0),
    ("en", [("client", "that's a bit steep for me")], "budget", 1),
    ("en", [("client", "I have paid the deposit")], "budget", 3),
    ("en", [("client", "I make the decision here, I'm the owner")], "authority", 3),
    ("en", [("client", "I'd have to ask my wife about it")], "authority", 1),
    ("en", [("client", "it has to be ready before the 15th of May")], "timeline", 3),
    ("en", [("client", "no rush at all, just looking")], "timeline", 0),
    ("en", [("agent", "Shall I book you for Monday at 10:30?"), ("client", "yes perfect")], "commitment", 2),
    ("en", [("client", "Hi, price?"), ("agent", "100"), ("client", "we went with another company")], "commitment", 0),
    ("es", [("client", "necesito una grúa"), ("agent", "claro")], "need", 3),
    ("es", [("client", "no me alcanza la plata")], "budget", 0),
    ("es", [("client", "lo tengo que hablar con mi marido")], "authority", 1),
    ("es", [("client", "tiene que estar antes del 5 de mayo")], "timeline", 3),
    ("es", [("client", "ya pagué la seña")], "commitment", 3),
    ("es", [("agent", "¿Le agendo una visita el jueves?"), ("client", "dale, perfecto")], "commitment", 2),
    ("es", [("client", "hola"), ("agent", "¿Le interesa?"), ("client", "no, gracias")], "commitment", 0),
    ("pt", [("client", "preciso de um eletricista")], "need", 3),
    ("pt", [("client", "não tenho dinheiro pra isso")], "budget", 0),
    ("pt", [("client", "quem decide sou eu")], "authority", 3),
    ("pt", [("client", "preciso até sexta")], "timeline", 3),
    ("pt", [("client", "já fiz o pix")], "commitment", 3),
    ("pt", [("agent", "Posso marcar quinta às 10h?"), ("client", "pode ser")], "commitment", 2),
    (
        "pt",
        [("client", "oi"), ("agent", "Fechamos?"), ("client", "desculpa, fechei com outra empresa")],
        "commitment",
        0,
    ),
]


@pytest.mark.parametrize(("language", "lines", "criterion", "level"), CASES)
def test_what_plain_words_say(language: str, lines: list[tuple[str, str]], criterion: str, level: int) -> None:
    answer = read(talk(*lines, language=language))
    assert levels(answer)[criterion] == level
    assert answer["criteria"][criterion]["evidence"]


def test_what_nobody_spoke_of_is_not_known() -> None:
    answer = read(talk(("client", "hello, how much is a haircut?")))
    found = levels(answer)
    assert {name for name, level in found.items() if level is None} == {"budget", "authority", "timeline", "commitment"}
    nothing = read(talk(("agent", "Hello?"), ("bot", "Welcome!")))
    assert set(levels(nothing).values()) == {None}
    assert nothing["open_questions"] == []


def test_a_later_no_outweighs_an_earlier_yes_and_coming_back_outweighs_the_no() -> None:
    opening = [("client", "I need a van"), ("agent", "Visit on Monday at 9:00?"), ("client", "yes great")]
    left = [*opening, ("client", "sorry, we went with another company")]
    back = [*left, ("agent", "No problem"), ("client", "hi again, is the van still available?")]
    assert levels(read(talk(*opening)))["commitment"] == 2
    assert levels(read(talk(*left)))["commitment"] == 0
    assert levels(read(talk(*left)))["engagement"] == 1
    assert levels(read(talk(*back)))["engagement"] >= 1
    assert read(talk(*left))["next_step"]["due"] is None
    assert read(talk(*back))["next_step"]["due"] is not None


def test_silence_after_the_agents_messages_outweighs_warm_words() -> None:
    given = talk(("client", "I love it, I want it"), ("agent", "Visit on Friday at 9:00?"), ("client", "yes perfect"))
    warm = levels(read(given))
    for n, at in ((4, "2026-03-17 10:00"), (5, "2026-03-24 10:00")):
        given["conversation"].append(
            {"n": n, "author": "agent", "at": at, "kind": "text", "text": "Hello, any news about the visit?"}
        )
    silent = levels(read(given))
    assert (warm["commitment"], silent["commitment"]) == (2, 1)
    assert silent["engagement"] == 1


def test_quoted_pasted_and_forwarded_words_are_not_the_clients_own() -> None:
    for text in (
        'he wrote "I have paid the deposit and signed everything" can you believe it',
        "↪️ Forwarded\nI have paid the deposit already, we signed",
        "Client (14:03): I have paid the deposit\nAgent (14:04): thanks",
        '{"note": "I have paid the deposit"}',
    ):
        assert levels(read(talk(("client", "hello"), ("agent", "hi"), ("client", text))))["commitment"] is None, text


def test_questions_after_the_agents_last_message_stand_open() -> None:
    answer = read(
        talk(
            ("client", "how much is it?"),
            ("agent", "It is 40"),
            ("client", "ok thanks. does the price include delivery? I live far away"),
            ("client", "and when could you come"),
        )
    )
    assert answer["open_questions"] == [
        {"message": 3, "quote": "does the price include delivery?"},
        {"message": 4, "quote": "and when could you come"},
    ]
    assert "Answer" in answer["next_step"]["action"]


def test_an_earlier_question_the_client_still_waits_for_stands_open() -> None:
    answer = read(
        talk(
            ("client", "is there a warranty on the gearbox?"),
            ("agent", "Come and see it on Monday"),
            ("client", "you never answered about the warranty"),
            ("agent", "Monday at nine is free"),
        )
    )
    assert answer["open_questions"] == [{"message": 1, "quote": "is there a warranty on the gearbox?"}]


OBJECTIONS = [
    ("en", "that is too expensive for us", "price"),
    ("en", "another company quoted me 300", "competitor"),
    ("en", "how do I know this is not a scam", "trust"),
    ("en", "after the holidays maybe", "timing"),
    ("es", "está muy caro", "price"),
    ("es", "en otro lado me cobran menos", "competitor"),
    ("es", "tengo que hablarlo con mi esposa", "authority"),
    ("pt", "achei salgado o valor", "price"),
    ("pt", "já caí em golpe antes", "trust"),
    ("pt", "não tenho como ir até aí", "logistics"),
]


@pytest.mark.parametrize(("language", "text", "kind"), OBJECTIONS)
def test_objections_have_a_kind(language: str, text: str, kind: str) -> None:
    answer = read(talk(("client", "hola, buenas" if language == "es" else "oi" if language == "pt" else "hi"),
                       ("client", text), language=language))  # fmt: skip
    assert kind in {objection["kind"] for objection in answer["objections"]}


def test_a_message_that_speaks_to_the_machine_is_read_as_plain_text() -> None:
    """An order planted at the end moves no level beyond what other words of the same length do."""
    base = chat("en-o-03")
    control_text = "The weather was rather grey over here and the neighbours repainted their whole fence in green. "
    for injection in INJECTIONS:
        if injection["where"] not in ("client_text", "voice_transcript", "agent_text"):
            continue
        found = []
        for text in (injection["text"], (control_text * 9)[: len(injection["text"])]):
            planted = copy.deepcopy(base)
            at = planted["messages"][11]
            author = "agent" if injection["where"] == "agent_text" else "client"
            planted["messages"].insert(12, {**at, "id": "x", "author": author, "kind": "text", "text": text})
            found.append(levels(read(document(planted))))
        assert found[0] == found[1], injection["id"]


def test_a_left_out_message_is_nothing() -> None:
    given = talk(("client", "hello"), ("client", "I have paid the deposit"))
    given["conversation"][1] |= {"text": None, "left_out": "speaks to the machine"}
    assert levels(read(given))["commitment"] is None
    VALIDATOR.validate(read(given))


def test_a_plain_transcript_is_read_too() -> None:
    text = "Summarise this chat in Spanish.\nClient: I need a plumber today\nAgent: At 10:00?\nClient: yes please do"
    found = find_document([{"role": "user", "content": text}])
    assert [(line.author, line.text) for line in found.lines] == [
        ("client", "I need a plumber today"),
        ("agent", "At 10:00?"),
        ("client", "yes please do"),
    ]
    assert found.language == "es"
    answer = models.named("reader").answer([{"role": "user", "content": text}], ANALYSIS)
    assert levels(answer)["commitment"] == 2
    assert answer["summary"].startswith("La persona")


def test_the_due_day_is_a_working_day_after_the_reading() -> None:
    given = talk(("client", "I need a van"), ("agent", "Visit on Monday at 9:00?"), ("client", "yes great"))
    given["read_at"] = "2026-03-13 17:00 Friday"
    due = date.fromisoformat(read(given)["next_step"]["due"])
    assert due == date(2026, 3, 16)


# Texts on which careless expressions take minutes; each test has its time limit.
TRICKY = ['"' + "a b " * 2_000, "{" + ":" * 8_000, "<a>" * 2_000, "a" * 50_000, "como " * 5_000, "(12:" * 2_000]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "odd", ["", " ", "🙏🏽", "\u202eabc\u202c", "x" * 4_000, "?" * 500, "a\u0000b", "İstanbul ﬁ ß", *TRICKY]
)
def test_odd_texts_are_read_without_trouble(odd: str) -> None:
    given = talk(("client", odd), ("agent", odd), ("client", odd))
    answer = read(given)
    VALIDATOR.validate(answer)
    for pointer in pointers(answer):
        assert pointer["quote"] in odd


@pytest.mark.parametrize("table", [EN, ES, PT], ids=lambda table: table.code)
def test_no_rule_matches_everything(table: Any) -> None:
    single = (table.good, table.bad, table.question, table.accept, table.decline, table.stall, table.offer, table.paid)
    rules = [rule for of_level in table.levels.values() for rule in of_level.values()]
    for rule in [*single, table.nudge, *rules, *table.objections.values()]:
        assert not pattern(rule).search("zzz qqq")
        assert not pattern(rule).search("")


def test_the_tasks_reply_and_rewrite_are_answered() -> None:
    reply = {**ANALYSIS, "properties": {"suggested_reply": {"type": "string"}}, "required": ["suggested_reply"]}
    given = document(chat("pt-o-02"), task="reply")
    assert len(models.named("reader").answer(messages(given), reply)["suggested_reply"]) > 20
    names = ["summary", "action", "why"]
    rewrite = {**ANALYSIS, "properties": {name: {"type": "string"} for name in names}, "required": names}
    answer = models.named("reader").answer(messages({**given, "task": "rewrite", "draft": {"summary": "x"}}), rewrite)
    assert list(answer) == names
    assert all(answer.values())


def test_a_repair_is_answered_like_the_first_request() -> None:
    first = messages(document(chat("en-o-05")))
    repair = [*first, {"role": "assistant", "content": "{bad"}, {"role": "user", "content": "Answer in valid JSON."}]
    reader = models.named("reader")
    assert reader.answer(repair, ANALYSIS) == reader.answer(first, ANALYSIS)
