"""One training run outside the search: a confirmation, a refit, the last fit on everything."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.checkpoints import Checkpoints
from trainables.core.detector import Detector, TrainData
from trainables.core.external import load_class
from trainables.core.trial import Evaluation, Trial, build, check_scores


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
    states : str or None
        Folder or URI where the fit leaves its state on its way, to go on from there if it is started again.
    """

    detector: str
    params: Mapping[str, Any]
    seed: int
    rounds: int
    stop: int | None = None
    metric: str = "ap"
    keep_state: bool = False
    key: tuple[Any, ...] = ()
    states: str | None = None


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
    trial = Trial(detector, train, valid_X, valid_y, job.metric).begin()
    kept = _checkpoints(job, detector)
    saved = kept.load() if kept is not None else None
    if saved is not None:
        detector.load_state_dict(saved["detector"])
        trial.history[:] = [Evaluation.from_flat(row) for row in saved["history"]]
    last = detector.rounds if job.stop is None else min(job.stop, detector.rounds)
    while len(trial.history) < last:
        start = time.monotonic()
        evaluation = trial.step()
        if kept is not None and len(trial.history) < last and kept.due(time.monotonic() - start):
            history = [e.flat() for e in trial.history]
            kept.save({"detector": detector.state_dict(), "history": history}, evaluation.score)
    if trial.valid_scores is None:  # the state that was found was the last one
        trial.valid_scores = detector.decision_function(valid_X)
    if kept is not None and kept.exist:
        kept.remove()
    history = [e.flat() for e in trial.history]
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
    start = time.monotonic()
    detector.begin(train)
    kept = _checkpoints(job, detector)
    saved = kept.load() if kept is not None else None
    earlier = 0.0
    if saved is not None:
        detector.load_state_dict(saved["detector"])
        earlier = saved["seconds"]
    last = min(detector.rounds, job.stop or detector.rounds)
    while detector.rounds_done_ < last:
        begun = time.monotonic()
        detector.train_round()
        now = time.monotonic()
        if kept is not None and detector.rounds_done_ < last and kept.due(now - begun):
            kept.save({"detector": detector.state_dict(), "seconds": earlier + now - start})
    fitted = time.monotonic()
    scores, predict_seconds = {}, 0.0
    for name, rows in parts.items():
        begun = time.monotonic()
        scores[name] = detector.decision_function(rows)
        check_scores(scores[name], detector)
        predict_seconds = time.monotonic() - begun
    if kept is not None and kept.exist:
        kept.remove()
    seconds = earlier + fitted - start
    return FitResult(job, [], scores, seconds, predict_seconds, detector.state_dict() if job.keep_state else None)


def _checkpoints(job: FitJob, detector: Detector) -> Checkpoints | None:
    if job.states is None or not detector.resumable:
        return None
    params = json.dumps(job.params, sort_keys=True, default=list)
    return Checkpoints(job.states, {"params": params, "seed": job.seed, "rounds": job.rounds})
