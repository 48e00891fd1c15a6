"""One training run outside the search: a confirmation, a refit, the last fit on everything."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.custom_detectors import load_class
from trainables.core.detector import ANOMALY, Detector, TrainData
from trainables.core.errors import DetectorError
from trainables.core.seed_ensemble import SeedEnsemble
from trainables.core.state import size as state_size
from trainables.core.task_group import TaskGroup, grouped, member_states, members_of
from trainables.training.checkpoints import Checkpoints
from trainables.training.trial import SMOOTHING, Trial, build, check_scores

LARGEST_KEPT = 20_000_000
"""Bytes of a state that comes back from a validated fit: there are several of each finalist."""
SCALE_ROWS = 5000
"""Training rows, at most, that say on which scale a detector scores."""
QUANTILES = np.append(np.linspace(0.1, 0.95, 18), [0.975, 0.99])
"""Of their scores."""


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
        Rounds to train; None trains to the end, 0 leaves the detector untrained.
    metric : str
        Search metric, for the history on validation.
    keep_state : bool
        Whether the trained state comes back; from a fit that is validated, where it is not too large.
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
    """What came out of a fit.

    Attributes
    ----------
    job : FitJob
    history : list of dict
        One flat row of metrics for each of the last rounds; only with validation labels.
    scores : dict of str to ndarray
        By the name of the part that was scored.
    fit_seconds, predict_seconds : float
    state : dict, optional
        What scoring needs.
    training_quantiles : ndarray of shape (tasks, quantiles), optional
        Of the scores of training rows, see the function of this name; of what was trained.
    maps : dict of str to ndarray of shape (n, h, w)
        Error maps of the parts of images of which they were asked for.
    """

    job: FitJob
    history: list[dict[str, float]]
    scores: dict[str, NDArray[np.float64]]
    fit_seconds: float
    predict_seconds: float
    state: dict[str, Any] | None = None
    training_quantiles: NDArray[np.float64] | None = None
    maps: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def validated_fit(job: FitJob, train: TrainData, valid_X: NDArray[Any], valid_y: NDArray[Any]) -> FitResult:
    """Train exactly as a trial does, and evaluate on validation after the last rounds, whose mean is the score."""
    trial = Trial(
        build(load_class(job.detector), job.params, rounds=job.rounds, seed=job.seed),
        train, valid_X, valid_y, job.metric,
    ).begin()  # fmt: skip
    detector = trial.detector
    kept = _checkpoints(job, detector)
    saved = kept.load() if kept is not None else None
    seconds = 0.0
    if saved is not None:
        trial.load_state_dict(saved)
        seconds = saved.get("seconds", 0.0)
    last = detector.rounds if job.stop is None else min(job.stop, detector.rounds)
    while detector.rounds_done_ < last:
        start = time.monotonic()
        if detector.rounds_done_ < last - SMOOTHING:
            trial.skip()
            seconds += time.monotonic() - start
        else:
            seconds += trial.step().fit_seconds
        if kept is not None and detector.rounds_done_ < last and kept.due(time.monotonic() - start):
            kept.save({**trial.state_dict(), "seconds": seconds})
    if trial.valid_scores is None:  # the state that was found was the last one
        trial.valid_scores = detector.decision_function(valid_X)
    if kept is not None and kept.exist:
        kept.remove()
    history = [e.flat() for e in trial.history]
    return FitResult(
        job,
        history,
        {"valid": trial.valid_scores},
        seconds,
        history[-1]["predict_seconds"],
        _small_state(detector) if job.keep_state else None,
        training_quantiles(detector, train),
    )


def plain_fit(
    job: FitJob,
    train: TrainData,
    parts: Mapping[str, NDArray[Any]],
    trained: Collection[str] = (),
    mapped: Collection[str] = (),
) -> FitResult:
    """Train without looking at any label but the training rows', then score the rows of each part.

    Parts named in `trained` are rows of training: none of them is compared with itself. Of those in `mapped` error
    maps come back, too, where the detector leaves them.
    """
    detector = grouped(build(load_class(job.detector), job.params, rounds=job.rounds, seed=job.seed), train)
    start = time.monotonic()
    detector.begin(train)
    kept = _checkpoints(job, detector)
    saved = kept.load() if kept is not None else None
    earlier = 0.0
    if saved is not None:
        detector.load_state_dict(saved["detector"])
        earlier = saved["seconds"]
    last = detector.rounds if job.stop is None else min(job.stop, detector.rounds)
    while detector.rounds_done_ < last:
        begun = time.monotonic()
        detector.train_round()
        now = time.monotonic()
        if kept is not None and detector.rounds_done_ < last and kept.due(now - begun):
            kept.save({"detector": detector.state_dict(), "seconds": earlier + now - start})
    fitted = time.monotonic()
    scores, predict_seconds = _scored(detector, parts, trained)
    if kept is not None and kept.exist:
        kept.remove()
    seconds = earlier + fitted - start
    state = scoring_state(detector.state_dict()) if job.keep_state else None
    quantiles = training_quantiles(detector, train) if detector.rounds_done_ else None  # a control needs no threshold
    maps = {name: detector.error_map(parts[name]) for name in mapped if isinstance(detector, Detector)}
    return FitResult(job, [], scores, seconds, predict_seconds, state, quantiles, maps)


def staged_fit(
    job: FitJob, train: TrainData, parts: Mapping[str, NDArray[Any]], stages: Sequence[int]
) -> dict[int, FitResult]:
    """As `plain_fit`, with scores after several numbers of rounds of one and the same training.

    Parameters
    ----------
    job : FitJob
        Of `stop` rounds, or all.
    train : TrainData
    parts : mapping of str to ndarray
        Rows to score.
    stages : sequence of int
        After which rounds; 0 is untrained, and is left out where a detector has no such form.

    Returns
    -------
    dict of int to FitResult
        `fit_seconds` are those of training up to that stage, scoring left out.
    """
    detector = grouped(build(load_class(job.detector), job.params, rounds=job.rounds, seed=job.seed), train)
    start = time.monotonic()
    detector.begin(train)
    spent = time.monotonic() - start
    results: dict[int, FitResult] = {}
    last = detector.rounds if job.stop is None else min(job.stop, detector.rounds)
    for done in range(last + 1):
        if done:
            start = time.monotonic()
            detector.train_round()
            spent += time.monotonic() - start
        if done in stages or done == last:
            try:
                scores, seconds = _scored(detector, parts)
            except DetectorError:
                if done:
                    raise
                continue
            state = scoring_state(detector.state_dict()) if job.keep_state and done == last else None
            results[done] = FitResult(job, [], scores, spent, seconds, state)
    return results


def _small_state(detector: Detector | TaskGroup) -> dict[str, Any] | None:
    own = scoring_state(detector.state_dict())
    return own if state_size(own) <= LARGEST_KEPT else None


def scoring_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """What scoring needs of a detector's state: without the optimiser, which is twice as large as the network."""
    members = {
        task: {name: value for name, value in own.items() if name != "optimizer"}
        for task, own in member_states(state).items()
    }
    return members.get("", {"members": members})


