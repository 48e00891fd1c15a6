"""What an experiment prints: tables, reasons, and what must be said beside figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from analysis.experiments.summary import Interval, Line, by_level

WARNING = (
    "Sorted within a level of supervision: a detector that saw labels is not to be ranked against one that did not."
)
TITLES = {"auroc": "AUROC", "ap": "AP", "f1_report": "F1 (97.8th pct)"}
ALL = "all"


def one_dataset(console: Console, of: Sequence[Line]) -> None:
    """Detectors with all their figures."""
    table = _table(console, f"{of[0].dataset}, protocol {of[0].protocol}, test rows")
    many = max(line.fits for line in of) > 1
    single = ["AP of single fits"] if many else []
    for name in ("detector", "labels seen", *TITLES.values(), *single, "fit s", "predict s"):
        table.add_column(name, justify="left" if name in ("detector", "labels seen") else "right")
    lines = {(line.supervision, line.detector): line for line in of}
    for pair in by_level(of):
        line = lines[pair]
        cells = [interval(line.figures[name]) for name in TITLES]
        if many:
            low, high = line.spread["ap"]
            cells.append(f"{low:.3f}-{high:.3f} of {line.fits}" if line.fits else "-")
        seconds = [number(line.fit_seconds, 2), number(line.predict_seconds, 3)]
        table.add_row(line.detector, line.supervision, *cells, *seconds)
    console.print(table)
    words = "Intervals (95 %) are of the mean over all fits when the test rows are drawn again"
    words += "; what seeds and splits change is what single fits show." if many else "."
    console.print(words, style="dim", highlight=False, soft_wrap=True)


def many_datasets(console: Console, of: Sequence[Line]) -> None:
    """Detectors by datasets, AUROC and below it AP."""
    datasets = list(dict.fromkeys(line.dataset for line in of))
    for name in ("auroc", "ap"):
        means = {(line.supervision, line.detector, line.dataset): line.figures[name][0] for line in of}
        grid(console, f"{TITLES[name]}, test rows", by_level(of, name), datasets, means, average=True)


def budgets(console: Console, of: Sequence[Line], columns: Sequence[int | None]) -> None:
    """Detectors by number of labelled anomalies, AUROC and AP: mean, lowest to highest seed."""
    for name in ("auroc", "ap"):
        title = f"{of[0].dataset}, protocol {of[0].protocol}: {TITLES[name]} on test rows by labelled anomalies"
        table = _table(console, title)
        for head in ("detector", "labels seen", *(budget_words(one) for one in columns)):
            table.add_column(head, justify="left" if head in ("detector", "labels seen") else "right")
        cells = {(line.supervision, line.detector, line.labelled): line for line in of}
        for level, detector in by_level(of, name):
            found = [cells.get((level, detector, one)) for one in columns]
            table.add_row(detector, level, *(_spread(line, name) for line in found))
        console.print(table)


def grid(
    console: Console,
    title: str,
    rows: Sequence[tuple[str, str]],
    columns: Sequence[str],
    means: Mapping[tuple[str, str, str], float],
    *,
    average: bool,
) -> None:
    """Means of (level, detector) by column; the average is over the columns that have a figure."""
    stem = shared(columns)
    table = _table(console, f"{title}, {stem.rstrip('-')}" if stem else title)
    for name in (
        "detector",
        "labels seen",
        *(column.removeprefix(stem) for column in columns),
        *(["mean"] if average else []),
    ):
        table.add_column(name, justify="left" if name in ("detector", "labels seen") else "right")
    for level, detector in rows:
        values = [means.get((level, detector, column), np.nan) for column in columns]
        known = [value for value in values if np.isfinite(value)]
        mean = number(float(np.mean(known)), 3) if known else "-"
        mark = f" of {len(known)}" if 0 < len(known) < len(columns) else ""
        table.add_row(detector, level, *(number(v, 3) for v in values), *([mean + mark] if average else []))
    console.print(table)


def shared(columns: Sequence[str]) -> str:
    """What all names begin with, up to their last dash: `mnist-` of the classes of MNIST; nothing for a single one."""
    stems = {column[: column.rfind("-") + 1] for column in columns}
    return stems.pop() if len(columns) > 1 and len(stems) == 1 else ""


def reasons(console: Console, of: Iterable[Line], *, labels: bool = False) -> None:
    """Why figures are missing: one line for each reason, with where and for whom."""
    names: dict[str, str] = {}
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for line in of:
        where = f"{line.dataset} at {budget_words(line.labelled)} labels" if labels else line.dataset
        for words in line.failures:
            # what is wrong with data is wrong for every detector
            known = words if words.startswith("data: ") else f"{line.detector} {words}"
            detectors, places = found.setdefault(known, ({}, {}))
            detectors[line.detector] = places[where] = None
            names[known] = words
    if not found:
        return
    console.print("\n[bold]No figures[/]", highlight=False)
    for known, (detectors, places) in found.items():
        text = f"  {_listed(detectors)} on {_listed(places)}: {names[known]}"
        console.print(text, highlight=False, markup=False, soft_wrap=True)


def beside(console: Console, rows: Iterable[Mapping[str, Any]], readings: Mapping[str, int]) -> None:
    """What must be said beside the figures: the notes of the data, and how often test labels were read."""
    notes = {row["dataset"]: row["note"] for row in rows if row.get("note")}
    console.print(f"\n{WARNING}", style="dim", highlight=False, soft_wrap=True)
    for note in dict.fromkeys(notes.values()):
        same = [dataset for dataset, one in notes.items() if one == note]
        counts = [readings.get(dataset, 0) for dataset in same]
        read = f"{min(counts):,}" + (f" to {max(counts):,}" if max(counts) > min(counts) else "")
        times = "time" if max(counts) == 1 else "times"
        each = "each of their" if len(same) > 1 else "its"
        console.print(
            f"{', '.join(same)}: {note}; {each} test labels were read {read} {times} so far",
            style="dim", highlight=False, soft_wrap=True, markup=False,
        )  # fmt: skip


def interval(value: Interval) -> str:
    """A mean and its interval."""
    mean, low, high = value
    if not np.isfinite(mean):
        return "-"
    return f"{mean:.4f}" + (f" ({low:.3f}-{high:.3f})" if np.isfinite(low) else "")


def number(value: float, digits: int) -> str:
    """A number, or a dash where there is none."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "-"


def budget_words(labelled: int | None) -> str:
    """A number of labelled anomalies; `all` is every label."""
    return ALL if labelled is None else str(labelled)


def _spread(line: Line | None, name: str) -> str:
    if line is None or not line.fits:
        return "-"
    low, high = line.spread[name]
    return f"{line.figures[name][0]:.3f}" + (f" ({low:.3f}-{high:.3f})" if line.fits > 1 else "")


def _listed(names: Iterable[str]) -> str:
    """A few names, or the first ones and how many more."""
    given = list(names)
    return ", ".join(given) if len(given) <= 5 else f"{', '.join(given[:4])} and {len(given) - 4} more"


def _table(console: Console, title: str) -> Table:
    """A table under its title, which a narrow table would fold."""
    console.print(f"\n[bold]{title}[/]", highlight=False, soft_wrap=True)
    return Table(box=None, pad_edge=False, header_style="bold")
