"""One trial without any scheduler: train in rounds, score on validation, keep the history."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from trainables.core import metrics
from trainables.core.detector import Detector, TrainData, make
from trainables.core.errors import CollapsedScores, Diverged, NonFiniteLoss, NonFiniteScores
from trainables.core.task_group import TaskGroup, grouped, members_of, named

SMOOTHING = 3
"""Rounds, the last ones, that a trial's score is the mean of."""
DIVERGED = 1e12
"""A loss beyond this is no longer training: no detector here comes near it."""


@dataclass(frozen=True)
class Evaluation:
    """One round as it was measured on validation.

    Attributes
    ----------
    round : int
        1 for the first.
    auroc, ap, f1 : float
        On validation; `f1` is the best over thresholds.
    threshold : float
        The score at which `f1` is reached.
    score : float
        The trial's score after this round: mean of the search metric over the last three rounds.
    losses : dict of str to float
    fit_seconds, predict_seconds : float
        Of this round alone.
    tasks : dict of str to float
        AUROC of each task of a group, as `auroc_NAME`; the other figures are means over them.
    """

    round: int
    auroc: float
    ap: float
    f1: float
    threshold: float
    score: float
    losses: dict[str, float]
    fit_seconds: float
    predict_seconds: float
    tasks: dict[str, float] = field(default_factory=dict)

    def flat(self) -> dict[str, float]:
        """Everything as one flat dictionary of numbers."""
        row = asdict(self)
        return {**{f"loss_{k}": v for k, v in row.pop("losses").items()}, **row.pop("tasks"), **row}

    @classmethod
    def from_flat(cls, row: Mapping[str, float]) -> Evaluation:
        """The evaluation behind what `flat` returned."""
        own = {field.name for field in fields(cls)}
        named: dict[str, Any] = {k: v for k, v in row.items() if k in own}
        losses = {k.removeprefix("loss_"): v for k, v in row.items() if k.startswith("loss_")}
        tasks = {k: v for k, v in row.items() if k.startswith("auroc_")}
        return cls(**{**named, "round": int(named["round"])}, losses=losses, tasks=tasks)


class RoundByRound(ABC):
    """What is trained and evaluated in rounds."""

    history: list[Evaluation]

    @abstractmethod
    def begin(self) -> Self:
        """Get ready; forget any history."""

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether every round is done."""

    @abstractmethod
    def step(self) -> Evaluation:
        """Train one round and evaluate it."""

    def run(self, rounds: int | None = None) -> list[Evaluation]:
        """Begin and train to the end, or for `rounds` rounds."""
        self.begin()
        while not self.finished and (rounds is None or len(self.history) < rounds):
            self.step()
        return self.history


@dataclass
class Trial(RoundByRound):
    """Train a detector round by round and evaluate each round on validation.

    Parameters
    ----------
    detector : Detector
        Unfitted, with its rounds parameter set to the number of rounds of a full trial. Where the
        training data have several tasks, it becomes a group of them.
    train : TrainData
        What it trains on.
    valid_X, valid_y : ndarray
        Validation rows and 0/1 labels, of a group a column for each task (-1: not a row of that task).
    metric : {"ap", "auroc", "f1"}
        What the score smooths.
    """

    detector: Detector | TaskGroup
    train: TrainData
    valid_X: NDArray[Any]
    valid_y: NDArray[Any]
    metric: str
    history: list[Evaluation] = field(default_factory=list)
    valid_scores: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.detector, Detector):
            self.detector = grouped(self.detector, self.train)

    def begin(self) -> Self:
        """Get the detector ready; forget any history."""
        self.history.clear()
        self.detector.begin(self.train)
        return self

    @property
    def finished(self) -> bool:
        """Whether every round is done."""
        return len(self.history) >= self.detector.rounds

    def skip(self) -> None:
        """Train one round that is not evaluated; errors of its losses are those of `step`."""
        self._train()

    def step(self) -> Evaluation:
        """Train one round and evaluate it.

        Raises
        ------
        DetectorError
            By its own name: a non-finite loss, collapsed scores, and so on.
        """
        start = time.perf_counter()
        losses = self._train()
        fitted = time.perf_counter()
        scores = self.detector.decision_function(self.valid_X)
        predicted = time.perf_counter()
        check_scores(scores, self.detector)
        figures, tasks = self._figures(scores)
        recent = [getattr(e, self.metric) for e in self.history[1 - SMOOTHING :]] if self.history else []
        recent = [*recent, figures[self.metric]]
        self.valid_scores = scores
        evaluation = Evaluation(
            round=self.detector.rounds_done_,
            auroc=figures["auroc"],
            ap=figures["ap"],
            f1=figures["f1"],
            threshold=figures["threshold"],
            score=float(np.mean(recent)),
            losses=losses,
            fit_seconds=fitted - start,
            predict_seconds=predicted - fitted,
            tasks=tasks,
        )
        self.history.append(evaluation)
        return evaluation

    def _train(self) -> dict[str, float]:
        """Train one round; its losses, which are finite."""
        losses = self.detector.train_round()
        for name, value in losses.items():
            message = f"{_name(self.detector)}: {name} is {value:g} in round {self.detector.rounds_done_}"
            if not math.isfinite(value):
                raise NonFiniteLoss(message)
            if abs(value) > DIVERGED:
                raise Diverged(message)
        return losses

    def _figures(self, scores: NDArray[np.float64]) -> tuple[dict[str, float], dict[str, float]]:
        """Figures on validation, means over tasks; and by name the AUROC of each of several."""
        by_task = dict(zip(members_of(self.detector), metrics.ranking_by_task(self.valid_y, scores), strict=True))
        means = {name: float(np.mean([own[name] for own in by_task.values()])) for name in by_task[next(iter(by_task))]}
        return means, {f"auroc_{task}": own["auroc"] for task, own in by_task.items() if task}

    def state_dict(self) -> dict[str, Any]:
        """The detector's state and the history, after a whole round."""
        return {"detector": self.detector.state_dict(), "history": [e.flat() for e in self.history]}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave; the trial must have begun."""
        self.detector.load_state_dict(saved["detector"])
        self.history[:] = [Evaluation.from_flat(row) for row in saved["history"]]


def check_scores(scores: NDArray[np.float64], detector: Detector | TaskGroup) -> None:
    """Refuse scores that cannot rank, of a group for any of its tasks.

    Raises
    ------
    NonFiniteScores, CollapsedScores
    """
    if not np.isfinite(scores).all():
        raise NonFiniteScores(f"{_name(detector)}: {int((~np.isfinite(scores)).sum())} scores are not finite")
    for task, own in zip(members_of(detector), np.atleast_2d(scores.T), strict=True):
        with named(task):
            if len(own) > 1 and own.min() == own.max():
                raise CollapsedScores(f"{_name(detector)}: every row got the score {own[0]:g}")


def _name(detector: Detector | TaskGroup) -> str:
    return type(next(iter(members_of(detector).values()))).__name__


def build(cls: type[Detector], params: Mapping[str, Any], *, rounds: int | None, seed: int) -> Detector:
    """A detector for a trial: its seed set, its training spread over `rounds` rounds unless `params` says how many."""
    full = {**params}
    if "seed" in cls.parameter_names():
        full["seed"] = seed
    if cls.rounds_parameter is not None and rounds is not None and cls.rounds_parameter not in params:
        full[cls.rounds_parameter] = rounds
    return make(cls, full)
