"""On how many splits a trial is scored, what is said of few anomalies, and that search, replay and resume agree."""

from types import SimpleNamespace

import numpy as np
import pytest

from launch.common.errors import UsageError
from launch.evaluation.search_splits import caution, enough, numbers, worth_of_labels
from launch.models import rerun
from trainables.core.custom_detectors import load_class
from trainables.training.trial import Trial, build


@pytest.mark.parametrize(("anomalies", "splits"), [(0, 5), (8, 5), (10, 5), (14, 4), (22, 3), (49, 2), (50, 1)])
def test_splits_bring_the_anomalies_to_fifty_together(anomalies, splits):
    assert enough(anomalies) == splits


def test_further_splits_are_none_of_the_confirmation():
    assert numbers(0, 1) == [0]
    assert numbers(0, 3) == [0, 1099, 1098]
    assert numbers(2, 2) == [2, 1299]


def test_what_is_said_before():
    assert caution(50, 1, 5) == ""
    assert (
        caution(14, 4, 5)
        == "14 validation anomalies cannot choose finely: each trial is scored by its mean over 4 splits"
    )
    assert caution(14, 1, 5).endswith("and 5 fresh splits decide between the best")
    assert caution(14, 1, 1).endswith("and 1 fresh split decides between the best")
    assert caution(14, 1, 0).endswith("score each trial on 4 splits (`splits_per_trial`)")
    assert caution(1, 5, 0).startswith("1 validation anomaly cannot")


def test_what_more_labels_would_buy():
    """The root of 22/100 is 0.469, and 0.11 times it 0.052; that of 4/100 is 0.2."""
    words = worth_of_labels(0.11, 22, "test anomalies")
    assert words.startswith("With 100 test anomalies instead of 22,")
    assert words.endswith("about ±0.05 instead of ±0.11.")
    assert "±0.06 instead of ±0.30" in worth_of_labels(0.3, 4, "anomalies")
    assert worth_of_labels(0.05, 50, "anomalies") == worth_of_labels(0.0, 9, "anomalies") == ""


def test_a_search_scores_on_every_split_and_a_replay_comes_to_the_same(local, toy):
    arguments = ("--detector-path", str(toy), "--trials", "3", "--max-rounds", "2", "--splits-per-trial", "2")
    one = local("mine", *arguments).search()
    plan, record = one.plan, one.study.records[2]
    assert plan.scored_rows == 2 * plan.problem.counts["valid"]["rows"]
    scores = []
    for split in map(plan.problem.split, (0, 1099)):
        detector = build(load_class(plan.detector), record.params, rounds=2, seed=0)
        trial = Trial(detector, plan.train_data(split.train), split.valid.X, split.valid.y, plan.metric)
        scores.append(trial.run()[-1].score)
    assert record.score == pytest.approx(np.mean(scores))
    logged = SimpleNamespace(
        detector=plan.detector, config=record.params, threads=1, split_seed=0, train_seed=0, max_rounds=2, rounds=2,
        metric=plan.metric, splits=2,
    )  # fmt: skip
    assert rerun.score(logged, plan.problem) == record.score
    with pytest.raises(UsageError, match="splits_per_trial=2, and this command has 3"):
        local("mine", *arguments[:-1], "3", "--name", plan.study)
