"""What the digits benchmark prints and writes: means over digits at each number of epochs, next to the thesis's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from analysis import plots
from analysis.experiments.tables import mean_and_deviation
from analysis.reports import table
from datasets.wording import counted
from launch.evaluation import published
from launch.evaluation.metric_labels import label

TITLES = {name: label(name) for name in ("auroc", "precision_threshold", "recall_threshold")}
MEAN_OF_STAGES = "mean of stages"
CARE = (
    "The thesis's AUROCs are means over 20, 100, 150 and 200 epochs: they stand beside the mean over epochs here. Read "
    "them with care: their deviation equals that of the recall in 8 of 12 rows of its Table 5.1, so deviations were "
    "probably copied, and in 8 of 24 rows of its Tables 5.1 and 5.3 the AUROC cannot be one of hard labels "
    "(2 AUROC - recall > 1). Its precisions do not fit a test with the left-over training images, as it describes "
    "its own; they fit the official test alone (multimodal). Run both protocols."
)
SEEN = (
    "Under this protocol every normal training image trains the final fits, so that thresholds behind precision and "
    "recall are placed on scores of images that were trained on; under multimodal they are not."
)
COLUMNS = ("detector", "supervision", "dataset", "protocol", "seed", "epochs", *TITLES, "ap", "fit_seconds")


def at(row: Mapping[str, Any], epochs: int) -> dict[str, float] | None:
    """The metrics of a fit after so many epochs."""
    return None if row["failure"] is not None else row.get("at", {}).get(str(epochs))


def show(console: Console, name: str, rows: Sequence[Mapping[str, Any]], stages: Sequence[int]) -> None:
    """One set of digits: a line for each detector and number of epochs."""
    texts = []
    for detector in dict.fromkeys(row["detector"] for row in rows):
        own = [row for row in rows if row["detector"] == detector]
        at_stages = {epochs: at_stage(own, epochs) for epochs in stages}
        trained = [one for epochs, measured in at_stages.items() if epochs for one in measured]
        lines = {"untrained" if epochs == 0 else str(epochs): measured for epochs, measured in at_stages.items()}
        for epochs, measured in (lines | {MEAN_OF_STAGES: trained}).items():
            if not measured:
                continue
            text = {"detector": detector, "epochs": epochs}
            text |= {title: percent(by_digit(measured, metric)) for metric, title in TITLES.items()}
            # Table 5.1 prints means over the numbers of epochs, for sets at 28x28 grey alone
            printed = thesis_auroc(detector, name) if epochs == MEAN_OF_STAGES else None
            beside = "" if printed is None else f"{100 * printed:.2f}"
            texts.append(text | {"fits": str(len(measured)), "thesis AUROC": beside})
    digits = len({row["dataset"] for row in rows})
    title = f"{name}: mean over {digits} normal digits (deviation over them), test images, per cent"
    columns = ["detector", "epochs", *TITLES.values(), "fits", "thesis AUROC"]
    table.show(console, pd.DataFrame(texts, columns=columns), title)


def show_average(
    console: Console, rows: Sequence[Mapping[str, Any]], sets: Sequence[str], stages: Sequence[int]
) -> None:
    """The mean over the sets of each detector's mean over stages: the thesis's average of sets."""
    for detector in dict.fromkeys(row["detector"] for row in rows):
        own = {name: [row for row in rows if row["detector"] == detector and of_set(row, name)] for name in sets}
        means, printed = [], [thesis_auroc(detector, name) for name in sets]
        for of_name in own.values():
            measured = [one for epochs in stages if epochs for one in at_stage(of_name, epochs)]
            means += [np.mean(by_digit(measured, "auroc"))] if measured else []
        if len(means) < len(sets) or len(sets) < 2:
            continue
        known = [value for value in printed if value is not None]
        beside = f"; the thesis's {100 * float(np.mean(known)):.2f}" if len(known) == len(sets) else ""
        text = f"{detector}: AUROC {100 * float(np.mean(means)):.2f}, average over {len(sets)} sets{beside}"
        console.print(text, highlight=False, soft_wrap=True)


def of_set(row: Mapping[str, Any], name: str) -> bool:
    """Whether a fit is of a set: its dataset is `NAME-DIGIT`."""
    return str(row["dataset"]).rpartition("-")[0] == name


def at_stage(rows: Iterable[Mapping[str, Any]], epochs: int) -> list[tuple[str, Mapping[str, float]]]:
    """Digit and metrics of each fit that came so far."""
    return [(row["dataset"], metrics) for row in rows if (metrics := at(row, epochs)) is not None]


def thesis_auroc(detector: str, name: str) -> float | None:
    """What the thesis prints for a set, where it is prepared as there."""
    return None if name in ("svhn", "usps") else published.figure(detector, name.removesuffix("_grey"), "auroc")


def by_digit(measured: Iterable[tuple[str, Mapping[str, float]]], metric: str) -> list[float]:
    """Means over seeds and numbers of epochs, one for each digit."""
    values: dict[str, list[float]] = {}
    for digit, metrics in measured:
        if metric in metrics:
            values.setdefault(digit, []).append(metrics[metric])
    return [float(np.mean(of_digit)) for of_digit in values.values()]


def percent(values: Sequence[float]) -> str:
    """Mean and deviation in per cent."""
    return mean_and_deviation([100 * value for value in values], (2, 2))


def notes(console: Console, rows: Sequence[Mapping[str, Any]], test_reads: Mapping[str, int]) -> None:
    """What must be said next to the metrics."""
    for note in sorted({row["note"].partition(":")[2].strip() for row in rows if row.get("note")})[:3]:
        console.print(f"Protocol: {note}", style="yellow", highlight=False, soft_wrap=True, markup=False)
    if test_reads:
        least, most = min(test_reads.values()), max(test_reads.values())
        text = f"Test labels of {counted(test_reads, 'task')} were read {least} to {most} times in this home."
        console.print(text, style="dim", highlight=False)
    if any(row["protocol"] != "multimodal" for row in rows):
        console.print(SEEN, style="yellow", highlight=False, soft_wrap=True)
    console.print(CARE, style="dim", highlight=False, soft_wrap=True)


def reasons(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Why fits have no metrics, each reason once."""
    failed = [row for row in rows if row["failure"] is not None]
    counts = Counter(f"{row['detector']}: {row['failure']['cause']}: {row['failure']['message']}" for row in failed)
    for text, n in list(counts.items())[:10]:
        console.print(
            f"{counted(n, 'fit')} without figures, {text}", style="red", highlight=False, soft_wrap=True, markup=False
        )


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """One line for each fit and number of epochs."""
    lines = []
    for row in rows:
        for epochs, metrics in (row.get("at") or {}).items() if row["failure"] is None else ():
            last = epochs == max(row["at"], key=int)
            lines.append({**row, **metrics, "epochs": epochs, "fit_seconds": row["fit_seconds"] if last else ""})
    pd.DataFrame(lines, columns=COLUMNS, dtype=object).to_csv(path, index=False, lineterminator="\r\n")


def pictures(rows: Sequence[Mapping[str, Any]], sets: Sequence[str], epochs: int, path: Path) -> list[Path]:
    """For each set of digits a heat map of AUROC and AP after so many epochs, named after `path`."""
    drawn = []
    for name in sets:
        values: dict[tuple[str, str], list[tuple[float, float]]] = {}
        levels: dict[str, str] = {}
        for row in rows:
            if of_set(row, name) and (metrics := at(row, epochs)) is not None:
                pair = metrics["auroc"], metrics["ap"]
                values.setdefault((row["detector"], row["dataset"]), []).append(pair)
                levels[row["detector"]] = row["supervision"]
        if not values:
            continue
        means = {key: tuple(np.mean(pairs, axis=0).tolist()) for key, pairs in values.items()}
        detectors = [(level, detector) for detector, level in levels.items()]
        figure = plots.detector_grid(detectors, sorted({dataset for _, dataset in means}), means)
        drawn.append(plots.save(figure, path.with_name(f"{path.stem}-{name}.png")))
    return drawn
