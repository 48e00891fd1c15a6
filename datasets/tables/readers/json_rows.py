"""Tables from JSON: an object a line, a list of objects, or what pandas writes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from datasets.errors import DataError
from datasets.tables.readers.common import Say, in_chunks, named
from datasets.tables.readers.encodings import encoding_of
from datasets.tables.readers.source import Source

_OUT = "give a list of objects, one a row, or one object a line"


def read(source: Source, rows: int | None, encoding: str | None, say: Say) -> Iterator[pd.DataFrame]:
    """A JSON file; of one object a line, only a chunk is in memory at a time."""
    codec, note = encoding_of(source, encoding)
    if note:
        say(note)
    if not _is_lines(source, codec):
        with source.open() as raw, io.TextIOWrapper(raw, codec) as text:
            frame = _of_document(_parsed(text.read(), source, None), source)
        yield from in_chunks(named(frame, source.path), rows)
        return
    names: dict[str, None] = {}
    if rows is not None:  # every chunk has the columns of all rows
        for row in _objects(source, codec):
            names |= dict.fromkeys(row)
    start, chunk = 0, []
    for row in _objects(source, codec):
        chunk.append(row)
        if len(chunk) == rows:
            yield _framed(chunk, names, start, source)
            start, chunk = start + len(chunk), []
    if chunk or not start:
        yield _framed(chunk, names, start, source)


def _framed(chunk: list[dict[str, Any]], names: dict[str, None], start: int, source: Source) -> pd.DataFrame:
    index = pd.RangeIndex(start, start + len(chunk))
    return named(pd.DataFrame(chunk, columns=list(names) or None, index=index), source.path)


def _is_lines(source: Source, codec: str) -> bool:
    """Whether the first line is an object by itself, with nothing open at its end."""
    with source.open() as raw, io.TextIOWrapper(raw, codec) as text:
        first = next((line.strip() for line in text if line.strip()), "")
        more = any(line.strip() for line in text)
    if not first.startswith("{"):
        return False
    try:
        row = json.loads(first)
        return isinstance(row, dict) and (more or not (_is_columns(row) or _under_one_name(row)))
    except ValueError:
        return False


def _is_columns(document: dict[str, Any]) -> bool:
    """Whether an object holds columns, or rows, and is no row itself."""
    return bool(document) and all(isinstance(cells, dict | list) for cells in document.values())


def _under_one_name(document: dict[str, Any]) -> list[Any] | None:
    """The one list of objects that an object holds beside numbers and texts."""
    lists = [cells for cells in document.values() if isinstance(cells, list)]
    nested = [cells for cells in lists if len(cells) > 1 and all(isinstance(cell, dict) for cell in cells)]
    return nested[0] if len(nested) == 1 else None


def _is_of_rows(document: dict[str, Any]) -> bool:
    """Whether an object holds rows by their number: keys 0, 1, 2, … and an object with the same names for each."""
    rows = list(document.values())
    return list(document) == [str(i) for i in range(len(rows))] and all(
        isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows
    ) and list(rows[0]) != [str(i) for i in range(len(rows[0]))]  # fmt: skip


def _objects(source: Source, codec: str) -> Iterator[dict[str, Any]]:
    with source.open() as raw, io.TextIOWrapper(raw, codec) as text:
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            row = _parsed(line, source, number)
            if not isinstance(row, dict):
                raise DataError(f"{source.path}, line {number} is no object ({line.strip()[:30]!r}); {_OUT}")
            yield row


def _parsed(text: str, source: Source, line: int | None) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, source, line))
    except ValueError as error:
        where = f"line {line}" if line else f"line {getattr(error, 'lineno', 1)}"
        raise DataError(f"{source.path}, {where} is no JSON ({' '.join(str(error).split())}); mend it") from error


def _once(pairs: list[tuple[str, Any]], source: Source, line: int | None) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for k, (name, _) in enumerate(pairs) if name in dict(pairs[:k]))
        where = f", line {line}" if line else ""
        raise DataError(f"{source.path}{where} has more than one {name!r} in an object; rename or remove one")
    return found


def _of_document(document: Any, source: Source) -> pd.DataFrame:
    """A frame of a whole document in one of the forms that tables have."""
    rows = document
    if isinstance(document, dict):
        if {"columns", "data"} <= set(document):
            return pd.DataFrame(document["data"], columns=document["columns"])
        nested = _under_one_name(document)
        if nested is not None:
            rows = nested
        elif document and _is_of_rows(document):
            rows = list(document.values())
        elif _is_columns(document) and len({len(cells) for cells in document.values()}) == 1:
            return pd.DataFrame(document).reset_index(drop=True)
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return pd.DataFrame(rows)
    if isinstance(rows, list) and rows and all(isinstance(row, list) for row in rows):
        widths = {len(row) for row in rows}
        if len(widths) == 1 and all(isinstance(cell, str) for cell in rows[0]):
            return pd.DataFrame(rows[1:], columns=rows[0])
    raise DataError(f"{source.path} is JSON, but no table; {_OUT}")
