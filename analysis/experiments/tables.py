"""What an experiment prints: tables, reasons, and what must be said about its metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from analysis.experiments.summary import Interval, Line, by_level
from analysis.reports import table
from datasets.catalog.catalog import CATALOG
from launch.evaluation import published
from launch.evaluation.metric_labels import RANKING, label

WARNING = (
    "Sorted within a level of supervision: a detector that saw labels is not to be ranked against one that did not."
)
TITLES = {name: label(name) for name in (*RANKING, "f1_report")}
ALL = "all"


def one_dataset(console: Console, lines: Sequence[Line]) -> None:
    """Detectors with all their metrics."""
    many = max(line.fits for line in lines) > 1
    printed = any(published.figure(line.detector, line.dataset, "f1_report") is not None for line in lines)
    titles = {name: title for name, title in TITLES.items() if printed or name in RANKING}
    by_detector = {(line.supervision, line.detector): line for line in lines}
    rows = []
    for pair in by_level(lines):
        line = by_detector[pair]
        row = {"detector": line.detector, "labels seen": line.supervision}
        row |= {title: interval(line.metrics[name]) for name, title in titles.items()}
        if many:
            low, high = line.spread["ap"]
            row["AP of single fits"] = f"{low:.3f}-{high:.3f} of {line.fits}" if line.fits else "-"
        rows.append(row | {"fit s": number(line.fit_seconds, 2), "predict s": number(line.predict_seconds, 3)})
    table.show(console, pd.DataFrame(rows), f"{lines[0].dataset}, protocol {lines[0].protocol}, test rows")
    text = (
        "Intervals (95 %) are of the mean over fits when test rows and seeds are drawn again (outer splits, where there"
    )
    text += " are several); the training rows are fixed." if many else "Intervals (95 %) are over test rows alone."
    console.print(text, style="dim", highlight=False, soft_wrap=True)


def many_datasets(console: Console, lines: Sequence[Line]) -> None:
    """Detectors by datasets, AUROC and below it AP: means, and their average over the datasets that have one."""
    datasets = list(dict.fromkeys(line.dataset for line in lines))
    stem = shared(datasets)
    for name in ("auroc", "ap"):
        means = {(line.supervision, line.detector, line.dataset): line.metrics[name][0] for line in lines}
        rows = []
        for level, detector in by_level(lines, name):
            values = [means.get((level, detector, dataset), np.nan) for dataset in datasets]
            known = [value for value in values if np.isfinite(value)]
            row = {"detector": detector, "labels seen": level}
            row |= {d.removeprefix(stem): number(value, 3) for d, value in zip(datasets, values, strict=True)}
            of = f" of {len(known)}" if 0 < len(known) < len(datasets) else ""
            rows.append(row | {"mean": (number(float(np.mean(known)), 3) if known else "-") + of})
        title = f"{TITLES[name]}, test rows"
        table.show(console, pd.DataFrame(rows), f"{title}, {stem.rstrip('-')}" if stem else title)


def budgets(console: Console, lines: Sequence[Line], columns: Sequence[int | None]) -> None:
    """Detectors by number of labelled anomalies, AUROC and AP: mean, lowest to highest seed."""
    by_budget = {(line.supervision, line.detector, line.labelled): line for line in lines}
    for name in ("auroc", "ap"):
        rows = [
            {"detector": detector, "labels seen": level}
            | {budget_text(labelled): _spread(by_budget.get((level, detector, labelled)), name) for labelled in columns}
            for level, detector in by_level(lines, name)
        ]
        title = f"{lines[0].dataset}, protocol {lines[0].protocol}: {TITLES[name]} on test rows by labelled anomalies"
        table.show(console, pd.DataFrame(rows), title)


def controls(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Trained and untrained, a line for each detector and dataset, classes and seeds together.

    Of the lines of single fits, those without metrics at zero rounds have no untrained form.
    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["failure"] is None and "at" in row:
            groups.setdefault((row["detector"], stem(row["asked"])), []).append(row)
    if not groups:
        return
    texts = []
    for (detector, images), own in groups.items():
        printed = published.beside(detector, images, "auroc")
        trained = mean_and_deviation([row["auroc"] for row in own])
        untrained = mean_and_deviation([row["at"]["0"]["auroc"] for row in own if "0" in row["at"]])
        row = {"detector": detector, "data": images, "fits": str(len(own)), "trained": trained, "untrained": untrained}
        texts.append(row | {"printed elsewhere": "-" if printed is None else f"{printed[0]:.4f} ({printed[1]})"})
    table.show(console, pd.DataFrame(texts), "Trained and untrained: AUROC, mean (deviation over fits)")
    text = "Random networks alone tell much apart: what training is worth is the difference."
    console.print(text, style="dim", highlight=False)
    for detector, images in groups:
        if there := published.circumstances(detector, images, "auroc"):
            text = f"Printed elsewhere for {detector} on {images}: {there}; not the same experiment."
            console.print(text, style="dim", highlight=False, soft_wrap=True, markup=False)


def stem(dataset: str) -> str:
    """The dataset of a class: `mnist` of `mnist:3`; a type of anomaly stays, as it is another task."""
    name, _, word = dataset.partition(":")
    row = CATALOG.get(name)
    return name if row is not None and word in row.classes else dataset


def shared(columns: Sequence[str]) -> str:
    """What all names begin with, up to their last dash: `mnist-` of the classes of MNIST; nothing for a single one."""
    stems = {column[: column.rfind("-") + 1] for column in columns}
    return stems.pop() if len(columns) > 1 and len(stems) == 1 else ""


def reasons(console: Console, lines: Iterable[Line], *, labels: bool = False) -> None:
    """Why metrics are missing: one line for each reason, with where and for whom."""
    groups: dict[str, tuple[str, dict[str, None], dict[str, None]]] = {}
    for line in lines:
        where = f"{line.dataset} at {budget_text(line.labelled)} labels" if labels else line.dataset
        for reason in line.failures:
            # what is wrong with data is wrong for every detector
            key = reason if reason.startswith("data: ") else f"{line.detector} {reason}"
            _, detectors, places = groups.setdefault(key, (reason, {}, {}))
            detectors[line.detector] = places[where] = None
    if not groups:
        return
    console.print("\n[bold]No figures[/]", highlight=False)
    for reason, detectors, places in groups.values():
        text = f"  {_listed(detectors)} on {_listed(places)}: {reason}"
        console.print(text, highlight=False, markup=False, soft_wrap=True)


def epochs(console: Console, rows: Iterable[Mapping[str, Any]], hint: str = "") -> None:
    """Which configurations were trained for fewer epochs than their sources do."""
    short = {
        f"{row['detector']} ({row['published']}) {row['rounds']} of {row['published_epochs']}": None
        for row in rows
        if row["failure"] is None and row.get("published") and row["rounds"] < row.get("published_epochs", 0)
    }
    if short:
        text = f"Published configurations at fewer epochs than their sources': {', '.join(short)}. {hint}"
        console.print(text.rstrip(), style="dim", highlight=False, soft_wrap=True, markup=False)


def notes(console: Console, rows: Iterable[Mapping[str, Any]], test_reads: Mapping[str, int]) -> None:
    """What must be said next to the metrics: the notes of the data, and how often test labels were read."""
    by_dataset = {row["dataset"]: row["note"] for row in rows if row.get("note")}
    console.print(f"\n{WARNING}", style="dim", highlight=False, soft_wrap=True)
    for note in dict.fromkeys(by_dataset.values()):
        same = [dataset for dataset, other in by_dataset.items() if other == note]
        counts = [test_reads.get(dataset, 0) for dataset in same]
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


def mean_and_deviation(values: Sequence[float], digits: tuple[int, int] = (4, 3)) -> str:
    """Mean, and in brackets the deviation where there are several."""
    if not values:
        return "-"
    text = f"{float(np.mean(values)):.{digits[0]}f}"
    return f"{text} ({float(np.std(values)):.{digits[1]}f})" if len(values) > 1 else text


def budget_text(labelled: int | None) -> str:
    """A number of labelled anomalies; `all` is every label."""
    return ALL if labelled is None else str(labelled)


def _spread(line: Line | None, name: str) -> str:
    if line is None or not line.fits:
        return "-"
    low, high = line.spread[name]
    return f"{line.metrics[name][0]:.3f}" + (f" ({low:.3f}-{high:.3f})" if line.fits > 1 else "")


def _listed(names: Iterable[str]) -> str:
    """A few names, or the first ones and how many more."""
    given = list(names)
    return ", ".join(given) if len(given) <= 5 else f"{', '.join(given[:4])} and {len(given) - 4} more"
