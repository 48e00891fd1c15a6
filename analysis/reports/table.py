"""A table, which is a data frame of texts: on the terminal, as Markdown, and for a page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd
from markupsafe import Markup
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

MOST = 8
"""Columns above which cells lose their intervals on the terminal: the page has them."""
GAP = 2
"""Spaces between columns."""
SENTENCE = 24
"""Characters above which a text is folded between its words."""
NUMBER = r"^([+\-\u2212]?[\d.]|-$)"
"""What a cell of a column of numbers begins with; a dash is one that is missing."""
EMPTY = ("-", "")


def show(console: Console, frame: pd.DataFrame, title: str = "", *, left: int = 2) -> None:
    """Print a table under its title; where there are many columns, means alone, below each other what does not fit.

    So many columns are aligned at the left; the others are numbers. Each part of a wide table begins with these.
    """
    if title:  # by itself: a narrow table would fold its own
        console.print(f"\n[bold]{title}[/]", highlight=False, soft_wrap=True)
    many = len(frame.columns) > MOST and any(frame.astype(str).stack().str.contains(" ± ", regex=False))
    rows = frame.astype(str).to_numpy().tolist()
    if many:
        rows = [[cell.partition(" ±")[0].removesuffix(" (one fit)") for cell in row] for row in rows]
    names = [str(name) for name in frame.columns]
    widths = [max(map(_width, column)) for column in zip(names, *rows, strict=True)]
    for part in _parts(widths, left, console.width):
        table = Table(box=None, pad_edge=False, header_style="bold")
        for k in part:
            table.add_column(Text(names[k]), justify="left" if k < left else "right", no_wrap=k == 0)
        for row in rows:
            table.add_row(*(Text(row[k]) for k in part))
        console.print(table)
    if many:
        console.print("Means over seeds; the page has the intervals.", style="dim")


def _width(text: str) -> int:
    """Characters that a cell must have: sentences may be folded."""
    return max([min(cell_len(text), SENTENCE), *map(cell_len, text.split())])


def _parts(widths: Sequence[int], left: int, most: int) -> list[list[int]]:
    """Columns of each part of a table of which so many characters fit beside each other; the left ones are in all."""
    parts = [list(range(min(left, len(widths))))]
    for k in range(len(parts[0]), len(widths)):
        if len(parts[-1]) > left and sum(widths[i] + GAP for i in (*parts[-1], k)) - GAP > most:
            parts.append(list(range(left)))
        parts[-1].append(k)
    return parts


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
    return {"head": list(frame.columns), "rows": rows, "numeric": numeric}


def _cell(text: str, number: bool, best: bool) -> dict[str, Any]:
    kinds = {"number": number, "best": best, "none": text in EMPTY}
    named = " ".join(name for name, is_so in kinds.items() if is_so)
    return {"text": text, "best": best, "classes": Markup(f' class="{named}"') if named else ""}


def markdown(frame: pd.DataFrame) -> str:
    """The table in Markdown."""
    rows = [list(frame.columns), ["---"] * len(frame.columns), *frame.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in row) + " |" for row in rows)
