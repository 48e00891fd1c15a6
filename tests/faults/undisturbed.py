"""What the workload comes to in a process that nobody kills."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from launch.evaluation.confirm import FIRST_SPLIT
from tests.faults import workload
from trainables.core.custom_detectors import load_class
from trainables.core.detector import TrainData
from trainables.training.fit import FitJob, validated_fit
from trainables.training.trial import Trial, build

WORKLOAD = Path(workload.__file__)
EXACT = ("auroc", "ap", "f1", "threshold", "score", "loss_fit")
"""What of a round does not depend on the clock."""


class Undisturbed:
    """The rounds of configurations as a process computes them that nobody kills."""

    def __init__(self, problem: Any, seed: int, metric: str, rounds: int) -> None:
        self.problem, self.split, self.seed, self.metric, self.rounds = (
            problem,
            problem.split(seed),
            seed,
            metric,
            rounds,
        )

    @property
    def rows(self) -> int:
        """Training rows of the search."""
        return len(self.split.train.y)

    def history(self, params: dict[str, Any], rounds: int) -> list[dict[str, float]]:
        """The figures of the first rounds of a trial."""
        with _quick():
            detector = build(load_class(str(WORKLOAD)), params, rounds=self.rounds, seed=self.seed)
            trial = Trial(detector, *_sides(self.split), self.metric)
            return [one.flat() for one in trial.run(rounds)]

    def confirmed(self, params: dict[str, Any], pairs: int) -> float:
        """The mean score on the splits of the confirmation."""
        scores = []
        with _quick():
            for pair in range(pairs):
                number = FIRST_SPLIT + 100 * self.seed + pair
                job = FitJob(str(WORKLOAD), params, number, self.rounds, metric=self.metric)
                scores.append(validated_fit(job, *_sides(self.problem.split(number))).history[-1]["score"])
        return float(np.mean(scores))


def _sides(split: Any) -> tuple[TrainData, Any, Any]:
    return TrainData.from_labels(split.train.X, split.train.y), split.valid.X, split.valid.y


@contextlib.contextmanager
def _quick() -> Iterator[None]:
    """Without pauses, and without a line in any work log."""
    kept = {name: os.environ.pop(name, None) for name in (workload.WORK, workload.PACE)}
    os.environ[workload.PACE] = "0"
    try:
        yield
    finally:
        os.environ.pop(workload.PACE)
        os.environ.update({k: v for k, v in kept.items() if v is not None})
