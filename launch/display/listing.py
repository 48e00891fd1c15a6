"""`--list`: what can be searched over, and on."""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

import trainables
from datasets.catalog.catalog import CATALOG
from datasets.catalog.row import DatasetRow
from launch.common.errors import UsageError
from launch.common.printing import plain_table
from launch.display.source_facts import SourceFacts, facts

FIGURES = Path(__file__).with_name("listed_figures.csv")
LEVELS = {
    "Need no labels to train": ("UNSUPERVISED",),
    "Need some labelled anomalies": ("FEW_LABEL",),
    "Need all labels": ("SUPERVISED", "SUPERVISED_PRETRAINED", "EXPOSURE"),
    "Need to know which images are normal": ("ONE_CLASS",),
}
BROAD = 110
"""Columns of a terminal from which the protocols of datasets have a place."""
DATA = {("IMAGE",): "images", ("TABULAR",): "tables", ("IMAGE", "TABULAR"): "both"}
ORDER = (
    "AUROC and seconds: means over five small tables (annthyroid, pendigits, satellite, vowels, wilt), reference "
    "configuration, validation rows, one core, one seed; where there are none, they were not measured. First stands "
    "what did best there, the faster of equals first; on your table it may be another: `tune.py all` tries every one "
    "that fits. AUROCs with and without labels are not to be compared."
)
MORE = (
    "mnist:3 is one task, with class 3 normal; mnist is all ten, one detector each. Or data of your own: "
    "tune.py devnet my.csv --label-column class (CSV, Excel, Parquet, …), tune.py ae_conv images:FOLDER (with "
    "FOLDER/normal and, if there are any, FOLDER/anomaly)."
)


NEVER_STOPPED = "no early stopping"
"""Of a detector whose early rounds mislead, unless --scheduler asha is given."""


class Figures(NamedTuple):
    """How well and how fast a detector did, see `analysis/benchmarks/figures/listed_figures.py`."""

    auroc: float
    seconds: float


@cache
def figures() -> dict[str, Figures]:
    """Those of the detectors that were measured."""
    with FIGURES.open() as file:
        return {row["detector"]: Figures(float(row["auroc"]), float(row["seconds"])) for row in csv.DictReader(file)}


def show(console: Console, words: Sequence[str] = ()) -> None:
    """Print detectors by the labels that they learn from, and datasets.

    Of several words, such as `images` and `labelled`, only lines that have each of them somewhere are printed.
    """
    known = {name: facts(name) for name in sorted(trainables.DETECTORS, key=_place)}
    shown = False
    for title, levels in LEVELS.items():
        lines = [(name, of) for name, of in known.items() if of.supervision in levels]
        lines = [line for line in lines if _has(words, title, *_words(*line))]
        if lines:
            _show_detectors(console, title, lines)
            shown = True
    if shown:
        _say(console, ORDER)
    rows = [row for row in CATALOG.values() if _has(words, "datasets", *_cells(row), _kind(row))]
    for kind in ("tables", "images"):
        of_kind = [row for row in rows if kind in _kind(row)]
        if of_kind:
            _show_datasets(console, f"Datasets, {kind}", of_kind)
    if rows:
        _say(console, MORE)
    if not shown and not rows:
        raise UsageError(f"--list {' '.join(words)}: no detector and no dataset has that; leave it out to see all")


def _place(name: str) -> tuple[float, float]:
    """The best first, to two digits, of equals the faster; what was not measured, and controls, last."""
    figure = figures().get(name)
    if figure is None or facts(name).control:
        return float(facts(name).control), 0.0
    return -round(figure.auroc, 2), figure.seconds


def _has(words: Sequence[str], *texts: str) -> bool:
    text = " ".join(texts).lower()
    return all(word.lower().removesuffix("s") in text for word in words)


def _words(name: str, of: SourceFacts) -> list[str]:
    """Everything that a detector may be looked for by."""
    aliases = [alias for alias, target in trainables.ALIASES.items() if target == name]
    both = ["images", "tables", "tabular"] if len(of.modality) > 1 else [DATA[of.modality], *of.modality]
    return [name, *aliases, *both, of.supervision.replace("_", "-"), of.summary]


def _show_detectors(console: Console, title: str, lines: Sequence[tuple[str, SourceFacts]]) -> None:
    table = plain_table(
        "name", "data", "AUROC", "seconds", "what it is", left=("name", "data", "what it is"), title=title
    )
    width = console.width - max(len(name) for name, _ in lines) - 28
    for name, of in lines:
        figure = figures().get(name)
        cells = ("", "") if figure is None else (f"{figure.auroc:.2f}", _seconds(figure.seconds))
        also = [alias for alias, target in trainables.ALIASES.items() if target == name]
        more = ([f"also {', '.join(also)}"] if also else []) + ([NEVER_STOPPED] if of.early_rounds_mislead else [])
        what = f"({'; '.join(more)}) {of.summary}" if more else of.summary
        table.add_row(name, DATA[of.modality], *cells, textwrap.shorten(what, width, placeholder=" …"))
    console.print(table, "")


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}" if seconds >= 0.1 else "< 0.1"


def _show_datasets(console: Console, title: str, rows: Sequence[DatasetRow]) -> None:
    broad = console.width >= BROAD
    columns = ("name", "rows", "anomalies", *(["protocols (first is the default)"] if broad else []), "what it is")
    cells = [[cell for k, cell in enumerate(_cells(row)) if broad or k != PROTOCOLS] for row in rows]
    table = plain_table(*columns, left=columns, title=title)
    taken = sum(2 + max(len(line[k]) for line in [columns, *cells]) for k in range(len(columns) - 1))
    for *first, what in cells:
        table.add_row(*first, textwrap.shorten(what, console.width - taken, placeholder=" …"))
    console.print(table, "")


PROTOCOLS = 3


def _cells(row: DatasetRow) -> list[str]:
    """Name, rows, anomalies, protocols, what it is."""
    order = [row.default_protocol, *(protocol for protocol in row.protocols if protocol != row.default_protocol)]
    size = " x ".join([f"{row.shape[0]:,}", *map(str, row.shape[1:])])
    anomalies = f"{row.anomalies:,}" if row.anomalies else "by class" if row.classes else "by kind"
    summary = row.summary + (f" ({row.name}:{'|'.join(row.anomaly_types)})" if row.anomaly_types else "")
    return [row.name, size, anomalies, ", ".join(order), summary]


def _kind(row: DatasetRow) -> str:
    return "images" if row.modality == "image" else "tables tabular"


def _say(console: Console, text: str) -> None:
    console.print(text, "", highlight=False, markup=False, sep="\n")
