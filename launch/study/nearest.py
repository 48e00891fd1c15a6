"""A configuration in the words of a search space: exactly where it has them, else by the nearest value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from optuna.distributions import CategoricalDistribution, IntDistribution

from launch.study.overrides import OverridingTrial, Space, axis

PASSES = 5
"""Rounds over the hyperparameters, until none comes nearer; two are enough where each stands for itself."""
POINTS = 65
"""Numbers to try of a range that the configuration does not name."""


def express(space: Space, data: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as suggestions by name, one for each hyperparameter of the branch that comes nearest to it.

    A sampler that learns from it must know all of it: what one trial leaves out is left out of the model for ever.
    A number that the configuration has under the name of the hyperparameter is brought into its range. Anything else
    ("100-50" for (100, 50), a depth, a switch of a branch) is found by trying each choice in turn and keeping the one
    whose configuration differs least; where nothing tells, the first choice or the middle of the range stays.
    """
    chosen: dict[str, Any] = {}
    said, _, seen = _made(space, data, config, chosen)
    for _ in range(PASSES):
        before = said
        for name in before:
            if name not in said or _named(seen[name], config.get(name)):
                continue
            values = [said[name], *_values(seen[name])]
            chosen[name] = min(
                values, key=lambda v: _apart(name, _made(space, data, config, {**chosen, name: v})[1], config)
            )
            said, _, seen = _made(space, data, config, chosen)
        if said == before:
            break
    return said


def _made(
    space: Space, data: Any, config: Mapping[str, Any], chosen: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Suggestions, the configuration that they make, and the distributions they are from."""
    fixed = dict(chosen)
    while True:
        probe = OverridingTrial(fixed=fixed)
        made = space(probe, data)
        new = {name: _near(d, config.get(name)) for name, d in probe.seen.items() if name not in fixed}
        if not new:
            return {name: fixed[name] for name in probe.seen}, made, probe.seen
        fixed |= new


def _named(distribution: Any, value: Any) -> bool:
    """Whether a value can be brought into a range."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
    return number and not isinstance(distribution, CategoricalDistribution)


def _near(distribution: Any, value: Any) -> Any:
    """The value of a range that is nearest; the first choice or the middle where that cannot be said."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    if not _named(distribution, value):
        points = axis(distribution, 3)
        return points[len(points) // 2]
    low, high, step = distribution.low, distribution.high, distribution.step
    inside = min(max(value, low), high)
    if step and not distribution.log:
        inside = min(low + step * round((inside - low) / step), high)
    return round(inside) if isinstance(distribution, IntDistribution) else float(inside)


def _values(distribution: Any) -> list[Any]:
    return axis(distribution, POINTS)


def _apart(name: str, made: Mapping[str, Any], config: Mapping[str, Any]) -> tuple[float, float]:
    """How far two configurations differ: first in the hyperparameter of that name, then in all."""
    differences = {key: _difference(value, config[key]) for key, value in made.items() if key in config}
    return differences.get(name, 0.0), sum(differences.values())


def _difference(one: Any, other: Any) -> float:
    """0 for equal values up to 1 for those that have nothing in common; numbers differ by their ratio."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        pairs = [_difference(a, b) for a, b in zip_longest(one, other)]
        return sum(pairs) / max(1, len(pairs))
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in (one, other)):
        return float(type(one) is not type(other) or one != other)  # True is not 1
    if one == other:
        return 0.0
    apart = abs(math.log(one / other)) if one > 0 and other > 0 else abs(one - other)
    return apart / (1 + apart) if math.isfinite(apart) else 1.0
