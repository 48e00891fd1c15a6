"""What the work log says: which rounds were done, by which life of a trial, and what was done again."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Life:
    """One process's work on a configuration, from its beginning to its end, whatever ended it."""

    config: str
    begun: float
    pid: int
    started: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)

    @property
    def last(self) -> float:
        """When it was last heard of."""
        return max([self.begun, *self.started.values(), *self.ended.values()])

    @property
    def open_round(self) -> int | None:
        """The round that it started and did not end."""
        return next((n for n in self.started if n not in self.ended), None)


@dataclass(frozen=True)
class Loss:
    """Work of a trial that was done and had to be done again."""

    trial: int
    time: float
    """When the life that did it was cut short."""
    rounds: tuple[int, ...]
    """Whole rounds."""
    seconds: float
    """Of them, and of the round that was under way."""
    half: bool
    """Whether a round was under way."""


def read(path: Path) -> list[dict[str, Any]]:
    """Lines of a work log; each was written in one call, so that each is whole."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def lives(entries: Iterable[Mapping[str, Any]], seed: int, rows: int) -> dict[str, list[Life]]:
    """The lives of each configuration of a search, in order; confirmations and refits are left out."""
    found: dict[str, Life] = {}
    for one in entries:
        if one["seed"] != seed or one["rows"] != rows:
            continue
        life = found.setdefault(one["life"], Life(one["config"], one["time"], one["pid"]))
        if one["what"] != "begin":
            (life.started if one["what"] == "start" else life.ended)[one["round"]] = one["time"]
    by_config: dict[str, list[Life]] = defaultdict(list)
    for life in sorted(found.values(), key=lambda one: one.begun):
        by_config[life.config].append(life)
    return dict(by_config)


def losses(trial: int, of_trial: Sequence[Life], kills: Sequence[float]) -> list[Loss]:
    """What was done again between one life of a trial and the next that did any work.

    A round under way at the end of a life counts up to the kill that came after its
    start, else up to the next life.
    """
    found = []
    worked = [life for life in of_trial if life.started]
    for before, after in itertools.pairwise(worked):
        first = min(after.started)
        again = tuple(n for n in sorted(before.ended) if n >= first)
        seconds = sum(before.ended[n] - before.started[n] for n in again)
        cut = min((k for k in kills if before.last <= k <= after.begun), default=None)
        half = before.open_round
        if half is not None:
            seconds += (cut if cut is not None else after.begun) - before.started[half]
        if again or half is not None:
            found.append(Loss(trial, cut if cut is not None else before.last, again, seconds, half is not None))
    return found


def longest_report(of_trial: Sequence[Life], reports: Sequence[Sequence[int]]) -> float:
    """The longest span of work between two reports of a trial, which are the rounds of each."""
    longest = 0.0
    for rounds in reports:
        for life in of_trial:
            if rounds[0] in life.started and rounds[-1] in life.ended:
                longest = max(longest, life.ended[rounds[-1]] - life.started[rounds[0]])
    return longest
