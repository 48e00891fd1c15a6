"""Lines, tables and what moves on the screen while a person waits."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 2
"""Spaces between columns."""
SENTENCE = 24
"""Characters above which a text is folded between its words."""
FIGURE = re.compile(r"([+-]?[\d.,]+(?:e[+-]?\d+)?) ((?:\([+-]?\d|± ).+)")
"""A number and what is said of its spread."""


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


def print_rows(
    console: Console, rows: Sequence[Mapping[str, str]], *, left: Collection[str] = (), title: str = ""
) -> None:
    """Print rows of cells by column, all with the same columns, as `print_table` does; the first is at the left."""
    names = list(rows[0])
    print_table(console, names, [list(row.values()) for row in rows], left=(names[0], *left), title=title)


def print_table(
    console: Console,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Collection[str] = (),
    repeated: int = 1,
    title: str = "",
    dim: Collection[int] = (),
    style: Callable[[str, str], str] = lambda name, text: "",
) -> None:
    """Print a table under its title.

    The columns named in `left` are aligned there, the others, numbers, at the right. Where not all columns fit beside
    each other, intervals go below their figures, and if that is not enough columns go below each other, each part
    beginning with the first `repeated` ones. Rows whose places are in `dim` are.
    `style` is that of a cell, by its column and text.
    """
    if title:  # by itself: a narrow table would fold its own
        console.print(Text(title, "bold"), soft_wrap=True)
    given = [list(map(str, row)) for row in rows]
    if _room(console, _narrowest(names, given, console.width)) < 0:
        given = [[FIGURE.sub(r"\1\n\2", cell) for cell in row] for row in given]
    least = _narrowest(names, given, console.width)
    for number, part in enumerate(_parts(least, min(repeated, len(names)), console.width)):
        if number:
            console.print()
        widths = _widths(console, [least[k] for k in part], [_whole(names[k], given, k) for k in part])
        table = Table(box=None, pad_edge=False, header_style="bold")
        for k, width in zip(part, widths, strict=True):
            justify = "left" if names[k] in left else "right"
            table.add_column(Text(names[k], overflow="fold"), justify=justify, width=width)  # type: ignore[arg-type]
        for place, row in enumerate(given):
            cells = (Text(row[k], style(names[k], row[k]), overflow="fold") for k in part)
            table.add_row(*cells, style="dim" if place in dim else None)
        console.print(table)


def _lines(name: str, rows: Sequence[Sequence[str]], k: int) -> list[str]:
    return [name, *(line for row in rows for line in row[k].split("\n"))]


def _whole(name: str, rows: Sequence[Sequence[str]], k: int) -> int:
    """Characters of a column that folds nothing."""
    return max(map(cell_len, _lines(name, rows, k)))


def _narrowest(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Characters that each column must have: its head may be folded between words, and so may sentences."""
    least = []
    for k, name in enumerate(names):
        head, *cells = _lines(name, rows, k)
        words = [cell_len(word) for text in (head, *cells) for word in text.split()]
        most = max([min(cell_len(cell), SENTENCE) for cell in cells], default=0)
        least.append(min(max([1, most, *words]), max(SENTENCE, width // 2)))
    return least


def _room(console: Console, widths: Sequence[int]) -> int:
    """Characters that columns of these widths leave of a line."""
    return console.width - sum(widths) - GAP * (len(widths) - 1)


def _parts(least: Sequence[int], repeated: int, most: int) -> list[list[int]]:
    """Columns of each part of a table of which so many characters fit beside each other; no part is much narrower."""
    parts = _filled(least, repeated, most)
    for narrower in range(most, 0, -1):
        if len(other := _filled(least, repeated, narrower)) > len(parts):
            break
        parts = other
    return parts


def _filled(least: Sequence[int], repeated: int, most: int) -> list[list[int]]:
    parts = [list(range(repeated))]
    for k in range(repeated, len(least)):
        if len(parts[-1]) > repeated and sum(least[i] + GAP for i in (*parts[-1], k)) - GAP > most:
            parts.append(list(range(repeated)))
        parts[-1].append(k)
    return parts


def _widths(console: Console, least: list[int], whole: Sequence[int]) -> list[int]:
    """Widths of columns: what each must have, and of what is left first those that need little more."""
    widths, room = list(least), max(0, _room(console, least))
    order = sorted(range(len(least)), key=lambda k: whole[k] - least[k])
    for place, k in enumerate(order):
        more = min(whole[k] - least[k], room // (len(order) - place))
        widths[k] += more
        room -= more
    return widths
