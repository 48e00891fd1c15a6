"""A table, which is a data frame of texts: on the terminal, as Markdown, and for a page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd
from markupsafe import Markup
from rich.console import Console

from launch.common.printing import print_table

MOST = 8
"""Columns above which cells lose their intervals on the terminal: the page has them."""
NUMBER = r"^([+\-\u2212]?[\d.]|-$)"
"""What a cell of a column of numbers begins with; a dash is one that is missing."""
EMPTY = ("-", "")


def show(console: Console, frame: pd.DataFrame, title: str = "", *, left: int = 2) -> None:
    """Print a table under its title; where there are many columns, means alone.

    So many columns are aligned at the left; the others are numbers. Each part of a wide table begins with these.
    """
    many = len(frame.columns) > MOST and any(frame.astype(str).stack().str.contains(" ± ", regex=False))
    rows = frame.astype(str).to_numpy().tolist()
    if many:
        rows = [[cell.partition(" ±")[0].removesuffix(" (one fit)") for cell in row] for row in rows]
    names = [str(name) for name in frame.columns]
    if title:
        console.print()
    print_table(console, names, rows, left=names[:left], repeated=left, title=title)
    if many:
        console.print("Means over seeds; the page has the intervals.", style="dim")


def html(frame: pd.DataFrame | None, best: Collection[tuple[int, int]] = ()) -> dict[str, Any] | None:
    """Head, cells and which columns are numbers, as the page's template takes them; None where there is nothing.

    The first column names the rows, and stands at the left whatever it holds.
    """
    if frame is None or frame.empty:
        return None
    texts = frame.astype(str)
    numeric = [bool(k and texts.iloc[:, k].str.match(NUMBER).mean() > 0.6) for k in range(texts.shape[1])]
    rows = [
        [_cell(text, numeric[k], (i, k) in best) for k, text in enumerate(row)]
        for i, row in enumerate(texts.to_numpy().tolist())
    ]
    figures = all(numeric[1:])  # no text that could fold, so intervals do
    return {"head": list(frame.columns), "rows": rows, "numeric": numeric, "figures": figures}


def _cell(text: str, number: bool, best: bool) -> dict[str, Any]:
    kinds = {"number": number, "best": best, "none": text in EMPTY}
    figure, bracket, rest = text.partition(" (") if number else (text, "", "")
    named = " ".join(name for name, is_so in kinds.items() if is_so)
    interval = bracket.strip() + rest  # may stand below its figure, whole
    return {"text": figure, "interval": interval, "best": best, "classes": Markup(f' class="{named}"') if named else ""}


def markdown(frame: pd.DataFrame) -> str:
    """The table in Markdown."""
    rows = [list(frame.columns), ["---"] * len(frame.columns), *frame.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in row) + " |" for row in rows)
