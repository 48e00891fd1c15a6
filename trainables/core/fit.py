"""One training run outside the search: a confirmation, a refit, the last fit on everything."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.detector import TrainData
from trainables.core.external import load_class
from trainables.core.trial import Trial, build, check_scores


@dataclass(frozen=True)
class FitJob:
    """What to train.

    Attributes
    ----------
    detector : str
    params : dict
    seed : int
    rounds : int
        Rounds of a whole run (a schedule's horizon).
    stop : int or None
        Rounds to train; None trains to the end.
    metric : str
        Search metric, for the history on validation.
    keep_state : bool
        Whether the trained state comes back.
    key : tuple
        Whatever the caller needs to recognise the result.
    """

    detector: str
    params: Mapping[str, Any]
    seed: int
    rounds: int
    stop: int | None = None
    metric: str = "ap"
    keep_state: bool = False
    key: tuple[Any, ...] = ()


@dataclass(frozen=True)
class FitResult:
    """What came out; `scores` by the name of the part that was scored, `history` only with validation labels."""

    job: FitJob
    history: list[dict[str, float]]
    scores: dict[str, NDArray[np.float64]]
    fit_seconds: float
    predict_seconds: float
    state: dict[str, Any] | None = None


def validated_fit(job: FitJob, train: TrainData, valid_X: NDArray[Any], valid_y: NDArray[Any]) -> FitResult:
    """Train with an evaluation on validation after each round, exactly as a trial does."""
    detector = build(load_class(job.detector), job.params, rounds=job.rounds, seed=job.seed)
    trial = Trial(detector, train, valid_X, valid_y, job.metric)
    history = [e.flat() for e in trial.run(job.stop)]
    assert trial.valid_scores is not None
    return FitResult(
        job,
        history,
        {"valid": trial.valid_scores},
        sum(e["fit_seconds"] for e in history),
        history[-1]["predict_seconds"],
        detector.state_dict() if job.keep_state else None,
    )


def plain_fit(job: FitJob, train: TrainData, parts: Mapping[str, NDArray[Any]]) -> FitResult:
    """Train without looking at any label but the training rows', then score the rows of each part."""
    detector = build(load_class(job.detector), job.params, rounds=job.rounds, seed=job.seed)
    start = time.perf_counter()
    detector.begin(train)
    for _ in range(min(detector.rounds, job.stop or detector.rounds)):
        detector.train_round()
    fitted = time.perf_counter()
    scores, predict_seconds = {}, 0.0
    for name, rows in parts.items():
        begun = time.perf_counter()
        scores[name] = detector.decision_function(rows)
        check_scores(scores[name], detector)
        predict_seconds = time.perf_counter() - begun
    return FitResult(
        job, [], scores, fitted - start, predict_seconds, detector.state_dict() if job.keep_state else None
    )
