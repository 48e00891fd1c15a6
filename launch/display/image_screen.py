"""What a search of images says at the end besides the table of metrics."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from launch.common.printing import print_rows
from launch.display.metric_table import pixel_basis, pixel_rows
from launch.evaluation import published
from launch.evaluation.metric_labels import RANKING, label
from launch.evaluation.summary import Summary


def show(console: Console, summary: Summary) -> None:
    """Print the classes of a group, the balanced selection, how well places are found, other people's metrics."""
    if summary.tasks:
        print_rows(console, _tasks(summary), title="\nNormal class")
    if summary.balanced:
        tuned = summary.balanced.tuned.by_name()
        message = ", ".join(f"{label(name)} {tuned[name].text()}" for name in RANKING)
        console.print(Text(f"On the balanced selection of the test images: {message}"))
    if summary.localisation:
        print_rows(console, pixel_rows(summary.localisation))
        console.print(Text(pixel_basis(summary.localisation), style="dim"))
    if comparison := _printed_elsewhere(summary):
        console.print(Text(comparison))


def _tasks(summary: Summary) -> list[dict[str, str]]:
    rows = []
    for name, task in summary.tasks.items():
        row = {"class": name, "AUROC tuned": task.tuned.auroc.text()}
        for arm, metrics in list(task.arms().items())[1:]:
            row[arm] = metrics.auroc.text(signed=arm == "difference")
        printed = published.beside(summary.detector, f"{_request(summary).partition(':')[0]}:{name}", "auroc")
        row |= {"AP tuned": task.tuned.ap.text(), "printed elsewhere": "-" if printed is None else f"{printed[0]:.4f}"}
        rows.append(row)
    if all(row["printed elsewhere"] == "-" for row in rows):
        return [{name: cell for name, cell in row.items() if name != "printed elsewhere"} for row in rows]
    return rows


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
