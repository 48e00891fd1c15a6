"""How configurations are chosen: Optuna's samplers by name, told of failures, and a grid that knows its end."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Container, Mapping
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from launch.study.history import LONG, BoundedHistory
from launch.study.optuna_private import StudyView
from launch.study.overrides import OverridingTrial, Space, axis, branches, distributions

STARTUP = 10
"""Trials with a score before a sampler trusts its model."""
NOT_ITS_OWN = ("interrupted", "repeated", "disk_full")
"""Failures that say nothing of the configuration."""


def sampler(name: str, seed: int, space: Space, data: Any, trials: int) -> optuna.samplers.BaseSampler:
    """The sampler by name (tpe, random, grid, qmc or gp) for a search space and so many trials to sample.

    tpe and gp model together what every trial has, and what only a branch asks for by itself. qmc spreads points over
    all that any branch asks for.
    """
    if name == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if name == "grid":
        # one seed for ever: it orders the points, and a study that goes on must know them again
        return OpenEndedGrid(space, data, grid(distributions(space, data), trials), seed=0)
    if name == "qmc":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return WholeQMC(distributions(space, data), seed=seed, warn_independent_sampling=False)
    if name == "gp":
        return FailureAwareGP(seed=seed, n_startup_trials=STARTUP, warn_independent_sampling=False)
    return FailureAwareTPE(seed=seed, n_startup_trials=STARTUP, constant_liar=True)


class _Blamed(StudyView):
    """A study in which failed trials are as bad as any, once so many have a score that a model is made."""

    kept: tuple[TrialState, ...] = (TrialState.COMPLETE, TrialState.PRUNED)
    """What the model counts before it starts."""

    def seen(self, trials: list[FrozenTrial]) -> list[FrozenTrial]:
        """All trials, those that failed by their configuration among them as the worst."""
        if sum(trial.state in self.kept for trial in trials) < STARTUP:
            return trials
        return [self.worst(trial, trials) if _blamed(trial) else trial for trial in trials]

    def worst(self, trial: FrozenTrial, trials: list[FrozenTrial]) -> FrozenTrial:
        """Stopped before its first round: TPE ranks that below every score."""
        return _as(trial, TrialState.PRUNED, None)


class _BlamedByValue(_Blamed):
    """As `_Blamed`, for a model of values: the worst that a complete trial had."""

    kept = (TrialState.COMPLETE,)

    def worst(self, trial: FrozenTrial, trials: list[FrozenTrial]) -> FrozenTrial:
        """Complete with the worst value of each objective."""
        complete = [each.values for each in trials if each.state == TrialState.COMPLETE]
        upwards = [direction == optuna.study.StudyDirection.MAXIMIZE for direction in self.directions]
        worst = [(min if up else max)(column) for up, column in zip(upwards, zip(*complete, strict=True), strict=True)]
        return _as(trial, TrialState.COMPLETE, worst)


def _blamed(trial: FrozenTrial) -> bool:
    failure = trial.user_attrs.get("failure")
    return trial.state == TrialState.FAIL and failure not in (None, *NOT_ITS_OWN) and bool(trial.params)


def _as(trial: FrozenTrial, state: TrialState, values: list[float] | None) -> FrozenTrial:
    """A trial as if it had ended so."""
    other = copy.copy(trial)
    other.state, other.values, other.intermediate_values = state, values, {}
    return other


class _FailureAware(optuna.samplers.BaseSampler):
    """Lets a sampler of Optuna see failures, which it ignores: a region that fails is not asked for again and again.

    The record keeps them as FAIL: only what the sampler reads is another.
    """

    def view(self, study: optuna.Study) -> _Blamed:
        """What it sees of a study."""
        return _Blamed(study)

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """As Optuna's."""
        return super().infer_relative_search_space(self.view(study), trial)  # type: ignore[safe-super]

    def sample_relative(self, study: Any, trial: Any, search_space: dict[str, Any]) -> dict[str, Any]:
        """As Optuna's."""
        return super().sample_relative(self.view(study), trial, search_space)  # type: ignore[safe-super]

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
        """As Optuna's."""
        return super().sample_independent(self.view(study), trial, param_name, param_distribution)  # type: ignore[safe-super]


