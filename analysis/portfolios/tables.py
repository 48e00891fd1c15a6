"""The tables that configurations are tried on: twelve of ADBench, and raw ones as practitioners have them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.catalog.adbench import TABLES
from datasets.load import load
from datasets.problems.parts import Part, Split
from datasets.problems.problem import Problem
from datasets.request import Request

RAW: dict[str, dict[str, Any]] = {
    "ai4i2020": {"label_column": "Machine_failure", "drop": ("UDI", "Product ID", "TWF", "HDF", "PWF", "OSF", "RNF")},
    "allhypo": {"label_column": "Target", "normal": ("negative",)},
    "hypothyroid": {"label_column": "Target", "normal": ("negative",)},
    "nsl_kdd_train20": {"label_column": "attack", "normal": ("normal",), "drop": ("difficulty",)},
    "vehicle_claims_fraud_oracle": {"label_column": "FraudFound_P", "drop": ("PolicyNumber",)},
}
"""Files of the folder of raw tables, and what must be said of each."""


@dataclass(frozen=True, eq=False)
class Table:
    """One table: development rows alone, a split at a time."""

    name: str
    problem: Problem
    rows: int
    """Most training rows, and most validation rows."""

    def split(self, seed: int) -> Split:
        """Training and validation rows of a split, cut to so many with the share of anomalies kept."""
        whole = self.problem.split(seed)
        train = _fewer(whole.train, self.rows, seed)
        return replace(whole, train=train, valid=_fewer(whole.valid, self.rows, seed))


def _fewer(part: Part, rows: int, seed: int) -> Part:
    if len(part) <= rows:
        return part
    rng, kept = np.random.default_rng(seed), []
    for label in np.unique(part.y):
        own: NDArray[Any] = np.flatnonzero(part.y == label)
        kept.append(rng.permutation(own)[: max(2, round(len(own) * rows / len(part)))])
    return part.take(np.sort(np.concatenate(kept)))


def known(raw: Path | None) -> dict[str, Request]:
    """Requests by the name of the table; raw ones where their folder is."""
    own = {name: Request(dataset=name) for name in TABLES}
    for name, said in RAW.items() if raw is not None else ():
        own[name] = Request(dataset=str(raw / f"{name}.csv"), **said)  # type: ignore[operator]
    return own


def read(name: str, request: Request, data_dir: Path, rows: int) -> Table:
    """One table, read."""
    return Table(name, load(request, data_dir, allow_standin=False, notify=lambda line: None), rows)
