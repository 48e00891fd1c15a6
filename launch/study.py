"""The Optuna study behind a search: what to try next, and what became of it, told truly.

A trial ends as COMPLETE (it had all its rounds), PRUNED (the scheduler stopped it; its
last score is reported first) or FAIL (a named failure, a killed worker, an interruption).
None is left RUNNING: whatever an earlier process left so is failed when the study is opened.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import TrialState

from launch.errors import UsageError
from launch.home import shown
from launch.journal import JournalFile
from launch.space_overrides import OverridingTrial, Space, express

optuna.logging.set_verbosity(optuna.logging.ERROR)

STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


@dataclass
class Record:
    """One trial as the search knows it.

    Attributes
    ----------
    number : int
    params : dict
        The whole configuration as the detector gets it.
    origin : str
        "sampled", "enqueued", or the name of a published configuration.
    state : {"running", "complete", "pruned", "failed"}
    history : list of dict
        One flat row of figures per round.
    score : float or None
        The smoothed validation score after the last round.
    failure, failure_message : str
    """

    number: int
    params: dict[str, Any]
    origin: str
    state: str = "running"
    history: list[dict[str, float]] = field(default_factory=list)
    score: float | None = None
    failure: str = ""
    failure_message: str = ""
    peak_memory_mb: float = 0.0

    @property
    def published(self) -> bool:
        """Whether this is a published configuration."""
        return self.origin not in ("sampled", "enqueued")

    @property
    def fit_seconds(self) -> float:
        """Seconds of training over all rounds."""
        return sum(e["fit_seconds"] for e in self.history)

    @property
    def seconds_per_round(self) -> float:
        """Mean seconds of training and scoring a round."""
        spent = sum(e["fit_seconds"] + e["predict_seconds"] for e in self.history)
        return spent / max(1, len(self.history))

    @property
    def predict_seconds(self) -> float:
        """Seconds of scoring the validation rows, last round."""
        return self.history[-1]["predict_seconds"] if self.history else 0.0


def storage(url_or_path: str) -> optuna.storages.BaseStorage:
    """Any Optuna storage URL, or the path of a journal file.

    Raises
    ------
    UsageError
        If it cannot be opened.
    """
    try:
        if "://" in url_or_path:
            return optuna.storages.get_storage(url_or_path)
        return optuna.storages.JournalStorage(JournalFile(url_or_path))
    except Exception as error:
        where, why = shown(url_or_path), str(error).replace(url_or_path, shown(url_or_path))
        raise UsageError(f"the study storage {where} cannot be opened: {why}") from error


def sampler(name: str, seed: int, dists: Mapping[str, Any], trials: int) -> optuna.samplers.BaseSampler:
    """The sampler by name: tpe, random, grid, qmc or gp."""
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if name == "grid":
        # one seed for ever: it orders the points, and a study that goes on must know them again
        return OpenEndedGrid(grid(dists, trials), seed=0)
    if name == "qmc":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return optuna.samplers.QMCSampler(seed=seed, warn_independent_sampling=False)
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed, n_startup_trials=10)
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=10, constant_liar=True)


class OpenEndedGrid(optuna.samplers.GridSampler):
    """Optuna's grid, which would stop an `optimize` loop at its end; there is none here, `Study.ask` looks."""

    def after_trial(self, study: Any, trial: Any, state: Any, values: Any) -> None:
        """Nothing to stop."""

    def all_tried(self, study: optuna.Study) -> bool:
        """Whether every point was asked for."""
        return not self._get_unvisited_grid_ids(study)

    def _get_unvisited_grid_ids(self, study: optuna.Study) -> list[int]:
        tried = {
            trial.system_attrs["grid_id"]
            for trial in study._storage.get_all_trials(study._study_id, deepcopy=False)
            if "grid_id" in trial.system_attrs
            and trial.user_attrs.get("failure") != "interrupted"
            and self._same_search_space(trial.system_attrs["search_space"])
        }
        return sorted(set(range(len(self._all_grids))) - tried)


def grid(dists: Mapping[str, Any], trials: int) -> dict[str, list[Any]]:
    """Values per axis: as many points on each number as fit `trials`, at least two."""
    points = 2
    while points < 64 and math.prod(len(_axis(d, points + 1)) for d in dists.values()) <= trials:
        points += 1
    return {name: _axis(d, points) for name, d in dists.items()}


def _axis(d: Any, points: int) -> list[Any]:
    if hasattr(d, "choices"):
        return list(d.choices)
    low, high = (math.log(d.low), math.log(d.high)) if d.log else (d.low, d.high)
    values = [low + (high - low) * i / (points - 1) for i in range(points)]
    values = [min(max(math.exp(v) if d.log else v, d.low), d.high) for v in values]
    if d.step and not d.log:
        values = sorted({min(d.low + d.step * round((v - d.low) / d.step), d.high) for v in values})
    return sorted({round(v) for v in values}) if isinstance(d.low, int) else values


