"""Scores of every row by models that did not see it."""

from types import SimpleNamespace

import numpy as np
import pytest

from datasets.problems.dataset import Dataset
from datasets.problems.protocols import prepare
from datasets.train_data import train_data
from launch.common.jobs import JobFailure
from launch.evaluation.arm_metrics import ArmComparison, ArmMetrics, Interval
from launch.evaluation.cross_validation import cross_validate
from launch.evaluation.outcome import SEEDS, Arm, Baseline, RefitFailed
from trainables.training.fit import FitJob, FitResult

N = 60


@pytest.fixture
def plan():
    X = np.random.default_rng(0).normal(size=(N, 2)).astype(np.float32)
    y = (np.arange(N) % 20 == 0).astype(np.int8)
    problem = prepare(Dataset("few", X, y, ("a", "b"), "here", "0", "none"), "cross-validated")
    return SimpleNamespace(
        problem=problem,
        train_data=lambda part: train_data(part, "hbos"),
        fit_job=lambda params, seed, rounds, key: FitJob("hbos", params, seed, 1, rounds, key=key),
        metric="ap",
    )


class Engine:
    """Scores a row by its first value, and asserts that its model did not see it."""

    def __init__(self, fails=False):
        self.fails, self.keys = fails, []

    def share(self, value):
        return value

    def map(self, jobs, stop):
        for index, job in enumerate(jobs):
            fit, train, parts = job.arguments
            seen, rows = {row.tobytes() for row in train.X}, parts["test"]
            assert not seen & {row.tobytes() for row in rows}
            assert len(seen) + len(rows) == N
            self.keys.append(fit.key)
            failed = JobFailure("crashed", "too far") if self.fails else None
            yield index, failed or FitResult(fit, [], {"test": rows[:, 0].astype(float)}, 0.1, 0.1)


def arm(seconds=0.0):
    fits = {seed: FitResult(FitJob("hbos", {}, seed, 1), [], {"test": np.zeros(N)}, seconds, 0.0) for seed in SEEDS}
    return Arm(SimpleNamespace(record=SimpleNamespace(params={}, number=3)), 1, (0.9,), fits)


def test_rows_get_the_scores_of_models_that_did_not_see_them(plan):
    engine, steps = Engine(), []
    arms = {"tuned": arm(), "published": arm()}
    cross_validate(arms, plan, engine, lambda: False, lambda done, of: steps.append((done, of)))
    for own in arms.values():
        np.testing.assert_allclose(own.scores("test"), np.tile(plan.problem.development.X[:, 0], (5, 1)))
    assert len(engine.keys) == len(set(engine.keys)) == 2 * 5 * 3  # three anomalies, three folds
    assert steps[-1] == (30, 30)


def test_one_arm_is_cross_validated_once(plan):
    one, engine = arm(), Engine()
    cross_validate({"tuned": one, "published": one}, plan, engine, lambda: False, lambda done, of: None)
    assert len(engine.keys) == 5 * 3


def test_a_fold_that_fails_is_said(plan):
    with pytest.raises(RefitFailed, match="configuration 3 failed: too far"):
        cross_validate({"tuned": arm()}, plan, Engine(fails=True), lambda: False, lambda done, of: None)


def baseline():
    fits = {seed: FitResult(FitJob("logistic", {}, seed, 1), [], {"test": np.zeros(N)}, 0.0, 0.0) for seed in SEEDS}
    return Baseline("logistic", "defaults", {}, SEEDS, fits)


def test_the_baseline_is_cross_validated_too(plan):
    one, own, engine = arm(), baseline(), Engine()
    cross_validate({"tuned": one, "baseline": own}, plan, engine, lambda: False, lambda done, of: None)
    np.testing.assert_allclose(own.scores("test"), one.scores("test"))


def test_a_baseline_that_fails_costs_nothing_else(plan):
    class Sick(Engine):
        def map(self, jobs, stop):
            for index, result in super().map(jobs, stop):
                failed = jobs[index].arguments[0].detector == "logistic"
                yield index, JobFailure("crashed", "too far") if failed else result

    one, own = arm(), baseline()
    cross_validate({"tuned": one, "baseline": own}, plan, Sick(), lambda: False, lambda done, of: None)
    assert own.failure == "too far"
    np.testing.assert_allclose(one.scores("test")[0], plan.problem.development.X[:, 0])


def test_there_is_no_verdict():
    metrics = ArmMetrics(Interval(1.0, 1.0, 1.0), Interval(1.0, 1.0, 1.0))
    assert "no verdict" in ArmComparison(metrics, metrics, metrics, 500, 500, cross_validated=True).too_few()