class _BlamedAndFew(_Blamed):
    """As `_Blamed`; of a long study with one objective no more than its best trials and a sample of the others."""

    __slots__ = ("history",)  # beside the attributes, which are the study's own

    def __init__(self, study: optuna.Study, history: BoundedHistory) -> None:
        super().__init__(study)
        self.history = history

    def _told(self, trial: FrozenTrial) -> FrozenTrial | None:
        if trial.state == TrialState.FAIL:
            return self.worst(trial, []) if _blamed(trial) else None
        return trial

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        if self.history.count <= LONG or len(self.directions) > 1:
            return super()._get_trials(deepcopy, states, use_cache=True)  # nobody else asks this study
        trials = self.history.of(self.trial, self._told)
        return [trial for trial in trials if states is None or trial.state in states]


class FailureAwareTPE(_FailureAware, optuna.samplers.TPESampler):
    """TPE to which a failed trial is worse than any with a score, and that asks as fast after thousands of trials."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._history = BoundedHistory()

    def view(self, study: optuna.Study) -> _Blamed:
        """As the base class has it."""
        return _BlamedAndFew(study, self._history)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """As Optuna's; the history is told."""
        self._history.begin(trial.number)
        super().before_trial(study, trial)

    def after_trial(self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Any) -> None:
        """As Optuna's; the history is told."""
        self._history.end(trial.number)
        super().after_trial(study, trial, state, values)


class FailureAwareGP(_FailureAware, optuna.samplers.GPSampler):
    """A Gaussian process to which a failed trial scored as the worst complete one."""

    def view(self, study: optuna.Study) -> _Blamed:
        """As the base class has it."""
        return _BlamedByValue(study)


class WholeQMC(optuna.samplers.QMCSampler):
    """Optuna's, over a space that is known: its own takes that of the first trial, which is one branch."""

    def __init__(self, space: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.space = dict(sorted(space.items()))

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """All that any branch asks for."""
        return self.space


class OpenEndedGrid(optuna.samplers.GridSampler):
    """Optuna's grid over a space with branches.

    Points that differ only in what their branch does not ask for are one. Optuna's own would stop an `optimize` loop
    at its end; there is none here, `Study.ask` looks.
    """

    def __init__(self, space: Space, data: Any, values: Mapping[str, list[Any]], seed: int) -> None:
        super().__init__(values, seed=seed)
        _, deciding = branches(space, data)
        at = [i for i, name in enumerate(self._param_names) if name in deciding]
        asked: dict[tuple[Any, ...], list[int]] = {}
        distinct: dict[tuple[Any, ...], Any] = {}
        for point in self._all_grids:
            branch = tuple(point[i] for i in at)
            if branch not in asked:
                probe = OverridingTrial(fixed=dict(zip(self._param_names, point, strict=True)))
                space(probe, data)
                asked[branch] = [i for i, name in enumerate(self._param_names) if name in probe.seen]
            distinct.setdefault(tuple((i, point[i]) for i in asked[branch]), point)
        self._all_grids = list(distinct.values())
        self._n_min_trials = len(self._all_grids)

    def sample_independent(self, study: Any, trial: Any, param_name: str, param_distribution: Any) -> Any:
        """The point's value; the first of a range that no probe of the space had shown."""
        if param_name not in self._search_space:
            return axis(param_distribution, 2)[0]
        return super().sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Any, trial: Any, state: Any, values: Any) -> None:
        """Nothing to stop."""

    def _get_unvisited_grid_ids(self, study: optuna.Study) -> list[int]:
        tried = {
            trial.system_attrs["grid_id"]
            for trial in study.get_trials(deepcopy=False)
            if "grid_id" in trial.system_attrs
            and trial.user_attrs.get("failure") != "interrupted"
            and self._same_search_space(trial.system_attrs["search_space"])
        }
        return sorted(set(range(len(self._all_grids))) - tried)


def grid(dists: Mapping[str, Any], trials: int) -> dict[str, list[Any]]:
    """Values per axis: as many points on each number as fit `trials`, at least two."""
    points = 2
    while points < 64 and math.prod(len(axis(d, points + 1)) for d in dists.values()) <= trials:
        points += 1
    return {name: axis(d, points) for name, d in dists.items()}
