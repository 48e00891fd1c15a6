"""Which rows of a user's table are anomalies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.tables.columns import no_column
from trainables.core.preprocessing.cells import as_text

if TYPE_CHECKING:
    import pandas as pd

LIKELY = ("class", "label", "y", "target", "anomaly", "is_anomaly", "outlier", "is_outlier")
ANOMALOUS, ORDINARY = ("1", "1.0", "true"), ("0", "0.0", "false")


def label_column(frame: pd.DataFrame, given: str | None, where: str) -> str:
    """The name of the label column: the one given, else the only likely one."""
    names = [str(name) for name in frame.columns]
    if given is not None:
        if given not in names:
            raise DataError(f"`label_column` {given}: {no_column(given, names, where)}")
        return given
    likely = [name for name in names if name.strip().lower() in LIKELY]
    if len(likely) == 1:
        return likely[0]
    if likely:
        raise DataError(
            f"{where} has {len(likely)} columns that may be labels ({', '.join(likely)}); pass `label_column`"
        )
    listed = ", ".join(names[-8:])
    raise DataError(
        f"{where} has no column named {', '.join(LIKELY[:4])} or the like: say which column tells anomalies from the "
        f"rest, `label_column` NAME (the last ones are {listed})"
    )


def anomaly_texts(cells: pd.Series, y: NDArray[np.int8]) -> tuple[str, ...]:
    """What the label column says of anomalies; nothing where it is 1 or true, which every file says alike."""
    texts = sorted({str(text) for text in as_text(cells)[y == 1]})
    return () if all(text.lower() in ANOMALOUS for text in texts) else tuple(texts)


def read_labels(cells: pd.Series, positive: Sequence[str], where: str) -> tuple[NDArray[np.int8], str]:
    """Labels as 0 and 1, and a sentence on how they were read.

    Parameters
    ----------
    cells : Series
        0/1, True/False, or two texts, of which the rarer is the anomaly.
    positive : sequence of str
        The values that are anomalies; with it there may be any number of values.
    where : str
        What errors call the table.

    Raises
    ------
    DataError
        If a label is missing, there is one value alone, or it is not clear which are anomalies.
    """
    name = str(cells.name)
    texts = as_text(cells)
    empty = np.flatnonzero(texts.isna().to_numpy())
    if len(empty):
        raise DataError(
            f"{where}, label column {name!r}: row {empty[0]} has no label ({len(empty):,} rows without; empty, NA and "
            "None are no labels); remove them, or label them"
        )
    counts = texts.value_counts()
    values = [str(value) for value in counts.index]
    shown = ", ".join(f"{value[:30]!r} ({counts.iloc[i]:,})" for i, value in enumerate(values[:6]))
    shown += f", … {len(values)} values" if len(values) > 6 else ""
    if positive:
        unknown = [value for value in positive if value not in values]
        if unknown:
            raise DataError(f"`positive` {unknown[0]}: label column {name!r} of {where} has {shown}")
        if len(set(positive)) == len(values):
            raise DataError(f"`positive` names every value of label column {name!r} of {where}: {shown}")
        y = texts.isin(list(positive)).to_numpy(bool).astype(np.int8)
        return y, f"label column {name!r}: {', '.join(map(repr, positive))} is the anomaly, every other value is not"
    if len(values) == 1:
        raise DataError(f"{where}: every label in column {name!r} is {values[0]!r}, so nothing can be measured")
    if len(values) > 2:
        raise DataError(f"label column {name!r} of {where} has {shown}: say which are anomalies, `positive` VALUE")
    lower = [value.lower() for value in values]
    ones = [value for value, low in zip(values, lower, strict=True) if low in ANOMALOUS]
    if len(ones) == 1 and sum(low in ORDINARY for low in lower) == 1:
        return (texts == ones[0]).to_numpy(bool).astype(np.int8), f"label column {name!r}: {ones[0]} is the anomaly"
    if counts.iloc[0] == counts.iloc[1]:
        raise DataError(
            f"label column {name!r} of {where} has {shown}, equally many: say which is the anomaly, `positive`"
        )
    rarer = values[1]
    y = (texts == rarer).to_numpy(bool).astype(np.int8)
    note = f"label column {name!r}: {rarer!r} is the rarer value and taken for the anomaly; `positive` says otherwise"
    return y, note
