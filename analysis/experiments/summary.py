"""From the lines of single fits to one line per detector, dataset and budget of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.experiments.results import Results
from analysis.experiments.tasks import METRICS
from datasets.wording import counted
from launch.evaluation.intervals import FEWEST, row_variance, runs_interval, variance_of
from trainables.core.levels import level_order

Interval = tuple[float, float, float]
NOTHING: Interval = (np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Line:
    """The fits of a detector on a dataset under one budget of labels, together.

    Attributes
    ----------
    labelled : int or None
        Labelled anomalies; None is all labels.
    fits : int
        Number of fits that have metrics.
    metrics : dict of str to (mean, low, high)
        Mean over seeds and outer splits; the interval is that of the mean when seeds and test rows
        are drawn again (95 %), of a single fit the rows alone. NaN where there is nothing.
    spread : dict of str to (lowest, highest)
        Over the single fits.
    fit_seconds, predict_seconds : float
        Means.
    failures : tuple of str
        Distinct reasons of fits that failed, with how many of the fits they were.
    """

    detector: str
    supervision: str
    dataset: str
    protocol: str
    labelled: int | None
    contamination: float | None
    fits: int
    metrics: dict[str, Interval] = field(repr=False)
    spread: dict[str, tuple[float, float]] = field(repr=False)
    fit_seconds: float
    predict_seconds: float
    failures: tuple[str, ...] = ()


def lines(results: Results, keys: Iterable[str]) -> list[Line]:
    """One line for each detector, dataset and budget, from those of the tasks that are done."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for key in keys:
        if key in results.rows:
            row = results.rows[key]
            group = row["detector"], row["dataset"], row["labelled_anomalies"], row["contamination"]
            groups.setdefault(group, []).append(row)
    return [_line(results, rows) for rows in groups.values()]


def _line(results: Results, rows: Sequence[dict[str, Any]]) -> Line:
    good = [row for row in rows if row["failure"] is None]
    about = (good or rows)[0]
    metrics, spread = dict.fromkeys(METRICS, NOTHING), dict.fromkeys(METRICS, (np.nan, np.nan))
    fit_seconds = predict_seconds = np.nan
    if good:
        bounds = _bounds(results, good)
        for name in METRICS:
            values = [row[name] for row in good]
            metrics[name] = (float(np.mean(values)), *bounds[name])
            spread[name] = (min(values), max(values))
        fit_seconds = float(np.mean([row["fit_seconds"] for row in good]))
        predict_seconds = float(np.mean([row["predict_seconds"] for row in good]))
    return Line(
        about["detector"], about["supervision"], about["dataset"], about["protocol"] or "-",
        about["labelled_anomalies"], about["contamination"], len(good), metrics, spread,
        fit_seconds, predict_seconds, _reasons(rows),
    )  # fmt: skip


def _bounds(results: Results, rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """95 % intervals of the means over fits, by metric."""
    values = {name: [float(row[name]) for row in rows] for name in METRICS}
    splits = len({row["outer_split"] for row in rows})
    anomalies, normal = sizes_of_test(rows[0])
    if all("intervals" in row for row in rows):  # of searches: each has its own, over rows and seeds
        ends = {name: np.array([row["intervals"][name] for row in rows], float) for name in METRICS}  # None is NaN
        if len(rows) == 1:
            return {name: (float(ends[name][0, 0]), float(ends[name][0, 1])) for name in METRICS}
        known = {name: variance_of(*ends[name].T) for name in METRICS}
        return {name: runs_interval(values[name], known[name], splits, anomalies)[1:] for name in METRICS}
    samples = [sample for row in rows if (sample := results.resampled(row["key"])) is not None]
    if len(samples) < len(rows):
        return dict.fromkeys(METRICS, (np.nan, np.nan))
    bounds = {}
    for name in METRICS:
        mean = np.mean([sample[name] for sample in samples], axis=0, dtype=np.float64)
        of_rows = row_variance(name, float(np.mean(values[name])), float(mean.var()), anomalies, normal)
        bounds[name] = runs_interval(values[name], of_rows, splits, anomalies)[1:]
    return bounds


def sizes_of_test(row: Mapping[str, Any]) -> tuple[int, int]:
    """Test anomalies and normal rows of a fit, what is drawn together counting once; lines of before do not say it."""
    test = row.get("test") or {"anomalies": FEWEST, "rows": 2 * FEWEST}
    drawn = row.get("drawn") or {"anomalies": test["anomalies"], "normal": test["rows"] - test["anomalies"]}
    return drawn["anomalies"], drawn["normal"]


def _reasons(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    counts = Counter("{cause}: {message}".format(**row["failure"]) for row in rows if row["failure"] is not None)
    single = len(rows) == 1
    return tuple(reason if single else f"{reason} ({n} of {counted(rows, 'fit')})" for reason, n in counts.items())


def by_level(of: Iterable[Line], metric: str = "ap") -> list[tuple[str, str]]:
    """Supervision and detector: levels by how much they saw, in each the best mean first."""
    means: dict[tuple[str, str], list[float]] = {}
    for line in of:
        values = means.setdefault((line.supervision, line.detector), [])
        values += [line.metrics[metric][0]] if np.isfinite(line.metrics[metric][0]) else []
    best = {pair: -float(np.mean(values)) if values else np.inf for pair, values in means.items()}
    return sorted(means, key=lambda pair: (level_order(pair[0]), best[pair], pair[1]))


def write_csv(of: Sequence[Line], path: Path) -> None:
    """All lines as CSV; a cell is empty where there is no value."""
    rows = []
    for line in of:
        row: dict[str, Any] = {name: getattr(line, name) for name in ("detector", "supervision", "dataset", "protocol")}
        row["labelled_anomalies"] = "all" if line.labelled is None else line.labelled
        row |= {"contamination": line.contamination, "fits": line.fits}
        for name in METRICS:
            columns = (name, *(f"{name}_{what}" for what in ("low", "high", "lowest_fit", "highest_fit")))
            row |= zip(columns, (*line.metrics[name], *line.spread[name]), strict=True)
        row |= {"fit_seconds": line.fit_seconds, "predict_seconds": line.predict_seconds}
        row["failure"] = "; ".join(line.failures)
        rows.append({name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()})
    pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\r\n")
