"""How a text table is laid out: what stands above its header, the separator, the header, a row of units."""

from __future__ import annotations

import csv
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from datasets.problems.dataset import is_number
from datasets.tables.columns.number_columns import MARKS as NUMBER_MARKS

SEPARATORS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*$', re.I)
_FIELDS = re.compile(r"#\s*fields\b[:\s]", re.I)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?\b|\d\d?[./]\d\d?[./]\d{2,4}\b")
_NUMBER = re.compile(r"[-+(€$£]*\s*\d[\d.,'\s]*[)%€$£]*")
MARKS = {"", "?", "<na>", *NUMBER_MARKS}
"""Cells that say nothing of their column's kind."""
_RULE = re.compile(":?[-=]{2,}:?")
"""A line that is drawn under a header."""
LABELS = {"label", "labels", "class", "target"}
"""What heads a column, and is in none."""
_MOSTLY = 0.8
_HEAD_ROWS = 200


@dataclass(frozen=True)
class Layout:
    """How a text table is laid out.

    Parameters
    ----------
    separator : str
        Between cells; " " stands for any white space.
    above : int
        Lines above the header, or above the first row where there is none.
    names : tuple of str or None
        The header; None where the first line is a row.
    width : int
        Cells of a row.
    header_lines : int
        Lines that the header takes, with a row of units.
    comments : bool
        Whether lines that start with # are comments.
    notes : tuple of str
        What was left out or taken for something.
    """

    separator: str
    above: int
    names: tuple[str, ...] | None
    width: int
    header_lines: int = 1
    comments: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    line: int
    """Counted from 0."""
    lines: int
    cells: list[str]

    @property
    def filled(self) -> int:
        return sum(bool(cell) for cell in self.cells)


def layout_of(lines: Sequence[str]) -> Layout | None:
    """The layout of a table whose first lines these are; None where none of them has a cell."""
    forced, comments, start = None, [], 0
    while start < len(lines):
        line = lines[start].strip()
        separator = _SEPARATOR_LINE.match(line)
        if separator:
            forced = separator[1]
        elif line.startswith("#"):
            comments.append(line)
        elif line.strip(SEPARATORS + '"'):
            break
        start += 1
    body = lines[start:]
    if not body:
        comments, start = [], _first_filled(lines)
        body = lines[start:]
    if not body:
        return None
    between = forced or _separator(body)
    found = _arranged(list(_rows(body, between, start)), between, comments)
    return found and replace(found, comments=bool(comments))


def layout_of_cells(rows: Sequence[Sequence[str]]) -> Layout | None:
    """The layout of a sheet whose first rows these are, as texts."""
    return _arranged([_Row(i, 1, list(cells)) for i, cells in enumerate(rows)], "", ())


