"""What the readers of all formats share: the names of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from datasets.errors import DataError

Say = Callable[[str], None]
"""Told in one line what was left out or taken for something."""


def named(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """A frame whose names are texts without white space around them, each once."""
    frame.columns = pd.Index([str(name).strip() for name in frame.columns])
    check_names(frame.columns, path)
    return frame


def check_names(names: Iterable[Any], path: Path) -> None:
    """Refuse two columns of one name."""
    seen: set[str] = set()
    for name in map(str.strip, map(str, names)):
        if name and name in seen:
            raise DataError(f"{path} has more than one column {name!r}; rename or remove one")
        seen.add(name)


def in_chunks(frame: pd.DataFrame, rows: int | None) -> Iterable[pd.DataFrame]:
    """A frame in pieces that keep the numbers of its rows."""
    step = rows or max(1, len(frame))
    frame.index = pd.RangeIndex(len(frame))
    for start in range(0, max(1, len(frame)), step):
        yield frame.iloc[start : start + step]
