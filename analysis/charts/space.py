"""Hyperparameters of the complete trials of a study as places on axes, for a library to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # plots are quick to import: neither the launcher nor Optuna comes with them
    from launch.study.storage import FrozenTrial, OptunaStudy

NOTHING = "Fewer than two trials were complete: nothing to draw."
MOST_CHOICES = 12
DRAWN, INTERPOLATED = 1000, 200
"""Complete trials that pictures show, and that a contour rests on, which has as many rows and columns."""


@dataclass(frozen=True)
class Axis:
    """One hyperparameter as places on an axis: numbers as they are, choices one after another."""

    name: str
    at: NDArray[np.float64]
    log: bool
    choices: tuple[str, ...]

    def varies(self) -> bool:
        """Whether there is more than one value."""
        return bool(np.nanmax(self.at) > np.nanmin(self.at))

    def shares(self) -> NDArray[np.float64]:
        """Places from 0 to 1; NaN where the trial has no such hyperparameter."""
        values = np.log(self.at) if self.log else self.at
        low, high = np.nanmin(values), np.nanmax(values)
        return (values - low) / (high - low) if high > low else np.where(np.isnan(values), np.nan, 0.5)


def _axis(trials: Sequence[FrozenTrial], name: str) -> Axis:
    distributions = [t.distributions[name] for t in trials if name in t.distributions]
    values = [t.params.get(name) for t in trials]
    if all(hasattr(d, "choices") for d in distributions):
        choices = tuple(dict.fromkeys(str(c) for d in distributions for c in getattr(d, "choices", ())))
        used = tuple(c for c in choices if c in {str(v) for v in values})
        if len(used) <= MOST_CHOICES:
            at = [used.index(str(v)) if name in t.params else np.nan for t, v in zip(trials, values, strict=True)]
            return Axis(name, np.asarray(at, float), False, used)
        values = [choices.index(str(v)) if name in t.params else None for t, v in zip(trials, values, strict=True)]
        return Axis(f"{name} (choice)", np.asarray(values, float), False, ())
    log = any(getattr(d, "log", False) for d in distributions)
    return Axis(name, np.asarray([np.nan if v is None else v for v in values], float), log, ())


def searched(study: OptunaStudy, params: Sequence[str]) -> tuple[list[int], NDArray[np.float64], list[Axis]]:
    """Numbers and scores of complete trials, the best last and so on top, and an axis for each parameter they have.

    Of more than `DRAWN` trials they are the best and a sample of the others.
    """
    from launch.study.history import fewer

    study = fewer(study, DRAWN)
    trials = [t for t in study.get_trials(deepcopy=False) if t.state.name == "COMPLETE"]
    trials.sort(key=lambda t: t.values[0])
    axes = [_axis(trials, p) for p in params if len(trials) > 1 and any(p in t.params for t in trials)]
    return [t.number for t in trials], np.array([t.values[0] for t in trials]), axes
