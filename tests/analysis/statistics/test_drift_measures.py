"""Measures of drift, against values calculated by hand."""

import math

import numpy as np
import pytest

from analysis.statistics import drift_measures as of
from launch.models import training_profile


def test_psi_by_hand():
    # (0.3 - 0.5) ln(0.3 / 0.5) + (0.7 - 0.5) ln(0.7 / 0.5)
    assert of.psi([0.5, 0.5], [0.3, 0.7]) == pytest.approx(-0.2 * math.log(0.6) + 0.2 * math.log(1.4))
    assert of.psi([0.5, 0.5], [0.5, 0.5]) == 0
    assert math.isfinite(of.psi([1.0, 0.0], [0.0, 1.0]))


def test_kolmogorov_by_hand():
    distance, p = of.kolmogorov([0.2, 0.3, 0.5], [0.5, 0.3, 0.2], 100, 100)
    assert distance == pytest.approx(0.3)
    # the first two terms of 2 sum (-1)^(k-1) exp(-2 k^2 x^2) at x = 0.3 sqrt(50)
    x = 0.3 * math.sqrt(50)
    assert p == pytest.approx(2 * (math.exp(-2 * x * x) - math.exp(-8 * x * x)), rel=1e-6)


def test_chi_squared_by_hand():
    """10, 10 against 15, 5: 2 (2.5^2 / 12.5 + 2.5^2 / 7.5) = 2.6667, one degree of freedom."""
    distance, p = of.chi_squared([0.5, 0.5], [0.75, 0.25], 20, 20)
    assert distance == pytest.approx(0.25)
    assert p == pytest.approx(math.erfc(math.sqrt(8 / 3 / 2)), rel=1e-6)


def test_numbers_of_an_edge_lie_above_it():
    found = training_profile.of_numbers(np.array([0.0, 0.0, 0.0, 1.0]))
    assert (found["edges"], found["shares"]) == ([1.0], [0.75, 0.25])
    again = training_profile.of_numbers(np.array([1.0, np.nan]), found["edges"])
    assert (again["shares"], again["missing"], again["known"]) == ([0.0, 1.0], 0.5, 1)


def test_new_texts_are_others():
    then = training_profile.of_categories(np.array([0.0, 0.0, 1.0]), ["a", "b"])
    assert then["values"] == ["a", "b", "(other)"]
    now = training_profile.like(then, np.array([2.0, 2.0, 1.0]), ["a", "b"])
    assert now["shares"] == pytest.approx([0, 1 / 3, 2 / 3], abs=1e-5)


def test_chunks_together_are_the_whole():
    values = np.random.default_rng(0).normal(size=1000)
    values[::7] = np.nan
    then = training_profile.of_numbers(values)
    parts = [training_profile.like(then, part, None) for part in np.split(values, [10, 400])]
    together = training_profile.merged(parts)
    assert together["shares"] == pytest.approx(then["shares"], abs=1e-5)
    assert together["missing"] == pytest.approx(then["missing"])


def of_everything(values):
    return {
        "score": training_profile.of_numbers(values[:, 0]),
        "features": {"x": training_profile.of_numbers(values[:, 1])},
    }


def test_what_goes_missing_has_drifted():
    values = np.random.default_rng(0).normal(size=(2000, 2))
    then = of_everything(values)
    gone = values[:, 1].copy()
    gone[:1500] = np.nan
    now = {"score": then["score"], "features": {"x": training_profile.like(then["features"]["x"], gone, None)}}
    found = of.compare(then, now).set_index("feature")
    assert found.loc["x", "verdict"] == "drifted"
    assert found.loc["score", "verdict"] == "stable"


def test_few_rows_prove_nothing():
    """Three rows in one bin are far away by their PSI, and may be chance."""
    then = of_everything(np.random.default_rng(0).normal(size=(2000, 2)))
    now = {
        "score": training_profile.like(then["score"], np.array([0.1, 0.2, 0.1]), None),
        "features": {"x": training_profile.like(then["features"]["x"], np.array([0.0, 0.1, 0.2]), None)},
    }
    assert set(of.compare(then, now)["verdict"]) == {"stable"}
