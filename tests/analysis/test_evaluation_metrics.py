"""The figures of an evaluation against values worked out by hand."""

from __future__ import annotations

import itertools

import pytest

from analysis.evaluation import metrics
from analysis.evaluation.metrics import Finding, Hits, Span


@pytest.mark.parametrize(
    ("won", "lost", "value"),
    [
        ([80, 70], [40, 30], 1.0),
        ([30], [80], 0.0),
        ([50], [50], 0.5),
        ([60, 40], [50, 40], 0.625),  # 60 beats both, 40 ties with 40 and loses to 50: (1 + 1 + 0 + 0.5) / 4.
        ([90, 50, 10], [60, 20], 0.5),  # 2 + 1 + 0 of 6.
        ([], [1], None),
        ([1], [], None),
    ],
)
def test_auc_is_the_share_of_pairs_in_the_right_order(won, lost, value):
    assert metrics.auc(won, lost) == value


def test_the_interval_of_a_perfect_order_is_one_and_of_ties_a_half():
    assert metrics.auc_interval([3, 4, 5], [0, 1, 2]) == (1.0, 1.0)
    assert metrics.auc_interval([7, 7], [7, 7, 7]) == (0.5, 0.5)
    assert metrics.auc_interval([], [1]) is None


def test_the_interval_holds_the_value_is_repeatable_and_narrows_with_more_chats():
    won, lost = [55, 60, 70, 80, 45, 90, 30, 75], [50, 40, 65, 20, 35, 72, 10, 58]
    low, high = metrics.auc_interval(won, lost)
    assert 0 <= low < metrics.auc(won, lost) < high <= 1
    assert (low, high) == metrics.auc_interval(won, lost)
    assert (low, high) != metrics.auc_interval(won, lost, seed=1)
    more = metrics.auc_interval(won * 10, lost * 10)
    assert more[1] - more[0] < (high - low) / 2


def test_the_interval_agrees_with_the_theory_of_a_single_pairwise_draw():
    # One won chat against two lost ones, one above and one below: each resample of the lost is 0, 1/2 or 1.
    assert metrics.auc_interval([50], [40, 60]) == (0.0, 1.0)


def test_roc_steps_from_the_highest_score_down():
    assert metrics.roc([60, 40], [50, 40]) == [(0, 0), (0, 0.5), (0.5, 0.5), (1, 1)]
    assert metrics.roc([], [50]) == []


def test_the_area_under_the_roc_is_the_auc():
    won, lost = [55, 60, 70, 80, 45], [50, 40, 60, 20]
    points = metrics.roc(won, lost)
    area = sum((x2 - x1) * (y1 + y2) / 2 for (x1, y1), (x2, y2) in itertools.pairwise(points))
    assert area == pytest.approx(metrics.auc(won, lost))


@pytest.mark.parametrize(
    ("hits", "n", "interval"),
    [
        # Wilson's intervals as published for these cases (Newcombe 1998, table I, method 3).
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilsons_interval(hits, n, interval):
    assert metrics.wilson(hits, n) == pytest.approx(interval, abs=0.00005)


def test_wilsons_interval_of_nothing_is_none():
    assert metrics.wilson(0, 0) is None


@pytest.mark.parametrize(
    ("values", "percent", "value"),
    [([10], 95, 10), ([1, 2, 3, 4], 50, 2.5), ([4, 1, 3, 2], 0, 1), ([1, 2], 95, 1.95), ([1, 2, 3], 100, 3)],
)
def test_percentiles_lie_between_neighbours(values, percent, value):
    assert metrics.percentile(values, percent) == pytest.approx(value)


def test_there_is_no_percentile_of_nothing():
    assert metrics.percentile([], 50) is None


def test_calibration_puts_each_score_into_one_bin_and_100_into_the_last():
    bins = metrics.calibration([100, 80, 20], [19, 0, 79])
    assert [(part.low, part.n, part.n_won) for part in bins] == [
        (0, 2, 0),
        (20, 1, 1),
        (40, 0, 0),
        (60, 1, 0),
        (80, 2, 2),
    ]
    assert [part.mean_score for part in bins] == [9.5, 20, None, 79, 90]


def test_levels_are_compared_where_both_name_one():
    found = metrics.agreement([(3, 3), (1, 3), (2, 3), (None, 0), (1, None), (None, None)])
    assert (found.n, found.n_both) == (6, 3)
    assert found.mae == 1.0  # 0, 2 and 1.
    assert found.within_1 == pytest.approx(2 / 3)
    assert found.null_agreement == pytest.approx(4 / 6)
    assert found.table[3] == (0, 1, 1, 1, 0)
    assert found.table[0] == (0, 0, 0, 0, 1)
    assert found.table[4] == (0, 1, 0, 0, 1)


def test_levels_that_never_meet_have_no_error():
    found = metrics.agreement([(None, 2), (3, None)])
    assert (found.mae, found.within_1, found.null_agreement) == (None, None, 0.0)


def finding(*places, kind="price"):
    return Finding(kind, tuple(Span(*place) for place in places))


TRUE = finding(("m1", 0, 10), ("m7", 5, 9))


@pytest.mark.parametrize(
    ("read", "true", "hits"),
    [
        ([finding(("m1", 9, 30))], [TRUE], Hits(1, 0, 0)),
        ([finding(("m1", 10, 30))], [TRUE], Hits(0, 1, 1)),  # It begins where the true one ends.
        ([finding(("m2", 0, 10))], [TRUE], Hits(0, 1, 1)),
        ([finding(("m1", 0, 10), kind="trust")], [TRUE], Hits(0, 1, 1)),
        ([finding(("m1", 0, 4)), finding(("m7", 5, 6))], [TRUE], Hits(1, 0, 0)),  # One objection at its two places.
        ([finding(("m1", 0, 4)), finding(("m9", 5, 6))], [TRUE, finding(("m3", 0, 1))], Hits(1, 1, 1)),
        ([], [TRUE], Hits(0, 0, 1)),
        ([], [], Hits(0, 0, 0)),
    ],
)
def test_findings_meet_in_kind_and_place(read, true, hits):
    assert metrics.compare(read, true) == hits


@pytest.mark.parametrize(
    ("hits", "precision", "recall", "f1"),
    [
        (Hits(2, 1, 2), 2 / 3, 0.5, 4 / 7),
        (Hits(0, 3, 2), 0.0, 0.0, 0.0),
        (Hits(0, 0, 2), None, 0.0, 0.0),
        (Hits(0, 1, 0), 0.0, None, 0.0),
        (Hits(0, 0, 0), None, None, None),
    ],
)
def test_precision_recall_and_f1(hits, precision, recall, f1):
    assert (hits.precision, hits.recall, hits.f1) == pytest.approx((precision, recall, f1), nan_ok=True)


def test_hits_add_up():
    assert Hits(1, 2, 3) + Hits(10, 20, 30) == Hits(11, 22, 33)
