"""What a search came to: the chosen configurations, their refits, their test metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems.parts import Part
from launch.config.plan import Plan
from launch.evaluation import calibration
from launch.evaluation.arm_metrics import (
    AnomalyTypeMetrics,
    ArmComparison,
    ArmMetrics,
    Localisation,
    MeanMetrics,
    Ranking,
)
from launch.evaluation.metric_labels import RANKING
from launch.evaluation.per_kind import SEEN, UNSEEN
from launch.evaluation.race.finalist import Finalist
from launch.evaluation.summary import ChosenForSpeed
from trainables.training.fit import FitJob, FitResult

SEEDS = tuple(range(5))
"""Of the refits of an arm."""
EVERYTHING = -1
"""In place of a seed: the fit on every row."""
REFERENCE = "reference"
"""Rows of training whose metrics stand beside those of the test."""


class RefitFailed(RuntimeError):
    """A refit of the winner or the published configuration failed."""


@dataclass
class Arm:
    """Winner or published configuration, refitted on development with each of the seeds."""

    finalist: Finalist
    rounds: int
    quantiles: tuple[float, ...]
    """Of each task its threshold, as a quantile of the scores of rows that were not trained on."""
    fits: dict[int, FitResult] = field(default_factory=dict)
    """By seed."""
    _unseen: dict[int, tuple[FitResult, list[calibration.HeldOut]]] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """Without what is known by the ids of objects, which are others elsewhere."""
        return {**vars(self), "_unseen": {}}

    @property
    def params(self) -> dict[str, Any]:
        """The configuration."""
        return self.finalist.record.params

    def scores(self, part: str) -> NDArray[np.float64]:
        """Scores of a part, shape (seeds, n), of several tasks (seeds, n, tasks)."""
        return np.stack([self.fits[seed].scores[part] for seed in SEEDS])

    def cross_fitted(self, fit: FitResult) -> list[calibration.HeldOut]:
        """Of each task the rows that the confirmation held out, scored on the scale of a fit of this configuration."""
        if id(fit) not in self._unseen:  # thresholds are asked for several times; a fit that is kept keeps its id
            unseen = [
                calibration.cross_fitted(folds, calibration.quantiles_of(fit.training_quantiles, k))
                for k, folds in enumerate(calibration.by_task(self.finalist.folds.values()))
            ]
            self._unseen[id(fit)] = fit, unseen
        return self._unseen[id(fit)][1]

    def thresholds_of(self, fit: FitResult) -> list[float]:
        """Of each task."""
        unseen = zip(self.quantiles, self.cross_fitted(fit), strict=True)
        return [calibration.threshold(share, own.scores) for share, own in unseen]

    def thresholds(self) -> NDArray[np.float64]:
        """Shape (seeds, tasks)."""
        return np.array([self.thresholds_of(self.fits[seed]) for seed in SEEDS])

    def quantile_text(self) -> str:
        """The quantiles as MLflow's tag has them: a number, of several tasks a tuple of them."""
        return str(self.quantiles if len(self.quantiles) > 1 else self.quantiles[0])

    def job(self, plan: Plan, seed: int, **more: Any) -> FitJob:
        """A fit of this configuration, as `FitJob` has it."""
        return plan.fit_job(self.params, seed, self.rounds, **more)

    def seconds(self) -> tuple[float, float]:
        """Mean seconds of a fit, and of scoring the test rows."""
        fits = self.fits.values()
        fit, predict = np.mean([(fit.fit_seconds, fit.predict_seconds) for fit in fits], axis=0).tolist()
        return fit, predict


@dataclass
class Baseline:
    """The simplest detector, fitted on the same rows: it stands beside the result and is part of no choice."""

    detector: str
    origin: str
    """Name of its published configuration."""
    params: dict[str, Any]
    seeds: tuple[int, ...]
    """One where it is the same for every seed."""
    fits: dict[int, FitResult] = field(default_factory=dict)
    """By seed."""
    failure: str = ""

    def scores(self, part: str) -> NDArray[np.float64]:
        """Scores of a part, shape (seeds, n), of several tasks (seeds, n, tasks)."""
        return np.stack([self.fits[seed].scores[part] for seed in self.seeds])

    def job(self, plan: Plan, seed: int, **more: Any) -> FitJob:
        """One fit, of which nothing is kept but scores."""
        return FitJob(self.detector, self.params, seed, 1, 1, plan.metric, **more)


