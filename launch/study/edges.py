"""Where the best trials of a study sit on an edge of its search space: beyond it may be better ones.

A dimension that does nothing has best trials at its ends, too: by chance, and because a sampler goes on where it saw
success. A count of the best alone cannot tell: in simulated TPE searches of 64 trials over six dimensions that do
nothing, a binomial test names an edge in 70 %. So trials of the outer quarter must also score higher than the
others of the same search (Mann-Whitney, corrected by Holm for all ends that are looked at): then it is in 2 of 100, and
in 94 of 100 with a true edge.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState
from scipy.stats import mannwhitneyu

from launch.study.overrides import Space, distributions
from search_spaces import DataInfo
from trainables.core.constraints import Constraint, Interval

BEST, FEWEST = 10, 3
"""Complete trials that count as the best, at least, and how many of them an edge must have."""
ZONE = 0.05
"""Share of a range that is its edge; at least the last value."""
OUTER = 0.25
"""Share that is compared with the rest of it."""
LEVEL = 0.05
MORE = 1000
"""So many times as much data show which ends of ranges the data set."""
WIDTHS = re.compile(r"(linear|none|\d+(-\d+)*)")


@dataclass(frozen=True)
class Edge:
    """An end of a range at which the best trials sit.

    Attributes
    ----------
    name : str
        Of the dimension.
    upper : bool
        Whether it is the upper end.
    value : Any
        The end.
    best, of : int
        So many of so many best trials.
    further : str
        The option that searches beyond it; nothing where only the space itself can say it.
    """

    name: str
    upper: bool
    value: Any
    best: int
    of: int
    further: str = ""


def edges(
    trials: Iterable[FrozenTrial], space: Space, data: DataInfo, constraints: Mapping[str, tuple[Constraint, ...]]
) -> list[Edge]:
    """The edges at which the best complete trials sit.

    Published configurations do not count: what stands for them in the space is the nearest that it has. Nor does an
    end that is one by nature: of what the hyperparameter may be, or of what rows and columns allow.

    Parameters
    ----------
    trials : iterable of optuna.trial.FrozenTrial
        All of the study.
    space : callable
        The space of the study.
    data : search_spaces.DataInfo
        What was searched on.
    constraints : mapping of str to tuple
        What hyperparameters may be.
    """
    drawn = [trial for trial in trials if trial.user_attrs.get("origin") == "sampled" and trial.params]
    different = {tuple(sorted(trial.params.items(), key=str)): trial for trial in drawn}
    complete = [trial for trial in different.values() if trial.state == TrialState.COMPLETE and trial.values]
    complete.sort(key=lambda trial: (-trial.values[0], trial.number))
    stopped = [trial for trial in different.values() if trial.state == TrialState.PRUNED and trial.intermediate_values]
    stopped.sort(key=lambda trial: max(trial.intermediate_values.items()), reverse=True)
    ranked = complete + stopped
    best = complete[: max(BEST, math.ceil(len(complete) / 10))]
    if len(best) < BEST:
        return []
    ranges = distributions(space, data)
    looked_at: list[tuple[float, Edge]] = []
    for name, upper in _ends(space, data, ranges, constraints):
        distribution = ranges[name]
        at, near = (_within(distribution, upper, share) for share in (ZONE, OUTER))
        there = [at(trial.params[name]) for trial in best if name in trial.params]
        places: tuple[list[int], list[int]] = ([], [])
        for place, trial in enumerate(ranked):
            if name in trial.params:
                places[near(trial.params[name])].append(place)
        if all(places):
            chance = float(mannwhitneyu(places[1], places[0], alternative="less").pvalue)
            found = Edge(name, upper, _ordered(distribution)[-1 if upper else 0], sum(there), len(there))
            looked_at.append((chance, replace(found, further=_further(found, distribution, constraints.get(name, ())))))
    looked_at.sort(key=lambda pair: pair[0])
    kept = []
    for place, (chance, edge) in enumerate(looked_at):
        if chance * (len(looked_at) - place) > LEVEL:
            break
        kept.append(edge)
    return [edge for edge in kept if edge.best >= FEWEST]


def _ends(
    space: Space, data: DataInfo, ranges: Mapping[str, Any], constraints: Mapping[str, tuple[Constraint, ...]]
) -> Iterable[tuple[str, bool]]:
    """Ends of ordered dimensions that are not ends by nature."""
    larger = [
        distributions(space, replace(data, **{field: MORE * max(1, getattr(data, field))}))
        for field in ("rows", "features", "anomalies")
    ]
    for name, distribution in ranges.items():
        values = _ordered(distribution)
        if len(values) < 2:
            continue
        if not _natural(distribution, values[0], False, constraints.get(name, ())):
            yield name, False
        by_data = any(name in more and _size(_ordered(more[name])[-1]) > _size(values[-1]) for more in larger)
        if not by_data and not _natural(distribution, values[-1], True, constraints.get(name, ())):
            yield name, True


def _ordered(distribution: Any) -> Sequence[Any]:
    """Both ends of a range; choices from the least to the most, none where they have no order."""
    if not isinstance(distribution, CategoricalDistribution):
        return [distribution.low, distribution.high]
    choices = list(distribution.choices)
    if all(isinstance(choice, int | float) and not isinstance(choice, bool) for choice in choices):
        return sorted(choices)
    if all(isinstance(choice, str) and WIDTHS.fullmatch(choice) for choice in choices):
        return sorted(choices, key=_size)
    return []


def _size(value: Any) -> float:
    return float(sum(widths(value)) if isinstance(value, str) else value)


def widths(choice: str) -> tuple[int, ...]:
    """(100, 50) of "100-50"; () of "linear" and "none"."""
    return tuple(map(int, choice.split("-"))) if choice[0].isdigit() else ()


def _natural(distribution: Any, end: Any, upper: bool, allowed: Sequence[Constraint]) -> bool:
    """Whether a hyperparameter can go no further, or hardly: by less than the edge of its range."""
    if isinstance(end, str):
        return not widths(end)
    low, high = _ordered(distribution)[0], _ordered(distribution)[-1]
    for interval in allowed:
        if isinstance(interval, Interval):
            bound = interval.high if upper else interval.low
            if getattr(distribution, "log", False) and bound > 0:
                left, length = abs(math.log(bound / end)), math.log(high / low)
            elif getattr(distribution, "log", False):
                # what may be 0 is as good as that at the lower end of a logarithmic range
                return not upper and interval.closed in ("both", "left")
            else:
                left, length = abs(bound - end), high - low
            return left <= ZONE * length
    return False


def _unit(distribution: Any) -> Callable[[float], float]:
    """The place of a number in its range, 0 to 1, as samplers draw it; a whole number's cell is one wide."""
    half = 0.5 if isinstance(distribution, IntDistribution) else 0.0
    scale = math.log if distribution.log else float
    low, high = scale(distribution.low - half), scale(distribution.high + half)
    return lambda value: (scale(value) - low) / (high - low)


