"""What the preprocessor makes of coded columns, against values computed by hand."""

import warnings

import numpy as np
import pytest
from scipy.stats import norm

from trainables.core import state
from trainables.core.errors import InvalidInput, NotFitted
from trainables.core.preprocessing.preprocessor import MOST_CATEGORIES, SCALES, Preprocessor
from trainables.core.preprocessing.schema import Column, Schema

NAN = np.nan


def of(*kinds, scale="standard"):
    return Preprocessor(Schema(tuple(Column(f"c{i}", kind, ("u", "v", "w")) for i, kind in enumerate(kinds))), scale)


def column(*cells):
    return np.array(cells, dtype=float)[:, None]


A = column(1, 2, 3, 10)
"""Mean 4, deviation sqrt(50 / 4), median 2.5, quartiles 1.75 and 4.75."""


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("none", [1, 2, 3, 10]),
        ("standard", (np.array([1, 2, 3, 10]) - 4) / np.sqrt(12.5)),
        ("minmax", [0, 1 / 9, 2 / 9, 1]),
        ("robust", [-0.5, -1 / 6, 1 / 6, 2.5]),
        ("quantile", [norm.ppf(1e-7), norm.ppf(1 / 3), norm.ppf(2 / 3), norm.ppf(1 - 1e-7)]),
    ],
)
def test_scales(scale, expected):
    rows = of("numeric", scale=scale).fit(A).transform(A)
    np.testing.assert_allclose(rows[:, 0], expected, rtol=1e-4)
    assert rows.dtype == np.float32


def test_missing_numbers_become_the_median_and_are_marked():
    made = of("numeric", scale="none").fit(column(1, 3, NAN, 8))
    np.testing.assert_array_equal(made.transform(column(NAN, 4)), [[3, 1], [4, 0]])
    assert made.width == 2


def test_numbers_that_miss_nothing_in_training_have_no_mark():
    made = of("numeric", scale="none").fit(A)
    np.testing.assert_array_equal(made.transform(column(NAN, 4)), [[2.5], [4]])


def test_flags_are_not_scaled_and_missing_ones_become_the_more_frequent_value():
    made = of("boolean").fit(column(1, 0, 0, NAN))
    np.testing.assert_array_equal(made.transform(column(1, 0, NAN)), [[1, 0], [0, 0], [0, 1]])


def test_moments_are_numbers():
    made = of("time", scale="minmax").fit(column(10, 20))
    np.testing.assert_array_equal(made.transform(column(15, 30)), [[0.5], [2]])


def test_texts_are_one_hot_and_missing_is_a_text():
    made = of("categorical").fit(column(0, 1, 1, NAN))
    np.testing.assert_array_equal(made.transform(column(0, 1, NAN)), np.eye(3))
    np.testing.assert_array_equal(made.transform(column(2, 3)), np.zeros((2, 3)))  # never seen: all zeros


def test_missing_texts_that_training_did_not_have_are_all_zeros():
    made = of("categorical").fit(column(0, 1, 1, 0))
    np.testing.assert_array_equal(made.transform(column(NAN)), [[0, 0]])


def test_rare_texts_share_a_column_that_takes_new_ones_too():
    codes = [c for c in range(100) for _ in range(200 - c)]  # the lower the code, the more frequent
    made = of("categorical").fit(np.array(codes, float)[:, None])
    assert made.width == MOST_CATEGORIES
    rows = made.transform(column(*range(100), 100, NAN))
    assert (rows.sum(1) == 1).all()
    frequent = rows[: MOST_CATEGORIES - 1]
    np.testing.assert_array_equal(frequent.argmax(1), np.arange(MOST_CATEGORIES - 1))
    assert set(rows[MOST_CATEGORIES - 1 :].argmax(1)) == {MOST_CATEGORIES - 1}


def test_constant_columns_go():
    rows = np.column_stack([np.full(6, 0.1), np.arange(6.0), np.zeros(6), np.full(6, 2.0), np.full(6, NAN)])
    made = of("numeric", "numeric", "boolean", "categorical", "numeric").fit(rows)
    assert made.width == 1
    other = rows.copy()
    other[:, [0, 2]] = 1  # whatever they hold later
    np.testing.assert_array_equal(made.transform(other), made.transform(rows))


@pytest.mark.parametrize("kind", ["numeric", "boolean", "time"])
def test_a_column_that_training_does_not_fill_breaks_nothing(kind):
    rows = np.column_stack([np.full(4, NAN), [0, 1, 1, 0]])
    made = of(kind, "categorical").fit(rows)
    filled = np.column_stack([np.ones(4), [0, 1, 1, 0]])
    np.testing.assert_array_equal(made.transform(filled), [[1, 0], [0, 1], [0, 1], [1, 0]])


@pytest.mark.parametrize("rows", [np.full((5, 2), 3.0), np.full((5, 2), NAN)])
def test_nothing_that_varies(rows):
    with pytest.raises(InvalidInput, match="no column varies over the training rows"):
        of("numeric", "numeric").fit(rows)


def mixed(n=200, seed=0):
    g = np.random.default_rng(seed)
    rows = np.column_stack([g.normal(size=n), g.integers(0, 2, n), g.integers(0, 3, n), g.integers(0, 999, n)])
    rows[g.random(rows.shape) < 0.1] = NAN
    return rows


KINDS = ("numeric", "boolean", "categorical", "time")


@pytest.mark.parametrize("scale", SCALES)
def test_it_can_be_kept_and_loaded(scale, tmp_path):
    made = of(*KINDS, scale=scale).fit(mixed())
    state.save(made.state_dict(), tmp_path / "p.pt")
    again = Preprocessor.from_state(state.loads((tmp_path / "p.pt").read_bytes()))
    assert (again.schema, again.scale, again.width) == (made.schema, made.scale, made.width)
    np.testing.assert_array_equal(again.transform(mixed(seed=1)), made.transform(mixed(seed=1)))


@pytest.mark.parametrize("scale", SCALES)
def test_rows_do_not_depend_on_each_other_and_nothing_is_written_into(scale):
    rows = mixed()
    rows.setflags(write=False)
    made = of(*KINDS, scale=scale).fit(rows)
    whole = made.transform(rows)
    assert np.isfinite(whole).all()
    assert whole.shape == (200, made.width)
    np.testing.assert_array_equal(np.concatenate([made.transform(rows[i : i + 7]) for i in range(0, 200, 7)]), whole)


def test_transforming_learns_nothing():
    made = of(*KINDS).fit(mixed())
    before = made.transform(mixed(seed=1))
    made.transform(mixed(seed=2) * 1000)
    np.testing.assert_array_equal(made.transform(mixed(seed=1)), before)


def test_it_says_nothing_of_new_texts_and_empty_columns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        of("categorical").fit(column(0, 1, 1)).transform(column(9))
        of("numeric", "boolean").fit(np.column_stack([np.full(3, NAN), [0, 1, NAN]]))


def test_wrong_use():
    with pytest.raises(InvalidInput, match="scale='log' must be one of standard, minmax"):
        of("numeric", scale="log")
    for use in (lambda p: p.transform(A), lambda p: p.width, lambda p: p.state_dict()):
        with pytest.raises(NotFitted):
            use(of("numeric"))
