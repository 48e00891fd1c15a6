"""Lines, tables and what moves on the screen while a person waits."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_line(console: Console, text: str, style: str | None = None) -> None:
    """Print a text as it is, for a person to copy: neither wrapped, nor coloured, nor read as markup."""
    console.print(text, style=style, highlight=False, soft_wrap=True, markup=False)


@contextlib.contextmanager
def waiting(console: Console, what: str) -> Iterator[None]:
    """Show in a terminal what is waited for and since when, gone at its end; nothing where nobody could see it."""
    if not console.is_interactive:
        yield
        return
    from rich import progress

    columns = progress.SpinnerColumn("line"), progress.TextColumn("{task.description}: {task.elapsed:.0f} s")
    # the streams are left alone: libraries keep those that they find while they are imported
    with progress.Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as shown:
        shown.add_task(what, total=None)
        yield


def plain_table(*columns: str, left: Collection[str], title: str | Text | None = None, **of_each: Any) -> Table:
    """A table without lines; the columns named in `left` are aligned there, the others, numbers, at the right."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="left" if name in left else "right", **of_each)
    return table
