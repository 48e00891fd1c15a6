"""What a search of images says at the end besides the table of figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from launch.common.text import cell
from launch.evaluation import published


def tables(s: Mapping[str, Any]) -> Iterator[Any]:
    """What to print: the classes of a group, the balanced selection, other people's figures."""
    if s.get("tasks"):
        yield _tasks(s)
    if s.get("balanced"):
        tuned = s["balanced"]["tuned"]
        words = ", ".join(f"{title} {cell(tuned[k])}" for k, title in (("auroc", "AUROC"), ("ap", "AP")))
        yield Text(f"On the balanced selection of the test images: {words}")
    beside = _beside(s)
    if beside:
        yield Text(beside)


def _tasks(s: Mapping[str, Any]) -> Table:
    several = "published" in next(iter(s["tasks"].values()))
    table = Table(box=None, pad_edge=False, header_style="bold", title="\nNormal class", title_justify="left")
    table.add_column("class")
    for title in ("AUROC tuned", *(("published", "difference") if several else ()), "AP tuned", "printed elsewhere"):
        table.add_column(title, justify="right")
    for name, sides in s["tasks"].items():
        cells = [cell(sides["tuned"]["auroc"])]
        if several:
            cells += [cell(sides["published"]["auroc"]), cell(sides["difference"]["auroc"], signed=True)]
        found = published.beside(s["detector"], f"{_stem(s)}:{name}", "auroc")
        table.add_row(Text(name), *cells, cell(sides["tuned"]["ap"]), "-" if found is None else f"{found[0]:.4f}")
    return table


def _beside(s: Mapping[str, Any]) -> str:
    """The figure that somebody prints for this detector and these images, with where it is from."""
    asked = str(s["dataset"]["request"].get("dataset", ""))
    found = published.beside(s["detector"], asked, "auroc")
    if found is None:
        return ""
    value, source = found
    return f"AUROC printed elsewhere for {s['detector']} on {asked}: {value:.4f} ({source}); protocol and budget differ"


def _stem(s: Mapping[str, Any]) -> str:
    return str(s["dataset"]["request"].get("dataset", "")).partition(":")[0]
