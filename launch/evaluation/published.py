"""The published figures to stand beside, read from `published.csv`.

`source` says where a figure is from: `report` (printed in the project's source
report), `recalled` (from memory of a paper, never to be shown as a reference),
`a third party`, perhaps `quoting the paper`, or `measured by this project`. Metrics have
the names of `trainables.core.metrics.figures`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

UNPRINTED = ("recalled", "measured by this project")
FILE = Path(__file__).with_name("published.csv")


def rows(detector: str | None = None, dataset: str | None = None) -> list[dict[str, Any]]:
    """Published figures, one dict per figure, in the order of the file.

    Parameters
    ----------
    detector, dataset : str, optional
        Keep the rows of this detector, of this dataset.

    Returns
    -------
    list of dict
        Keys `detector`, `dataset`, `protocol`, `part`, `metric`, `value` (float),
        `unit`, `source`, `note`. Empty where nothing was published.
    """
    return [
        dict(row)
        for row in _read()
        if (detector is None or row["detector"] == detector) and (dataset is None or row["dataset"] == dataset)
    ]


def figure(detector: str, dataset: str, metric: str) -> float | None:
    """The figure that the report prints; None where it prints none.

    Parameters
    ----------
    detector, dataset : str
        As in `published.csv`, such as "devnet" and "celeba".
    metric : str
        "auroc", "ap", "f1_report", "fit_seconds" or "predict_seconds".

    Returns
    -------
    float or None
        Recalled figures and this project's own are never returned.
    """
    for row in rows(detector, dataset):
        if row["metric"] == metric and row["source"] == "report":
            return float(row["value"])
    return None


def beside(detector: str, dataset: str, metric: str) -> tuple[float, str] | None:
    """A figure that somebody printed, with where it is from; of this project's own and recalled ones, none.

    Parameters
    ----------
    detector, dataset, metric : str
        As in `published.csv`; a dataset is that of the command line, such as "mnist:3".

    Returns
    -------
    (float, str) or None
        The value and its source; the report's first, where there are several.
    """
    matching = [row for row in rows(detector, dataset) if row["metric"] == metric and row["source"] not in UNPRINTED]
    matching.sort(key=lambda row: row["source"] != "report")
    return (float(matching[0]["value"]), str(matching[0]["source"])) if matching else None


@cache
def _read() -> tuple[dict[str, Any], ...]:
    with FILE.open(newline="", encoding="utf-8") as lines:
        return tuple({**row, "value": float(row["value"])} for row in csv.DictReader(lines))
