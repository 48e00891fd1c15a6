"""Raw tables from files and folders, whole or in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd

from datasets.catalog import files
from datasets.errors import DataError
from datasets.formats import ARROW, EXCEL, JSON, NPZ, PARQUET
from datasets.tables.readers import arrays, delimited, excel, folder, json_rows, source
from datasets.tables.readers.common import Say

CHUNK_ROWS = 50_000


def _silent(_: str) -> None:
    pass


def read_frame(
    path: Path,
    *,
    as_text: tuple[str, ...] = (),
    encoding: str | None = None,
    sheet: str | None = None,
    say: Say = _silent,
) -> pd.DataFrame:
    """A whole table; an npz has the columns of `X`, and `y` as `label`, a text file its `separator` among the `attrs`.

    Parameters
    ----------
    path : Path
        A file, or a folder of parts.
    as_text : tuple of str
        See `iter_frames`.
    encoding, sheet : str, optional
        Of a text file, of a workbook; None finds it.
    say : callable
        Told in one line what was left out or taken for something.

    Raises
    ------
    DataError
        If the file is missing, unreadable, of another kind, or has no rows.
    """
    frames = list(iter_frames(path, rows=None, as_text=as_text, encoding=encoding, sheet=sheet, say=say))
    if len(frames) > 1 and (mixed := _read_unlike(frames)):
        frames = list(iter_frames(path, rows=None, as_text=(*as_text, *mixed), encoding=encoding, sheet=sheet))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if frame.empty:
        raise DataError(f"{path} names columns and has no table of rows under them")
    return frame


def iter_frames(
    path: Path,
    rows: int | None = CHUNK_ROWS,
    *,
    as_text: tuple[str, ...] = (),
    encoding: str | None = None,
    sheet: str | None = None,
    say: Say = _silent,
) -> Iterator[pd.DataFrame]:
    """A table in chunks; of CSV, Parquet and JSON lines only a chunk is in memory at a time.

    Parameters
    ----------
    path : Path
        A file, or a folder of parts.
    rows : int or None
        Rows of a chunk; None gives each file whole.
    as_text : tuple of str
        Columns of a CSV that are read as text, so that every chunk reads them alike.
    encoding, sheet, say
        As in `read_frame`.
    """
    if path.is_dir():
        yield from _parts(path, rows, as_text, encoding, sheet, say)
        return
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    with _named(path):
        found = source.find(path)
        for note in found.notes:
            say(note)
        if found.kind == NPZ:
            yield from arrays.read_npz(found, rows)
        elif found.kind == PARQUET:
            yield from arrays.read_parquet(found, rows, say)
        elif found.kind == ARROW:
            yield from arrays.read_arrow(found, rows, say)
        elif found.kind == EXCEL:
            yield from excel.read(found, rows, sheet, say)
        elif found.kind == JSON:
            yield from json_rows.read(found, rows, encoding, say)
        else:
            yield from delimited.read(found, rows, as_text, encoding, say)


def content_sha256(path: Path) -> str:
    """Checksum of a file, or of a folder of parts."""
    return folder.sha256(path, folder.parts_of(path)) if path.is_dir() else files.sha256(path)


def _parts(
    path: Path, rows: int | None, as_text: tuple[str, ...], encoding: str | None, sheet: str | None, say: Say
) -> Iterator[pd.DataFrame]:
    parts = folder.parts_of(path)
    keys = (
        f", with the columns {', '.join(name for name, _ in parts[0].keys)} of their folders" if parts[0].keys else ""
    )
    more = ", …" if len(parts) > 1 else ""
    say(f"{len(parts)} files of the folder {path.name} ({parts[0].path.name}{more}) are one table{keys}")
    names: list[str] = []
    start, said = 0, set[str]()

    for part in parts:
        for frame in iter_frames(
            part.path,
            rows,
            as_text=as_text,
            encoding=encoding,
            sheet=sheet,
            say=partial(_once, part.path.name, said, say),
        ):
            full = folder.with_keys(frame, part, parts, path)
            names = names or list(full.columns)
            full = folder.alike(full, names, part, parts[0])
            full.index = pd.RangeIndex(start, start + len(full))
            start += len(full)
            yield full


def _once(name: str, said: set[str], say: Say, line: str) -> None:
    """What is said of a part, where no other part said it."""
    if line not in said:
        said.add(line)
        say(f"in {name}: {line}")


def _read_unlike(frames: list[pd.DataFrame]) -> tuple[str, ...]:
    """Columns that are texts in some parts and numbers in others."""
    texts = [{str(c) for c in frame if frame[c].dtype.kind in "OTU"} for frame in frames]
    return tuple(sorted(set.union(*texts) - set.intersection(*texts)))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Whatever a reader raises, with the file's name and on one line."""
    try:
        yield
    except DataError:
        raise
    except MemoryError as error:
        raise DataError(f"{path} does not fit into memory") from error
    except Exception as error:
        detail = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path} cannot be read as a table ({detail}); is it damaged or cut short?") from error
