"""What the digits benchmark prints and writes: means over digits at each number of epochs, beside the thesis."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from launch.evaluation import published

FIGURES = ("auroc", "precision_threshold", "recall_threshold")
TITLES = {"auroc": "AUROC", "precision_threshold": "precision", "recall_threshold": "recall"}
COLUMNS = ("detector", "supervision", "dataset", "protocol", "seed", "epochs", *FIGURES, "ap", "fit_seconds")


def at(row: Mapping[str, Any], epochs: int) -> dict[str, float] | None:
    """The figures of a fit after so many epochs."""
    return None if row["failure"] is not None else row.get("at", {}).get(str(epochs))


def show(console: Console, name: str, rows: Sequence[Mapping[str, Any]], stages: Sequence[int]) -> None:
    """One set of digits: a line for each detector and number of epochs."""
    digits = sorted({row["dataset"] for row in rows})
    title = f"\n{name}: mean over {len(digits)} normal digits (deviation over them), test images, per cent"
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for column in ("detector", "epochs", *TITLES.values(), "fits", "thesis AUROC"):
        table.add_column(column, justify="left" if column == "detector" else "right")
    for detector in dict.fromkeys(row["detector"] for row in rows):
        own = [row for row in rows if row["detector"] == detector]
        printed = published.figure(detector, name, "auroc")
        for epochs in stages:
            found = [(row["dataset"], figures) for row in own if (figures := at(row, epochs)) is not None]
            if not found:
                continue
            cells = [percent(by_digit(found, figure)) for figure in FIGURES]
            last = "" if printed is None or epochs != stages[-1] else f"{100 * printed:.2f}"
            table.add_row(detector, "untrained" if epochs == 0 else str(epochs), *cells, str(len(found)), last)
    console.print(table)


def by_digit(found: Iterable[tuple[str, Mapping[str, float]]], figure: str) -> list[float]:
    """Means over seeds, one for each digit."""
    values: dict[str, list[float]] = {}
    for digit, figures in found:
        if figure in figures:
            values.setdefault(digit, []).append(figures[figure])
    return [float(np.mean(v)) for v in values.values()]


def percent(values: Sequence[float]) -> str:
    """Mean and deviation in per cent."""
    if not values:
        return "-"
    spread = f" ({100 * float(np.std(values)):.2f})" if len(values) > 1 else ""
    return f"{100 * float(np.mean(values)):.2f}{spread}"


def beside(console: Console, rows: Sequence[Mapping[str, Any]], readings: Mapping[str, int]) -> None:
    """What must be said beside the figures."""
    notes = {row["note"].partition(":")[2].strip() for row in rows if row.get("note")}
    for note in sorted(notes)[:3]:
        console.print(f"Protocol: {note}", style="yellow", highlight=False, soft_wrap=True, markup=False)
    if readings:
        words = (
            f"Test labels of {len(readings)} tasks were read {min(readings.values())} to {max(readings.values())} times"
        )
        console.print(f"{words} in this home.", style="dim", highlight=False)
    console.print(
        "The thesis's AUROCs are to be read with care: in most of its rows their deviation equals that of the recall, "
        "so they look computed on hard labels.",
        style="dim", highlight=False, soft_wrap=True,
    )  # fmt: skip


def reasons(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Why fits have no figures, each reason once."""
    counts: dict[str, int] = {}
    for row in rows:
        if row["failure"] is not None:
            words = f"{row['detector']}: {row['failure']['cause']}: {row['failure']['message']}"
            counts[words] = counts.get(words, 0) + 1
    for words, n in list(counts.items())[:10]:
        console.print(f"{n} fits without figures, {words}", style="red", highlight=False, soft_wrap=True, markup=False)


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """One line for each fit and number of epochs."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            for epochs in (row.get("at") or {}) if row["failure"] is None else ():
                figures = row["at"][epochs]
                about = [row[k] for k in ("detector", "supervision", "dataset", "protocol", "seed")]
                values = [figures.get(k, "") for k in (*FIGURES, "ap")]
                last = epochs == max(row["at"], key=int)
                writer.writerow([*about, epochs, *values, row["fit_seconds"] if last else ""])


def pictures(rows: Sequence[Mapping[str, Any]], sets: Sequence[str], epochs: int, path: Path) -> list[Path]:
    """For each set of digits a heat map, beside `path`; none for a set without figures."""
    drawn = []
    for name in sets:
        own = [row for row in rows if row["dataset"].startswith(f"{name}-")]
        one = picture(own, epochs, path.with_name(f"{path.stem}-{name}.png"))
        drawn += [] if one is None else [one]
    return drawn


def picture(rows: Sequence[Mapping[str, Any]], epochs: int, path: Path) -> Path | None:
    """Detectors by digits as a heat map of AUROC and AP after so many epochs."""
    from analysis import plots

    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    levels: dict[str, str] = {}
    for row in rows:
        figures = at(row, epochs)
        if figures is not None:
            found.setdefault((row["detector"], row["dataset"]), []).append((figures["auroc"], figures["ap"]))
            levels[row["detector"]] = row["supervision"]
    if not found:
        return None
    values = {key: tuple(np.mean(pairs, axis=0).tolist()) for key, pairs in found.items()}
    order = [(level, detector) for detector, level in levels.items()]
    return plots.save(plots.detector_grid(order, sorted({d for _, d in found}), values), path)
