"""What a person is told of a split before work starts: groups and times of each side, and what figures hang on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.problems.deduplication import Rows
from datasets.problems.folds import Folds
from datasets.problems.parts import Part
from datasets.wording import counted

FEWEST = 10
"""With fewer test anomalies there is no verdict."""
MANY_TIMES = 3
"""Anomalies that are so many times as frequent on one side as on the other."""
STRETCH = 0.1
"""A part of the rows, in order of time, in which most anomalies should not lie."""
MOST = 0.8
LISTED = 4


def split_notes(
    part: Part, sides: Mapping[str, Rows], folds: Folds, *, named_groups: bool, days: bool, unseen: Sequence[str] = ()
) -> list[str]:
    """Sentences on a split; those that begin with `caution` say what would make figures not to be trusted.

    Parameters
    ----------
    part : Part
        All rows.
    sides : mapping of str to ndarray of int
        Rows of `training`, `validation` and `test`, in this order.
    folds : Folds
        Groups and times of the rows.
    named_groups : bool
        Whether groups are those of a column, not equal rows.
    days : bool
        Whether times are days since 1970.
    unseen : sequence of str
        Kinds that are in the test alone because that was asked for.
    """
    notes = []
    if named_groups and folds.groups is not None:
        counts = [f"{len(np.unique(folds.groups[rows])):,} in {name}" for name, rows in sides.items()]
        notes.append(f"groups: {', '.join(counts)}, none on two sides")
    if folds.times is not None:
        spans = [f"{name} {_span(folds.times[rows], days)}" for name, rows in sides.items() if len(rows)]
        notes.append(f"time: {'; '.join(spans)}")
        notes += _over_time(part.y, sides, folds.times, days)
    outside = part.y >= 0
    outside[np.concatenate([*sides.values()])] = False
    if unseen and part.anomaly_types is not None:
        outside &= ~np.isin(part.anomaly_types, list(unseen))
    left_out, labelled = int(outside.sum()), int((part.y >= 0).sum())
    if folds.times is not None and left_out:
        why = "later than validation" if folds.groups is None else "of a group that is on another side"
        notes.append(f"{left_out:,} of {labelled:,} rows are on no side of the first split, being {why}")
    unused = int((part.y < 0).sum() - (part.y[sides["training"]] < 0).sum())
    if unused:
        reasons = ["later than training"] if folds.times is not None else []
        if folds.groups is not None:
            reasons.append("of a group that is on another side" if named_groups else "equal to rows that are measured")
        notes.append(f"{unused:,} rows without a label do not train in the first split, being {' or '.join(reasons)}")
    if not (part.y == 1).any():
        return notes
    few = {name: int((part.y[sides[name]] == 1).sum()) for name in ("test", "validation")}
    if few["test"] < FEWEST:
        notes.append(
            f"caution: {counted(few['test'], 'anomaly')} in the test and {few['validation']} in validation are "
            f"few: figures "
            f"are uncertain, and with fewer than {FEWEST} in the test there is no verdict"
        )
    return notes + _kinds(part, sides, unseen)


def _span(times: NDArray[np.float64], days: bool) -> str:
    return f"{_moment(times.min(), days)} to {_moment(times.max(), days)}"


def _moment(time: float, days: bool) -> str:
    if not days:
        return f"{time:.10g}"
    from trainables.core.preprocessing.moments import moment  # imports pandas

    return moment(time).replace("T", " ")


def _over_time(y: NDArray[np.int8], sides: Mapping[str, Rows], times: NDArray[np.float64], days: bool) -> list[str]:
    """Whether anomalies are much more frequent on one side, or lie in one stretch of time."""
    notes = []
    open_rows = np.r_[sides["training"], sides["validation"]]
    open_rows = open_rows[y[open_rows] >= 0]
    before, after = (float((y[rows] == 1).mean()) if len(rows) else 0.0 for rows in (open_rows, sides["test"]))
    if min(before, after) * MANY_TIMES < max(before, after):
        notes.append(
            f"caution: {before:.2%} of the rows before the test are anomalies and {after:.2%} of the test rows: what "
            "is labelled changes over time"
        )
    ordered = open_rows[np.argsort(times[open_rows], kind="stable")]
    places = np.flatnonzero(y[ordered] == 1)
    window, most = int(STRETCH * len(ordered)), int(np.ceil(MOST * len(places)))
    if len(places) >= FEWEST:
        ends = places[most - 1 :] - places[: len(places) - most + 1]
        if ends.min() <= window:
            first = int(np.argmin(ends))
            span = times[ordered[[places[first], places[first + most - 1]]]]
            notes.append(
                f"caution: {MOST:.0%} of the anomalies before the test lie in one stretch, {_span(span, days)}: what "
                "is special of that time may be taken for the anomaly"
            )
    return notes


def _kinds(part: Part, sides: Mapping[str, Rows], unseen: Sequence[str]) -> list[str]:
    """Kinds of anomaly that are in the test alone, or not in it."""
    if part.anomaly_types is None:
        return []
    found = {
        name: {str(kind) for kind in part.anomaly_types[rows]} - {""}
        for name, rows in (("open", np.r_[sides["training"], sides["validation"]]), ("test", sides["test"]))
    }
    alone = sorted(found["test"] - found["open"] - {*unseen})
    never = sorted(found["open"] - found["test"])
    notes = []
    if alone:
        notes.append(f"caution: no training or validation row is of kind {_listed(alone)}: nothing can be learnt of it")
    if never:
        notes.append(f"no test row is of kind {_listed(never)}: there are no figures of it")
    return notes


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
