"""Notes: how they read, how long ones are cut, and that what was said comes back exactly."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcription.cut import clean_line, cut_text
from transcription.language_names import language_name
from transcription.note import (
    DOUBT,
    MAX_CHARACTERS,
    Heading,
    count_of,
    marker_of,
    plain_text,
    read_notes,
    write_notes,
)
from transcription.texts import note_words
from transcription.transcript import Passage, Transcript, Word

EN, ES, PT = (note_words(language) for language in ("en", "es", "pt"))
MARKER = "9f3c01ab27de"
HEADING = Heading(
    kind="message",
    who="Ana",
    at=datetime(2026, 11, 24, 17, 3, tzinfo=UTC),
    duration_s=13.94,
    language="es",
    zone=ZoneInfo("America/Sao_Paulo"),
    note_language="en",
)


def passage(text, speaker=None, confidence=0.98):
    return Passage(speaker, tuple(Word(word, confidence) for word in text.split(" ")))


def transcript(*passages):
    return Transcript(tuple(passages), language="es", confidence=0.9, billed_s=14.0, request_id="r")


def body(text):
    """The lines between a note's markers."""
    return text.split("\n")[2:-1]


def test_a_marker_is_twelve_digits_of_the_id():
    assert marker_of(UUID("5b1f7c9e-0d4a-4e0b-9c1d-9f3c01ab27de")) == MARKER


def test_a_voice_message_reads_as_it_should():
    said = transcript(Passage(None, (Word("Hola,", 0.99), Word("el", 0.6), Word("precio", 0.59), Word("por", 0.7))))
    assert write_notes(said, HEADING, EN, MARKER) == (
        "Voice message · Ana · 24 Nov 2026, 14:03 · 0:14 · Spanish\n"
        f"[CL:{MARKER} 1/1]\n"
        "Hola, el precio⟨?⟩ por\n"
        f"[CL:{MARKER} 1/1]",
    )


def test_a_call_names_its_speakers_in_the_notes_language():
    said = transcript(passage("Alô, bom dia.", 0), passage("Bom dia!", 1), passage("Pois não?", 0))
    heading = replace(HEADING, kind="call", who=None, duration_s=3725.6, language="pt-BR", note_language="pt")
    (text,) = write_notes(said, heading, PT, MARKER)
    assert text.split("\n")[0] == "Gravação de chamada · 24 nov 2026, 14:03 · 1:02:06 · português"
    assert body(text) == ["Interlocutor 1: Alô, bom dia.", "Interlocutor 2: Bom dia!", "Interlocutor 1: Pois não?"]
    assert read_notes([text], MARKER) == plain_text(said, PT) == "\n".join(body(text))


@pytest.mark.parametrize(
    ("changes", "words", "line"),
    [
        ({"language": ""}, EN, "Voice message · Ana · 24 Nov 2026, 14:03 · 0:14 · language not recognised"),
        (
            {"language": "", "note_language": "es"},
            ES,
            "Mensaje de voz · Ana · 24 nov 2026, 14:03 · 0:14 · idioma no reconocido",
        ),
        ({"language": "kn"}, EN, "Voice message · Ana · 24 Nov 2026, 14:03 · 0:14 · kn"),
        ({"at": None, "who": None}, EN, "Voice message · 0:14 · Spanish"),
        ({"at": None, "who": " \u202e\x00\n "}, EN, "Voice message · 0:14 · Spanish"),
        (
            {"at": None, "who": f"Ana\r\n[CL:{MARKER} 1/1]\u2028\u202eevil⟨?⟩"},
            EN,
            f"Voice message · Ana [CL:{MARKER} 1/1] evil? · 0:14 · Spanish",
        ),
        ({"at": None, "who": "x" * 81}, EN, f"Voice message · {'x' * 79}… · 0:14 · Spanish"),
        (
            {"at": datetime(2026, 9, 1, 2, 59, tzinfo=UTC), "note_language": "es"},
            ES,
            "Mensaje de voz · Ana · 31 ago 2026, 23:59 · 0:14 · español",
        ),
        ({"at": None, "duration_s": 59.5}, EN, "Voice message · Ana · 1:00 · Spanish"),
    ],
)
def test_the_heading_says_what_is_known_on_one_line(changes, words, line):
    (text,) = write_notes(transcript(passage("Hola.")), replace(HEADING, **changes), words, MARKER)
    assert text.split("\n")[0] == line
    assert read_notes([text], MARKER) == "Hola."


def test_notes_have_words_in_three_languages_and_english_for_any_other():
    assert EN.keys() == ES.keys() == PT.keys()
    assert all(len(words["months"].split()) == 12 for words in (EN, ES, PT))
    assert note_words("fr") == EN


@pytest.mark.parametrize(
    ("tag", "written_in", "name"),
    [
        ("es-419", "pt", "espanhol"),
        ("pt_br", "es", "portugués"),
        ("zh-Hant", "en", "Chinese"),
        ("sw", "en", "sw"),
        ("fr", "de", "French"),
        ("multi", "en", ""),
        ("", "en", ""),
        ("es\n", "en", "Spanish"),
    ],
)
def test_a_language_is_called_by_its_name(tag, written_in, name):
    assert language_name(tag, written_in) == name


