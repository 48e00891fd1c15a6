"""Where a model does worst, against numbers by hand and scipy's own test."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from launch.evaluation.mistakes import segments
from launch.evaluation.mistakes.record import ALARMS, RECALL
from tests.launch.evaluation.mistakes.rows import scored


def two_halves(missed=(18, 4)):
    """A flag of two halves with 20 anomalies and 100 normal rows each, of which so many anomalies are missed."""
    flag = np.repeat([0, 1], 120)
    y = np.tile(np.repeat([1, 0], [20, 100]), 2)
    scores = np.where(y == 1, 1.0, 0.0)
    for half, lost in enumerate(missed):
        scores[half * 120 : half * 120 + lost] = 0.0
    return flag[:, None], y, scores


def test_recall_in_a_segment_by_hand():
    found, looked_at = segments.rates(scored(*two_halves(), 0.5, ("flag",)))
    worst = found[0]
    assert (worst.segment, worst.measure, worst.count, worst.of) == ("flag = 0", RECALL, 2, 20)
    assert worst.elsewhere == 16 / 20
    alone = fisher_exact([[18, 2], [4, 16]], alternative="greater").pvalue
    assert looked_at == 4  # two values, two measures
    assert worst.chance == pytest.approx(4 * alone)
    assert segments.sentences(found) == ("It misses most in flag = 0: recall 0.10 (0.03 to 0.30), elsewhere 0.80.",)


def test_false_alarms_by_hand():
    flag, y, scores = two_halves((0, 0))
    scores[20:60] = 1.0  # forty normal rows of the first half
    found, _ = segments.rates(scored(flag, y, scores, 0.5, ("flag",)))
    (worst, other) = [rate for rate in found if rate.measure == ALARMS]
    assert (worst.segment, worst.count, worst.of, worst.elsewhere) == ("flag = 0", 40, 100, 0.0)
    assert other.chance == 1.0
    assert segments.sentences(found)[0].startswith("Most false alarms are in flag = 0: 400.0 (")


def test_nothing_stands_out_where_nothing_is_different():
    """Of a hundred columns of noise the worst is bad, and is not taken for more than that."""
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(2000, 100)), (np.arange(2000) % 10 == 0).astype(int)
    rows = scored(X, y, generator.random(2000), 0.5, tuple(f"x{j}" for j in range(100)))
    found, looked_at = segments.rates(rows)
    assert looked_at == 600
    assert segments.sentences(found) == ()
    assert min(rate.rate for rate in found if rate.measure == RECALL) < 0.45


def test_few_rows_are_no_segment():
    flag, y, scores = two_halves()
    flag[y == 1] = np.r_[np.zeros(9), np.ones(31)][:, None]
    found, _ = segments.rates(scored(flag, y, scores, 0.5, ("flag",)))
    assert {rate.measure for rate in found} == {ALARMS}


def test_segments_with_the_same_rows_are_told_once():
    flag, y, scores = two_halves()
    rows = scored(np.hstack([flag, 1 - flag]), y, scores, 0.5, ("flag", "its opposite"))
    assert [rate.segment for rate in segments.rates(rows)[0] if rate.measure == RECALL][0:1] == ["flag = 0"]
    assert "its opposite = 1" not in [rate.segment for rate in segments.rates(rows)[0] if rate.measure == RECALL]


def test_thirds_months_groups_and_kinds():
    y = (np.arange(300) % 3 == 0).astype(int)
    beside = {
        "group": np.repeat(["a", "b"], 1500),
        "when": pd.date_range("2020-01-01", "2020-12-31", periods=3000),
    }
    rows = scored(
        np.arange(300.0)[:, None], y, y, 0.5, ("x",), beside=beside,
        part={"anomaly_types": np.where(y == 1, "theft", "")},
    )  # fmt: skip
    named = {name: (codes, list(called)) for name, codes, called in segments.segments(rows)}
    assert named["x"][1] == ["up to 99", "over 99, up to 199", "over 199", "missing"]
    assert np.bincount(named["x"][0]).tolist() == [100, 100, 100]
    assert named["group"][1] == ["= 'a'", "= 'b'"]
    assert named["when"][1] == [*(f"= 2020-{month:02d}" for month in range(1, 13)), "missing"]
    codes, called = named["kind"]
    assert (codes[y == 0] == -1).all()
    assert {called[k] for k in codes[y == 1]} == {"= 'theft'"}
