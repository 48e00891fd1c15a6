"""Where the winner does worst: values, thirds of numbers, months, groups and kinds, beside all other rows.

The worst of many segments is bad by chance, too. So each is tested against the rest, one-sided (Fisher's exact test),
and what counts is its probability after Holm's correction for all that were looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest, hypergeom

from launch.evaluation.intervals import holm
from launch.evaluation.mistakes.held_out import ScoredRows
from launch.evaluation.mistakes.record import ALARMS, RECALL, Rate
from trainables.core.preprocessing.schema import CATEGORICAL, TIME, Schema

FEWEST_ANOMALIES, FEWEST_NORMAL = 10, 100
"""In a segment, and outside it; below, nothing is said of it."""
MOST_COLUMNS = 300
FEW_VALUES = 6
"""Numbers that have no more different values are taken one by one."""
SHOWN = 5
CERTAIN = 0.05
Codes = tuple[str, NDArray[np.intp], Sequence[str]]
"""A column's name, the segment of each row (-1 is none), and what each segment is called."""


def rates(rows: ScoredRows) -> tuple[list[Rate], int]:
    """The worst segments in each measure, and how many were looked at in both."""
    found: list[tuple[str, str, int, int, int, int, float]] = []
    same: list[int] = []  # equal where two segments have the same rows
    anomalous, normal = rows.y == 1, rows.y == 0
    for name, codes, called in segments(rows):
        for measure, own, wrong in ((RECALL, anomalous, rows.missed), (ALARMS, normal, rows.false_alarms)):
            least = FEWEST_ANOMALIES if measure == RECALL else FEWEST_NORMAL
            counts = np.bincount(codes[own & (codes >= 0)], minlength=len(called))
            bad = np.bincount(codes[wrong & (codes >= 0)], minlength=len(called))
            total, all_bad = int(own.sum()), int(wrong.sum())
            for k in np.flatnonzero((counts >= least) & (total - counts >= least)).tolist():
                n, w = int(counts[k]), int(bad[k])
                chance = float(hypergeom.sf(w - 1, total, all_bad, n))
                found.append((f"{name} {called[k]}", measure, n, w, total - n, all_bad - w, chance))
                rare = chance < CERTAIN
                same.append(hash((measure, np.packbits(own & (codes == k)).tobytes())) if rare else len(same))
    corrected = holm([one[-1] for one in found])
    made = [_rate(*one[:-1], float(chance)) for one, chance in zip(found, corrected, strict=True)]
    shown: list[Rate] = []
    for measure in (RECALL, ALARMS):
        first: dict[int, Rate] = {}
        for i in sorted(range(len(made)), key=lambda i: found[i][-1]):
            if made[i].measure == measure:
                first.setdefault(same[i], made[i])
        shown += list(first.values())[:SHOWN]
    return shown, len(found)


def _rate(segment: str, measure: str, n: int, wrong: int, others: int, others_wrong: int, chance: float) -> Rate:
    count, rest = (n - wrong, others - others_wrong) if measure == RECALL else (wrong, others_wrong)
    low, high = binomtest(count, n).proportion_ci(method="wilson")
    return Rate(segment, measure, count, n, float(low), float(high), rest / others, chance)


def sentences(found: Sequence[Rate]) -> tuple[str, ...]:
    """On the worst segment of each measure, where it stands out."""
    said = []
    for measure, what in ((RECALL, "It misses most in"), (ALARMS, "Most false alarms are in")):
        worst = next((rate for rate in found if rate.measure == measure and rate.chance < CERTAIN), None)
        if worst is not None:
            said.append(f"{what} {worst.segment}: {compared(worst)}.")
    return tuple(said)


def compared(rate: Rate) -> str:
    """The figure with its interval, and that of all other rows."""
    if rate.measure == RECALL:
        return f"recall {rate.rate:.2f} ({rate.low:.2f} to {rate.high:.2f}), elsewhere {rate.elsewhere:.2f}"
    here, low, high, rest = (f"{1000 * value:.1f}" for value in (rate.rate, rate.low, rate.high, rate.elsewhere))
    return f"{here} ({low} to {high}) of 1,000 normal rows, elsewhere {rest}"


def segments(rows: ScoredRows) -> Iterator[Codes]:
    """Every way to part the rows: by column, by group, by time, and anomalies by their kind."""
    part, problem = rows.part, rows.problem
    if problem.modality == "tabular":
        for j, name in enumerate(problem.feature_names[:MOST_COLUMNS]):
            yield from _of_column(name, np.asarray(part.X[:, j], np.float64), problem.schema, j)
    if problem.beside is not None and part.numbers is not None:
        for column in problem.beside.columns:
            cells = problem.beside[column].iloc[part.numbers]
            if cells.dtype.kind == "M":
                yield from _of_moments(str(column), cells)
            elif cells.dtype.kind == "f":
                yield from _of_numbers(str(column), cells.to_numpy(np.float64))
            else:
                codes, called = pd.factorize(cells)
                yield str(column), codes.astype(np.intp), [f"= {text!r}" for text in map(str, called)]
    if part.anomaly_types is not None:
        kinds, codes = np.unique(part.anomaly_types, return_inverse=True)
        codes = np.where((rows.y == 1) & (part.anomaly_types != ""), codes, -1)
        yield (
            "class" if problem.modality == "image" else "kind",
            codes.astype(np.intp),
            [f"= {str(kind)!r}" for kind in kinds],
        )


def _of_column(name: str, values: NDArray[np.float64], schema: Schema | None, j: int) -> Iterator[Codes]:
    column = None if schema is None else schema.columns[j]
    if column is not None and column.kind == CATEGORICAL:
        codes = np.where(np.isnan(values), -1, values).astype(np.intp)
        called = [f"= {text!r}" for text in (*column.categories, "a new text")]
        yield name, *_with_missing(codes, called)
    elif column is not None and column.kind == TIME:
        yield from _of_moments(name, pd.Series(pd.to_datetime(values, unit="D", errors="coerce")))
    else:
        yield from _of_numbers(name, values)


def _with_missing(codes: NDArray[np.intp], called: Sequence[str]) -> tuple[NDArray[np.intp], Sequence[str]]:
    return np.where(codes < 0, len(called), codes), [*called, "missing"]


def _of_numbers(name: str, values: NDArray[np.float64]) -> Iterator[Codes]:
    """Each of few values, else thirds of the rows."""
    known = values[~np.isnan(values)]
    different = np.unique(known)
    if len(different) < 2 and len(known) == len(values):
        return
    if len(different) <= FEW_VALUES:
        places, called = different, [f"= {value:.6g}" for value in different]
        codes = np.searchsorted(places, values)
    else:
        low, high = np.quantile(known, (1 / 3, 2 / 3), method="lower")
        codes = np.where(values <= low, 0, np.where(values <= high, 1, 2))
        called = [f"up to {low:.6g}", f"over {low:.6g}, up to {high:.6g}", f"over {high:.6g}"]
    codes = np.where(np.isnan(values), -1, codes).astype(np.intp)
    yield name, *_with_missing(codes, called)


def _of_moments(name: str, cells: pd.Series[Any]) -> Iterator[Codes]:
    """Years, months, days or hours, whichever makes some of them."""
    days = (cells.max() - cells.min()).days if cells.notna().any() else 0
    unit = "Y" if days > 4 * 365 else "M" if days > 60 else "D" if days > 3 else "h"
    codes, called = pd.factorize(cells.dt.to_period(unit), sort=True)
    yield name, *_with_missing(codes.astype(np.intp), [f"= {period}" for period in called])
