"""One trial without any scheduler: train in rounds, score on validation, keep the history."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import metrics
from trainables.core.detector import Detector, TrainData, make
from trainables.core.errors import CollapsedScores, Diverged, NonFiniteLoss, NonFiniteScores

SMOOTHING = 3
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

    def flat(self) -> dict[str, float]:
        """Everything as one flat dictionary of numbers."""
        row = asdict(self)
        return {**{f"loss_{k}": v for k, v in row.pop("losses").items()}, **row}

    @classmethod
    def from_flat(cls, row: Mapping[str, float]) -> Evaluation:
        """The evaluation behind what `flat` returned."""
        named: dict[str, Any] = {k: v for k, v in row.items() if not k.startswith("loss_")}
        losses = {k.removeprefix("loss_"): v for k, v in row.items() if k.startswith("loss_")}
        return cls(**{**named, "round": int(named["round"])}, losses=losses)


@dataclass
class Trial:
    """Train a detector round by round and evaluate each round on validation.

    Parameters
    ----------
    detector : Detector
        Unfitted, with its rounds parameter set to the number of rounds of a full trial.
    train : TrainData
        What it trains on.
    valid_X, valid_y : ndarray
        Validation rows and 0/1 labels.
    metric : {"ap", "auroc", "f1"}
        What the score smooths.
    """

    detector: Detector
    train: TrainData
    valid_X: NDArray[Any]
    valid_y: NDArray[Any]
    metric: str
    history: list[Evaluation] = field(default_factory=list)
    valid_scores: NDArray[np.float64] | None = None

    def begin(self) -> Trial:
        """Get the detector ready; forget any history."""
        self.history.clear()
        self.detector.begin(self.train)
        return self

    @property
    def finished(self) -> bool:
        """Whether every round is done."""
        return len(self.history) >= self.detector.rounds

    def step(self) -> Evaluation:
        """Train one round and evaluate it.

        Raises
        ------
        DetectorError
            By its own name: a non-finite loss, collapsed scores, and so on.
        """
        start = time.perf_counter()
        losses = self.detector.train_round()
        fitted = time.perf_counter()
        for name, value in losses.items():
            words = f"{type(self.detector).__name__}: {name} is {value:g} in round {len(self.history) + 1}"
            if not math.isfinite(value):
                raise NonFiniteLoss(words)
            if abs(value) > DIVERGED:
                raise Diverged(words)
        scores = self.detector.decision_function(self.valid_X)
        predicted = time.perf_counter()
        check_scores(scores, self.detector)
        figures = metrics.ranking(self.valid_y, scores)
        recent = [getattr(e, self.metric) for e in self.history[1 - SMOOTHING :]] if self.history else []
        recent = [*recent, figures[self.metric]]
        self.valid_scores = scores
        evaluation = Evaluation(
            round=len(self.history) + 1,
            auroc=figures["auroc"],
            ap=figures["ap"],
            f1=figures["f1"],
            threshold=figures["threshold"],
            score=float(np.mean(recent)),
            losses=losses,
            fit_seconds=fitted - start,
            predict_seconds=predicted - fitted,
        )
        self.history.append(evaluation)
        return evaluation

    def run(self, rounds: int | None = None) -> list[Evaluation]:
        """Begin and train to the end, or for `rounds` rounds."""
        self.begin()
        while not self.finished and (rounds is None or len(self.history) < rounds):
            self.step()
        return self.history


def check_scores(scores: NDArray[np.float64], detector: Detector) -> None:
    """Refuse scores that cannot rank.

    Raises
    ------
    NonFiniteScores, CollapsedScores
    """
    if not np.isfinite(scores).all():
        raise NonFiniteScores(f"{type(detector).__name__}: {int((~np.isfinite(scores)).sum())} scores are not finite")
    if len(scores) > 1 and scores.min() == scores.max():
        raise CollapsedScores(f"{type(detector).__name__}: every row got the score {scores[0]:g}")


def build(cls: type[Detector], params: Mapping[str, Any], *, rounds: int | None, seed: int) -> Detector:
    """A detector for a trial: its seed set, its training spread over `rounds` rounds unless `params` says how many."""
    full = {**params}
    if "seed" in cls.parameter_names():
        full["seed"] = seed
    if cls.rounds_parameter is not None and rounds is not None and cls.rounds_parameter not in params:
        full[cls.rounds_parameter] = rounds
    return make(cls, full)
