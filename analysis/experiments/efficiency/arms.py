"""Ways to search that are compared: some by name, and any options of a search."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from launch.common.errors import UsageError
from launch.common.flags import flag
from launch.config.command_line import unchecked
from launch.config.options import TuneOptions

PUBLISHED = "published"
"""No search: the published configuration that each begins with."""
NEVER = 1e9
KNOWN: dict[str, dict[str, Any]] = {
    PUBLISHED: {},
    "random": {"sampler": "random", "stop_above": NEVER, "no_portfolio": True},
    "random+asha": {"sampler": "random", "stop_above": 0.0, "no_portfolio": True},
    "tpe": {"stop_above": NEVER, "no_portfolio": True},
    "tpe+asha": {"stop_above": 0.0, "no_portfolio": True},
    "no-portfolio": {"no_portfolio": True},
    "default": {},
}
"""Arms by name, with the options in which they are not what `tune.py` does by itself."""
STOPPING = 2.5
"""Trials of those that always stop weak trials, by those of the others: they take about as many seconds then."""
OF_THE_STUDY = ("detector", "dataset", "seed", "home", "name", "metric", "local", "protocol", "outer_split", "data_dir")
"""What an arm cannot say: it is the same for all."""
BETWEEN = re.compile(r",(?=\w+=)")
MANY = ("fix", "range")
"""Options of which one arm may have several."""


@dataclass(frozen=True)
class Arm:
    """A way to search: a name, and the options in which it is not what `tune.py` does by itself."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    more: float = 1.0
    """How many trials it has for each of the study's, unless its options say how many."""

    @property
    def searches(self) -> bool:
        """Whether it is a search at all."""
        return self.name != PUBLISHED


def arms(names: str, given: Sequence[str]) -> list[Arm]:
    """Arms by name, joined by commas, and those of `--arm NAME:OPTION=VALUE,…`; `UsageError` for what is none."""
    found = [_known(name.strip()) for name in names.split(",") if name.strip()] + [_given(text) for text in given]
    twice = [arm.name for k, arm in enumerate(found) if arm.name in [other.name for other in found[:k]]]
    if twice:
        raise UsageError(f"the arm {twice[0]} is given more than once: keep one, or take another name")
    if not any(arm.searches for arm in found):
        raise UsageError(f"no arm searches: give one of {', '.join(KNOWN)}, or --arm NAME:OPTION=VALUE")
    return found


def _known(name: str) -> Arm:
    if name not in KNOWN:
        raise UsageError(f"there is no arm {name}: give one of {', '.join(KNOWN)}, or --arm NAME:OPTION=VALUE")
    return Arm(name, dict(KNOWN[name]), STOPPING if KNOWN[name].get("stop_above") == 0.0 else 1.0)


def _given(text: str) -> Arm:
    """An arm of one's own. The command line of a search reads its options, so that a wrong one is refused as there."""
    name, sign, options = text.partition(":")
    pairs = [pair.partition("=") for pair in BETWEEN.split(options) if pair]
    if not sign or not name.strip() or name.strip() == PUBLISHED or not all(value for _, _, value in pairs):
        raise UsageError(f"--arm {text!r}: write it like --arm qmc:sampler=qmc,stop_above=0")
    arguments: list[str] = []
    for option, _, value in pairs:
        if option.replace("-", "_") in OF_THE_STUDY:
            raise UsageError(f"--arm {text!r}: {option} is the same for all arms")
        values = value.split(";") if option in MANY else [value]
        for one in values:
            arguments += [flag(option)] if one.lower() == "true" else [flag(option), one]
    read, plain = unchecked(arguments), TuneOptions()
    changed = {one.name: getattr(read, one.name) for one in fields(TuneOptions)}
    return Arm(name.strip(), {k: v for k, v in changed.items() if v != getattr(plain, k)})
