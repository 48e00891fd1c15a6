"""How configurations are chosen: Optuna's samplers by name, and a grid that knows its end."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import optuna


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