@dataclass(frozen=True)
class TestResult:
    """What the test rows said; `Summary` has the same."""

    test: ArmComparison
    train: Mapping[str, MeanMetrics]
    part: Part
    """The test rows, open now."""
    shipped: FitResult | None = None
    """The winner trained on every row, for use; no metric is taken from it. Or its refits as one model."""
    ensemble: ArmMetrics | None = None
    """Of the refits as one model, where that was asked for."""
    ensemble_by_task: tuple[ArmMetrics, ...] = ()
    kinds: Mapping[str, AnomalyTypeMetrics] = field(default_factory=dict)
    by_task: tuple[ArmComparison, ...] = ()
    balanced: ArmComparison | None = None
    controls: Mapping[str, Ranking] = field(default_factory=dict)
    localisation: Localisation | None = None
    baseline: Baseline | None = None

    @property
    def tasks(self) -> dict[str, ArmComparison]:
        """Comparisons by the task's name; a single task has none."""
        return {name: own for name, own in zip(self.part.tasks, self.by_task, strict=True) if name}


@dataclass
class Outcome:
    """What a search came to."""

    best: Finalist
    published: Finalist | None
    """It may be the best; None where there is none that ran."""
    confirmed: int
    """Pairs of the confirmation; 0 if it was skipped."""
    result: TestResult
    arms: dict[str, Arm]
    """`tuned`, and `published` where there is one; both are the same where the published one won."""
    seconds: dict[str, float]
    """By stage."""
    test_reads: int
    """How often this test set has been read, this time included."""
    chosen: list[Finalist] = field(default_factory=list)
    for_speed: ChosenForSpeed | None = None
    """Where the best one was passed over for a faster one."""
    model_folder: Path | None = None


def logged_metrics(outcome: Outcome) -> dict[str, float]:
    """Metrics of the final test, by the names that MLflow shows."""
    result = outcome.result
    logged: dict[str, float] = {}
    for arm, metrics in result.test.arms().items():
        logged |= metrics.flat(f"test_{arm}")
    if result.test.baseline is not None:
        logged |= {f"test_baseline_{name}": mean for name, mean in _ranking(result.test.baseline).items()}
    for task, comparison in result.tasks.items():
        logged |= {f"test_tuned_{name}_{task}": mean for name, mean in _ranking(comparison.tuned).items()}
    for arm, metrics in result.balanced.arms().items() if result.balanced else ():
        logged |= {f"test_balanced_{arm}_{name}": mean for name, mean in _ranking(metrics).items()}
    for control, ranking in result.controls.items():
        logged |= {f"test_{control}_{name}": getattr(ranking, name) for name in RANKING}
    for group, short in ((SEEN, "seen"), (UNSEEN, "unseen")):
        if group in result.kinds:
            logged |= {f"test_{short}_kinds_{name}": mean for name, mean in _ranking(result.kinds[group]).items()}
    for arm, pixels in result.localisation.arms().items() if result.localisation else ():
        for name, interval in (("pixel_auroc", pixels.auroc), ("pro", pixels.pro)):
            bounds = {"": interval.mean, "_low": interval.low, "_high": interval.high}
            logged |= {f"test_{arm}_{name}{bound}": value for bound, value in bounds.items() if value is not None}
    if result.ensemble is not None:
        logged |= result.ensemble.flat("test_ensemble")
    for arm, means in result.train.items():
        logged |= {f"train_{arm}_{name}": mean for name, mean in means.items()}
    fit, predict = outcome.arms["tuned"].seconds()
    mean, low, high = outcome.best.interval()
    logged |= {"fit_seconds": fit, "predict_seconds": predict, "confirmed_score": mean}
    if outcome.confirmed > 1:
        logged |= {"confirmed_score_low": low, "confirmed_score_high": high}
    return logged | {"search_score": outcome.best.record.score or 0.0, "seal_readings": outcome.test_reads}


def _ranking(metrics: Any) -> dict[str, float]:
    return {"auroc": metrics.auroc.mean, "ap": metrics.ap.mean}
