"""Exported and copied chats: every form, and hostile text."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.conversation import Author, Kind, Message, read_conversation_document
from analysis.pasted import parse_pasted
from convailens.lib.errors import InvalidInput

SAMPLES = sorted((Path(__file__).parents[2] / "sandbox/data/conversations/open").glob("*.json"))
MADRID = ZoneInfo("Europe/Madrid")
CLIENT, AGENT, BOT, SYSTEM = Author.CLIENT, Author.AGENT, Author.BOT, Author.SYSTEM


def read(text: str, me: str | None = "Flor", **changes: Any) -> list[tuple[str, str | None, str]]:
    """(author, local time, text) of each message, in Madrid."""
    pasted = parse_pasted(text, me=me, timezone=MADRID, **changes)
    times = [m.at.astimezone(MADRID).strftime("%Y-%m-%d %H:%M:%S") if m.at else None for m in pasted.messages]
    return [(m.author.value, at, m.text) for m, at in zip(pasted.messages, times, strict=True)]


def error(text: str, me: str | None = "Flor", **changes: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse_pasted(text, me=me, timezone=MADRID, **changes)
    return caught.value


# Forms

TWO = [("client", "2026-03-15 14:05:00", "hola"), ("agent", "2026-03-15 21:07:00", "buenas")]

FORMS = {
    "android": "15/03/2026, 14:05 - Ana: hola\n15/03/2026, 21:07 - Flor: buenas",
    "android, without a comma": "15/03/2026 14:05 - Ana: hola\n15/03/2026 21:07 - Flor: buenas",
    "android, short year": "15/3/26, 14:05 - Ana: hola\n15/3/26, 21:07 - Flor: buenas",
    "android, month first": "3/15/26, 2:05 PM - Ana: hola\n3/15/26, 9:07 PM - Flor: buenas",
    "android, narrow space": "3/15/26, 2:05\u202fPM - Ana: hola\n3/15/26, 9:07\u202fPM - Flor: buenas",
    "android, p. m.": "15/3/26, 2:05 p. m. - Ana: hola\n15/3/26, 9:07 p. m. - Flor: buenas",
    "android, hard spaces": "15/3/26, 2:05\u00a0p.\u00a0m. - Ana: hola\n15/3/26, 9:07\u00a0p.\u00a0m. - Flor: buenas",
    "android, p.m.": "15/3/2026, 2:05 p.m. - Ana: hola\n15/3/2026, 9:07 p.m. - Flor: buenas",
    "android, lower case": "15/3/2026, 2:05 pm - Ana: hola\n15/3/2026, 9:07 pm - Flor: buenas",
    "android, dots": "15.03.26, 14:05 - Ana: hola\n15.03.26, 21:07 - Flor: buenas",
    "android, dashes": "15-03-2026, 14:05 - Ana: hola\n15-03-2026, 21:07 - Flor: buenas",
    "android, year first": "2026-03-15, 14:05 - Ana: hola\n2026-03-15, 21:07 - Flor: buenas",
    "android, year first with slashes": "2026/3/15, 14:05 - Ana: hola\n2026/3/15, 21:07 - Flor: buenas",
    "android, old Portuguese": "15/03/2026 às 14:05 - Ana: hola\n15/03/2026 às 21:07 - Flor: buenas",
    "android, long dash": "15/03/2026, 14:05 – Ana: hola\n15/03/2026, 21:07 – Flor: buenas",
    "android, 24 hours and a half of the day": "15/3/26, 14:05 PM - Ana: hola\n15/3/26, 21:07 PM - Flor: buenas",
    "ios": "[15/03/2026, 14:05:00] Ana: hola\n[15/03/2026, 21:07:00] Flor: buenas",
    "ios, marks": "\u200e[15/03/26, 14:05:00] Ana: \u200ehttps\n[15/03/26, 21:07:00] Flor: buenas",
    "ios, 12 hours": "[3/15/26, 2:05:00\u202fPM] Ana: hola\n[3/15/26, 9:07:00\u202fPM] Flor: buenas",
    "ios, without a comma": "[15.03.26 14:05:00] Ana: hola\n[15.03.26 21:07:00] Flor: buenas",
    "ios, without seconds": "[15/03/2026, 14:05] Ana: hola\n[15/03/2026, 21:07] Flor: buenas",
    "web": "[14:05, 15/3/2026] Ana: hola\n[21:07, 15/3/2026] Flor: buenas",
    "web, 12 hours": "[2:05 PM, 3/15/2026] Ana: hola\n[9:07 PM, 3/15/2026] Flor: buenas",
    "web, p. m.": "[2:05 p. m., 15/3/2026] Ana: hola\n[9:07 p. m., 15/3/2026] Flor: buenas",
    "telegram": "Ana, [15.03.2026 14:05]\nhola\n\nFlor, [15.03.2026 21:07]\nbuenas\n",
    "telegram, seconds and a colon": "Ana, [15.03.2026 14:05:00]:\nhola\n\nFlor, [15.03.2026 21:07:00]:\nbuenas",
    "byte order mark": "\ufeff15/03/2026, 14:05 - Ana: hola\n15/03/2026, 21:07 - Flor: buenas",
    "carriage returns": "15/03/2026, 14:05 - Ana: hola\r\n15/03/2026, 21:07 - Flor: buenas\r\n",
    "old Macintosh": "15/03/2026, 14:05 - Ana: hola\r15/03/2026, 21:07 - Flor: buenas\r",
    "blank lines around": "\n\n15/03/2026, 14:05 - Ana: hola\n\n\n15/03/2026, 21:07 - Flor: buenas\n\n",
}


@pytest.mark.parametrize("name", [name for name in FORMS if name != "ios, marks"])
def test_each_form_is_read(name: str) -> None:
    assert read(FORMS[name]) == TWO


def test_ios_marks_what_it_says_itself() -> None:
    assert [author for author, _, _ in read(FORMS["ios, marks"])] == ["system", "agent"]


@pytest.mark.parametrize(
    ("name", "form", "order"),
    [
        ("android", "android", "dmy"),
        ("android, month first", "android", "mdy"),
        ("android, year first", "android", None),
        ("ios", "ios", "dmy"),
        ("web", "web", "dmy"),
        ("telegram", "telegram", "dmy"),
    ],
)
def test_what_was_found_out_is_told(name: str, form: str, order: str | None) -> None:
    pasted = parse_pasted(FORMS[name], me=" flor ", timezone=MADRID)
    assert (pasted.form, pasted.date_order) == (form, order)
    assert (pasted.participants, pasted.me, pasted.skipped_lines) == (("Ana", "Flor"), "Flor", 0)
    assert [m.id for m in pasted.messages] == ["p1", "p2"]
    assert [m.author_name for m in pasted.messages] == ["Ana", "Flor"]
    assert "Ana" not in repr(pasted)


@pytest.mark.parametrize(
    ("clock", "hour"),
    [
        ("12:05 AM", 0), ("1:05 AM", 1), ("11:05 AM", 11), ("12:05 PM", 12), ("1:05 PM", 13), ("11:05 PM", 23),
        ("0:05 a. m.", 0), ("0:05 p. m.", 12), ("0:05", 0), ("23:05", 23), ("14:05 AM", 14), ("9.05", 9),
    ],
)  # fmt: skip
def test_clocks(clock: str, hour: int) -> None:
    assert read(f"15/03/2026, {clock} - Flor: x") == [("agent", f"2026-03-15 {hour:02}:05:00", "x")]


def test_plain_lines_have_no_time() -> None:
    text = "Ana: hola\ncómo estás\nFlor: bien\nAna: total: 400\nNota: esto no es nadie\nFlor: ok"
    assert read(text) == [
        ("client", None, "hola\ncómo estás"),
        ("agent", None, "bien"),
        ("client", None, "total: 400\nNota: esto no es nadie"),
        ("agent", None, "ok"),
    ]


def test_who_speaks_once_in_plain_lines_is_heard_where_nobody_else_would_answer() -> None:
    assert [author for author, _, _ in read("Flor: hola\nAna: quiero una mesa\nFlor: ok")] == [
        "agent",
        "client",
        "agent",
    ]
    assert [author for author, _, _ in read("Ana: a\nAna: b\nBot: c\nFlor: d")] == ["client", "client", "bot", "agent"]


def test_plain_lines_of_one_message_each_and_the_programs_word_for_me() -> None:
    assert read("Ana: how much?\nYou: 400", me=None) == [("client", None, "how much?"), ("agent", None, "400")]
    assert read("Linda K. (Kessler Heating & Cooling): hi\nFlor: hello")[0] == ("client", None, "hi")


# Order of day and month


@pytest.mark.parametrize(
    ("dates", "told", "first"),
    [
        (["13/03/2026"], None, "2026-03-13"),
        (["03/13/2026"], None, "2026-03-13"),
        (["01/02/2026", "13/02/2026"], None, "2026-02-01"),
        (["01/02/2026", "01/13/2026"], None, "2026-01-02"),
        (["03/03/2026"], None, "2026-03-03"),
        (["01.02.2026"], None, "2026-02-01"),
        (["2026-01-02"], None, "2026-01-02"),
        # Rising dates: day first would go back in time, and the other way round.
        (["01/02/2026", "02/01/2026"], None, "2026-01-02"),
        (["12/01/2026", "01/02/2026"], None, "2026-01-12"),
        # Told, where nothing else tells; numbers over 12 tell more.
        (["01/02/2026"], "dmy", "2026-02-01"),
        (["01/02/2026"], "mdy", "2026-01-02"),
        (["01/02/2026", "02/01/2026"], "dmy", "2026-02-01"),
        (["13/03/2026"], "mdy", "2026-03-13"),
        (["03/13/2026"], "dmy", "2026-03-13"),
    ],
)
def test_the_order_of_day_and_month(dates: list[str], told: Any, first: str) -> None:
    text = "\n".join(f"{day}, 10:00 - Flor: x" for day in dates)
    assert read(text, date_order=told)[0][1] == f"{first} 10:00:00"


@pytest.mark.parametrize("dates", [["01/02/2026"], ["01/02/2026", "01/02/2026"], ["01/02/2026", "03/04/2026"]])
def test_an_order_that_nothing_tells_is_asked_for(dates: list[str]) -> None:
    caught = error("\n".join(f"{day}, 10:00 - Flor: CANARY" for day in dates))
    assert caught.code == "date_order_unclear"
    assert caught.extra == {"readings": {"dmy": "2026-02-01", "mdy": "2026-01-02"}}
    assert caught.fields == {"date_order": ["required"]}
    assert "CANARY" not in f"{caught!r} {caught.detail} {caught.extra}"


def test_wall_times_are_those_of_the_account_also_where_the_clocks_change() -> None:
    (message,) = parse_pasted("15/07/2026, 14:05 - Flor: x", me="Flor", timezone=MADRID).messages
    assert message.at == datetime(2026, 7, 15, 12, 5, tzinfo=UTC)
    # 2:30 comes twice on 25 October 2026; the second is the one after 2:50.
    text = "\n".join(f"25/10/2026, {t} - Flor: x" for t in ("02:50", "02:30", "03:10"))
    times = [m.at for m in parse_pasted(text, me="Flor", timezone=MADRID).messages]
    assert [f"{at:%H:%M}" for at in times if at] == ["00:50", "01:30", "02:10"]


# Lines within messages


def test_a_message_of_many_lines_keeps_them() -> None:
    text = "15/03/2026, 14:05 - Ana: uno\n\n  dos \n- tres: 3\n15/03/2026, 21:07 - Flor: buenas"
    assert read(text)[0] == ("client", "2026-03-15 14:05:00", "uno\n\n  dos \n- tres: 3")


@pytest.mark.parametrize(
    "line",
    [
        "15/03/2026",
        "15/03/2026: visita",
        "15/03 - visita",
        "16/03/2026, 10:00",
        "2026-03-16, 10:00 - visita",
        "[16/03/2026, 10:00:00] Bob: quoted from another phone",
        "[10:00, 16/3/2026] Bob: copied from the web",
        "16/03/26, 10:00 - Bob: another shape",
        "16/03/2026, 10:00:30 - Bob: with seconds",
        "45/45/2026, 10:00 - Bob: no such day",
        "16/03/2026, 29:00 - Bob: no such hour",
        "24/12/2026, 10:00 - visita técnica",
        "24/12/2026, 10:00 - visita: traer llaves",
        "01/01/2025, 10:00 - lo de antes",
        "01/01/2025, 10:00 - antes: nada",
        "Bob, [16.03.2026 10:00]",
        "Bob: hi",
    ],
)
def test_a_line_that_only_looks_like_a_beginning_belongs_to_its_message(line: str) -> None:
    text = f"15/03/2026, 14:05 - Ana: mira\n{line}\n15/03/2026, 14:06 - Flor: ok\n15/03/2026, 14:07 - Ana: si"
    assert [text for _, _, text in read(text)] == [f"mira\n{line}", "ok", "si"]


def test_a_known_sender_may_be_out_of_order() -> None:
    text = "\n".join(
        f"15/03/2026, {at} - {who}: x"
        for at, who in [("14:05", "Ana"), ("14:06", "Flor"), ("13:00", "Ana"), ("14:07", "Flor")]
    )
    assert [author for author, _, _ in read(text)] == ["client", "agent", "client", "agent"]


def test_the_first_line_is_a_message_even_when_it_is_out_of_order() -> None:
    text = "16/03/2026, 14:05 - Ana: x\n15/03/2026, 14:05 - Flor: y"
    assert [(author, said) for author, _, said in read(text)] == [("client", "x"), ("agent", "y")]


def test_a_typed_date_is_told_where_only_one_message_was_written() -> None:
    assert read("15/03/2026, 14:05 - Ana: mira\n01/01/2025, 10:00 - lo de antes") == [
        ("client", "2026-03-15 14:05:00", "mira\n01/01/2025, 10:00 - lo de antes")
    ]


def test_a_quoted_chat_of_another_form_stays_a_quote_however_long() -> None:
    quote = "\n".join(f"[10:0{n}, 16/3/2026] Bob: quoted" for n in range(9))
    text = f"15/03/2026, 14:05 - Ana: mira\n{quote}\n15/03/2026, 14:06 - Flor: ok"
    assert [said for _, _, said in read(text)] == [f"mira\n{quote}", "ok"]


def test_what_stands_before_the_first_message_is_skipped_and_counted() -> None:
    text = "Chat de WhatsApp con Ana\n\nadjunto\n15/03/2026, 14:05 - Ana: hola\n15/03/2026, 14:06 - Flor: x"
    pasted = parse_pasted(text, me="Flor", timezone=MADRID)
    assert (pasted.skipped_lines, len(pasted.messages)) == (2, 2)


def test_a_line_separator_of_unicode_is_text() -> None:
    assert read("15/03/2026, 14:05 - Flor: a\u2028b\x85c\x0bd")[0][2] == "a\u2028b\x85c\x0bd"


# Names


@pytest.mark.parametrize(
    "name",
    [
        "Ana", "Ana 🌺", "+34 600 11 22 33", "Linda K. (Kessler Heating & Cooling)", "Dr: Ana", "a: b: c", "10:30 Ana",
        "Ana - Ventas", "maddie.r", "[Ana]", "Flor 2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["15/03/2026, 14:0{n} - {name}: {text}", "[15/03/2026, 14:05:0{n}] {name}: {text}"])
def test_names_of_every_sort(name: str, form: str) -> None:
    lines = [(name, "uno"), ("Flor", "dos"), (name, "tres: 3"), (name, "cuatro"), ("Flor", "cinco: 5")]
    text = "\n".join(form.format(n=n, name=who, text=said) for n, (who, said) in enumerate(lines))
    pasted = parse_pasted(text, me="Flor", timezone=MADRID)
    assert pasted.participants == (name, "Flor")
    assert [m.text for m in pasted.messages] == [said for _, said in lines]
    assert [m.author for m in pasted.messages] == [CLIENT, AGENT, CLIENT, CLIENT, AGENT]


def test_two_contacts_who_share_what_stands_before_their_colon() -> None:
    text = "\n".join(f"15/03/2026, 14:05 - {who}: x" for who in ["Casa: Ana", "Casa: Luis", "Casa: Ana", "Casa: Luis"])
    assert error(text, me=None).extra == {"participants": ["Casa: Ana", "Casa: Luis"]}


@pytest.mark.parametrize("texts", [["Nota: 1", "Nota: 2"], ["a: 1", "b: 2", "c: 3"], ["a: 1", "a: 2", "b: 3"]])
def test_a_word_and_a_colon_at_a_texts_start_are_no_part_of_a_name(texts: list[str]) -> None:
    lines = [f"15/03/2026, 14:05 - Ana: {said}" for said in texts]
    pasted = parse_pasted("\n".join([*lines, "15/03/2026, 14:06 - Flor: ok"]), me="Flor", timezone=MADRID)
    assert pasted.participants == ("Ana", "Flor")
    assert [m.text for m in pasted.messages] == [*texts, "ok"]


def test_the_agents_name_may_hold_a_colon_in_a_single_line() -> None:
    assert read("15/03/2026, 14:05 - Ventas: Flor: hola", me="Ventas: Flor") == [
        ("agent", "2026-03-15 14:05:00", "hola")
    ]


def test_names_come_without_marks_of_direction_and_tilde() -> None:
    text = "[15/03/2026, 14:05:00] ~\u202fAna: hola\n[15/03/2026, 14:06:00] \u202a+34 600 11 22 33\u202c: x"
    assert parse_pasted(text, me="+34 600 11 22 33", timezone=MADRID).participants == ("Ana", "+34 600 11 22 33")


def test_in_a_group_everybody_but_the_agent_is_a_client_and_a_bot_is_a_bot() -> None:
    text = "\n".join(f"15/03/2026, 14:05 - {who}: x" for who in ["Ana", "Flor", "Luis", "Bot"])
    assert [author for author, _, _ in read(text)] == ["client", "agent", "client", "bot"]


@pytest.mark.parametrize("me", [None, "", "  ", "Florencia", "An"])
def test_who_the_agent_is_has_to_be_said(me: str | None) -> None:
    caught = error(FORMS["android"], me=me)
    assert caught.code == "who_are_you"
    assert caught.extra == {"participants": ["Ana", "Flor"]}
    assert caught.fields == {"pasted.me": ["unknown" if me and me.strip() else "required"]}
    assert "Ana" not in f"{caught!r} {caught} {caught.detail} {caught.fields}"


@pytest.mark.parametrize("me", ["Flor", "flor", " FLOR ", "\u200eFlor", "Ｆｌｏｒ"])
def test_the_agents_name_is_compared_without_case_and_marks(me: str) -> None:
    assert read(FORMS["android"], me=me) == TWO


def test_where_one_person_wrote_and_it_is_not_the_agent_nobody_answered() -> None:
    pasted = parse_pasted("15/03/2026, 14:05 - Ana: hola", me="Flor", timezone=MADRID)
    assert (pasted.me, pasted.messages[0].author) == (None, CLIENT)
    assert error("15/03/2026, 14:05 - Ana: hola", me=None).code == "who_are_you"


# What the program writes


def one(body: str, form: str) -> tuple[Author, Kind, str]:
    head = {
        "android": "15/03/2026, 14:05 - {}: ",
        "ios": "[15/03/2026, 14:05:00] {}: ",
        "web": "[14:05, 15/3/2026] {}: ",
        "telegram": "{}, [15.03.2026 14:05]\n",
        "plain": "{}: ",
    }[form]
    text = head.format("Ana") + body + "\n" + head.format("Flor") + "ok\n" + head.format("Ana") + "si"
    message = parse_pasted(text, me="Flor", timezone=MADRID).messages[0]
    return message.author, message.kind, message.text


@pytest.mark.parametrize(
    ("form", "body", "kind", "text"),
    [
        ("android", "<Media omitted>", Kind.FILE, ""),
        ("android", "<Multimedia omitido>", Kind.FILE, ""),
        ("android", "<Archivo omitido>", Kind.FILE, ""),
        ("android", "<Mídia oculta>", Kind.FILE, ""),
        ("android", "<Arquivo de mídia oculto>", Kind.FILE, ""),
        ("android", "<Media omitted>\nthe back slope", Kind.FILE, "the back slope"),
        ("android", "<View once voice message omitted>", Kind.VOICE, ""),
        ("android", "IMG-20260315-WA0001.jpg (file attached)", Kind.IMAGE, ""),
        ("android", "\u200eIMG-20260315-WA0001.jpg (archivo adjunto)\nmi techo\nroto", Kind.IMAGE, "mi techo\nroto"),
        ("android", "PTT-20260315-WA0002.opus (arquivo anexado)", Kind.VOICE, ""),
        ("android", "AUD-20260315-WA0002.m4a (file attached)", Kind.VOICE, ""),
        ("android", "STK-20260315-WA0003.webp (file attached)", Kind.STICKER, ""),
        ("android", "VID-20260315-WA0004.mp4 (file attached)", Kind.FILE, "VID-20260315-WA0004.mp4"),
        ("android", "Quote (final).pdf (file attached)", Kind.FILE, "Quote (final).pdf"),
        ("android", "Quote.pdf (archivo adjunto)\nacá va", Kind.FILE, "Quote.pdf\nacá va"),
        ("android", "location: https://maps.google.com/?q=1,2", Kind.LOCATION, "https://maps.google.com/?q=1,2"),
        ("android", "ubicación: https://maps.google.com/?q=1,2", Kind.LOCATION, "https://maps.google.com/?q=1,2"),
        ("android", "null", Kind.FILE, ""),
        ("ios", "null", Kind.TEXT, "null"),
        ("android", "image omitted", Kind.TEXT, "image omitted"),
        ("android", "location: near the park", Kind.TEXT, "location: near the park"),
        ("android", "I <Media omitted> it", Kind.TEXT, "I <Media omitted> it"),
        ("android", "<Media omitted", Kind.TEXT, "<Media omitted"),
        ("ios", "\u200eimage omitted", Kind.IMAGE, ""),
        ("ios", "image omitted", Kind.IMAGE, ""),
        ("ios", "\u200eimagen omitida", Kind.IMAGE, ""),
        ("ios", "\u200eimagem ocultada", Kind.IMAGE, ""),
        ("ios", "\u200eaudio omitted", Kind.VOICE, ""),
        ("ios", "\u200eaudio omitido", Kind.VOICE, ""),
        ("ios", "\u200eáudio ocultado", Kind.VOICE, ""),
        ("ios", "\u200evideo omitted", Kind.FILE, ""),
        ("ios", "\u200evídeo omitido", Kind.FILE, ""),
        ("ios", "\u200eGIF omitted", Kind.IMAGE, ""),
        ("ios", "\u200esticker omitido", Kind.STICKER, ""),
        ("ios", "\u200efigurinha omitida", Kind.STICKER, ""),
        ("ios", "\u200eContact card omitted", Kind.FILE, ""),
        ("ios", "\u200eTarjeta de contacto omitida", Kind.FILE, ""),
        ("ios", "Quote.pdf • \u200e2 pages \u200edocument omitted", Kind.FILE, "Quote.pdf"),
        ("ios", "the back slope \u200eimage omitted", Kind.IMAGE, "the back slope"),
        ("ios", "\u200e<attached: 00000012-PHOTO-2026-03-15-14-05-33.jpg>", Kind.IMAGE, ""),
        ("ios", "\u200e<adjunto: 00000013-AUDIO-2026-03-15-14-05-33.opus>", Kind.VOICE, ""),
        ("ios", "\u200e<anexado: 00000014-Quote.pdf>", Kind.FILE, "00000014-Quote.pdf"),
        ("ios", "mi techo \u200e<adjunto: 00000012-PHOTO.jpg>", Kind.IMAGE, "mi techo"),
        ("ios", "\u200eLocation: https://maps.google.com/?q=1,2", Kind.LOCATION, "https://maps.google.com/?q=1,2"),
        ("web", "hola", Kind.TEXT, "hola"),
        ("telegram", "[Photo]", Kind.IMAGE, ""),
        ("telegram", "[ Voice message ]", Kind.VOICE, ""),
        ("telegram", "[Sticker]", Kind.STICKER, ""),
        ("telegram", "[Video]\nmira", Kind.FILE, "mira"),
        ("plain", "audio omitted", Kind.VOICE, ""),
    ],
)
def test_media(form: str, body: str, kind: Kind, text: str) -> None:
    assert one(body, form) == (CLIENT, kind, text)


@pytest.mark.parametrize(
    "mark",
    [
        " <This message was edited>", " \u200e<This message was edited>", " <Se editó este mensaje.>",
        " <Mensagem editada>", "\u200e<Esta mensagem foi editada>",
    ],
)  # fmt: skip
def test_the_mark_of_an_edit_is_no_part_of_the_text(mark: str) -> None:
    assert one("son 400" + mark, "android") == (CLIENT, Kind.TEXT, "son 400")
    assert one("son 400" + mark, "ios") == (CLIENT, Kind.TEXT, "son 400")


@pytest.mark.parametrize("form", ["android", "ios"])
@pytest.mark.parametrize(
    "body",
    [
        "Waiting for this message. This may take a while.",
        "Missed voice call", "Missed video call, tap to call back", "Llamada perdida", "Videollamada perdida",
        "Chamada de voz perdida",
        "Messages and calls are end-to-end encrypted. Only people in this chat can read them.",
        "Los mensajes y las llamadas están cifrados de extremo a extremo. Nadie fuera de este chat puede leerlos.",
        "As mensagens e as chamadas são protegidas com a criptografia de ponta a ponta.",
    ],
)  # fmt: skip
def test_what_the_program_says_under_a_contacts_name_is_the_systems(form: str, body: str) -> None:
    assert one(body, form) == (SYSTEM, Kind.TEXT, body)
    assert one("\u200e" + body, form) == (SYSTEM, Kind.TEXT, body)


@pytest.mark.parametrize("form", ["android", "ios", "web"])
@pytest.mark.parametrize(
    "body",
    [
        "This message was deleted", "You deleted this message", "Se eliminó este mensaje", "Eliminaste este mensaje.",
        "Mensagem apagada", "Esta mensagem foi apagada", "Você apagou esta mensagem",
    ],
)  # fmt: skip
def test_a_deleted_message_stays_its_authors(form: str, body: str) -> None:
    assert one(body, form) == (CLIENT, Kind.TEXT, body)
    assert one("\u200e" + body, form) == (CLIENT, Kind.TEXT, body)


@pytest.mark.parametrize(
    "line",
    [
        "Messages and calls are end-to-end encrypted. Tap to learn more.",
        "Los mensajes y las llamadas están cifrados de extremo a extremo. Toca para obtener más información.",
        "As mensagens e as chamadas são protegidas com a criptografia de ponta a ponta. Toque para saber mais.",
        "Ana created group \"Obra\"", "Ana creó el grupo \"Obra: norte\"", "Ana criou o grupo \"Obra: norte\"",
        "You changed the subject from \"A: b\" to \"C: d\"", "Ana cambió el asunto de \"A: b\" a \"C\"",
        "Ana mudou o nome do grupo de \"A: b\" para \"C\"", "+34 600 11 22 33 changed to +34 600 44 55 66",
        "Ana changed their phone number to a new number. Tap to message: new number", "Ana left", "Missed voice call",
        "Llamada de voz perdida", "Chamada de vídeo perdida", "Ana añadió a Luis", "Flor adicionou Ana",
    ],
)  # fmt: skip
def test_a_line_without_a_sender_is_the_systems(line: str) -> None:
    text = f"15/03/2026, 14:05 - {line}\n15/03/2026, 14:06 - Ana: hola\n15/03/2026, 14:07 - Flor: x"
    assert read(text)[0] == ("system", "2026-03-15 14:05:00", line)
    assert parse_pasted(text, me="Flor", timezone=MADRID).participants == ("Ana", "Flor")
    assert parse_pasted(text, me="Flor", timezone=MADRID).messages[0].author_name is None


def test_a_client_who_speaks_of_the_program_is_a_client() -> None:
    for said in ("you deleted this message yesterday", "I changed the subject: price", "missed call from you?"):
        assert one(said, "android") == (CLIENT, Kind.TEXT, said)


def test_who_only_appears_in_the_programs_lines_is_no_participant() -> None:
    text = "[15/03/2026, 14:05:00] Obra: \u200eFlor created this group\n" + FORMS["ios"]
    pasted = parse_pasted(text, me="Flor", timezone=MADRID)
    assert pasted.participants == ("Ana", "Flor")
    assert pasted.messages[0].author is SYSTEM


# Refusals


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t\n", "\ufeff"])
def test_no_text_is_empty(text: str) -> None:
    assert error(text).code == "pasted_empty"


@pytest.mark.parametrize(
    "text", ["hola quiero info CANARY", "1234", "{}", "https://example.com/a", "a:b", ": :", "\x00"]
)
def test_text_that_is_no_chat_is_unreadable(text: str) -> None:
    caught = error(text)
    assert caught.code == "pasted_unreadable"
    assert "CANARY" not in f"{caught!r} {caught.detail} {caught.fields} {caught.extra}"


def test_the_limits_of_one_request_hold() -> None:
    lines = [f"15/03/2026, 14:05 - Flor: {n}" for n in range(2001)]
    assert len(read("\n".join(lines[:2000]))) == 2000
    assert error("\n".join(lines)).code == "too_many_messages"
    assert error("x" * 1_000_001).code == "too_many_characters"


def test_what_cannot_be_stored_is_replaced() -> None:
    assert read("15/03/2026, 14:05 - Flor: a\x00b\ud800c")[0][2] == "a\ufffdb\ufffdc"


HOSTILE = {
    "one line": "x" * 10**6,
    "colons": ":" * 10**6,
    "colons and spaces": ": " * 500_000,
    "digits": "1" * 10**6,
    "dates": "1/1/2026, " * 100_000,
    "spaces": "15/03/2026, 14:05 - Ana: " + " " * 900_000 + "x",
    "marks": "\u200e" * 10**6,
    "line ends": "\n" * 999_999 + "x",
    "short lines": "x\n" * 500_000,
    "digits in lines": "1\n" * 500_000,
    "brackets in lines": "[\n" * 500_000,
    "names in lines": "a:\n" * 333_333,
    "other names in lines": "\n".join(f"{n}: a" for n in range(90_000)),
    "heads": "1/1/2026, 1:11 - a: b\n" * 45_000,
    "falling heads": "\n".join(f"1/1/2026, {23 - n % 24}:11 - a{n}: b: c: d: e" for n in range(25_000)),
    "telegram's ends": ", [" * 333_333 + "]",
    "ends of edits": "15/03/2026, 14:05 - Ana: " + " \u200e" * 450_000 + "<",
    "attachments": "15/03/2026, 14:05 - Ana: " + "<attached: " * 80_000 + ">",
    "omissions": "[15/03/2026, 14:05:00] Ana: " + "\u200eimage omitted " * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_of_the_largest_size_takes_no_time(name: str) -> None:
    started = time.thread_time()
    with contextlib.suppress(InvalidInput):
        parse_pasted(HOSTILE[name], me="Ana", timezone=MADRID)
    assert time.thread_time() - started < 5


pieces = st.sampled_from(
    ["15/03/2026, 14:05", "[15/03/2026, 14:05:00]", "[14:05, 15/3/2026]", " - ", "Ana", "Flor", ": ", "\n", "\r\n",
     ", [15.03.2026 14:05]", "\u200e", "image omitted", "<Media omitted>", "hola", " ", ":", "PM",
     "99/99/9999, 99:99 - "]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=3), max_size=25).map("".join))
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    known = {"pasted_empty", "pasted_unreadable", "date_order_unclear", "who_are_you"}
    try:
        pasted = parse_pasted(text, me="Flor", timezone=MADRID)
    except InvalidInput as caught:
        if caught.code not in known:
            raise
        return
    assert pasted.messages
    assert [m.id for m in pasted.messages] == [f"p{n}" for n in range(1, len(pasted.messages) + 1)]
    assert {m.author for m in pasted.messages} <= {CLIENT, AGENT, BOT, SYSTEM}


# Round trips of the sample chats

NOTICE = "Messages and calls are end-to-end encrypted. Tap to learn more."
Expected = tuple[Author, datetime | None, Kind, str]


def exported(message: Message, zone: ZoneInfo, head: str, media: Callable[[Message], str], *, nameless: str) -> str:
    assert message.at
    local = message.at.astimezone(zone)
    half = "AM" if local.hour < 12 else "PM"
    filled = {
        "d": local.day, "m": local.month, "y": local.year, "hour": local.hour, "h12": local.hour % 12 or 12,
        "minute": local.minute, "half": half, "half_es": "a. m." if half == "AM" else "p. m.",
    }  # fmt: skip
    if message.author is SYSTEM:
        return head.format(**filled, name=nameless).removesuffix(": ") + NOTICE
    body = message.text if message.kind is Kind.TEXT else media(message)
    return head.format(**filled, name=f"{message.author_name}: ") + body


def android_media(message: Message) -> str:
    caption = f"\n{message.text}" if message.text else ""
    return {
        Kind.IMAGE: f"IMG-20260315-WA0001.jpg (archivo adjunto){caption}",
        Kind.VOICE: "PTT-20260315-WA0002.opus (file attached)",
        Kind.STICKER: "STK-20260315-WA0003.webp (arquivo anexado)",
        Kind.FILE: f"{message.text} (file attached)",
        Kind.LOCATION: "ubicación: https://maps.google.com/?q=1,2",
    }[message.kind]


def ios_media(message: Message) -> str:
    return {
        Kind.IMAGE: f"{message.text} \u200eimage omitted".lstrip(),
        Kind.VOICE: "\u200eaudio omitido",
        Kind.STICKER: "\u200efigurinha omitida",
        Kind.FILE: f"{message.text} • \u200e2 pages \u200edocument omitted",
        Kind.LOCATION: "\u200eLocation: https://maps.google.com/?q=1,2",
    }[message.kind]


def telegram_media(message: Message) -> str:
    name = {Kind.IMAGE: "Photo", Kind.VOICE: "Voice message", Kind.STICKER: "Sticker", Kind.FILE: "File"}
    return f"[{name.get(message.kind, 'Photo')}]\n{message.text}".rstrip()


def expected(messages: tuple[Message, ...], *, timed: bool = True, kinds: bool = True) -> list[Expected]:
    rows: list[Expected] = []
    for m in messages:
        text = m.text
        if m.author is SYSTEM:
            text = NOTICE
        elif kinds and m.kind is Kind.LOCATION:
            text = "https://maps.google.com/?q=1,2"
        kind = Kind.TEXT if m.author is SYSTEM else m.kind
        rows.append((m.author, m.at if timed else None, kind, text))
    return rows


EXPORTS: dict[str, tuple[str, Callable[[Message], str], str]] = {
    "android, day first": ("{d:02}/{m:02}/{y}, {hour:02}:{minute:02} - {name}", android_media, ""),
    "android, p. m.": ("{d}/{m}/{y}, {h12}:{minute:02} {half_es} - {name}", android_media, ""),
    "android, month first": ("{m}/{d}/{y}, {h12}:{minute:02}\u202f{half} - {name}", android_media, ""),
    "ios, day first": ("[{d:02}/{m:02}/{y}, {hour:02}:{minute:02}:00] {name}", ios_media, "Obra: \u200e"),
    "ios, month first": ("[{m}/{d}/{y}, {h12}:{minute:02}:00\u202f{half}] {name}", ios_media, "Obra: \u200e"),
    "year first": ("{y}-{m:02}-{d:02}, {hour:02}:{minute:02} - {name}", android_media, ""),
}


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_an_export_of_a_sample_chat_gives_the_chat_back(path: Path, export: str) -> None:
    chat = read_conversation_document(json.loads(path.read_text()))
    zone = ZoneInfo(chat.timezone or "UTC")
    head, media, nameless = EXPORTS[export]
    text = "\r\n".join(exported(m, zone, head, media, nameless=nameless) for m in chat.messages)
    try:
        pasted = parse_pasted(text, me=chat.agent_name, timezone=zone)
    except InvalidInput as caught:
        told = {"date_order_unclear": "mdy" if "month first" in export else "dmy"}[caught.code]
        pasted = parse_pasted(text, me=chat.agent_name, timezone=zone, date_order=told)
    assert [(m.author, m.at, m.kind, m.text) for m in pasted.messages] == expected(chat.messages)
    names = [m.author_name for m in chat.messages]
    assert [m.author_name for m in pasted.messages] == names


@pytest.mark.parametrize("path", SAMPLES, ids=[path.stem for path in SAMPLES])
def test_copied_lines_of_a_sample_chat_give_the_chat_back(path: Path) -> None:
    chat = read_conversation_document(json.loads(path.read_text()))
    zone = ZoneInfo(chat.timezone or "UTC")
    people = tuple(m for m in chat.messages if m.author is not SYSTEM and m.kind is not Kind.LOCATION)
    telegram = "\n\n".join(
        f"{m.author_name}, [{m.at.astimezone(zone):%d.%m.%Y %H:%M}]\n"
        f"{m.text if m.kind is Kind.TEXT else telegram_media(m)}"
        for m in people
        if m.at
    )
    pasted = parse_pasted(telegram, me=chat.agent_name, timezone=zone)
    assert [(m.author, m.at, m.kind, m.text) for m in pasted.messages] == expected(people)

    written = tuple(m for m in people if m.kind is Kind.TEXT)
    web = "\n".join(f"[{m.at.astimezone(zone):%H:%M, %-d/%-m/%Y}] {m.author_name}: {m.text}" for m in written if m.at)
    pasted = parse_pasted(web, me=chat.agent_name, timezone=zone, date_order="dmy")
    assert [(m.author, m.at, m.kind, m.text) for m in pasted.messages] == expected(written)

    plain = "\n".join(f"{m.author_name}: {m.text}" for m in written)
    pasted = parse_pasted(plain, me=chat.agent_name, timezone=zone)
    assert [(m.author, m.at, m.kind, m.text) for m in pasted.messages] == expected(written, timed=False)


def test_names_that_look_the_same_are_one_person():
    lines = [
        "[11/12/2025, 10:00:00] Bob: Hello",
        "[11/12/2025, 10:01:00] Bo\u200bb: Hello?",
        "[11/12/2025, 10:02:00] Ana: Yes",
    ]
    text = "\n".join(lines)
    parsed = parse_pasted(text, me="Ana", timezone=MADRID, date_order="dmy")
    assert parsed.participants == ("Bob", "Ana")
