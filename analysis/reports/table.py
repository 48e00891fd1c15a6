"""A table, which is a data frame of texts: on the terminal, as Markdown, and for a page."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

MOST = 8
"""Columns above which cells lose their intervals on the terminal: the page has them."""


def show(console: Console, frame: pd.DataFrame, title: str = "", *, left: int = 2) -> None:
    """Print a table under its title; where there are many columns, means alone, in the form that fits the terminal.

    So many columns are aligned at the left; the others are numbers.
    """
    if title:  # by itself: a narrow table would fold its own
        console.print(f"\n[bold]{title}[/]", highlight=False, soft_wrap=True)
    many = len(frame.columns) > MOST and any(frame.astype(str).stack().str.contains(" ± ", regex=False))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for k, name in enumerate(frame.columns):
        table.add_column(Text(str(name)), justify="left" if k < left else "right", no_wrap=k == 0)
    for row in frame.astype(str).to_numpy().tolist():
        table.add_row(*(Text(c.partition(" ±")[0].removesuffix(" (one fit)") if many else c) for c in row))
    console.print(table)
    if many:
        console.print("Means over seeds; the page has the intervals.", style="dim")


def html(frame: pd.DataFrame | None) -> dict[str, Any] | None:
    """Head, rows and which columns are numbers, as the page's template takes them; None where there is nothing."""
    if frame is None or frame.empty:
        return None
    numeric = [frame[c].astype(str).str.match(r"^[+\-\d.]").mean() > 0.6 for c in frame.columns]
    return {"head": list(frame.columns), "rows": frame.astype(str).to_numpy().tolist(), "numeric": numeric}


def markdown(frame: pd.DataFrame) -> str:
    """The table in Markdown."""
    rows = [list(frame.columns), ["---"] * len(frame.columns), *frame.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in row) + " |" for row in rows)
