"""Raw tables from files and folders, whole or in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class Reading:
    """How files are read, as far as a person says it.

    Parameters
    ----------
    encoding, sheet : str, optional
        Of a text file, of a workbook; None finds it.
    say : callable
        Told in one line what was left out or taken for something.
    """

    encoding: str | None = None
    sheet: str | None = None
    say: Say = _silent


BY_ITSELF = Reading()


def read_frame(path: Path, reading: Reading = BY_ITSELF, *, as_text: tuple[str, ...] = ()) -> pd.DataFrame:
    """A whole table; an npz has the columns of `X`, and `y` as `label`, a text file its `separator` among the `attrs`.

    Parameters
    ----------
    path : Path
        A file, or a folder of parts.
    reading : Reading
    as_text : tuple of str
        See `iter_frames`.

    Raises
    ------
    DataError
        If the file is missing, unreadable, of another kind, or has no rows.
    """
    frames = list(iter_frames(path, None, as_text=as_text, reading=reading))
    if len(frames) > 1 and (mixed := _read_unlike(frames)):
        frames = list(iter_frames(path, None, as_text=(*as_text, *mixed), reading=replace(reading, say=_silent)))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if frame.empty:
        raise DataError(f"{path} names columns and has no table of rows under them")
    return frame


def iter_frames(
    path: Path,
    rows: int | None = CHUNK_ROWS,
    *,
    as_text: tuple[str, ...] = (),
    reading: Reading = BY_ITSELF,
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
    reading : Reading
    """
    if path.is_dir():
        yield from _parts(path, rows, as_text, reading)
        return
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    with _named(path):
        found = source.find(path)
        for note in found.notes:
            reading.say(note)
        if found.kind == NPZ:
            yield from arrays.read_npz(found, rows)
        elif found.kind == PARQUET:
            yield from arrays.read_parquet(found, rows, reading.say)
        elif found.kind == ARROW:
            yield from arrays.read_arrow(found, rows, reading.say)
        elif found.kind == EXCEL:
            yield from excel.read(found, rows, reading.sheet, reading.say)
        elif found.kind == JSON:
            yield from json_rows.read(found, rows, reading.encoding, reading.say)
        else:
            yield from delimited.read(found, rows, as_text, reading.encoding, reading.say)


def content_sha256(path: Path) -> str:
    """Checksum of a file, or of a folder of parts."""
    return folder.sha256(path, folder.parts_of(path)) if path.is_dir() else files.sha256(path)


def _parts(path: Path, rows: int | None, as_text: tuple[str, ...], reading: Reading) -> Iterator[pd.DataFrame]:
    parts = folder.parts_of(path)
    keys = (
        f", with the columns {', '.join(name for name, _ in parts[0].keys)} of their folders" if parts[0].keys else ""
    )
    more = ", …" if len(parts) > 1 else ""
    reading.say(f"{len(parts)} files of the folder {path.name} ({parts[0].path.name}{more}) are one table{keys}")
    names: list[str] = []
    start, said = 0, set[str]()

    for part in parts:
        of_part = replace(reading, say=partial(_once, part.path.name, said, reading.say))
        for frame in iter_frames(part.path, rows, as_text=as_text, reading=of_part):
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
    texts: list[set[str]] = [{str(c) for c in frame if frame[c].dtype.kind in "OTU"} for frame in frames]
    return tuple(sorted(set().union(*texts) - texts[0].intersection(*texts)))


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
