"""Lines and tables on the screen."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_line(console: Console, text: str, style: str | None = None) -> None:
    """Print a text as it is, for a person to copy: neither wrapped, nor coloured, nor read as markup."""
    console.print(text, style=style, highlight=False, soft_wrap=True, markup=False)


def plain_table(*columns: str, left: Collection[str], title: str | Text | None = None, **of_each: Any) -> Table:
    """A table without lines; the columns named in `left` are aligned there, the others, numbers, at the right."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="left" if name in left else "right", **of_each)
    return table
