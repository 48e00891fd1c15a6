"""Tables from Excel workbooks."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd

from datasets.errors import DataError
from datasets.tables.readers.common import Say, check_names, in_chunks, named
from datasets.tables.readers.layout import layout_of_cells
from datasets.tables.readers.source import Source
from datasets.tables.readers.totals import is_totals
from datasets.wording import counted

_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


def read(source: Source, rows: int | None, sheet: str | None, say: Say) -> Iterator[pd.DataFrame]:
    """The one table of a workbook.

    Raises
    ------
    DataError
        If several sheets may be meant, a cell holds an error, or formulas were never calculated.
    """
    try:
        import openpyxl  # for this format alone
    except ImportError as error:
        raise DataError(f"{source.path} is an Excel workbook, which needs openpyxl: pip install openpyxl") from error
    with warnings.catch_warnings(), source.open() as stream:
        warnings.simplefilter("ignore")  # styles and validation that openpyxl leaves out
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        sheets = {one.title: _grid(one) for one in book.worksheets}
        hidden = {one.title for one in book.worksheets if one.sheet_state != "visible"}
    name = _chosen(sheets, hidden, sheet, source)
    if len(sheets) > 1:
        say(f"the sheet {name!r} is read, of {len(sheets)}; `sheet` takes another")
    frame = _framed(sheets[name], source, name, say)
    yield from in_chunks(named(frame, source.path), rows)


def _grid(sheet: Any) -> list[list[Any]]:
    """Rows of cells, without empty ones at the end and on the right and left."""
    if not hasattr(sheet, "iter_rows"):
        return []
    sheet.reset_dimensions()  # what some programs write there is wrong
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    width = max((k + 1 for row in rows for k, cell in enumerate(row) if cell is not None), default=0)
    rows = [(row + [None] * width)[:width] for row in rows]
    first = min((next((k for k, c in enumerate(row) if c is not None), width) for row in rows), default=0)
    return [row[first:] for row in rows]


def _chosen(sheets: dict[str, list[list[Any]]], hidden: set[str], asked: str | None, source: Source) -> str:
    if asked is not None:
        if asked not in sheets:
            raise DataError(f"`sheet` {asked}: {source.path} has the sheets {', '.join(map(repr, sheets))}")
        return asked
    tables = [n for n, rows in sheets.items() if n not in hidden and len(rows) > 2 and max(map(len, rows)) > 1]
    if len(tables) > 1:
        listed = ", ".join(f"{name!r} ({counted(len(sheets[name]) - 1, 'row')})" for name in tables)
        raise DataError(f"{source.path} has more than one sheet with a table: {listed}; say which one (`sheet`)")
    filled = tables or [name for name, rows in sheets.items() if rows]
    if not filled:
        raise DataError(f"{source.path} is empty")
    return filled[0]


def _framed(grid: list[list[Any]], source: Source, sheet: str, say: Say) -> pd.DataFrame:
    where = f"{source.path}, sheet {sheet!r}"
    texts = [["" if cell is None else str(cell).strip() for cell in row] for row in grid[:400]]
    layout = layout_of_cells(texts)
    if layout is None:
        raise DataError(f"{where} is empty")
    for note in layout.notes:
        say(note)
    header = grid[layout.above]
    body = grid[layout.above + layout.header_lines :]
    body = [row for row in body if row != header and any(cell is not None for cell in row)]
    if len(body) > 1 and is_totals(body[-1]) and not any(map(is_totals, body[:-1])):
        shown = ", ".join(str(cell) for cell in body.pop() if cell is not None)
        say(f"the last row left out, it holds totals ({shown[:60]!r})")
    above = layout.above + layout.header_lines + 1
    for k, row in enumerate(body):
        bad = next((cell for cell in row if isinstance(cell, str) and cell in _ERRORS and cell != "#N/A"), None)
        if bad:
            raise DataError(f"{where}, row {above + k} holds the error {bad}; mend the cell")
    if layout.names is None:
        names = [f"x{i}" for i in range(len(header))]
    else:
        names = [name or f"Unnamed: {k}" for k, name in enumerate(layout.names)]
        check_names(names, source.path)
    names += [f"Unnamed: {k}" for k in range(len(names), len(header))]
    frame = pd.DataFrame(body, columns=names)
    frame = frame.drop(columns=[n for n in names if n.startswith("Unnamed: ") and frame[n].isna().all()])
    frame = frame.replace({"#N/A": None}).infer_objects()
    blank = [name for name in frame.columns if frame[name].isna().all()]
    if blank and _has_formulas(source, sheet):
        raise DataError(
            f"{where}, column {blank[0]!r} holds formulas without values: open the file in Excel, let it calculate "
            "and save it, or write CSV"
        )
    return frame


def _has_formulas(source: Source, sheet: str) -> bool:
    import openpyxl

    with source.open() as stream:
        book = openpyxl.load_workbook(stream, read_only=True)
        rows = book[sheet].iter_rows(max_row=50, values_only=True)
        return any(isinstance(cell, str) and cell.startswith("=") for row in rows for cell in row)
