"""The published figures to stand beside, read from `published.csv`.

`source` says where a figure is from: `report` (printed in the project's source
report), `recalled` (from memory of a paper, never to be shown as a reference),
`a third party`, perhaps `quoting the paper`, or `measured by this project`. Metrics have
the names of `trainables.core.metrics.figures`, with `_deviation` for their deviations; other rows are
facts of data (detector `-`) and of training. Two AUROCs that the thesis reads off a plot, f-AnoGAN's on the digit
8 of MNIST, are left out: beside a figure of that digit they would look as exact as a table's.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

UNPRINTED = ("recalled", "measured by this project")
UNTESTED = ("train", "whole", "example")
"""Parts whose metrics are none of a test set: facts of the data and of the training, and worked examples."""
FILE = Path(__file__).with_name("published.csv")


def rows(detector: str | None = None, dataset: str | None = None) -> list[dict[str, Any]]:
    """Published figures, of this detector, of this dataset, in the order of the file; `value` is a float.

    A dataset is that of the command line, such as "mnist:3".
    """
    return [
        dict(row)
        for row in _read()
        if (detector is None or row["detector"] == detector) and (dataset is None or row["dataset"] == dataset)
    ]


def figure(detector: str, dataset: str, metric: str) -> float | None:
    """The figure that the report prints; None where it prints none."""
    printed = beside(detector, dataset, metric)
    return printed[0] if printed is not None and printed[1] == "report" else None


def beside(detector: str, dataset: str, metric: str) -> tuple[float, str] | None:
    """A figure that somebody printed, with where it is from: the report's first, where there are several.

    Of this project's own and recalled ones, none.
    """
    first = next((row for row in printed(detector, dataset) if row["metric"] == metric), None)
    return None if first is None else (first["value"], first["source"])


def printed(detector: str, dataset: str) -> list[dict[str, Any]]:
    """Figures of a test that somebody printed: the report's first, then in the order of the file."""
    found = [r for r in rows(detector, dataset) if r["source"] not in UNPRINTED and r["part"] not in UNTESTED]
    return sorted(found, key=lambda row: row["source"] != "report")


def circumstances(detector: str, dataset: str, metric: str) -> str:
    """Under what the figure of `beside` was measured, as far as its source says; nothing where there is none."""
    first = next((row for row in printed(detector, dataset) if row["metric"] == metric), None)
    return "" if first is None else f"protocol {first['protocol']}, {first['note']}"


@cache
def _read() -> tuple[dict[str, Any], ...]:
    with FILE.open(newline="", encoding="utf-8") as lines:
        return tuple({**row, "value": float(row["value"])} for row in csv.DictReader(lines))