def training_quantiles(detector: Detector | TaskGroup, train: TrainData) -> NDArray[np.float64]:
    """Quantiles, at `QUANTILES`, of the scores of at most 5,000 training rows that are no labelled anomalies.

    Two trainings of one configuration on much the same rows give scores of another origin and unit, but
    rank alike: by these numbers the scores of one are brought to the scale of the other
    (`launch.evaluation.calibration`). Both are of rows that were trained on, so that over-fitting is
    the same on both sides; an over-fitted model parts labelled anomalies from the rest as it does no new ones.

    Returns
    -------
    ndarray of shape (tasks, quantiles)
    """
    return member_quantiles(members_of(detector), train)


def member_quantiles(members: Mapping[str, Detector | SeedEnsemble], train: TrainData) -> NDArray[np.float64]:
    """As `training_quantiles`, of detectors by task."""
    rows_of = {task.name: (train.X[task.rows], task.target) for task in train.tasks} or {"": (train.X, train.target)}
    quantiles = []
    for name, member in members.items():
        rows, target = rows_of[name]
        unlabelled = np.flatnonzero(target != ANOMALY)
        drawn = np.random.default_rng(0).permutation(unlabelled if len(unlabelled) else len(rows))[:SCALE_ROWS]
        quantiles.append(np.quantile(member.training_scores(rows[np.sort(drawn)]), QUANTILES))
    return np.array(quantiles)


def _scored(
    detector: Detector | TaskGroup, parts: Mapping[str, NDArray[Any]], trained: Collection[str] = ()
) -> tuple[dict[str, NDArray[np.float64]], float]:
    """Scores of every part, and the seconds of the last one."""
    scores, seconds = {}, 0.0
    for name, rows in parts.items():
        begun = time.monotonic()
        scores[name] = detector.training_scores(rows) if name in trained else detector.decision_function(rows)
        check_scores(scores[name], detector)
        seconds = time.monotonic() - begun
    return scores, seconds


def _checkpoints(job: FitJob, detector: Detector | TaskGroup) -> Checkpoints | None:
    if job.states is None or not detector.resumable:
        return None
    params = json.dumps(job.params, sort_keys=True, default=list)
    return Checkpoints(job.states, {"params": params, "seed": job.seed, "rounds": job.rounds})
