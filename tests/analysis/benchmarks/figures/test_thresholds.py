import numpy as np
import pytest

from analysis.benchmarks.figures.thresholds import binned, curve_rows, effective, same_distribution


def test_bins_are_of_a_width_of_a_tenth():
    y = np.array([0, 1, 0, 1, 1], np.int8)
    bins = binned(y, np.array([0.02, 0.04, 0.55, 0.95, 1.0]))
    assert [n for n, _, _ in bins] == [2, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert bins[0] == pytest.approx((2, 0.03, 0.5))
    assert bins[9] == pytest.approx((2, 0.975, 1.0))


def test_curves_of_repetitions_are_one_by_their_rows():
    one, other = ([(0, 0.0, 0.0)] * 10 for _ in range(2))
    one[2], other[2] = (1, 0.2, 0.0), (3, 0.24, 1.0)
    lines = curve_rows("t", "d", [[one, one], [other, one]])
    assert lines == [["t", "d", "0.2-0.3", "4", "0.230", "0.750", "2", "0.200", "0.000"]]


def test_repeated_rows_are_worth_less():
    assert effective(np.arange(10)) == 10
    assert effective(np.array([0, 0, 0, 1])) == pytest.approx(16 / 10)


def test_rows_that_splits_share_do_not_make_the_test_of_p_values_reject():
    """Under the truth it rejects in 5 %: in 400 draws within 2.8 % and 7.2 % (two standard errors)."""
    rng, rejected = np.random.default_rng(0), 0
    for _ in range(400):
        scores = rng.normal(size=1000)
        drawn = np.concatenate([rng.permutation(800)[:160] for _ in range(5)])
        rejected += same_distribution(scores[drawn], scores[800:], effective(drawn), 200) < 0.05
    assert 0.028 <= rejected / 400 <= 0.072