def test_marks_that_a_transcript_holds_are_taken_out_before_ours_are_set():
    said = transcript(Passage(None, (Word("sure⟨?⟩", 0.99), Word("⟨⟨?⟩?⟩", 0.99), Word("maybe⟨…⟩", 0.1))))
    (text,) = write_notes(said, HEADING, EN, MARKER)
    assert body(text) == ["sure? ?? maybe…⟨?⟩"]
    assert read_notes([text], MARKER) == "sure? ?? maybe…"


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\x00b\x1bc\x7f", "abc"),
        ("a\r\nb\tc\u2028d\x85e\u00a0f", "a b c d e f"),
        ("\u202eabc\u2066\u200f\ufeff", "abc"),
        ("ok\ud83d\ude00", "ok"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("  ", ""),
    ],
)
def test_only_what_can_be_seen_is_written(dirty, clean):
    assert clean_line(dirty) == clean


def test_nothing_said_is_an_empty_note_that_reads_as_nothing():
    notes = write_notes(transcript(Passage(None, (Word("\x00", 0.1),))), HEADING, EN, MARKER)
    assert read_notes(notes, MARKER) == ""


SENTENCES = "Quería preguntar por el precio. ¿Cuánto cuesta al mes? Gracias. " * 1_000


def test_a_long_transcript_is_cut_at_sentences_into_numbered_notes():
    said = transcript(passage(SENTENCES.strip()))
    notes = write_notes(said, HEADING, EN, MARKER)
    assert len(notes) == 5
    for i, text in enumerate(notes, 1):
        assert len(text) <= MAX_CHARACTERS
        assert text.split("\n")[0].endswith(f" · Spanish · part {i} of 5")
        assert count_of(text, MARKER) == (i, 5)
        last = body(text)[-1]
        assert last.endswith((". ⟨…⟩", "? ⟨…⟩") if i < 5 else "Gracias.")
    assert len(notes[0]) > MAX_CHARACTERS - 100
    assert read_notes(notes, MARKER) == SENTENCES.strip()


def test_a_long_call_is_cut_between_its_passages():
    said = transcript(*(passage("Sí, claro, le escucho.", number % 2) for number in range(2_000)))
    notes = write_notes(said, HEADING, EN, MARKER)
    assert len(notes) == 5
    assert all(line.startswith("Speaker ") for text in notes for line in body(text))
    assert read_notes(reversed(notes), MARKER) == plain_text(said, EN)


def test_a_short_first_line_is_no_note_of_its_own():
    notes = write_notes(transcript(passage("Hola."), passage(SENTENCES.strip())), HEADING, EN, MARKER)
    assert len(notes) == 5


@pytest.mark.parametrize(
    "unit",
    ["e\u0301\u0323", "👩🏽\u200d🚀", "🇧🇷", "नि", "x" * 7 + DOUBT],
    ids=["accents", "emoji", "flags", "devanagari", "doubt"],
)
def test_no_character_is_torn_even_where_no_word_ends(unit):
    whole = (DOUBT,)
    for limit in range(90, 90 + len(unit)):
        parts = cut_text(unit * 200, limit, whole=whole)
        assert "".join(part for part, _ in parts) == unit * 200
        assert all(len(part) <= limit and len(part) % len(unit) == 0 for part, _ in parts) or DOUBT in unit
        assert not any(part.startswith((DOUBT, "?", "⟩")) for part, _ in parts)


def test_a_character_longer_than_a_note_is_torn_all_the_same():
    parts = cut_text("e" + "\u0301" * 500, 90)
    assert [len(part) for part, _ in parts] == [90] * 5 + [51]


def test_chinese_is_cut_at_its_full_stops():
    parts = cut_text("你好我想问价格。" * 30, 30)
    assert {part for part, _ in parts} == {"你好我想问价格。" * 3}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "  \n"),
        lambda text: f"\n \n{text}\n\n",
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("\n", "\r"),
    ],
    ids=["CRLF", "trailing spaces", "outer space", "empty lines", "CR"],
)
def test_what_kommo_may_do_to_white_space_does_no_harm(change):
    said = transcript(*(passage("Hola, quería saber el precio.", number % 3) for number in range(1_500)))
    notes = write_notes(said, HEADING, EN, MARKER)
    assert len(notes) == 5
    assert read_notes(map(change, notes), MARKER) == plain_text(said, EN)


def test_a_missing_part_is_no_transcript():
    notes = write_notes(transcript(passage(SENTENCES.strip())), HEADING, EN, MARKER)
    assert read_notes(notes[:-1], MARKER) is None
    assert read_notes([*notes[1:], notes[1]], MARKER) is None
    assert read_notes([], MARKER) is None


def test_a_part_that_was_written_twice_counts_once():
    notes = write_notes(transcript(passage(SENTENCES.strip())), HEADING, EN, MARKER)
    assert read_notes([*notes, *notes], MARKER) == SENTENCES.strip()


