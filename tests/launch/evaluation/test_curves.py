"""Counts over thresholds, against values calculated by hand."""

import numpy as np
import pytest

from launch.evaluation import curves
from launch.evaluation.calibration import HeldOut

Y = np.array([0, 0, 0, 1, 0, 1, 0, 0, 0, 1])
SCORES = np.arange(10.0)


def test_operating_points_by_hand():
    """Of ten rows the top three: 7, 8, 9 are called, of which one is an anomaly."""
    (point,) = [
        p
        for p in curves.operating_points((Y, SCORES[None]), SCORES[None], [HeldOut(Y, SCORES)])
        if p["share"] == pytest.approx(0.3)
    ]
    assert point["test_recall"] == pytest.approx(1 / 3, abs=1e-4)
    assert point["test_precision"] == pytest.approx(1 / 3, abs=1e-4)
    assert point["test_f1"] == pytest.approx(2 / 6, abs=1e-4)
    assert point["test_false_alarms"] == pytest.approx(1000 * 2 / 7, abs=1e-2)
    assert point["validation_recall"] == point["test_recall"]


def test_the_model_s_own_threshold_is_a_point():
    """The .75 quantile of 0 to 9 lies at 6.75, rounded up at 7: rows at or above it are 7, 8, 9, one an anomaly."""
    points = curves.operating_points((Y, SCORES[None]), SCORES[None], [HeldOut(Y, SCORES)], own=0.75)
    (point,) = [p for p in points if p["share"] == 0.25]
    assert point["test_called"] == point["validation_called"] == pytest.approx(0.3)
    assert point["test_precision"] == point["test_recall"] == pytest.approx(1 / 3, abs=1e-5)
    assert point["test_f1"] == pytest.approx(2 / 6, abs=1e-5)
    assert point["test_false_alarms"] == pytest.approx(2000 / 7, abs=1e-4)


def test_points_without_held_out_rows():
    points = curves.operating_points((Y, SCORES[None]), SCORES[None], [])
    assert not any(name.startswith("validation") for name in points[0])


def test_histogram_counts_every_row():
    found = curves.histogram(Y, SCORES, 5.0)
    assert sum(found["normal"]) == 7
    assert sum(found["anomaly"]) == 3
    assert len(found["edges"]) == curves.BINS + 1


def test_histogram_of_equal_scores():
    found = curves.histogram(Y, np.zeros(10), 0.0)
    assert sum(found["normal"]) + sum(found["anomaly"]) == 10


def test_curves_keep_their_ends():
    generator = np.random.default_rng(0)
    y = (generator.random(5000) < 0.1).astype(int)
    scores = generator.normal(size=5000) + y
    found = curves.roc(y, scores)
    assert len(found["x"]) <= curves.POINTS
    assert (found["x"][0], found["y"][0], found["x"][-1], found["y"][-1]) == (0, 0, 1, 1)
    # the area under what is kept is that of all
    assert np.trapezoid(found["y"], found["x"]) == pytest.approx(found["value"], abs=2e-3)
    found = curves.precision_recall(y, scores)
    assert found["x"][0] == 0
    assert found["x"][-1] == 1


def test_calibration_by_hand():
    """A curve that says 0.5 for everything, on rows of which 0.3 are anomalies: distance 0.2, Brier 0.25."""
    curve = {
        "kind": "isotonic", "reference": SCORES.tolist(), "quantile": [0.0, 1.0], "probability": [0.5, 0.5],
    }  # fmt: skip
    found = curves.reliability(Y, SCORES, curve)
    assert found["brier"] == pytest.approx(0.25)
    assert found["brier_of_prevalence"] == pytest.approx(0.21)
    assert sum(b["rows"] for b in found["bins"]) == 10
    assert sum(b["anomalies"] for b in found["bins"]) == 3
    assert curves.reliability(Y, SCORES, {"kind": "conformal_p", "reference": SCORES.tolist()}) is None
