"""A dataset in memory, and the checks that every table passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datasets.errors import DataError
from datasets.wording import counted

Labelling = Literal["rows", "anomalies", "normal", "none"]
ROWS, ANOMALIES_ALONE, NORMAL_ALONE, NO_LABELS = get_args(Labelling)
"""Which rows have labels: rows of both kinds, if not all; anomalies alone; all are known to be normal; none."""
UNLABELLED = -1
"""In place of a label."""

if TYPE_CHECKING:  # tables of numbers alone need nothing of the detectors
    import pandas as pd

    from trainables.core.preprocessing.schema import Schema


@dataclass(frozen=True)
class ColumnReport:
    """One column as it was found, for the table that people read.

    Attributes
    ----------
    name, kind, about : str
        `kind` is a schema's kind, or "left out"; `about` is one phrase.
    missing : int
        Cells without a value.
    """

    name: str
    kind: str
    about: str
    missing: int

    @property
    def reading(self) -> str:
        """How its cells were read, where that is not plain, with what was assumed."""
        return "; ".join(phrase for phrase in self.about.split("; ") if " read as " in phrase)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A checked table with labels, in the row order of its file.

    Parameters
    ----------
    name : str
        Name in the catalogue.
    X : ndarray of shape (n, d), uint8, float32 or float64
        The rows: uint8 where every value is 0 or 1, else float32; float64 with a schema.
    y : ndarray of shape (n,), int8
        1 for anomalies, 0 for the rest, -1 for rows without a label where others have one.
    labelling : {"rows", "anomalies", "normal", "none"}
        Which rows have labels, see `ROWS`. With labels of anomalies alone the rest counts as normal.
    feature_names : tuple of str
        One name per column.
    source : str
        The file, or a description of where the rows come from.
    sha256 : str
        Checksum of the file; of the bytes of `X` and `y` where rows are generated.
    licence : str
        The terms of the data.
    notes : tuple of str
        What must be said beside every figure from this dataset.
    schema : Schema, optional
        What the columns are, where they must be imputed, encoded and scaled: X is float64
        then, NaN where a value is missing. Without it detectors take X as it is.
    columns : tuple of ColumnReport
        What each column of the file is, for people.
    label : str, optional
        Name of the label column.
    anomaly_texts : tuple of str
        What it says of anomalies, where that is not 1 or true.
    normal_texts : tuple of str
        What it says of normal rows, where everything else is an anomaly.
    groups : ndarray of int, shape (n,), optional
        Rows of one group stand on one side of every split.
    times : ndarray of float, shape (n,), optional
        When each row was made: splits go from earlier to later.
    times_are_days : bool
        Whether these are days since 1970, not numbers of the table.
    anomaly_types : ndarray of str, shape (n,), optional
        What kind each anomaly is of; "" for the rest.
    beside : DataFrame, optional
        Of each row what is no feature and by which people know it: its identifier, its group, its moment.
    """

    name: str
    X: NDArray[Any] = field(repr=False)
    y: NDArray[np.int8] = field(repr=False)
    feature_names: tuple[str, ...] = field(repr=False)
    source: str
    sha256: str
    licence: str
    notes: tuple[str, ...] = ()
    schema: Schema | None = field(default=None, repr=False)
    columns: tuple[ColumnReport, ...] = field(default=(), repr=False)
    label: str | None = None
    anomaly_texts: tuple[str, ...] = ()
    normal_texts: tuple[str, ...] = ()
    groups: NDArray[np.intp] | None = field(default=None, repr=False)
    times: NDArray[np.float64] | None = field(default=None, repr=False)
    times_are_days: bool = False
    anomaly_types: NDArray[np.str_] | None = field(default=None, repr=False)
    labelling: Labelling = ROWS
    beside: pd.DataFrame | None = field(default=None, repr=False)


def as_features(X: ArrayLike, where: str, names: tuple[str, ...] = ()) -> NDArray[Any]:
    """Rows as a C-ordered array: uint8 where every value is 0 or 1, else float32.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Numbers or booleans.
    where : str
        What the error message calls the table.
    names : tuple of str, optional
        Column names for the error message.

    Raises
    ------
    DataError
        If there are no rows or columns, or a value is no number, NaN or infinite.
    """
    rows = np.asarray(X)
    if rows.ndim != 2 or 0 in rows.shape:
        raise DataError(f"{where} has no table of rows: expected shape (n, d) with n, d > 0, found {rows.shape}")
    if rows.dtype.kind not in "biuf":
        raise DataError(f"{where} holds values of type {rows.dtype}; every feature must be a number")
    if rows.dtype.kind == "f":
        with np.errstate(over="ignore"):
            narrow = rows.astype(np.float32, order="C", copy=False)
        check_finite(narrow, where, names)
        return narrow.astype(np.uint8) if ((narrow == 0) | (narrow == 1)).all() else narrow
    binary = rows.dtype.kind == "b" or (rows.min() >= 0 and rows.max() <= 1)
    return _converted(rows, np.dtype(np.uint8 if binary else np.float32))


def check_finite(X: NDArray[Any], where: str, names: tuple[str, ...] = ()) -> None:
    """Refuse NaN and infinity, naming the first cell that holds one."""
    if X.dtype.kind != "f" or np.isfinite(X).all():
        return
    row, column = np.argwhere(~np.isfinite(X))[0]
    name = f" ({names[column]!r})" if len(names) > column else ""
    value = "a missing value (NaN)" if np.isnan(X[row, column]) else "an infinite value, or one too large for float32"
    raise DataError(f"{where} has {value} in row {row}, column {column}{name}, counted from 0; remove or fill it")


def as_labels(y: ArrayLike, where: str) -> NDArray[np.int8]:
    """Labels as int8; anything other than 0 (normal) and 1 (anomaly) is refused."""
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(f"{where} has labels of shape {labels.shape}; expected one per row, shape (n,)")
    if labels.dtype.kind not in "biuf" or not np.isin(labels, (0, 1)).all():
        values = [f"{value:g}" if labels.dtype.kind in "iuf" else str(value) for value in np.unique(labels)]
        shown = ", ".join(values[:5]) + (", …" if len(values) > 5 else "")
        raise DataError(f"{where} has labels other than 0 (normal) and 1 (anomaly): found {shown}")
    return labels.astype(np.int8)


def check_table(X: NDArray[Any], y: NDArray[Any], where: str) -> None:
    """Check that rows (n, d) and labels (n,) can be searched on; errors call the table what `where` says.

    Raises
    ------
    DataError
        If the table is empty, a label is neither 0 nor 1, a feature is NaN or
        infinite, there is not one label per row, or a class has no row at all.
    """
    as_features(X, where)
    labels = as_labels(y, where)
    if len(X) != len(labels):
        raise DataError(f"{where} has {counted(X, 'row')} but {len(labels)} labels; there must be one label per row")
    if not labels.any():
        raise DataError(f"{where} has no anomalies: all {len(labels)} labels are 0, so nothing can be measured")
    if labels.all():
        raise DataError(f"{where} has only anomalies: all {len(labels)} labels are 1, so nothing can be measured")


def is_number(cell: str) -> bool:
    """Whether a text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _converted(rows: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """A C-ordered copy, made in blocks: much quicker than one pass over a wide, column-major table."""
    if rows.dtype == dtype and rows.flags.c_contiguous:
        return rows
    out = np.empty(rows.shape, dtype)
    for start in range(0, len(rows), 4096):
        out[start : start + 4096] = rows[start : start + 4096]
    return out
