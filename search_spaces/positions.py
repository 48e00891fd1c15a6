"""Places in a search space that mean the same on every table: shares of the way through each range.

Where a range depends on the data ("neighbours: 1 to a quarter of the rows"), a share of it is the value that grows with
them. A range of a logarithmic scale is gone through on that scale; a share of choices is the choice that stands there.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

NOTHING: Mapping[str, Any] = {}


class NotInSpace(ValueError):
    """A space asks for what a configuration does not say, or does not have the value that it says."""


def drawn(seed: int, detector: str, number: int) -> Callable[[str], float]:
    """Uniform shares of one random configuration by the name of the hyperparameter, the same on every table."""

    def share(name: str) -> float:
        digest = hashlib.sha256(f"{seed}/{detector}/{number}/{name}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    return share


def share_of(distribution: Any, value: Any) -> float:
    """How far through a range of Optuna's a value lies, so that a `PlacedTrial` gives it back; NotInSpace outside."""
    if hasattr(distribution, "choices"):
        choices = list(distribution.choices)
        if value not in choices:
            raise NotInSpace(f"{value!r} is none of {choices}")
        return (choices.index(value) + 0.5) / len(choices)
    low, high, step = distribution.low, distribution.high, distribution.step
    if not low <= value <= high:
        raise NotInSpace(f"{value!r} is not between {low} and {high}")
    whole = isinstance(low, int)
    if distribution.log:
        first, last = (math.log(low - 0.5), math.log(high + 0.5)) if whole else (math.log(low), math.log(high))
        return (math.log(value) - first) / (last - first)
    if step is not None:
        return (round((value - low) / step) + 0.5) / (int((high - low) / step + 1e-9) + 1)
    return (value - low) / (high - low)


class PlacedTrial:
    """Answers a search space as an optuna.Trial does, with what lies at a share of each range, or with values.

    Parameters
    ----------
    share : callable
        From the name of a hyperparameter to a number from 0 to 1.
    values : dict of str to value
        What is taken as it is; `NotInSpace` where a range does not have it.
    """

    def __init__(self, share: Callable[[str], float], values: Mapping[str, Any] = NOTHING) -> None:
        self.share, self.values = share, values
        self.seen: dict[str, Any] = {}

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """As optuna's."""
        if name in self.values:
            return self._kept(name, low <= self.values[name] <= high)
        if step is not None:
            steps = int((high - low) / step + 1e-9)
            value = round(low + step * min(steps, int(self.share(name) * (steps + 1))), 12)
        elif log:
            value = math.exp(math.log(low) + self.share(name) * (math.log(high) - math.log(low)))
        else:
            value = low + self.share(name) * (high - low)
        self.seen[name] = min(max(value, low), high)
        return self.seen[name]

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """As optuna's: every number of a range has the same width, on its scale."""
        if name in self.values:
            return self._kept(name, low <= self.values[name] <= high)
        if log:
            first, last = math.log(low - 0.5), math.log(high + 0.5)
            value = round(math.exp(first + self.share(name) * (last - first)))
        else:
            steps = (high - low) // step
            value = low + step * min(steps, int(self.share(name) * (steps + 1)))
        self.seen[name] = min(max(value, low), high)
        return self.seen[name]

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """As optuna's."""
        if name in self.values:
            return self._kept(name, self.values[name] in choices)
        self.seen[name] = choices[min(len(choices) - 1, int(self.share(name) * len(choices)))]
        return self.seen[name]

    def _kept(self, name: str, there: bool) -> Any:
        if not there:
            raise NotInSpace(f"{name} = {self.values[name]!r} is not in the space")
        self.seen[name] = self.values[name]
        return self.seen[name]
