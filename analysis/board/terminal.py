"""A frame of texts in the terminal."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

MOST = 8
"""Columns above which cells lose their intervals: the page has them."""


def show(console: Console, frame: pd.DataFrame) -> None:
    """Print a table; where there are many columns, means alone, in the form that fits the terminal."""
    many = len(frame.columns) > MOST and any(frame.astype(str).stack().str.contains(" ± ", regex=False))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for k, name in enumerate(frame.columns):
        table.add_column(Text(str(name)), justify="left" if k < 2 else "right", no_wrap=k == 0)
    for row in frame.astype(str).to_numpy().tolist():
        table.add_row(*(Text(c.partition(" ±")[0].removesuffix(" (one fit)") if many else c) for c in row))
    console.print(table)
    if many:
        console.print("Means over seeds; the page has the intervals.", style="dim")
