"""The rows that the confirmation of the winner held out, with their scores and the models that did not see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems.parts import Part
from datasets.problems.prepared import Prepared
from datasets.problems.problem import Problem
from launch.config.plan import Plan
from launch.evaluation import calibration
from launch.evaluation.calibration import HeldOut
from launch.evaluation.outcome import SEEDS, Outcome
from trainables.core.detector import Detector, make

Score = Callable[[NDArray[Any]], NDArray[np.float64]]
"""Scores of coded rows, on the scale of the model that is shipped."""


@dataclass(frozen=True, eq=False)
class SplitModel:
    """The model of one split, and which of the held-out rows it did not see."""

    rows: NDArray[np.intp]
    score: Score


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """Rows with one score each.

    Attributes
    ----------
    part : Part
        The raw rows.
    y : ndarray of shape (n,)
    scores : ndarray of shape (n,)
        Means over the splits that held a row out, on the scale of the model that is shipped.
    splits : ndarray of int, shape (n,)
        How many these are.
    threshold : float
    models : tuple of SplitModel
        Empty where their states were not kept.
    """

    problem: Problem
    part: Part
    y: NDArray[np.int8]
    scores: NDArray[np.float64]
    splits: NDArray[np.intp]
    threshold: float
    models: tuple[SplitModel, ...] = ()

    @property
    def missed(self) -> NDArray[np.bool_]:
        """Anomalies below the threshold."""
        return (self.y == 1) & (self.scores < self.threshold)

    @property
    def false_alarms(self) -> NDArray[np.bool_]:
        """Normal rows at or above it."""
        return (self.y == 0) & (self.scores >= self.threshold)


def held_out(plan: Plan, outcome: Outcome, task: int = 0) -> ScoredRows:
    """The held-out rows of one task, in the order of the file."""
    problem, arm = plan.problem, outcome.arms["tuned"]
    fit = outcome.result.shipped or arm.fits[SEEDS[0]]
    wanted = calibration.quantiles_of(fit.training_quantiles, task)
    labels = problem.development.y.reshape(len(problem.development), -1)[:, task]
    total, splits = np.zeros(len(labels)), np.zeros(len(labels), np.intp)
    found: dict[int, NDArray[np.intp]] = {}
    for number, fold in outcome.best.folds.items():
        own, rows = fold.by_task()[task], problem.valid_rows(number)
        rows = rows[labels[rows] >= 0] if problem.development.y.ndim > 1 else rows
        if not np.array_equal(labels[rows], own.y):
            raise RuntimeError(f"the rows of split {number} are not those that were scored")
        total[rows] += calibration.rescaled(own, wanted)
        splits[rows] += 1
        found[number] = rows
    chosen = np.flatnonzero((splits > 0) & np.isin(labels, (0, 1)))
    place = np.full(len(labels), -1)
    place[chosen] = np.arange(len(chosen))
    models = []
    for number, state in outcome.best.states.items():
        quantiles = outcome.best.folds[number].training_quantiles
        scale = partial(_scaled, calibration.quantiles_of(quantiles, task), wanted)
        detector = make(plan.cls, arm.params).load_state_dict(state)
        rows = place[found[number]]
        models.append(SplitModel(rows[rows >= 0], raw_score(detector, _Later(problem, number).rows, scale)))
    return ScoredRows(
        problem, problem.development.take(chosen), labels[chosen], total[chosen] / splits[chosen], splits[chosen],
        arm.thresholds_of(fit)[task], tuple(models),
    )  # fmt: skip


class _Later:
    """The preprocessing of a split, fitted when it is first needed."""

    def __init__(self, problem: Problem, number: int) -> None:
        self.problem, self.number, self.prepared = problem, number, None if problem.schema else Prepared(_NO_ROWS)

    def rows(self, X: NDArray[Any]) -> NDArray[Any]:
        if self.prepared is None:  # without the rows that it was fitted on
            self.prepared = Prepared(_NO_ROWS, self.problem.trained_on(self.number).preprocessor)
        return self.prepared.rows(X)


_NO_ROWS = Part(np.empty((0, 1)), np.empty(0, np.int8))


def raw_score(
    detector: Detector, prepared: Callable[[NDArray[Any]], NDArray[Any]], scale: Score = lambda scores: scores
) -> Score:
    """What scores raw rows: prepared, scored, and brought to a scale."""
    return lambda X: scale(detector.decision_function(prepared(X)))


def _scaled(
    own: NDArray[np.float64] | None, wanted: NDArray[np.float64] | None, scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    return calibration.rescaled(HeldOut(np.zeros(len(scores)), scores, own), wanted)
