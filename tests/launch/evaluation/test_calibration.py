import numpy as np
import pytest

from launch.evaluation import calibration
from launch.evaluation.calibration import HeldOut
from trainables.core.serving import calibrated, mid_ranks, p_values
from trainables.training.fit import QUANTILES


def fold(labels, scores, quantiles=None):
    return HeldOut(
        np.asarray(labels, np.int8), np.asarray(scores, float), None if quantiles is None else quantiles[None]
    )


def uniform(low, high):
    """Quantiles of scores that are spread evenly."""
    return low + (high - low) * QUANTILES


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


def test_held_out_scores_come_to_the_scale_of_the_refit_by_hand():
    # training scores of 0 … 10 and of 100 … 120: twice as wide from 100 on, in between and beyond; 5 … 6: 20 times
    own, other = fold([0, 1, 1], [5, 10, -3], uniform(0, 10)), fold([0], [5.5], uniform(5, 6))
    unseen = calibration.cross_fitted([own, other], uniform(100, 120)[None])
    np.testing.assert_allclose(unseen.scores, [110, 120, 94, 110])
    assert unseen.y.tolist() == [0, 1, 1, 0]


def test_between_known_quantiles_it_goes_one_by_one_and_beyond_by_the_range_between_them():
    # squares of 0 … 10: a tenth lies below 1, 99 % below 98.01; of 0 … 10 below 1 and 9.9
    squares = fold([0, 0, 1], [25, 121, 0], uniform(0, 10) ** 2)
    unseen = calibration.cross_fitted([squares], uniform(0, 10)[None])
    np.testing.assert_allclose(unseen.scores, [5, 9.9 + (121 - 98.01) * 8.9 / 97.01, 1 - 1 * 8.9 / 97.01])


def test_scores_that_most_rows_share_say_nothing_of_the_scale():
    """Trees on a table that they part well: four fifths of the rows in one leaf, or in two that hardly differ.

    The scale was the interquartile range, which is next to nothing then, or nothing: anomalies of one split came to
    hundreds of times their distance, those of another stayed on the scale of its own.
    """
    tail = np.clip(10 * (QUANTILES - 0.8), 0, None)
    for bulk in (0.0, 1e-6):
        one, other = (fold([0, 1], [at, at + 5], at + tail + bulk * QUANTILES) for at in (-7.0, -7.2))
        unseen = calibration.cross_fitted([one, other], (-7.4 + tail + 1e-3 * QUANTILES)[None])
        np.testing.assert_allclose(unseen.scores, [-7.4, -2.4, -7.4, -2.4], atol=0.01)


def test_where_all_training_scores_are_one_scores_are_shifted():
    unseen = calibration.cross_fitted([fold([0, 1], [5, 7], uniform(5, 5))], uniform(3, 3)[None])
    assert unseen.scores.tolist() == [3, 5]


@pytest.mark.parametrize("quantiles", [None, uniform(5, np.nan)])
def test_scores_without_a_scale_count_as_they_are(quantiles):
    for wanted in (uniform(0, 1)[None], uniform(0, np.nan)[None], None):
        assert calibration.cross_fitted([fold([0, 1], [1, 2], quantiles)], wanted).scores.tolist() == [1, 2]


def test_tasks_keep_their_own_rows_and_scale():
    both = HeldOut(
        np.array([[0, -1], [1, 0], [-1, 1]], np.int8),
        np.array([[1.0, 9], [2, 8], [9, 7]]),
        np.array([[1.0, 2], [3, 4]]),
    )
    (first,), (second,) = calibration.by_task([both])
    assert (first.y.tolist(), first.scores.tolist(), first.training_quantiles.tolist()) == ([0, 1], [1, 2], [[1, 2]])
    assert (second.y.tolist(), second.scores.tolist(), second.training_quantiles.tolist()) == ([0, 1], [8, 7], [[3, 4]])


@pytest.mark.parametrize(
    ("labels", "kind"), [([0, 0, 0], "conformal_p"), ([1, 1, 1], "conformal_p"), ([0, 0, 1], "isotonic")]
)
def test_without_both_classes_the_probability_is_conformal(labels, kind):
    made = calibration.calibration([fold(labels, [1, 2, 3])], None)
    assert made["kind"] == kind
    assert made["reference"] == [1, 2, 3]
    assert made["normal"] == ([1, 2, 3] if sum(labels) in (0, 3) else [1, 2])
    if kind == "conformal_p":
        np.testing.assert_allclose(calibrated(made, np.array([0.0, 2, 9]))[1], [1, 3 / 4, 1 / 4])


