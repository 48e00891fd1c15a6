"""One configuration on several splits at once, for validations whose few anomalies choose by luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from trainables.core.detector import Detector, TrainData
from trainables.training.trial import Evaluation, RoundByRound, Trial

Rows = tuple[TrainData, NDArray[Any], NDArray[Any]]
"""Training rows, validation rows and their labels, of one split."""
SUMMED = ("fit_seconds", "predict_seconds")


@dataclass
class RepeatedTrial(RoundByRound):
    """Trains a model of one configuration on each split, in step; the figures of a round are means over the splits.

    It has what the search needs of a `Trial`. Seconds are those of all models together. A model
    that fails fails the trial.

    Parameters
    ----------
    trials : sequence of Trial
        One for each split, of the same configuration.
    """

    trials: Sequence[Trial]
    history: list[Evaluation] = field(default_factory=list)

    def begin(self) -> Self:
        """Get every detector ready; forget any history."""
        self.history.clear()
        for trial in self.trials:
            trial.begin()
        return self

    @property
    def finished(self) -> bool:
        """Whether every round is done."""
        return all(trial.finished for trial in self.trials)

    def step(self) -> Evaluation:
        """Train and evaluate one round on every split; a DetectorError as of `Trial.step`."""
        self.history.append(mean([trial.step() for trial in self.trials]))
        return self.history[-1]

    def state_dict(self) -> dict[str, Any]:
        """States of all models with their histories, after a whole round."""
        return {"splits": [trial.state_dict() for trial in self.trials], "history": [e.flat() for e in self.history]}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        for trial, own in zip(self.trials, saved["splits"], strict=True):
            trial.load_state_dict(own)
        self.history[:] = [Evaluation.from_flat(row) for row in saved["history"]]


def mean(evaluations: Sequence[Evaluation]) -> Evaluation:
    """Means of what was measured on several splits after the same round, and all their seconds."""
    rows = [evaluation.flat() for evaluation in evaluations]
    shared = {name: [row[name] for row in rows] for name in rows[0] if all(name in row for row in rows)}
    means = {name: float(np.sum(own) if name in SUMMED else np.mean(own)) for name, own in shared.items()}
    return Evaluation.from_flat(means)


def trial_on(splits: Sequence[Rows], detector: Callable[[], Detector], metric: str) -> Trial | RepeatedTrial:
    """A trial on one split, or on several in step; `detector` makes an unfitted one."""
    trials = [Trial(detector(), *rows, metric) for rows in splits]
    return trials[0] if len(trials) == 1 else RepeatedTrial(trials)