class Study:
    """Asks the study for configurations and tells it what became of them.

    Parameters
    ----------
    study : optuna.Study
    space : callable
        With overrides built in.
    data : DataInfo
    initial : sequence of (origin, config)
        Published and enqueued configurations, tried first, in a new study only.
    trials : int
        How many trials the study shall hold in the end, interrupted ones not counted.
    """

    def __init__(
        self,
        study: optuna.Study,
        space: Space,
        data: Any,
        initial: Sequence[tuple[str, Mapping[str, Any]]],
        trials: int,
    ) -> None:
        self.study, self.space, self.data, self.trials = study, space, data, trials
        self.records: dict[int, Record] = {}
        self._open: dict[int, optuna.Trial] = {}
        self.initial: list[tuple[str, Mapping[str, Any]]] = []
        self._restore()
        started = {r.origin for r in self.records.values()}
        done = [json.dumps(r.params, sort_keys=True, default=list) for r in self.records.values()]
        for origin, config in initial:
            key = json.dumps(config, sort_keys=True, default=list)
            if key not in done and (origin == "enqueued" or origin not in started):
                self.initial.append((origin, config))
        self.restored = len(self.records)

    def _restore(self) -> None:
        for trial in self.study.get_trials(deepcopy=False):
            if trial.state == TrialState.RUNNING:
                # by name, so that it does not count when the study is opened once more
                storage = self.study._storage
                storage.set_trial_user_attr(trial._trial_id, "failure", "interrupted")
                storage.set_trial_user_attr(trial._trial_id, "failure_message", "its process ended before it did")
                self.study.tell(trial.number, state=TrialState.FAIL)
            attrs = trial.user_attrs
            if trial.state not in STATES or attrs.get("failure") == "interrupted" or "config" not in attrs:
                continue
            self.records[trial.number] = Record(
                trial.number,
                attrs["config"],
                attrs["origin"],
                STATES[trial.state],
                attrs.get("history", []),
                attrs.get("score"),
                attrs.get("failure", ""),
                attrs.get("failure_message", ""),
                attrs.get("peak_memory_mb", 0.0),
            )

    @property
    def remaining(self) -> int:
        """Trials still to start."""
        return max(0, self.trials - len(self.records))

    def ask(self) -> Record | None:
        """The next configuration, or None when there are enough, or the grid has no more."""
        if not self.remaining:
            return None
        if self.initial:
            origin, given = self.initial.pop(0)
            said = express(self.space, self.data, given)
            self.study.enqueue_trial(said)
            trial = self.study.ask()
            # said as suggestions, so that the sampler learns from a published configuration too
            self.space(OverridingTrial(trial, {}, {}, only=set(said)), self.data)
            params = dict(given)
        elif isinstance(self.study.sampler, OpenEndedGrid) and self.study.sampler.all_tried(self.study):
            return None
        else:
            origin, trial = "sampled", self.study.ask()
            params = self.space(trial, self.data)
        record = Record(trial.number, params, origin)
        trial.set_user_attr("config", params)
        trial.set_user_attr("origin", origin)
        self._open[trial.number] = trial
        self.records[trial.number] = record
        return record

    def report(self, number: int, rounds: Sequence[dict[str, float]]) -> None:
        """Take the figures of new rounds; the study gets the score of the last of them."""
        record = self.records[number]
        record.history.extend(rounds)
        if rounds and math.isfinite(rounds[-1]["score"]):
            record.score = rounds[-1]["score"]
            self._open[number].report(record.score, int(rounds[-1]["round"]))

    def finish(self, number: int, *, finished: bool, failure: str = "", message: str = "") -> Record:
        """Close a trial: failed by name, complete if it had all its rounds, else pruned."""
        record, trial = self.records[number], self._open.pop(number)
        record.failure, record.failure_message = failure, message
        if not failure and record.score is None:
            record.failure, record.failure_message = "no_score", "the trial ended without a score"
        trial.set_user_attr("history", record.history)
        trial.set_user_attr("peak_memory_mb", record.peak_memory_mb)
        if record.score is not None:
            trial.set_user_attr("score", record.score)
        if record.failure:
            record.state = "failed"
            trial.set_user_attr("failure", record.failure)
            trial.set_user_attr("failure_message", record.failure_message)
            self.study.tell(trial, state=TrialState.FAIL)
        elif finished:
            record.state = "complete"
            self.study.tell(trial, record.score, TrialState.COMPLETE)
        else:
            record.state = "pruned"
            self.study.tell(trial, state=TrialState.PRUNED)
        return record

    def interrupt(self) -> list[Record]:
        """Close every open trial as interrupted."""
        message = "stopped before its end"
        return [self.finish(n, finished=False, failure="interrupted", message=message) for n in list(self._open)]

    @property
    def running(self) -> list[int]:
        """Numbers of the open trials."""
        return list(self._open)

    def ranked(self) -> list[Record]:
        """Complete trials, best smoothed score first; where none is complete, pruned ones."""
        for state in ("complete", "pruned"):
            found = [r for r in self.records.values() if r.state == state and r.score is not None]
            if found:
                return sorted(found, key=lambda r: (-(r.score or 0.0), r.number))
        return []

    def counts(self) -> dict[str, Any]:
        """Trials by state, and failures by cause."""
        states = [r.state for r in self.records.values()]
        causes: dict[str, dict[str, Any]] = {}
        for r in self.records.values():
            if r.failure:
                one = causes.setdefault(r.failure, {"count": 0, "first_message": r.failure_message})
                one["count"] += 1
        return {s: states.count(s) for s in ("complete", "pruned", "failed")} | {"causes": causes}


def journal(home: Path, name: str) -> str:
    """Path of the journal file of a study."""
    folder = home / "studies"
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder / f"{name}.journal")
