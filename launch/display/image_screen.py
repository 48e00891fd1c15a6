"""What a search of images says at the end besides the table of metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from launch.display.fitted_table import fitted_table
from launch.display.metric_table import pixel_basis, pixel_rows
from launch.evaluation import published
from launch.evaluation.metric_labels import RANKING, label
from launch.evaluation.summary import Summary


def tables(summary: Summary, console: Console) -> Iterator[Any]:
    """What to print: the classes of a group, the balanced selection, other people's metrics."""
    if summary.tasks:
        yield _tasks(summary, console)
    if summary.balanced:
        tuned = summary.balanced.tuned.by_name()
        message = ", ".join(f"{label(name)} {tuned[name].text()}" for name in RANKING)
        yield Text(f"On the balanced selection of the test images: {message}")
    if summary.localisation:
        rows = pixel_rows(summary.localisation)
        yield fitted_table(console, {title: [row[title] for row in rows] for title in rows[0]}, least=len(rows[0]))
        yield Text(pixel_basis(summary.localisation), style="dim")
    comparison = _printed_elsewhere(summary)
    if comparison:
        yield Text(comparison)


def _tasks(summary: Summary, console: Console) -> Table:
    several = next(iter(summary.tasks.values())).published is not None
    columns: dict[str, list[str]] = {"class": [], "AUROC tuned": []}
    columns |= {"published": [], "difference": []} if several else {}
    columns |= {"AP tuned": [], "printed elsewhere": []}
    for name, task in summary.tasks.items():
        printed = published.beside(summary.detector, f"{_request(summary).partition(':')[0]}:{name}", "auroc")
        cells = [metrics.auroc.text(signed=arm == "difference") for arm, metrics in task.arms().items()]
        cells = [name, *cells, task.tuned.ap.text(), "-" if printed is None else f"{printed[0]:.4f}"]
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)
    if not any(cell != "-" for cell in columns["printed elsewhere"]):
        del columns["printed elsewhere"]
    return fitted_table(console, columns, least=2, title="\nNormal class")


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
