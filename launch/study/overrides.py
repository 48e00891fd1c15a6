"""What a search space asks for, and what `--fix` and `--range` do to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from launch.common.errors import UsageError
from trainables.core import constraints as c
from trainables.core.detector import Detector

Space = Callable[[Any, Any], dict[str, Any]]
Range = tuple[float, float]
NOTHING: Mapping[str, Any] = {}


class OverridingTrial:
    """Passes suggestions on to a trial, with fixed values and other ranges in between.

    Without a trial, distributions are recorded alone; with `only`, the trial is asked for these names alone.
    """

    def __init__(
        self,
        trial: Any = None,
        fixed: Mapping[str, Any] = NOTHING,
        ranges: Mapping[str, Range] = NOTHING,
        only: frozenset[str] | None = None,
    ) -> None:
        self.trial, self.fixed, self.ranges, self.only = trial, fixed, ranges, only
        self.seen: dict[str, Any] = {}

    def _silent(self, name: str) -> bool:
        return self.trial is None or (self.only is not None and name not in self.only)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """As optuna's."""
        low, high = self.ranges.get(name, (low, high))
        self.seen[name] = FloatDistribution(low, high, log=log, step=step)
        if name in self.fixed:
            return self.fixed[name]
        return low if self._silent(name) else self.trial.suggest_float(name, low, high, step=step, log=log)

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """As optuna's."""
        low, high = (int(v) for v in self.ranges.get(name, (low, high)))
        self.seen[name] = IntDistribution(low, high, log=log, step=step)
        if name in self.fixed:
            return self.fixed[name]
        return low if self._silent(name) else self.trial.suggest_int(name, low, high, step=step, log=log)

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """As optuna's. A fixed value that is no choice stands for the first, and is put right afterwards."""
        self.seen[name] = CategoricalDistribution(choices)
        if name in self.ranges:
            raise UsageError(f"--range {name}: it is a choice among {list(choices)}; use --fix {name}=VALUE")
        if name in self.fixed:
            return self.fixed[name] if self.fixed[name] in choices else choices[0]
        return choices[0] if self._silent(name) else self.trial.suggest_categorical(name, choices)


def distributions(space: Space, data: Any) -> dict[str, Any]:
    """The distributions that a search may sample, of every branch, by name."""
    return branches(space, data)[0]


def branches(space: Space, data: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The distributions of every branch by name, and which of these names decide what else is asked for.

    Each choice, and both ends of each range, is tried beside the first of all others, and again for what that opens.
    """
    found: dict[str, Any] = {}
    deciding: set[str] = set()
    paths: list[tuple[dict[str, Any], str, set[str]]] = [({}, "", set())]
    while paths:
        path, name, before = paths.pop(0)
        probe = OverridingTrial(fixed=path)
        space(probe, data)
        names = set(probe.seen)
        if name and names != before:
            deciding.add(name)
        new = {name: distribution for name, distribution in probe.seen.items() if name not in found}
        found |= new
        paths += [({**path, name: value}, name, names) for name, d in new.items() for value in axis(d, 2)]
    return found, frozenset(deciding)


def axis(distribution: Any, points: int) -> list[Any]:
    """Every choice, or so many values of a range from end to end, as its scale has them."""
    if hasattr(distribution, "choices"):
        return list(distribution.choices)
    low, high, log, step = distribution.low, distribution.high, distribution.log, distribution.step
    first, last = (math.log(low), math.log(high)) if log else (low, high)
    values = [first + (last - first) * i / (points - 1) for i in range(points)]
    values = [min(max(math.exp(v) if log else v, low), high) for v in values]
    if step and not log:
        values = sorted({min(low + step * round((v - low) / step), high) for v in values})
    return sorted({round(v) for v in values}) if isinstance(low, int) else values


def overridden(
    space: Space, cls: type[Detector], fixed: Mapping[str, Any], ranges: Mapping[str, Range], data: Any
) -> Space:
    """A space with the overrides built in.

    `UsageError` if one names no hyperparameter, contradicts another, or leaves what the hyperparameter may be.
    """
    known = set(cls.parameter_names()) - {"seed", "device", cls.rounds_parameter}
    for name in [*fixed, *ranges]:
        if name not in known:
            raise UsageError(f"{cls.__name__} has no hyperparameter {name!r} to set; it has {', '.join(sorted(known))}")
        if name in fixed and name in ranges:
            raise UsageError(f"--fix {name} and --range {name} contradict each other")
    for name, value in fixed.items():
        _check(cls, name, value, "--fix")
    seen = distributions(space, data)
    for name, (low, high) in ranges.items():
        if not low < high:
            raise UsageError(f"--range {name}={low:g}:{high:g} needs the smaller number first")
        distribution = seen.get(name)
        whole = isinstance(distribution, IntDistribution) or _is_int(cls, name)
        for value in (low, high):
            if whole and not float(value).is_integer():
                raise UsageError(f"--range {name}={low:g}:{high:g}: {name} takes whole numbers, not {value:g}")
            _check(cls, name, int(value) if whole else value, "--range")
        if getattr(distribution, "log", False) and low <= 0:
            raise UsageError(f"--range {name}={low:g}:{high:g}: {name} is searched on a log scale, start above 0")

    def with_overrides(trial: Any, data: Any) -> dict[str, Any]:
        proxy = OverridingTrial(trial, fixed, ranges)
        params = space(proxy, data)
        for name in ranges:
            if name not in seen:  # no branch of the space asks for it: searched all the same
                low, high = ranges[name]
                if _is_int(cls, name):
                    params[name] = proxy.suggest_int(name, int(low), int(high))
                else:
                    params[name] = proxy.suggest_float(name, low, high, log=low > 0 and high / low >= 100)
        return {**params, **fixed}

    return with_overrides


def _is_int(cls: type[Detector], name: str) -> bool:
    return any(
        isinstance(constraint, c.Interval) and constraint.kind is int
        for constraint in cls.parameter_constraints.get(name, ())
    )


def _check(cls: type[Detector], name: str, value: Any, option: str) -> None:
    allowed = cls.parameter_constraints.get(name, ())
    if allowed and not any(constraint.accepts(value) for constraint in allowed):
        wanted = " or ".join(str(constraint) for constraint in allowed)
        raise UsageError(f"{option} {name}={value!r}: {name} must be {wanted}")
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{option} {name}={value!r} must be finite")