def _arranged(every: Sequence[_Row], separator: str, comments: Sequence[str]) -> Layout | None:
    rows = [row for row in every if row.filled][:_HEAD_ROWS]
    if not rows:
        return None
    width = _width(rows)
    top = _below_titles(rows, width)
    found = _header(rows[top:], separator, width, comments)
    if not top:
        return found
    several = f"{top} lines" if top > 1 else "a line"
    title = " ".join(filter(None, rows[0].cells))
    return replace(found, notes=(f"{several} above the header left out ({title[:60]!r})", *found.notes))


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line, without white space around them."""
    if separator == " ":
        return line.split()
    row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    return [cell.strip() for cell in row]


def _first_filled(lines: Sequence[str]) -> int:
    return next((i for i, line in enumerate(lines) if line.strip()), len(lines))


def _rows(lines: Sequence[str], separator: str, start: int) -> Iterator[_Row]:
    if separator == " ":
        for i, line in enumerate(lines):
            yield _Row(start + i, 1, line.split())
        return
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    before = 0
    try:
        for row in reader:
            yield _Row(start + before, reader.line_num - before, [cell.strip() for cell in row])
            before = reader.line_num
    except csv.Error:  # a quote that is never closed: whoever reads the rows says where
        return


_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


def _separator(lines: Sequence[str]) -> str:
    """The separator under which most lines have one number of cells; white space where there is none."""
    lines = [line for line in lines[:_HEAD_ROWS] if line.strip()]
    bare = [re.sub(r'"[^"]*"', "", line) for line in lines]
    best, found = (0.0, 0), ""
    for separator in SEPARATORS:
        counts = [line.count(separator) for line in bare]
        common = statistics.mode([count for count in counts if count] or [0])
        if common:
            score = sum(count == common for count in counts), min(common, max(counts[0], 1))
            if score > best:
                best, found = score, separator
    if found == "," and not any("," in _DECIMAL_COMMA.sub("", line) for line in bare):
        others = [other for other in ";\t" if len({line.count(other) for line in bare}) == 1 and other in bare[0]]
        found = others[0] if others else found
    if found and (best[0] >= _MOSTLY * len(lines) or bare[0].count(found)):
        return found
    words = [len(line.split()) for line in lines]
    if len(lines) > 1 and words[-1] > 1 and words.count(words[-1]) >= _MOSTLY * len(lines):
        return " "
    return found or ","


def _width(rows: Sequence[_Row]) -> int:
    """The number of cells that most rows have; the larger of two."""
    counts = [len(row.cells) for row in rows]
    return max(set(counts), key=lambda count: (counts.count(count), count))


def _below_titles(rows: Sequence[_Row], width: int) -> int:
    """How many rows at the top are titles: lines with far fewer cells than the table has."""
    most = 1 if width < 4 else width // 2
    k = 0
    while width > 1 and k + 1 < len(rows) and k < 50 and rows[k].filled <= most:
        k += 1
    short = k
    while short + 1 < len(rows) and len(rows[short].cells) < width and short < 50:
        short += 1
    if short > k and _is_header(rows[short:]):  # lines of names and values above, as devices write them
        k = short
    if not k or rows[k].filled <= most:
        return 0
    if len(rows[k - 1].cells) == width and not _names_columns(rows[k].cells):
        return 0  # a header with empty names, above a row
    return k


def _header(rows: Sequence[_Row], separator: str, width: int, comments: Sequence[str]) -> Layout:
    first, is_header = rows[0], _is_header(rows)
    if is_header is None and _comes_again(rows):
        is_header = False
    for comment in () if is_header else reversed(comments):
        above = _commented_names(comment, separator)
        if len(above) == width and _names_columns(above):
            note = f"the header is the comment above the rows ({', '.join(above)[:60]!r})"
            return Layout(separator, first.line, tuple(above), width, 0, notes=(note,))
    if is_header is not False:
        names, notes, lines = tuple(first.cells), [], first.lines
        if len(rows) > 3 and _is_units(rows):
            shown = ", ".join(filter(None, rows[1].cells))
            notes.append(f"line {rows[1].line + 1} under the header left out, it holds units ({shown[:60]!r})")
            lines = rows[1].line + rows[1].lines - first.line
        return Layout(separator, first.line, names, width, lines, notes=tuple(notes))
    shown = ", ".join(first.cells)
    note = f"no header: its columns are x0 to x{width - 1}, and its first row is {shown[:60]!r}"
    return Layout(separator, first.line, None, width, 0, notes=(note,))


def _commented_names(comment: str, separator: str) -> list[str]:
    text = _FIELDS.sub("", comment, count=1) if _FIELDS.match(comment) else comment.lstrip("#")
    return cells_of(text.strip(), separator)


def _is_header(rows: Sequence[_Row]) -> bool | None:
    """Whether the first row names columns; None where nothing tells.

    A row of numbers alone is none, unless it counts 0, 1, 2, … as pandas writes; nor is one with a number of another
    kind in every column of numbers, as in files that have none.
    """
    cells = rows[0].cells
    if len(cells) > 2 and cells == [str(i) for i in range(len(cells))]:
        return True
    there = [cell for cell in cells if cell]
    if not there or all(map(is_number, there)):
        return not there
    kinds = _figure_columns(rows[1:], len(cells))
    over = {k: cells[k] for k in kinds if cells[k].lower() not in MARKS}
    if not over:
        return None
    if any(_figure(cell) != kinds[k] for k, cell in over.items()) or {cell.lower() for cell in cells} & LABELS:
        return True
    return _rise([cell for cell in over.values() if is_number(cell)])


def _comes_again(rows: Sequence[_Row]) -> bool:
    """Whether each cell of the first row is there again under it, in another row than its like: no name is."""
    first = rows[0].cells
    others = [row.cells for row in rows[1:] if row.cells != first]
    below = [{cells[k] for cells in others if len(cells) > k} for k in range(len(first))]
    return len(first) > 1 and all(cell in cells for cell, cells in zip(first, below, strict=True) if cell)


def _names_columns(cells: Sequence[str]) -> bool:
    return any(not is_number(cell) for cell in cells if cell)


def _rise(cells: Sequence[str]) -> bool:
    """Whether numbers are names: years, days, wave lengths, which go up, few of them in equal steps."""
    values = [float(cell) for cell in cells]
    steps = {round(b - a, 9) for a, b in pairwise(values)}
    return len(values) > 2 and min(steps) > 0 and (len(steps) == 1 or len(values) > 5)


def _figure(cell: str) -> str:
    """Which kind of figure a cell is, whatever its decimal mark: "date", "number" or ""."""
    if _DATE.match(cell):
        return "date"
    return "number" if is_number(cell) or _NUMBER.fullmatch(cell) else ""


def _figure_columns(rows: Sequence[_Row], width: int) -> dict[int, str]:
    """Columns whose cells are figures of one kind, nearly all, with the kind."""
    found = {}
    for k in range(width):
        cells = [row.cells[k] for row in rows if len(row.cells) > k and row.cells[k].lower() not in MARKS]
        kinds = [_figure(cell) for cell in cells]
        for kind in ("number", "date"):
            if cells and kinds.count(kind) >= _MOSTLY * len(cells):
                found[k] = kind
    return found


def _is_units(rows: Sequence[_Row]) -> bool:
    """Whether the second row says units: a text, and no number, in every column of numbers."""
    cells = rows[1].cells
    if all(_RULE.fullmatch(cell) for cell in cells if cell):
        return True
    numeric = [k for k in _figure_columns(rows[2:], len(rows[0].cells)) if k < len(cells)]
    texts = [cells[k] for k in numeric if cells[k].lower() not in MARKS]
    if not texts or len(texts) < len(numeric) / 2 or any(map(_figure, texts)):
        return False
    return len(texts) > 1 or bool(re.fullmatch(r"[\[(].*[\])]", texts[0]))
