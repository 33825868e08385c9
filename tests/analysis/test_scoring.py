"""The score: every row of docs/scoring.md, the borders, and what changed."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from analysis.scoring import DEFAULT_RUBRIC, Criterion, Rating, Rubric, compare, score, temperature

DOCS = Path(__file__).parents[2] / "docs" / "scoring.md"
NAMES = DEFAULT_RUBRIC.names


def ratings(*levels, verified=True):
    return {name: Rating(level, verified) for name, level in zip(NAMES, levels, strict=True)}


def _rows(header):
    text = DOCS.read_text(encoding="utf-8")
    table = text[text.index(header) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


@pytest.mark.parametrize("row", _rows("| need | budget |"), ids=" ".join)
def test_each_worked_example_of_the_docs_is_what_the_code_computes(row):
    read = {
        name: Rating(None if cell == "-" else int(cell.rstrip("?")), cell[-1] != "?")
        for name, cell in zip(NAMES, row[:6], strict=True)
    }
    result = score(read)
    assert [f"{result.known_share:.3f}", str(result.shrunk)] == row[6:8]
    assert [str(result.value) if result.value is not None else "-", result.temperature or "-"] == row[8:]


def test_the_docs_name_the_criteria_and_weights_of_the_default_rubric():
    assert [(row[0], int(row[1])) for row in _rows("| criterion | weight |")] == [
        (criterion.name, criterion.weight) for criterion in DEFAULT_RUBRIC.criteria
    ]
    assert DEFAULT_RUBRIC.total_weight == 100


def test_the_docs_name_the_prior_and_the_bands():
    text = DOCS.read_text(encoding="utf-8")
    assert re.search(r"\(1 - known share\) × 40\b", text)
    assert "**cold** below 40, **warm** from 40, **hot** from 70" in text


@pytest.mark.parametrize(
    ("value", "band"), [(0, "cold"), (39, "cold"), (40, "warm"), (69, "warm"), (70, "hot"), (100, "hot")]
)
def test_bands_begin_where_the_contract_says(value, band):
    assert temperature(value) == band


def test_a_known_share_of_exactly_40_percent_is_enough():
    result = score(ratings(3, 3, None, None, None, None))
    assert (result.known_share, result.value) == (0.4, 64)


def test_a_share_just_below_is_too_little_and_still_ranks():
    result = score(ratings(3, None, None, None, 2, None))
    assert (result.value, result.temperature, result.shrunk) == (None, None, 56)


def test_an_unverified_rating_counts_half_also_in_the_known_share():
    rubric = Rubric("one", (Criterion("need", "", 20), Criterion("budget", "", 20)))
    result = score({"need": Rating(3, False), "budget": Rating(3, True)}, rubric)
    assert (result.known_share, result.value) == (0.75, 85)


def test_halves_round_up():
    rubric = Rubric("one", (Criterion("a", "", 1), Criterion("b", "", 1)))
    assert score({"a": Rating(3, True), "b": Rating(0, True)}, rubric, prior=0).value == 50
    eight = Rubric("eight", tuple(Criterion(str(n), "", 1) for n in range(8)))
    assert score({"0": Rating(3, True)}, eight, prior=0).shrunk == 13  # 12.5


def test_the_score_is_monotonic_in_every_level():
    for others in itertools.product((None, 0, 3), repeat=2):
        values = [score(ratings(level, others[0], 2, others[1], 1, 2)).shrunk for level in range(4)]
        assert values == sorted(values)


def test_ratings_of_unknown_names_do_not_count():
    assert score({**ratings(2, 2, 2, 2, 2, 2), "charm": Rating(3, True)}) == score(ratings(2, 2, 2, 2, 2, 2))


def test_a_level_out_of_range_is_refused():
    with pytest.raises(ValueError, match="level"):
        Rating(4)


@pytest.mark.parametrize("criteria", [(), (Criterion("a", "", 1), Criterion("a", "", 2)), (Criterion("a", "", 0),)])
def test_a_rubric_that_cannot_be_scored_by_is_refused(criteria):
    with pytest.raises(ValueError, match=r"criteri|weighs"):
        Rubric("x", criteria)


def test_compare_names_what_changed_and_nothing_else():
    change = compare(
        previous=ratings(1, 2, None, 0, 3, 2),
        current=ratings(2, 2, 1, None, 3, 2),
        previous_score=50,
        current_score=61,
        since="2026-03-10T10:00:00Z",
    )
    assert change == {
        "score": 11,
        "since": "2026-03-10T10:00:00Z",
        "criteria": {
            "need": {"from": 1, "to": 2},
            "authority": {"from": None, "to": 1},
            "timeline": {"from": 0, "to": None},
        },
    }


@pytest.mark.parametrize(("before", "after"), [(None, 50), (50, None), (None, None)])
def test_without_a_score_on_both_sides_there_is_no_difference(before, after):
    change = compare(previous={}, current={}, previous_score=before, current_score=after, since="x")
    assert change["score"] is None


def test_compare_leaves_out_criteria_that_one_rubric_does_not_know():
    change = compare(
        previous={"old": Rating(1)}, current={"new": Rating(2)}, previous_score=1, current_score=1, since="x"
    )
    assert change == {"score": 0, "since": "x", "criteria": {}}


def test_a_rating_survives_its_json():
    rating = Rating(2, False)
    assert Rating.from_json(rating.as_json()) == rating
