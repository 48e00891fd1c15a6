"""How a dataset is cut into development and test rows, and what that means for its figures."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

import numpy as np

from datasets import patterns
from datasets.catalog import CATALOG
from datasets.dataset import Dataset, check_table
from datasets.errors import DataError
from datasets.parts import Part, Split
from datasets.problem import Problem
from datasets.seal import Sealed, readings

__all__ = ["DEFAULT", "PROTOCOLS", "Part", "Problem", "Protocol", "Sealed", "Split", "prepare", "readings"]

DEFAULT = "report"


@dataclass(frozen=True)
class Protocol:
    """The rules of a split.

    Parameters
    ----------
    name : str
        What the command line calls it.
    drop_duplicates : bool
        Keep only the first of rows with the same attributes and the same label.
    by_pattern : bool
        Let no attribute pattern stand on both sides of any split.
    summary : str
        One line for `--list`.
    """

    name: str
    drop_duplicates: bool
    by_pattern: bool
    summary: str


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol("report", True, False, "duplicate rows dropped, 80/20, random_state 42, not stratified"),
        Protocol("raw", False, False, "duplicates kept, 80/20, random_state 42, not stratified"),
        Protocol("grouped", True, True, "duplicate rows dropped, 80/20 by attribute pattern, none on both sides"),
    )
}


def prepare(dataset: Dataset, protocol: str | None = None, outer_split: int = 0) -> Problem:
    """Cut a dataset by a protocol.

    Parameters
    ----------
    dataset : Dataset
        The rows.
    protocol : str, optional
        `report`, `raw` or `grouped`; None takes the dataset's default.
    outer_split : int
        0 for the published split; N > 0 for another one of the same rules (random_state 42 + N).

    Returns
    -------
    Problem

    Raises
    ------
    DataError
        If there is no such protocol, or one side of a split has no anomaly or no normal row.
    """
    default = CATALOG[dataset.name].default_protocol if dataset.name in CATALOG else DEFAULT
    rules = find_protocol(default if protocol is None else protocol)
    if outer_split < 0:
        raise DataError(f"outer split {outer_split} does not exist; pass 0 for the published one, or 1, 2, …")
    check_table(dataset.X, dataset.y, dataset.name)
    ids = patterns.pattern_ids(dataset.X)
    X, y = dataset.X, dataset.y
    if rules.drop_duplicates:
        kept = patterns.first_rows(ids, y)
        X, y, ids = X[kept], y[kept], ids[kept]
    develop, test = (
        patterns.group_holdout(ids, outer_split) if rules.by_pattern else patterns.holdout(len(y), outer_split)
    )
    record: dict[str, Any] = {
        "dataset": dataset.name,
        "sha256": dataset.sha256,
        "protocol": rules.name,
        "outer_split": outer_split,
    }
    tested = Part(X[test], y[test])
    problem = Problem(
        **record,
        source=dataset.source,
        feature_names=dataset.feature_names,
        note="; ".join(
            [_note(rules, len(dataset.y), len(y), float(np.isin(ids[test], ids[develop]).mean())), *dataset.notes]
        ),
        counts={"rows": len(dataset.y), "duplicates_dropped": len(dataset.y) - len(y)},
        development=Part(X[develop], y[develop]),
        sealed=Sealed(tested, Part(X, y), record),
        _groups=ids[develop] if rules.by_pattern else None,
    )
    first = problem.split(0)
    sides = {"development": problem.development, "train": first.train, "valid": first.valid, "test": tested}
    for side, part in sides.items():
        problem.counts[side] = _counted(side, part, problem)
    return problem


def find_protocol(name: str) -> Protocol:
    """The protocol of that name; a DataError with the nearest one otherwise."""
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    near = difflib.get_close_matches(name, PROTOCOLS, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise DataError(f"unknown protocol {name!r}; {hint}there are {', '.join(PROTOCOLS)}")


def _note(rules: Protocol, rows: int, kept: int, shared: float) -> str:
    """What must be said beside a figure: the rules, and how much of the test training has seen."""
    dropped = f"{rules.name}: {rows - kept:,} of {rows:,} rows dropped as duplicates"
    if rules.by_pattern:
        return f"{dropped}; no attribute pattern of the test rows is in training"
    if rules.drop_duplicates:
        return f"{dropped}; {shared:.2%} of the test rows share their attributes with a training row of the other label"
    return (
        f"{rules.name}: duplicates kept, so {shared:.2%} of the test rows have an attribute vector that is in training"
    )


def _counted(side: str, part: Part, problem: Problem) -> dict[str, int]:
    """Size and anomalies of one side; a side without both classes cannot be measured."""
    if not 0 < part.anomalies < len(part):
        lacks = "anomalies" if part.anomalies == 0 else "normal rows"
        raise DataError(
            f"dataset {problem.dataset!r} under protocol {problem.protocol!r}, outer split {problem.outer_split}: "
            f"the {side} side has no {lacks} among its {len(part)} rows; take another outer split, or more data"
        )
    return {"rows": len(part), "anomalies": part.anomalies}
