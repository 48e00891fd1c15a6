"""A table of the person's own, from CSV, Parquet or npz, as a dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datasets.errors import DataError
from datasets.problems.dataset import NO_LABELS, NORMAL_ALONE, ColumnReport, Dataset
from datasets.request import Request
from datasets.tables.columns.date_features import with_date_features
from datasets.tables.columns.identifiers import row_keys
from datasets.tables.columns.number_marks import FileMarks
from datasets.tables.columns.recognition import find, no_column
from datasets.tables.columns.row_times import row_times
from datasets.tables.columns.typed_columns import plain_frame
from datasets.tables.equal_columns import with_equals
from datasets.tables.frames import Reading, content_sha256, read_frame
from datasets.tables.label_column import LIKELY, label_column
from datasets.tables.labels import ReadLabels, read_labels
from datasets.wording import counted
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text


def read(path: Path, request: Request, notify: Callable[[str], None] = print) -> Dataset:
    """Read a table with labels.

    Parameters
    ----------
    path : Path
    request : Request
        Names the columns that are no features, and how cells are taken.
    notify : callable
        Told in one line how the file was read, where that may explain an error.

    Returns
    -------
    Dataset
        X float64 of shape (n, d), NaN where a value is missing, codes for texts; or uint8 where
        every column is 0/1 and nothing is missing.
    """
    said: list[str] = []
    frame = read_frame(path, Reading(request.encoding, request.sheet, said.append))
    try:
        return _dataset(frame, path, request, said)
    except DataError:
        for line in said:
            notify(line)
        raise


def _dataset(frame: pd.DataFrame, path: Path, request: Request, said: list[str]) -> Dataset:
    where = str(path)
    frame, types = plain_frame(frame)
    names = [str(name) for name in frame.columns]
    label = None
    if not _label_free(request, names):
        label = label_column(frame, request.label_column, where, request.drop)
    aside = {field: getattr(request, field) for field in ("group_column", "time_column", "type_column")}
    for field, name in aside.items():
        if name is not None and (name not in names or name == label):
            wrong = "that is the label column" if name == label else no_column(name, names, where)
            raise DataError(f"`{field}` {name}: {wrong}")
    used = {name: field.removesuffix("_column") for field, name in aside.items() if name is not None}
    if label is not None:
        used[label] = "label"
    else:
        kept = (*used, *request.numeric, *request.categorical, *request.drop)
        named = [name for name in names if name.strip().lower() in LIKELY and name not in kept]
        used |= dict.fromkeys(named, "label")
        said += [
            f"column {name!r} is left out, since its name is one of labels: `numeric` or `categorical` {name} keeps it"
            for name in named
        ]
    for name, what in used.items():
        if name in types and not types[name].usable:
            about = f"holds a cell that is no value: {types[name].about}; make it one value a row"
            raise DataError(f"{where}, {what} column {name!r} {about}")
    if label is None:
        labelling = NORMAL_ALONE if request.all_normal else NO_LABELS
        labels = ReadLabels(np.zeros(len(frame), np.int8), (), labelling=labelling)
    else:
        labels = read_labels(frame[label], request.positive, where, request.normal, request.unlabelled)
    y = labels.y
    features = frame.drop(columns=list(used))
    unclear = FileMarks(features, request).unclear_floats()
    if unclear:
        again = read_frame(path, Reading(request.encoding, request.sheet), as_text=tuple(unclear))
        features[unclear] = again[unclear]
    try:
        schema, reports = find(features, request, where, used, types)
        X: Any = schema.encode(features)
        groups = None if request.group_column is None else _groups(frame[request.group_column], where)
        times, are_days = None, False
        if request.time_column is not None:
            times, are_days, about = _times(frame[request.time_column], request, FileMarks(frame, request), where)
            said += [f"time column {request.time_column!r}: {about}"] if about else []
    except InvalidInput as error:
        raise DataError(f"{where}: {error}") from error
    schema, reports, X = with_date_features(schema, reports, X, times, request)
    reports = with_equals(reports, schema, X)
    anomaly_types = labels.kinds if request.type_column is None else _anomaly_types(frame[request.type_column], y)
    if all(column.kind == "boolean" for column in schema.columns) and not np.isnan(X).any():
        X = X.astype(np.uint8)
    beside = frame[list(dict.fromkeys(row_keys(reports, request.group_column)))]
    if times is not None:
        beside = beside.assign(
            **{str(request.time_column): pd.to_datetime(times, unit="D", errors="coerce") if are_days else times}
        )
    left_out = [report.name for report in reports if report.kind == "left out"]
    notes = [*said, *labels.notes]
    if left_out:
        columns = counted(left_out, "column")
        notes.append(f"{columns} left out ({', '.join(left_out[:5])}{', …' if len(left_out) > 5 else ''})")
    return Dataset(
        request.name, X, y, schema.names, where, content_sha256(path), "the owner's", tuple(notes),
        schema=schema, columns=tuple(reports), label=label, groups=groups, times=times,
        times_are_days=are_days,
        anomaly_types=anomaly_types,
        anomaly_texts=labels.anomaly_texts, normal_texts=labels.normal_texts, labelling=labels.labelling,
        beside=beside,
    )  # fmt: skip


def _label_free(request: Request, names: Sequence[str]) -> bool:
    """Whether no column holds labels: as is said, also by `label_column` none where no column is called so."""
    none = (request.label_column or "").strip().lower() == "none" and request.label_column not in names
    return request.no_labels or request.all_normal or none


def _groups(cells: pd.Series, where: str) -> Any:
    texts = as_text(cells)
    empty = np.flatnonzero(texts.isna().to_numpy())
    if len(empty):
        raise DataError(f"{where}, group column {cells.name!r}: row {empty[0]} belongs to no group")
    return np.unique(texts.to_numpy(dtype=str), return_inverse=True)[1]


def _times(cells: pd.Series, request: Request, file: FileMarks, where: str) -> tuple[Any, bool, str]:
    """As `row_times`, of every row."""
    times, are_days, about = row_times(cells, request, file, where)
    empty = np.flatnonzero(~np.isfinite(times))
    if len(empty):
        shown = cells.iloc[empty[0]]
        said = "" if pd.isna(shown) else f" ({shown!s})"
        raise DataError(f"{where}, time column {cells.name!r}: row {empty[0]} has no time{said}")
    return times, are_days, about


def _anomaly_types(cells: pd.Series, y: Any) -> Any:
    """What kind each anomaly is of; "" for the rest."""
    anomaly_types = as_text(cells).fillna("unnamed").to_numpy(dtype=str)
    return np.where(y == 1, anomaly_types, "")


def columns_table(reports: tuple[ColumnReport, ...]) -> list[tuple[str, str, str, str]]:
    """What the columns are, as rows for a table: name, kind, missing, about."""
    return [
        (report.name, report.kind, f"{report.missing:,}" if report.missing else "", report.about) for report in reports
    ]
