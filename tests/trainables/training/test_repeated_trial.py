"""A trial on several splits: means of what each split alone would give, and bit for bit the same after a resume."""

import numpy as np
import pytest

from trainables.core.detector import TrainData
from trainables.core.errors import CollapsedScores
from trainables.devnet import DevNet
from trainables.training.repeated_trial import RepeatedTrial, trial_on
from trainables.training.trial import Trial, build

PARAMS = {"hidden": (5,), "batches_per_epoch": 2, "batch_size": 16, "dropout": 0.2}


def split(seed):
    rng = np.random.default_rng(seed)
    y = (np.arange(60) % 6 == 0).astype(np.int8)
    X = (rng.normal(size=(60, 3)) + y[:, None]).astype(np.float32)
    return TrainData.from_labels(X[:40], y[:40]), X[40:], y[40:]


def detector():
    return build(DevNet, PARAMS, rounds=5, seed=0)


def figures(history):
    return [{k: v for k, v in e.flat().items() if not k.endswith("_seconds")} for e in history]


def test_figures_are_means_over_splits_and_seconds_are_sums():
    splits = [split(0), split(1), split(2)]
    alone = [Trial(detector(), *rows, "ap").run() for rows in splits]
    together = trial_on(splits, detector, "ap").run()
    assert len(together) == 5
    for i, mean in enumerate(together):
        for name in ("auroc", "ap", "f1", "score"):
            assert getattr(mean, name) == pytest.approx(np.mean([getattr(own[i], name) for own in alone]))
        assert mean.losses == pytest.approx(
            {k: np.mean([own[i].losses[k] for own in alone]) for k in alone[0][0].losses}
        )
        assert mean.score == pytest.approx(np.mean([e.ap for e in together[max(0, i - 2) : i + 1]]))
        assert mean.round == i + 1


def test_one_split_is_a_trial_as_ever():
    assert isinstance(trial_on([split(0)], detector, "ap"), Trial)


def test_it_goes_on_bit_for_bit():
    splits = [split(0), split(1)]
    whole = trial_on(splits, detector, "ap").run()
    first = trial_on(splits, detector, "ap")
    first.run(2)
    again = trial_on(splits, detector, "ap").begin()
    assert isinstance(again, RepeatedTrial)
    again.load_state_dict(first.state_dict())
    while not again.finished:
        again.step()
    assert figures(again.history) == figures(whole)


def test_one_model_that_fails_fails_the_trial():
    class Script:
        rounds = 2

        def begin(self, train):
            return self

        def train_round(self):
            return {}

        def decision_function(self, X):
            return np.zeros(len(X))

    good, bad = Trial(detector(), *split(0), "ap"), Trial(Script(), *split(1), "ap")
    with pytest.raises(CollapsedScores):
        RepeatedTrial([good, bad]).run()
