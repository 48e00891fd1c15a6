"""What a search of images says at the end besides the table of metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from launch.common.printing import plain_table
from launch.display.metric_table import pixel_basis, pixel_rows
from launch.evaluation import published
from launch.evaluation.metric_labels import RANKING, label
from launch.evaluation.summary import Summary


def tables(summary: Summary) -> Iterator[Any]:
    """What to print: the classes of a group, the balanced selection, other people's metrics."""
    if summary.tasks:
        yield _tasks(summary)
    if summary.balanced:
        tuned = summary.balanced.tuned.by_name()
        message = ", ".join(f"{label(name)} {tuned[name].text()}" for name in RANKING)
        yield Text(f"On the balanced selection of the test images: {message}")
    if summary.localisation:
        rows = pixel_rows(summary.localisation)
        table = plain_table(*rows[0], left=(next(iter(rows[0])),))
        for row in rows:
            table.add_row(*row.values())
        yield table
        yield Text(pixel_basis(summary.localisation), style="dim")
    comparison = _printed_elsewhere(summary)
    if comparison:
        yield Text(comparison)


def _tasks(summary: Summary) -> Table:
    several = next(iter(summary.tasks.values())).published is not None
    arms = ("published", "difference") if several else ()
    columns = ("class", "AUROC tuned", *arms, "AP tuned", "printed elsewhere")
    table = plain_table(*columns, left=("class",), title="\nNormal class")
    for name, task in summary.tasks.items():
        cells = [metrics.auroc.text(signed=arm == "difference") for arm, metrics in task.arms().items()]
        printed = published.beside(summary.detector, f"{_request(summary).partition(':')[0]}:{name}", "auroc")
        table.add_row(Text(name), *cells, task.tuned.ap.text(), "-" if printed is None else f"{printed[0]:.4f}")
    return table


def _printed_elsewhere(summary: Summary) -> str:
    """The AUROC that somebody prints for this detector and these images, with where it is from."""
    request = _request(summary)
    printed = published.beside(summary.detector, request, "auroc")
    if printed is None:
        return ""
    value, source = printed
    return (
        f"AUROC printed elsewhere for {summary.detector} on {request}: {value:.4f} ({source}), not the same "
        f"experiment: there {published.circumstances(summary.detector, request, 'auroc')}"
    )


def _request(summary: Summary) -> str:
    return str(summary.dataset.request.get("dataset", ""))