def test_isotonic_by_hand():
    # ranks 0, 1/3, 2/3, 1 with labels 0, 1, 0, 1: pooled to 0, 1/2, 1/2, 1
    made = calibration.calibration([fold([0, 1, 0, 1], [10, 20, 30, 40])], None)
    assert made["kind"] == "isotonic"
    np.testing.assert_allclose(made["quantile"], [0, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(made["probability"], [0, 0.5, 0.5, 1])
    kind, p = calibrated(made, np.array([-5.0, 10, 15, 20, 25, 30, 35, 40, 99]))
    assert kind == "isotonic"
    np.testing.assert_allclose(p, [0, 0, 0.25, 0.5, 0.5, 0.5, 0.75, 1, 1], atol=1e-9)


def test_isotonic_takes_the_share_of_anomalies_at_tied_scores():
    made = calibration.calibration([fold([0, 0, 0, 1], [5, 5, 5, 5])], None)
    np.testing.assert_allclose(calibrated(made, np.array([5.0]))[1], 0.25)


def test_five_distinct_scores_have_their_true_rates():
    # rates of anomalies at the scores 0 … 4; as many rows at each as 20,000 draws of these shares give
    rates, shares = [0.0005, 0.0045, 0.0094, 0.0956, 0.5109], [0.55, 0.25, 0.15, 0.04, 0.01]
    counts = [int(20_000 * share) for share in shares]
    scores = np.repeat(np.arange(5.0), counts)
    y = np.concatenate([np.arange(n) < round(rate * n) for rate, n in zip(rates, counts, strict=True)])
    made = calibration.calibration([fold(y, scores)], None)
    exact = [round(rate * n) / n for rate, n in zip(rates, counts, strict=True)]
    np.testing.assert_allclose(calibrated(made, np.arange(5.0))[1], exact, rtol=0.01)


def test_mid_ranks_by_hand():
    # places of 1 1 2 4 are 0 1 2 3: ties at .5, 3 halfway between 2 and 3, of 3
    np.testing.assert_allclose(
        mid_ranks(np.array([1.0, 1, 2, 4]), np.array([0.0, 1, 2, 3, 4, 5])), np.array([0, 0.5, 2, 2.5, 3, 3]) / 3
    )
    assert mid_ranks(np.array([1.0]), np.array([0.0, 1, 2])).tolist() == [0, 0, 0]


def test_p_values_of_rows_like_the_reference_are_uniform():
    generator = np.random.default_rng(0)
    p = np.concatenate([p_values(np.sort(generator.normal(size=199)), generator.normal(size=50)) for _ in range(200)])
    for share in (0.05, 0.1, 0.5):
        assert np.mean(p <= share) == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("labelled", [True, False])
def test_probability_is_monotone_and_between_0_and_1(seed, labelled):
    generator = np.random.default_rng(seed)
    folds = []
    for _ in range(3):
        y = (generator.random(300) < 0.1).astype(np.int8)
        scores = np.round(generator.normal(size=300) + y, 1)  # rounded: many ties
        folds.append(fold(y if labelled else 0 * y, scores, uniform(-1, 2)))
    made = calibration.calibration(folds, uniform(3, 10)[None])
    asked = np.sort(np.concatenate([made["reference"], generator.normal(0, 100, 200), [-1e9, 1e9]]))
    kind, p = calibrated(made, asked)
    assert np.isfinite(p).all()
    assert p.min() >= 0
    assert p.max() <= 1
    steps = np.diff(p) if kind == "isotonic" else -np.diff(p)
    assert (steps >= -1e-12).all()
    if labelled:
        assert p[-1] > p[0]


def test_where_anomalies_are_made_up_real_rows_alone_count():
    # of 100 real rows with scores 1 to 100 two are at or above the 98 % quantile; made-up ones score 1,000
    scores = np.r_[np.arange(1.0, 101), np.full(50, 1000.0)]
    held_out = HeldOut(np.r_[np.zeros(100, np.int8), np.ones(50, np.int8)], scores, None, 0.02)
    assert calibration.threshold_quantile([held_out]) == 0.98
    unseen = calibration.cross_fitted([held_out], None)
    assert len(unseen.scores) == 100
    cut = calibration.threshold(0.98, unseen.scores)
    assert (unseen.scores >= cut).sum() == 2
    curve = calibration.calibration([held_out], None)
    assert curve["kind"] == "conformal_p"
    assert max(curve["reference"]) == max(curve["normal"]) == 100
    assert held_out.by_task()[0].alarm_rate == 0.02
