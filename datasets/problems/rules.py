"""Which ways there are to cut a dataset into development and test rows, and which one a dataset gets."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from datasets.catalog.catalog import CATALOG
from datasets.errors import DataError
from datasets.problems import cross_validation
from datasets.problems.dataset import Dataset


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
        One line for `list`.
    stratified : bool
        Whether the test rows hold the same share of anomalies.
    cross_validated : bool
        Whether no row is sealed, and figures are over all rows out of fold.
    """

    name: str
    drop_duplicates: bool
    by_pattern: bool
    summary: str
    stratified: bool = False
    cross_validated: bool = False


PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol("report", True, False, "duplicate rows dropped, 80/20, random_state 42, not stratified"),
        Protocol("raw", False, False, "duplicates kept, 80/20, random_state 42, not stratified"),
        Protocol("grouped", True, True, "duplicate rows dropped, 80/20 by attribute pattern, none on both sides"),
        Protocol("holdout", False, True, "80/20, stratified, equal rows on one side of every split", True),
        Protocol("cross-validated", False, True, "all rows out of fold, nothing sealed, for few anomalies", True, True),
    )
}
BY_GROUP = Protocol("groups", True, False, "duplicate rows dropped, 80/20 by group, stratified", True)
BY_TIME = Protocol("time", True, False, "duplicate rows dropped, the latest fifth is the test")
BY_GROUP_AND_TIME = Protocol("groups-time", True, False, "no group on both sides, the test later than all training")
WAYS = {"group": (False, True), "drop": (True, False), "keep": (False, False)}


def rules_of(dataset: Dataset, protocol: str | None, duplicates: str | None, *, sealed: bool) -> Protocol:
    """The protocol by name, or the one that the dataset asks for, with what becomes of duplicates.

    A table of one's own with few anomalies is cross-validated unless it must be `sealed`.
    """
    own = dataset.groups is not None or dataset.times is not None
    if own and protocol is not None:
        raise DataError(
            f"`protocol` {protocol} and `group_column` or `time_column` each say how rows are split: give one"
        )
    if own:
        with_times = BY_TIME if dataset.groups is None else BY_GROUP_AND_TIME
        rules = BY_GROUP if dataset.times is None else with_times
    else:
        row = CATALOG.get(dataset.name)
        default = row.default_protocol if row else "report" if dataset.schema is None else "holdout"
        if default == "holdout" and not (sealed or row) and duplicates != "keep":
            few = int((dataset.y == 1).sum()) < cross_validation.LEAST_SEALED
            default = "cross-validated" if few else default
        rules = find_protocol(default if protocol is None else protocol)
    if duplicates is None:
        return rules
    if rules.name in ("report", "raw", "grouped") or (rules.cross_validated and duplicates == "keep"):
        raise DataError(f"`duplicates` {duplicates}: the protocol {rules.name} has its own way with them")
    if own and duplicates == "group":
        raise DataError("`duplicates` group: rows are split by their groups or times already; give drop or keep")
    drop, by_pattern = WAYS[duplicates]
    if (drop, by_pattern) == (rules.drop_duplicates, rules.by_pattern):
        return rules
    return replace(rules, name=f"{rules.name}-{duplicates}", drop_duplicates=drop, by_pattern=by_pattern)


def find_protocol(name: str) -> Protocol:
    """The protocol of that name; a DataError with the nearest one otherwise."""
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    near = difflib.get_close_matches(name, PROTOCOLS, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise DataError(f"unknown protocol {name!r}; {hint}there are {', '.join(PROTOCOLS)}")
