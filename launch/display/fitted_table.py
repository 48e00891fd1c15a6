"""Tables of metrics that are as wide as the screen is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from launch.common.printing import plain_table

WIDEST = 1000
"""Characters at which nothing is cut."""
NARROW = 12
"""Of the first column, where intervals stand below their metrics."""


def fitted_table(
    console: Console,
    columns: Mapping[str, Sequence[str]],
    *,
    least: int,
    left: Sequence[str] = (),
    title: str | None = None,
) -> Table:
    """A table that no cell of is cut: else with intervals below, then without the last columns.

    Parameters
    ----------
    console : Console
    columns : mapping of str to sequence of str
        Cells by title, of each column as many; the first column is aligned at the left.
    least : int
        Columns, from the first on, that are always there.
    left : sequence of str
        Others that are aligned at the left.
    title : str, optional
    """
    for stacked in (False, True):
        for shown in range(len(columns), least - 1, -1):
            table = _table(dict(list(columns.items())[:shown]), stacked, left, title)
            if Measurement.get(console, console.options.update(width=WIDEST), table).maximum <= console.width:
                return table
    return table


def _table(columns: Mapping[str, Sequence[str]], stacked: bool, left: Sequence[str], title: str | None) -> Table:
    first, *others = columns
    titles = [name.replace(" ", "\n") if stacked else name for name in others]
    aligned = (first, *(name for name, own in zip(titles, others, strict=True) if own in left))
    table = plain_table(first, *titles, left=aligned, title=title, no_wrap=not stacked)
    table.columns[0].no_wrap = False
    table.columns[0].max_width = NARROW if stacked else None
    for row in zip(*columns.values(), strict=True):
        table.add_row(*(Text(_below(cell) if stacked else cell) for cell in row))
    return table


def _below(cell: str) -> str:
    """The interval below its metric."""
    return cell.replace(" (", "\n").removesuffix(")")
