"""The baseline of a search, and what stands beside it."""

from types import SimpleNamespace

import numpy as np
import pytest

from datasets.problems.few_labels import ALL, Labels
from launch.evaluation.outcome import SEEDS
from launch.evaluation.verdict.baseline import baseline_of, false_alarms, prevalence


def plan(detector, anomalies=5, modality="tabular", labels=ALL, cross_validated=False):
    problem = SimpleNamespace(modality=modality, labels=labels, cross_validated=cross_validated)
    return SimpleNamespace(detector=detector, info=SimpleNamespace(anomalies=anomalies), problem=problem, metric="ap")


@pytest.mark.parametrize(
    ("given", "detector", "origin", "seeds"),
    [
        (plan("kmeans"), "logistic", "defaults", 1),
        (plan("devnet", labels=Labels(30)), "logistic", "balanced", 5),
        (plan("knn", anomalies=0), "iforest", "report", 5),
        (plan("vae", modality="image"), "pca", "thesis", 1),
        (plan("gbdt", cross_validated=True), "logistic", "defaults", 5),
    ],
)
def test_the_simplest_detector_that_the_labels_allow(given, detector, origin, seeds):
    found = baseline_of(given)
    assert (found.detector, found.origin, found.seeds) == (detector, origin, SEEDS[:seeds])


@pytest.mark.parametrize(
    "given",
    [plan("logistic"), plan("iforest", anomalies=0), plan("pca", modality="image")],
    ids=lambda one: one.detector,
)
def test_what_is_the_baseline_has_none(given):
    assert baseline_of(given) is None


def test_the_share_of_anomalies_of_several_tasks_is_their_mean():
    assert prevalence(np.array([1, 0, 0, 0])) == 0.25
    assert prevalence(np.array([[1, -1], [0, 1], [0, 0], [0, -1]])) == pytest.approx((1 / 4 + 1 / 2) / 2)


def test_false_alarms_are_a_share_of_the_normal_rows():
    """Of four normal rows seed 0 flags one, seed 1 two: .25 and .5."""
    y, cuts = np.array([0, 0, 0, 0, 1]), np.array([[0.5], [0.5]])
    scores = np.array([[0.9, 0.1, 0.2, 0.3, 0.9], [0.9, 0.5, 0.2, 0.3, 0.1]])
    found = false_alarms(y, scores, cuts, 4)
    assert found.mean == 0.375
    assert 0 <= found.low < 0.25 < 0.5 < found.high <= 1


def test_no_false_alarm_in_few_rows_is_no_certainty():
    """Wilson's interval of 0 of 20 ends at z²/(n + z²), z = 1.96."""
    found = false_alarms(np.array([0] * 20 + [1]), np.zeros((5, 21)), np.ones((5, 1)), 20)
    assert (found.mean, found.low) == (0, 0)
    assert found.high == pytest.approx(1.96**2 / (20 + 1.96**2), abs=1e-3)
