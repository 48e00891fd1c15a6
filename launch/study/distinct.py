"""Configurations that differ: what a search has tried it does not try again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection, Mapping
from itertools import product
from typing import Any

from optuna.distributions import CategoricalDistribution, FloatDistribution

from launch.study.overrides import OverridingTrial, Space, axis

MOST = 5000
"""Configurations of a space, at most, that are listed one by one."""
DIGITS = 12
"""Significant digits in which two numbers must differ."""
Key = Callable[[Mapping[str, Any]], str]


def key(config: Mapping[str, Any]) -> str:
    """A text that two configurations share if they are the same; 5 is 5.0, and [1] is (1,)."""
    return json.dumps(_plain(config), sort_keys=True, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(own) for name, own in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return float(f"{value:.{DIGITS}g}")


def every(space: Space, data: Any, key_of: Key) -> dict[str, dict[str, Any]] | None:
    """The suggestions of every configuration of a space by its key; None if there are more than `MOST`, or endless."""
    found: dict[str, dict[str, Any]] = {}
    open_paths: list[dict[str, Any]] = [{}]
    while open_paths:
        path = open_paths.pop()
        probe = OverridingTrial(fixed=path)
        config = space(probe, data)
        name = next((name for name in probe.seen if name not in path), None)
        if name is None:
            found.setdefault(key_of(config), path)
        elif (values := _values(probe.seen[name])) is None:
            return None
        else:
            open_paths += [{**path, name: value} for value in reversed(values)]
        if len(found) + len(open_paths) > MOST:
            return None
    return found


def _values(distribution: Any) -> list[Any] | None:
    """All values of a distribution; None if they are too many, or endless."""
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    if isinstance(distribution, FloatDistribution) and not distribution.step:
        return None
    count = round((distribution.high - distribution.low) / distribution.step) + 1
    if count > MOST:
        return None
    return [distribution.low + distribution.step * i for i in range(count)]


def nearest(
    known: Mapping[str, Mapping[str, Any]], tried: Collection[str], suggestions: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The suggestions of an untried configuration that differ least from others; None if all have been tried."""
    left = [dict(own) for own_key, own in known.items() if own_key not in tried]
    span = {
        name: max(values) - min(values)
        for name in suggestions
        if (values := [own[name] for own in known.values() if _is_number(own.get(name))])
    }

    def apart(own: Mapping[str, Any]) -> float:
        return sum(_apart(own.get(name), suggestions.get(name), span.get(name, 0)) for name in {*own, *suggestions})

    return min(left, key=apart, default=None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _apart(one: Any, other: Any, span: float) -> float:
    if _is_number(one) and _is_number(other) and span:
        return abs(one - other) / span
    return float(one != other)


def neighbour(
    space: Space, data: Any, suggestions: Mapping[str, Any], tried: Collection[str], key_of: Key, seed: int
) -> dict[str, Any] | None:
    """Suggestions that differ from others in one or two values and make an untried configuration; None if none do."""
    probe = OverridingTrial(fixed=suggestions)
    space(probe, data)
    changes = [(name, value) for name, own in probe.seen.items() for value in axis(own, 9)]
    random.Random(seed).shuffle(changes)
    for pair in [*([change] for change in changes), *product(changes, changes)]:
        changed = OverridingTrial(fixed={**suggestions, **dict(pair)})
        if key_of(space(changed, data)) not in tried:
            return {name: changed.fixed.get(name, axis(own, 2)[0]) for name, own in changed.seen.items()}
    return None
