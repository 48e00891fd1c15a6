"""What a hyperparameter may be, declared beside the class and checked in one place."""

from __future__ import annotations

import math
import numbers
from collections import abc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from trainables.core.errors import InvalidHyperparameter


@dataclass(frozen=True)
class Interval:
    """A number between two bounds.

    Parameters
    ----------
    kind : type
        `int` or `float`. An integer is accepted where a float is asked for.
    low, high : float
        The bounds; `-math.inf` and `math.inf` leave a side open.
    closed : {"both", "left", "right", "neither"}
        Which bounds belong to the interval.
    """

    kind: type
    low: float
    high: float
    closed: Literal["both", "left", "right", "neither"] = "both"

    def accepts(self, value: Any) -> bool:
        """Whether `value` is a finite number of the right kind between the bounds."""
        wanted = numbers.Integral if self.kind is int else numbers.Real
        if isinstance(value, bool) or not isinstance(value, wanted):
            return False
        number = float(value)
        if not math.isfinite(number):
            return False
        above = number >= self.low if self.closed in ("both", "left") else number > self.low
        below = number <= self.high if self.closed in ("both", "right") else number < self.high
        return above and below

    def __str__(self) -> str:
        left = "[" if self.closed in ("both", "left") else "("
        right = "]" if self.closed in ("both", "right") else ")"
        return f"{self.kind.__name__} in {left}{self.low:g}, {self.high:g}{right}"


@dataclass(frozen=True)
class Options:
    """One of a few values."""

    values: tuple[Any, ...]

    def accepts(self, value: Any) -> bool:
        """Whether `value` is one of the options (True is not taken for 1)."""
        return any(value == v and type(value) is type(v) for v in self.values)

    def __str__(self) -> str:
        return "one of " + ", ".join(repr(v) for v in self.values)


@dataclass(frozen=True)
class Sequence:
    """A tuple or list, each element of which satisfies `element`."""

    element: Interval
    max_length: int = 16
    min_length: int = 0

    def accepts(self, value: Any) -> bool:
        """Whether `value` is a short sequence of accepted elements."""
        if not isinstance(value, tuple | list) or not self.min_length <= len(value) <= self.max_length:
            return False
        return all(self.element.accepts(v) for v in value)

    def __str__(self) -> str:
        least = f"{self.min_length} to" if self.min_length else "at most"
        return f"a sequence of {least} {self.max_length} values, each {self.element}"


Constraint = Interval | Options | Sequence

# what hyperparameters of many detectors may be, as annotations
Width = Annotated[int, Interval(int, 1, 65536)]
Widths = Annotated[abc.Sequence[int], Sequence(Interval(int, 1, 65536))]
Channels = Annotated[abc.Sequence[int], Sequence(Interval(int, 1, 4096), min_length=1)]
Share = Annotated[float, Interval(float, 0, 1, closed="left")]
Trim = Annotated[float, Interval(float, 0, 0.5)]
Weight = Annotated[float, Interval(float, 0, math.inf)]
Positive = Annotated[float, Interval(float, 0, math.inf, closed="right")]
Rate = Annotated[float, Interval(float, 0, 10, closed="right")]
Decay = Annotated[float, Interval(float, 0, 10)]
Epochs = Annotated[int, Interval(int, 1, 1_000_000)]
Batch = Annotated[int, Interval(int, 2, 1_000_000)]
Batches = Annotated[int, Interval(int, 0, 1_000_000_000)]


def check(owner: str, constraints: Mapping[str, tuple[Constraint, ...]], params: Mapping[str, Any]) -> None:
    """Check every declared hyperparameter once.

    Raises
    ------
    InvalidHyperparameter
        Naming the detector, the hyperparameter, its value and what it may be.
    """
    for name, allowed in constraints.items():
        value = params[name]
        if not any(constraint.accepts(value) for constraint in allowed):
            wanted = " or ".join(str(constraint) for constraint in allowed)
            raise InvalidHyperparameter(f"{owner}: {name}={value!r} must be {wanted}")
