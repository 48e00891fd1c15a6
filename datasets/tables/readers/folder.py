"""A folder of parts as one table: what Spark, Dask, DuckDB and `split` write."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from datasets.catalog import files
from datasets.errors import DataError
from datasets.formats import CALLED, WHAT_IS_READ, is_called_a_table, kind_of

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
_IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".jfif", ".jp2")


@dataclass(frozen=True)
class Part:
    """A file of a folder.

    Parameters
    ----------
    path : Path
    keys : tuple of (str, str)
        Columns that the folders above it stand for, as in year=2024.
    """

    path: Path
    keys: tuple[tuple[str, str], ...]


def parts_of(folder: Path) -> list[Part]:
    """The parts of a folder, in the order of their names.

    Raises
    ------
    DataError
        If it has none, parts of several kinds, or a log that says which of its files count.
    """
    if (folder / "_delta_log").is_dir():
        raise DataError(f"{folder} is a Delta table, whose log says which files count: write it as Parquet or CSV")
    if any((folder / "metadata").glob("*.metadata.json")):
        raise DataError(
            f"{folder} is an Iceberg table, whose metadata say which files count: write it as Parquet or CSV"
        )
    inside = [path for path in sorted(folder.rglob("*")) if path.is_file() and not _is_hidden(path.relative_to(folder))]
    found = [path for path in inside if is_called_a_table(path.name)]
    others = [path for path in inside if path not in set(found)]
    if not found:
        if any(path.suffix.lower() in _IMAGES for path in others):
            raise DataError(f"{folder} is a folder of images: give it as images:{folder}")
        raise DataError(f"{folder} is a folder without a table in it; read are {WHAT_IS_READ}")
    kinds = {kind_of(path.name): path for path in found}
    if len(kinds) > 1:
        listed = ", ".join(f"{path.name} ({CALLED.get(kind, 'something else')})" for kind, path in kinds.items())
        raise DataError(
            f"{folder} holds files of {len(kinds)} kinds ({listed}): give one of them, or a folder of one kind"
        )
    parts = [Part(path, _keys(path.relative_to(folder))) for path in found]
    for part in parts:
        if [name for name, _ in part.keys] != [name for name, _ in parts[0].keys]:
            raise DataError(
                f"{folder}: {part.path.relative_to(folder)} lies in other folders (key=value) than the rest"
            )
    return parts


def sha256(folder: Path, parts: Sequence[Part]) -> str:
    """Of names and content of the parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part.path.relative_to(folder).as_posix()}\0{files.sha256(part.path)}\n".encode())
    return digest.hexdigest()


def with_keys(frame: pd.DataFrame, part: Part, parts: Sequence[Part], folder: Path) -> pd.DataFrame:
    """A part with the columns that its folders stand for: numbers where those of all parts are."""
    for k, (name, value) in enumerate(part.keys):
        if name in frame.columns:
            raise DataError(f"{folder}: {name!r} is a column of {part.path.name} and a folder above it; rename one")
        every = pd.Series([other.keys[k][1] for other in parts]).replace(_NO_VALUE, None)
        numbers = pd.to_numeric(every, errors="coerce")
        plain = not every.dropna().str.match(r"0\d").any()
        cell = None if value == _NO_VALUE else value
        if plain and numbers.notna().sum() == every.notna().sum() > 0:
            frame[name] = numbers[parts.index(part)]
        else:
            frame[name] = pd.Series([cell] * len(frame), frame.index, dtype="str")
    return frame


def alike(frame: pd.DataFrame, names: Sequence[str], part: Part, first: Part) -> pd.DataFrame:
    """A part with its columns in the order of the first part's."""
    missing = [name for name in names if name not in frame.columns]
    more = [name for name in frame.columns if name not in names]
    if missing or more:
        what = f"no column {missing[0]!r}" if missing else f"a column {more[0]!r}"
        raise DataError(
            f"{part.path} has {what}, unlike {first.path.name}: the parts of a folder must have the same columns; "
            "give the one file that is meant"
        )
    return frame[list(names)]


def _keys(path: Path) -> tuple[tuple[str, str], ...]:
    matches = [re.fullmatch(r"([^=]+)=(.*)", name) for name in path.parts[:-1]]
    return tuple((unquote(match[1]), unquote(match[2])) for match in matches if match)


def _is_hidden(path: Path) -> bool:
    return any(name.startswith((".", "_")) and "=" not in name for name in path.parts)
