"""A configuration that is confirmed, and what it came to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launch.evaluation.calibration import HeldOut
from launch.evaluation.intervals import split_interval
from launch.study.trial import TrialRecord
from trainables.core import metrics
from trainables.training.fit import FitResult


@dataclass(eq=False)
class Finalist:
    """A configuration with its scores and metrics after all rounds, by confirmation split."""

    record: TrialRecord
    published: bool
    """Whether it is the published configuration to compare with."""
    scores: dict[int, float] = field(default_factory=dict)
    metrics: dict[int, dict[str, float]] = field(default_factory=dict)
    folds: dict[int, HeldOut] = field(default_factory=dict)
    states: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Of its models of the splits, where rows are to be looked at and the states are not too large."""
    failures: dict[int, str] = field(default_factory=dict)
    eligible: bool = True
    """Whether it may win; one that scores rows too slowly may not, and stands beside the others."""
    valid_by_train: float = 0.25
    """Validation rows by training rows of a split."""

    @property
    def failed_on(self) -> float:
        """The first split on which it failed; infinite where it did on none."""
        return min(self.failures, default=math.inf)

    @property
    def failure(self) -> str:
        """Why it failed on that split; nothing where it did on none."""
        return self.failures[int(self.failed_on)] if self.failures else ""

    def interval(self) -> tuple[float, float, float]:
        """Mean of the confirmed scores with its 95 % interval; the splits are of the same rows, so they overlap."""
        anomalies = [metrics.by_task(fold.y, fold.scores)[0][0].sum() for fold in self.folds.values()]
        return split_interval(list(self.scores.values()), self.valid_by_train, float(np.mean(anomalies or 1)))

    def by_split(self) -> tuple[float, ...]:
        """The scores in the order of their splits."""
        return tuple(self.scores.values())

    def take(self, number: int, result: FitResult, labels: NDArray[Any], alarm_rate: float | None) -> None:
        """Keep what came out of the fit on a split, in the order of splits, whichever ended first."""
        last = result.history[-1]
        self.scores[number] = last["score"]
        self.metrics[number] = {name: last[name] for name in ("auroc", "ap", "f1")}
        self.folds[number] = HeldOut(labels, result.scores["valid"], result.training_quantiles, alarm_rate)
        if result.state is not None:
            self.states[number] = result.state
        kept: tuple[dict[int, Any], ...] = (self.scores, self.metrics, self.folds, self.states)
        for by_split in kept:
            ordered = sorted(by_split.items())
            by_split.clear()
            by_split.update(ordered)

    def forget_after(self, last: int) -> None:
        """Forget all splits after this one, failures on them, too."""
        for by_split in (self.scores, self.metrics, self.folds, self.states, self.failures):
            for number in [number for number in by_split if number > last]:
                del by_split[number]

    def mean_metrics(self) -> dict[str, float]:
        """AUROC, AP and best F1 after the last round, means over the confirmation splits."""
        rows = list(self.metrics.values())
        return {k: float(np.mean([row[k] for row in rows])) for k in rows[0]} if rows else {}
