"""Which column of a user's table holds the labels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from datasets.errors import DataError
from datasets.label_words import names_labels
from datasets.tables.columns.recognition import no_column

if TYPE_CHECKING:
    import pandas as pd

LIKELY = ("class", "label", "y", "target", "anomaly", "is_anomaly", "outlier", "is_outlier")
MOST_VALUES = 100
"""A column with more different values is no label."""
MOST_ONE_HOT = 40


def label_column(frame: pd.DataFrame, given: str | None, where: str, dropped: tuple[str, ...] = ()) -> str:
    """The name of the label column: the one given, else the only likely one.

    Parameters
    ----------
    frame : DataFrame
    given : str, optional
        What the person says.
    where : str
        What errors call the table.
    dropped : tuple of str
        Columns that are left out.

    Raises
    ------
    DataError
        If there is no such column, or none or several that may be it, or several columns are one label together.
    """
    names = [str(name) for name in frame.columns]
    if given is not None and given not in names:
        raise DataError(f"`label_column` {given}: {no_column(given, names, where)}")
    likely = [name for name in names if name.strip().lower() in LIKELY]
    found = given if given is not None else likely[0] if len(likely) == 1 else None
    together = [name for name in _one_hot(frame, found) if name not in dropped]
    if len(together) > 1 and (found is None or found in together):
        listed = ", ".join(together[:6]) + (", …" if len(together) > 6 else "")
        others = " ".join(f"`drop` {name}" for name in together[:3] if name != found)
        out = f", or leave the others out ({others})" if found is not None else ""
        raise DataError(
            f"{where}: every row has a 1 in exactly one of the columns {listed}, so they are one label in "
            f"{len(together)} columns; join them into one column that names the kind of each row{out}"
        )
    if found is not None:
        return found
    if likely:
        raise DataError(
            f"{where} has {len(likely)} columns that may be labels ({', '.join(likely)}); pass `label_column`"
        )
    hints = _hints(frame)
    hint = (
        f"did you mean `label_column` {' or '.join(hints)}?" if hints else f"the last ones are {', '.join(names[-8:])}"
    )
    if len(names) == 1:
        raise DataError(
            f"{where} has one column, {names[0][:60]!r}: write commas, semicolons, tabs or bars between its cells"
        )
    raise DataError(
        f"{where} has no column named {', '.join(LIKELY[:4])} or the like: say which column tells anomalies from the "
        f"rest, `label_column` NAME ({hint}), or `no_labels` where none does"
    )


def _hints(frame: pd.DataFrame) -> list[str]:
    """Columns that may be labels by their names; else the last one, if it has two values."""

    def few(name: str, most: int = MOST_VALUES) -> bool:
        return 1 < _different(frame[name]) <= most

    names = [str(name) for name in frame.columns]
    spoken = [name for name in names if _spoken(name)]
    found = [name for name in spoken if _flag(frame[name])] or [name for name in spoken if few(name)]
    return found[:4] or [name for name in names[-1:] if few(name, 2)]


def _tells(name: str) -> bool:
    """Whether a word of the name is that of a label."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return bool({*words} & {*LIKELY, "labels", "truth", "verdict"})


def _different(cells: pd.Series) -> int:
    try:
        return int(cells.nunique())
    except TypeError:  # lists and the like
        return len(cells)


def _one_hot(frame: pd.DataFrame, label: str | None) -> list[str]:
    """Neighbouring columns of 0 and 1, one 1 in each row: those with the label, else those that speak."""
    names = [str(name) for name in frame.columns]
    flags = [_flag(frame[name]) for name in frame.columns]
    if label is not None and not flags[names.index(label)]:
        return []
    for start in range(len(names)):
        total = None
        for end in range(start, min(len(names), start + MOST_ONE_HOT)):
            if not flags[end]:
                break
            cells = frame.iloc[:, end].to_numpy(float)
            total = cells if total is None else total + cells
            if total.max() > 1:
                break
            if end > start and total.min() == 1:
                block = names[start : end + 1]
                if label in block or (label is None and any(_spoken(name) for name in block)):
                    return block
    return []


def _spoken(name: str) -> bool:
    return _tells(name) or names_labels(name)


def _flag(cells: pd.Series) -> bool:
    """Whether a column holds 0 and 1 alone, and both."""
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(cells.dtype) or cells.isna().any():
        return False
    return bool(cells.isin([0, 1]).all()) and cells.nunique() == 2
