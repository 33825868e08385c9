"""Folding: what becomes the same, and that every span leads back into the original."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.folding import fold, folded_text, is_invisible

SAME = [
    ("MAÑANA", "mañana"),
    ("mañana", "mañana"),
    ("ﬁnance", "finance"),
    ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
    ("“quoted” ‘so’", "'quoted' 'so'"),
    ("«así»", '"así"'),
    ("a – b — c", "a - b - c"),
    ("two\n\n  lines\u00a0here", "two lines here"),
    ("p\u200ba\u200bgo", "pago"),
    ("\u202eabc\u202c", "abc"),
    ("Straße", "STRASSE"),
    ("½ hour", "1⁄2 hour"),
    ("n\u0303o", "ño"),
    ("👍🏽\ufe0f", "👍🏽"),
    ("한국", unicodedata.normalize("NFD", "한국")),
    ("ｶﾞ", "ガ"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_of_writing_fold_to_the_same(one, other):
    assert fold(one).text == fold(other).text
    assert folded_text(one) == folded_text(other)


@pytest.mark.parametrize(("one", "other"), [("si", "sí"), ("no", "not"), ("4,900", "4900"), ("año", "ano")])
def test_what_says_something_else_stays_different(one, other):
    assert fold(one).text != fold(other).text


@pytest.mark.parametrize(
    ("text", "found", "original"),
    [
        ("Das ﬁel  auf", "fiel auf", "ﬁel  auf"),
        ("eat ½ of it", "2 of", "½ of"),
        ("Ma\u00f1ana  Sí", "mañana sí", "Ma\u00f1ana  Sí"),
        ("x p\u200ba\u200bgo y", "pago", "p\u200ba\u200bgo"),
        ("tarde no\u0303 ok", "nõ ok", "no\u0303 ok"),
        ("Straße 3", "sse 3", "ße 3"),
    ],
)
def test_a_found_span_leads_back_to_the_original(text, found, original):
    folded = fold(text)
    at = folded.text.index(fold(found).text)
    start, end = folded.span(at, at + len(fold(found).text))
    assert text[start:end] == original


ODD = st.text(
    st.sampled_from(
        "aZéÉñ ßİıǅﬁ½①Ｆ\u0301\u0308\u200b\u202e\ufe0f\u00ad\u00a0\n\t“'—👍🏽한ᄒ\u1161\u11abｶﾞไทย中ά\u0345\u0600٣²"
    ),
    max_size=40,
)


@given(st.one_of(st.text(max_size=60), ODD), st.data())
@settings(max_examples=300, deadline=None)
def test_every_span_of_folded_text_is_a_span_of_the_original(text, data):
    folded = fold(text)
    assert len(folded.starts) == len(folded.ends) == len(folded.text)
    assert list(folded.starts) == sorted(folded.starts)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    low, high = folded.span(start, end)
    assert 0 <= low < high <= len(text)
    assert folded.text[start:end].strip() in fold(text[low:high]).text


@given(st.one_of(st.text(max_size=60), ODD))
@settings(max_examples=300, deadline=None)
def test_no_invisible_character_and_no_run_of_spaces_is_left(text):
    folded = fold(text).text
    assert not any(is_invisible(character) for character in folded)
    assert "  " not in folded


@given(st.text(st.sampled_from("aZéÉñ ßﬁ½Ｆ\u200b\u202e\ufe0f\u00ad\u00a0\n“'—👍🏽한中²MeñoÇ"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_the_quick_folding_gives_the_same(text):
    assert folded_text(text) == fold(text).text.strip()


def test_an_empty_span_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        fold("abc").span(1, 1)


@pytest.mark.parametrize("text", ["a" * 1_000_000, "\u0301" * 1_000_000, "sí, no " * 140_000, "\u200b" * 1_000_000])
def test_a_million_characters_fold_in_seconds(text):
    begun = time.perf_counter()
    fold(text)
    assert time.perf_counter() - begun < 5
