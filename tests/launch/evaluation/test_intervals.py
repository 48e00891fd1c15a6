"""Intervals by hand, by SciPy, and by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from launch.evaluation.intervals import (
    auroc_variance,
    holm,
    mean_interval,
    row_variance,
    runs_interval,
    score_interval,
    split_interval,
    t_interval,
    total,
    variance_of,
)


class TestMeanInterval:
    def test_by_hand(self):
        mean, low, high = mean_interval([1.0, 2.0, 3.0])
        half = 4.302652729911275 / np.sqrt(3)  # t(.975, 2) * sd 1
        assert (mean, low, high) == pytest.approx((2.0, 2 - half, 2 + half))

    def test_equals_scipy(self):
        values = [0.41, 0.43, 0.40, 0.45, 0.44]
        expected = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
        assert mean_interval(values)[1:] == pytest.approx(expected)
        assert t_interval(np.mean(values), np.std(values, ddof=1), 5) == pytest.approx(mean_interval(values))

    def test_one_value_has_no_spread(self):
        mean, low, high = mean_interval([0.5])
        assert mean == 0.5
        assert np.isnan([low, high]).all()

    @pytest.mark.parametrize("values", [[], [1.0, np.nan]])
    def test_refuses(self, values):
        with pytest.raises(ValueError, match="finite values"):
            mean_interval(values)


def test_overlapping_splits_are_one_and_a_half_times_as_wide():
    """Five splits of 80/20: sqrt(1/5 + 1/4) in place of sqrt(1/5)."""
    values = [0.50, 0.52, 0.49, 0.53, 0.51]
    _, low, high = mean_interval(values)
    mean, wide_low, wide_high = split_interval(values, 0.25, 30)
    assert mean == pytest.approx(0.51)
    assert wide_high - wide_low == pytest.approx(1.5 * (high - low))


def test_no_split_interval_passes_1():
    mean, low, high = split_interval([0.99, 0.80, 1.0, 0.95, 0.81], 0.25, 30)
    assert (mean, high) == (pytest.approx(0.91), 1.0)
    assert 0 < low < mean


def test_five_perfect_splits_are_no_certainty():
    """Ten anomalies of ten: 10 / 13.841459 to 1, by hand; equal values in between are as they come."""
    assert split_interval([1.0] * 5, 0.25, 10) == pytest.approx((1.0, 0.722467, 1.0), abs=1e-6)
    assert split_interval([0.5] * 5, 0.25, 10) == (0.5, 0.5, 0.5)


def test_variances_add_by_welch_and_satterthwaite():
    # two means of 5 values with variances 4 and 1: Welch's degrees of freedom, by hand
    assert total((4 / 5, 4), (1 / 5, 4)) == (pytest.approx(1.0), pytest.approx(1 / (0.64 / 4 + 0.04 / 4)))
    assert total((0.5, math.inf), (0.0, 4)) == (0.5, math.inf)


def test_score_interval_equals_wilsons():
    """Of 40 hits of 50 draws, whose share has the variance .8 * .2 / 50."""
    expected = stats.binomtest(40, 50).proportion_ci(0.95, method="wilson")
    assert score_interval(0.8, 0.8 * 0.2 / 50, math.inf, 7) == pytest.approx((expected.low, expected.high))


def test_score_interval_of_everything():
    """10 of 10: n / (n + z²) to 1, by hand 10 / 13.841459."""
    assert score_interval(1.0, 0.0, math.inf, 10) == pytest.approx((0.722467, 1.0), abs=1e-6)
    assert score_interval(0.0, 0.0, math.inf, 10) == pytest.approx((0.0, 0.277533), abs=1e-6)


def test_auroc_variance_is_hanley_and_mcneils_where_nothing_else_is():
    """At .9 with 1 anomaly of 11 rows: Q2 = 2 A² / (1 + A) = .852632; (.09 + 9 (Q2 - .81)) / 10, by hand."""
    a = (0.9 * 10 + 0.5) / 11
    q2 = 2 * a * a / (1 + a)
    found, variance = auroc_variance(0.9, 123.0, 1, 10)  # of one anomaly the rows say nothing
    assert found == pytest.approx(a)
    assert variance == pytest.approx((a * (1 - a) + 9 * (q2 - a * a)) / 10)


def test_auroc_variance_of_many_anomalies_is_that_of_the_rows():
    assert auroc_variance(0.9, 1e-4, 5000, 50_000)[1] == pytest.approx(1e-4, rel=1e-3)


def test_variance_over_resamples_is_short_by_one_in_the_rarer_class():
    assert row_variance("ap", 0.5, 0.04, 5, 300) == pytest.approx(0.05)
    assert row_variance("ap", 0.5, 0.04, 300, 5) == pytest.approx(0.05)
    assert row_variance("auroc", 0.9, 0.04, 5, 300) == auroc_variance(0.9, 0.05, 5, 300)[1]
    assert row_variance("ap", 0.5, 0.0, 1, 300) == 0


def test_rows_do_not_go_away_with_more_runs():
    """Equal values of four seeds: no variance between them, that of the rows stays."""
    mean, low, high = runs_interval([0.7] * 4, 0.01**2, 1, 30)
    assert (low, high) == pytest.approx((mean - 0.0196, mean + 0.0196), abs=5e-4)


def test_outer_splits_overlap():
    values = [0.5, 0.6, 0.7]
    assert runs_interval(values, 0.0, 3, 30) == split_interval(values, 0.25, 30)


def test_the_variance_behind_intervals():
    assert variance_of(np.array([0.3, np.nan]), np.array([0.7, 0.8])) == pytest.approx((0.2 / 1.959964) ** 2)
    assert variance_of(np.array([np.nan]), np.array([np.nan])) == 0


def test_holm_by_hand():
    # 4 * .01 = .04; 3 * .03 = .09; 2 * .04 = .08, held at .09; .05, held at .09
    assert holm(np.array([0.04, 0.01, 0.05, 0.03])) == pytest.approx([0.09, 0.04, 0.09, 0.09])
    assert holm(np.array([0.6, 0.9])) == pytest.approx([1, 1])
    assert len(holm(np.array([]))) == 0
