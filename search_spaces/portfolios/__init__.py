"""Short ranked lists of configurations that did well on many tables, one file a detector that gains by them.

`analysis/portfolio.py build` writes them; `judge` says what they are worth on tables that did not help to build them.
A configuration is kept in the words of the search space: a value where the range is the same for all data, and
`{"share": 0.4}` of the way through it where it depends on them, so that neighbours and batches grow with the table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from search_spaces.positions import NotInSpace, PlacedTrial

FOLDER = Path(__file__).parent
MOST = 8
"""Configurations of a portfolio."""
ORIGIN = re.compile(r"portfolio \d+")


@dataclass(frozen=True)
class Portfolio:
    """A portfolio as its file has it; the best first.

    Attributes
    ----------
    detector : str
    configurations : sequence of dict
        In the words of the search space.
    tables : dict of str to str
        Checksums of the tables that it was built on, by name.
    built : dict
        By what, with which versions, from how many fits.
    """

    detector: str
    configurations: Sequence[Mapping[str, Any]]
    tables: Mapping[str, str]
    built: Mapping[str, Any]

    def on(self, space: Callable[[Any, Any], dict[str, Any]], data: Any) -> dict[str, dict[str, Any]]:
        """The configurations for some data, by their origin; without those that the space does not have."""
        found: dict[str, dict[str, Any]] = {}
        for number, said in enumerate(self.configurations, 1):
            shares: dict[str, float] = {
                name: value["share"] for name, value in said.items() if isinstance(value, Mapping)
            }
            values = {name: value for name, value in said.items() if name not in shares}
            try:
                config = space(PlacedTrial(_Said(shares).share, values), data)
            except NotInSpace:
                continue
            if config not in found.values():
                found[f"portfolio {number}"] = config
        return found


@dataclass(frozen=True)
class _Said:
    shares: Mapping[str, float]

    def share(self, name: str) -> float:
        if name not in self.shares:
            raise NotInSpace(f"nothing is said of {name}")
        return self.shares[name]


def is_portfolio(origin: str) -> bool:
    """Whether a trial's configuration is from a portfolio."""
    return ORIGIN.fullmatch(origin) is not None


@cache
def load(detector: str) -> Portfolio | None:
    """The portfolio of a detector by its name in the table; None where none was shown to help."""
    path = FOLDER / f"{detector}.json"
    if not path.is_file():
        return None
    kept = json.loads(path.read_text())
    return Portfolio(kept["detector"], kept["configurations"], kept["tables"], kept["built"])
