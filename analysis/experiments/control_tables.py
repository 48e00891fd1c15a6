"""What an experiment says besides the table of every detector: the untrained networks, and other figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from launch.evaluation import published


def controls(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Trained beside untrained, a line for each detector and dataset, classes and seeds together.

    Parameters
    ----------
    rows : sequence of mapping
        Lines of single fits; those without figures at zero rounds have no untrained form.
    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["failure"] is None and "at" in row:
            groups.setdefault((row["detector"], stem(row["asked"])), []).append(row)
    if not groups:
        return
    title = "\nTrained and untrained: AUROC, mean (deviation over fits)"
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for name in ("detector", "data", "fits", "trained", "untrained", "printed elsewhere"):
        table.add_column(name, justify="left" if name in ("detector", "data") else "right")
    for (detector, images), own in groups.items():
        trained = [row["auroc"] for row in own]
        untrained = [row["at"]["0"]["auroc"] for row in own if "0" in row["at"]]
        found = published.beside(detector, images, "auroc")
        printed = "-" if found is None else f"{found[0]:.4f} ({found[1]})"
        table.add_row(detector, images, str(len(own)), spread(trained), spread(untrained), printed)
    console.print(table)
    console.print(
        "Random networks alone tell much apart: what training is worth is the difference.",
        style="dim", highlight=False,
    )  # fmt: skip


def stem(dataset: str) -> str:
    """The dataset of a class: `mnist` of `mnist:3`; a kind of anomaly stays, as it is another task."""
    from datasets.catalog.catalog import CATALOG

    name, _, word = dataset.partition(":")
    row = CATALOG.get(name)
    return name if row is not None and word in row.classes else dataset


def spread(values: Sequence[float]) -> str:
    """Mean, and in brackets the deviation where there are several."""
    if not values:
        return "-"
    text = f"{np.mean(values):.4f}"
    return f"{text} ({np.std(values):.3f})" if len(values) > 1 else text
