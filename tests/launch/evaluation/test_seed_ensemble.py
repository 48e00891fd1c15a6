"""The refits as one model: what is registered scores as they do together."""

import numpy as np
import pytest

from launch.common.errors import UsageError
from launch.config.command_line import parse
from launch.evaluation.calibration import median_and_range
from trainables.core import metrics
from trainables.core.serving import ServedModel
from trainables.training.fit import QUANTILES


def test_median_and_range_by_hand():
    np.testing.assert_allclose(median_and_range(np.array([QUANTILES, 10 * QUANTILES])), [[0.5, 0.5], [5, 5]])


def test_the_registered_model_is_the_mean_of_the_refits(local):
    arguments = ("devnet", "--trials", "3", "--max-rounds", "2", "--confirm", "2", "--ensemble-seeds", "3")
    one = local(*arguments).search()
    outcome = one.conclude()
    fits = [outcome.arms["tuned"].fits[seed] for seed in range(3)]
    scales = [median_and_range(fit.training_quantiles)[0] for fit in fits]
    standardised = [(fit.scores["test"] - m) / r for fit, (m, r) in zip(fits, scales, strict=True)]
    expected = np.mean(standardised, axis=0)
    model = ServedModel(outcome.model_folder)
    part = outcome.result.part
    scored = model.score(part.X)
    np.testing.assert_allclose(scored["score"], expected, rtol=1e-5)
    assert outcome.result.ensemble.ap.mean == pytest.approx(metrics.ranking(part.y, expected)["ap"], abs=1e-4)
    assert model.meta["ensemble_seeds"] == 3
    assert model.meta["test"]["ap"]["mean"] == outcome.result.ensemble.ap.mean
    (event,) = one.tracker.of("model")
    assert "Trained on development, with 3 seeds as one model, of celeba" in event["description"]
    (share,) = outcome.arms["tuned"].quantiles
    assert np.mean(scored["label"]) == pytest.approx(1 - share, abs=0.03)  # what is flagged is what was meant


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--ensemble-seeds", "6"), "must be 2 to 5"),
        (("--ensemble-seeds", "3", "--no-retrain"), "leave out --no-retrain"),
        (("--ensemble-seeds", "3", "--labelled-anomalies", "9", "--contamination", "0.02"), "leave one out"),
    ],
)
def test_what_cannot_be_one_model_is_refused(more, message):
    with pytest.raises(UsageError, match=message):
        parse(["devnet", "celeba", *more])
