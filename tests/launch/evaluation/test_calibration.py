import numpy as np
import pytest

from launch.evaluation import calibration
from trainables.core.serving import calibrated


def fold(labels, scores):
    return np.asarray(labels, np.int8), np.asarray(scores, float)


def test_threshold_quantile_by_hand():
    # F1 is 1 at threshold 3 (two of four rows below it), and 1 at threshold 4 (three of four)
    first, second = fold([0, 0, 1, 1], [1, 2, 3, 4]), fold([0, 0, 0, 1], [1, 2, 3, 4])
    assert calibration.threshold_quantile([first]) == 0.5
    assert calibration.threshold_quantile([second]) == 0.75
    assert calibration.threshold_quantile([first, second]) == 0.625
    assert calibration.threshold_quantile([first, second, second]) == 0.75


def test_threshold_quantile_hangs_on_ranks_alone():
    labels, scores = [0, 1, 0, 0, 1, 0, 1], [0.1, 0.9, 0.3, 0.4, 0.8, 0.85, 0.2]
    scaled = [np.exp(5 * s) - 40 for s in scores]
    assert calibration.threshold_quantile([fold(labels, scores)]) == calibration.threshold_quantile(
        [fold(labels, scaled)]
    )


def test_threshold_is_a_score_that_occurred():
    scores = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    assert calibration.threshold(0.5, scores) == 30.0
    assert calibration.threshold(0.6, scores) == 40.0  # between 30 and 40: the higher
    assert calibration.threshold(0.0, scores) == 10.0
    assert calibration.threshold(1.0, scores) == 50.0


def test_conformal_p_by_hand():
    # of reference 1, 2, 3, 4 as many as (4, 4, 3, 1, 0) are at least 0, 1, 1.5, 4, 9: (1 + count) / 5
    kind, p = calibrated({"kind": "conformal_p", "reference": [1, 2, 3, 4]}, np.array([0, 1, 1.5, 4, 9]))
    assert kind == "conformal_p"
    np.testing.assert_allclose(p, [1.0, 1.0, 0.8, 0.4, 0.2])


@pytest.mark.parametrize("folds", [[], [fold([0, 0, 0], [1, 2, 3])], [fold([1, 1], [1, 2])]])
def test_without_both_classes_the_probability_is_conformal(folds):
    made = calibration.calibration(folds, np.arange(100.0))
    assert made["kind"] == "conformal_p"
    kind, p = calibrated(made, np.array([-1.0, 50.0, 1000.0]))
    assert kind == "conformal_p"
    assert p[0] == 1.0
    assert p[1] == pytest.approx(0.5, abs=0.01)
    assert p[2] == pytest.approx(1 / 2002)


def test_isotonic_by_hand():
    # ranks 0, 1/3, 2/3, 1 with labels 0, 1, 0, 1: pooled to 0, 1/2, 1/2, 1
    made = calibration.calibration([fold([0, 1, 0, 1], [10, 20, 30, 40])], np.arange(0.0, 31.0))
    assert made["kind"] == "isotonic"
    np.testing.assert_allclose(made["quantile"], [0, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(made["probability"], [0, 0.5, 0.5, 1])
    # the refitted model's scores are uniform on 0 … 30: a score s stands at quantile s / 30
    kind, p = calibrated(made, np.array([-5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 99.0]))
    assert kind == "isotonic"
    np.testing.assert_allclose(p, [0, 0, 0.25, 0.5, 0.5, 0.5, 0.75, 1, 1], atol=1e-9)


def test_isotonic_takes_the_share_of_anomalies_at_tied_scores():
    made = calibration.calibration([fold([0, 0, 0, 1], [5, 5, 5, 5])], np.linspace(0, 1, 50))
    _, p = calibrated(made, np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(p, 0.25)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("labelled", [True, False])
def test_probability_is_monotone_and_between_0_and_1(seed, labelled):
    generator = np.random.default_rng(seed)
    folds = []
    for _ in range(3):
        y = (generator.random(300) < 0.1).astype(np.int8)
        folds.append((y, np.round(generator.normal(size=300) + y, 1)))  # rounded: many ties
    fitted = np.round(10 * generator.normal(size=1000) + 3, 0)
    made = calibration.calibration(folds if labelled else [], fitted)
    asked = np.sort(np.concatenate([fitted, generator.normal(0, 100, 200), [-1e9, 1e9]]))
    kind, p = calibrated(made, asked)
    assert np.isfinite(p).all()
    assert p.min() >= 0
    assert p.max() <= 1
    steps = np.diff(p) if kind == "isotonic" else -np.diff(p)
    assert (steps >= -1e-12).all()
    if labelled:
        assert p[-1] > p[0]