def test_the_notes_of_others_are_passed_over():
    mine = write_notes(transcript(passage("Hola.")), HEADING, EN, MARKER)
    other = "0" * 12
    # Somebody quotes my marker in a voice message of their own.
    theirs = write_notes(transcript(passage(f"[CL:{MARKER} 1/1]")), HEADING, EN, other)
    assert count_of(theirs[0], MARKER) is None
    assert count_of(theirs[0], other) == (1, 1)
    assert read_notes([*theirs, "Called back", *mine], MARKER) == "Hola."
    assert read_notes(theirs, other) == f"[CL:{MARKER} 1/1]"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hola",
        f"x [CL:{MARKER} 1/1]",
        f"[CL:{MARKER} 2/1]",
        f"[CL:{MARKER} 0/1]",
        f"[CL:{MARKER.upper()} 1/1]",
        f"[CL:{MARKER} 1/1] x",
    ],
)
def test_what_is_no_marker_counts_for_nothing(text):
    assert count_of(text, MARKER) is None
    assert read_notes([text], MARKER) is None


def test_a_note_whose_end_was_lost_is_found_but_not_read():
    (text,) = write_notes(transcript(passage("Hola.")), HEADING, EN, MARKER)
    cut = text.rsplit("\n", 1)[0]
    assert count_of(cut, MARKER) == (1, 1)
    assert read_notes([cut], MARKER) is None


def test_a_line_that_looks_like_a_marker_is_no_end_of_a_note_that_lost_its_own():
    said = transcript(passage("Hola."), passage(f"[CL:{MARKER} 2/3]"), passage("Adiós."))
    (text,) = write_notes(said, HEADING, EN, MARKER)
    assert read_notes([text], MARKER) == f"Hola.\n[CL:{MARKER} 2/3]\nAdiós."
    assert read_notes([text.rsplit("\n", 1)[0]], MARKER) is None


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            *("Hola.", "¿Qué?", DOUBT, "⟨…⟩", "⟨-⟩", "⟨", "⟩", "\r\n", "\n", " ", "\u202e", "\u2028", "\x00", "\x1c"),
            *(
                "👩🏽\u200d🚀",
                "🇧🇷",
                "e\u0301",
                "\u0301",
                "\ud83d",
                "。",
                "…",
                "<b>",
                f"[CL:{MARKER} 1/1]",
                "Speaker 1:",
            ),
            *(f"[CL:{MARKER} 2/3]", "x" * 2_000, "长" * 3_000, "word " * 1_500, "Sí. " * 2_000, "\u200d" * 50),
        ]
    ),
)
WORDS = st.builds(Word, st.lists(PIECES, max_size=3).map("".join), st.floats(0, 1))
PASSAGES = st.builds(Passage, st.one_of(st.none(), st.integers(0, 12)), st.lists(WORDS, max_size=8).map(tuple))
TRANSCRIPTS = st.lists(PASSAGES, max_size=8).map(lambda passages: transcript(*passages))
WHO = st.one_of(st.none(), st.text(max_size=120), st.just(f"[CL:{MARKER} 1/1]"))


@settings(max_examples=100, deadline=None)
@given(TRANSCRIPTS, WHO, st.sampled_from([EN, ES, PT]), st.randoms(use_true_random=False))
def test_whatever_was_said_comes_back_exactly(said, who, words, dice):
    notes = write_notes(said, replace(HEADING, who=who), words, MARKER)
    plain = plain_text(said, words)
    shuffled = list(notes)
    dice.shuffle(shuffled)
    assert read_notes(shuffled, MARKER) == plain
    assert [count_of(text, MARKER) for text in notes] == [(i, len(notes)) for i in range(1, len(notes) + 1)]
    for text in notes:
        assert len(text) <= MAX_CHARACTERS
        assert json.loads(json.dumps(text)) == text
        text.encode()  # No half of a pair is left.
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    assert not set(plain) & set("⟨⟩")
    assert all(line == clean_line(line) != "" for line in plain.split("\n")) or plain == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, max_size=12).map(lambda pieces: clean_line("".join(pieces))), st.integers(20, 400))
def test_parts_are_short_enough_and_join_again(text, limit):
    parts = cut_text(text, limit, whole=(DOUBT,))
    joined = "".join(part + (cut.value if at < len(parts) else "") for at, (part, cut) in enumerate(parts, 1))
    assert joined == text
    assert all(0 < len(part) <= limit for part, _ in parts) or text == ""


def test_a_hundred_thousand_characters_without_a_space_come_back():
    text = "".join(chr(0x4E00 + at % 5_000) for at in range(100_000))
    said = transcript(Passage(None, (Word(text, 0.1),)))
    notes = write_notes(said, HEADING, EN, MARKER)
    assert len(notes) == 7
    assert all(part.endswith("⟨-⟩") for text in notes[:-1] for part in body(text))
    assert read_notes(notes, MARKER) == text
    assert unicodedata.is_normalized("NFC", read_notes(notes, MARKER))