def _within(distribution: Any, upper: bool, share: float) -> Callable[[Any], bool]:
    """Whether a value is in so large a share of a range at its end; the last value always is."""
    end = _ordered(distribution)[-1 if upper else 0]
    if isinstance(distribution, CategoricalDistribution):
        return lambda value: value == end
    unit, half = _unit(distribution), 0.5 if isinstance(distribution, IntDistribution) else 0.0
    if upper:
        return lambda value: math.isclose(value, end) or unit(value - half) >= 1 - share
    return lambda value: math.isclose(value, end) or unit(value + half) <= share


def _further(edge: Edge, distribution: Any, allowed: Sequence[Constraint]) -> str:
    """The option that goes beyond an end: half of the range, a quarter where it is logarithmic, the next choice."""
    if isinstance(distribution, CategoricalDistribution):
        ordered = _ordered(distribution)
        end, before = (ordered[-1], ordered[-2]) if edge.upper else (ordered[0], ordered[1])
        if isinstance(end, str):
            value: Any = tuple(2 * width if edge.upper else width // 2 for width in widths(end))
        else:
            value = type(end)(float(f"{end * end / before:.2g}")) if before else end
        if value == end or not any(one.accepts(value) for one in allowed):
            return ""
        return f"--fix {shlex.quote(f'{edge.name}={value}'.replace(' ', ''))}"
    low, high, end = distribution.low, distribution.high, edge.value
    if distribution.log:
        beyond = end * (high / low) ** (0.25 if edge.upper else -0.25)
    else:
        beyond = end + (high - low) * (0.5 if edge.upper else -0.5)
    bounds = [one.high if edge.upper else one.low for one in allowed if isinstance(one, Interval)]
    for value in (beyond, *((end + bound) / 2 for bound in bounds), *bounds):  # half of what is left, all of it
        if isinstance(distribution, IntDistribution):
            value = math.ceil(value) if edge.upper else math.floor(value)
        else:
            value = float(f"{value:.2g}")
        if value != end and any(one.accepts(value) for one in allowed):
            return f"--range {edge.name}={low if edge.upper else value:g}:{value if edge.upper else high:g}"
    return ""
