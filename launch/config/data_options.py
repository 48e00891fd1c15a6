"""The options that say which data, how they are read, and what of their labels is seen."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Literal

from tyro.conf import UseAppendAction, arg

from datasets.request import Request

Names = Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="COLUMN")]
Values = Annotated[UseAppendAction[tuple[str, ...]], arg(metavar="VALUE")]
Column = Annotated[str | None, arg(metavar="COLUMN")]


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """How a table is read and split; see `datasets.request.Request`."""

    TOPICS: ClassVar[dict[str, str]] = {
        "encoding": "Your table: the file",
        "label_column": "Your table: labels, and how it is split",
        "categorical": "Your table: columns",
    }

    encoding: Annotated[str | None, arg(metavar="NAME")] = None
    """How a text file is encoded, as in utf-8, cp1252, shift_jis; default: found from its bytes."""
    sheet: Annotated[str | None, arg(metavar="NAME")] = None
    """Which sheet of an Excel workbook; default: the one that has a table."""
    label_column: Column = None
    """Which column holds the labels; default: class, label, y, target, …"""
    positive: Values = ()
    """Labels that are anomalies, VALUE[,VALUE…]; default: what their names say, else the rarer of two."""
    normal: Values = ()
    """Labels that are normal, VALUE[,VALUE…]; every other is a kind of anomaly, with figures of its own."""
    unlabelled: Values = ()
    """Values of the label column of rows that nobody has looked at, VALUE[,VALUE…]; they train and are not measured, as
    rows with an empty label are. Known without it: unknown, pending, not checked, …"""
    no_labels: bool = False
    """No column says which rows are anomalies: made-up ones choose, nothing is measured on real ones."""
    all_normal: bool = False
    """Every row is normal and no column says so; otherwise as --no-labels."""
    alarm_rate: Annotated[float | None, arg(metavar="SHARE")] = None
    """Without labelled anomalies: share of rows like these that the threshold flags, false alarms where all are
    normal; default: 0.01."""
    group_column: Column = None
    """Rows of one group stay on one side of every split."""
    time_column: Column = None
    """The latest rows are the test, and validation is later than training; with --group-column, both."""
    type_column: Column = None
    """What kind of anomaly a row is; test figures are shown for each kind."""
    unseen: Values = ()
    """Kind of anomaly (of --type-column, or of several labels) that only the test rows have. Repeatable."""
    duplicates: Literal["group", "drop", "keep"] | None = None
    """Equal rows: all on one side of every split (the default), all but one dropped, or kept as they are."""
    categorical: Names = ()
    """Take this column for texts, though it holds numbers or is all different. Repeatable."""
    numeric: Names = ()
    """Take this column for numbers, though it counts the rows or is 0 and 1 so far. Repeatable."""
    trend: Names = ()
    """A column of dates of which the date itself counts, too, as days since 1970: what is later than
    training is then unlike it. Without it, hour, weekday, season and differences between dates count. Repeatable."""
    drop: Names = ()
    """Leave this column out. Repeatable."""
    missing: Values = ()
    """A text or number that stands for a missing value, beside "", NA, NaN, null and ?. Repeatable."""
    decimal: Literal[".", ","] | None = None
    """The decimal mark of numbers in your table, where its cells leave that open; default: what they say."""
    thousands: Literal[",", ".", "space", "'", "none"] | None = None
    """What groups the thousands of numbers in your table, where its cells leave that open."""
    date_order: Literal["day", "month", "year"] | None = None
    """What comes first in dates like 03/04/2023 or 05-03-23, where the cells leave that open."""
    scale: Literal["standard", "minmax", "robust", "quantile", "none"] = "standard"
    """How columns of numbers are scaled, by what the training rows say."""

    def of_data(self) -> dict[str, Any]:
        """What is asked of the data, where it is not the default."""
        return {
            field.name: value
            for base in (TableOptions, DataOptions)
            if isinstance(self, base)
            for field in fields(base)
            if (value := getattr(self, field.name)) != field.default
        }


@dataclass(frozen=True, kw_only=True)
class DataOptions(TableOptions):
    """What is asked of the data; see `datasets.request.Request`."""

    TOPICS: ClassVar[dict[str, str]] = {"labelled_anomalies": "Few labels", "augment": "Images"}

    labelled_anomalies: Annotated[int | None, arg(metavar="N")] = None
    """How many training anomalies are labelled; the rest of the training rows is unlabelled. Default: all."""
    contamination: Annotated[float | None, arg(metavar="SHARE")] = None
    """With --labelled-anomalies: share of hidden anomalies among unlabelled training rows; default: as they come."""
    augment: Annotated[str, arg(metavar="LIST")] = ""
    """Changes drawn for each batch, as in flip,rotate90,crop=4,jitter=0.01; `dataset`: what it declares."""
    image_size: Annotated[int | None, arg(metavar="PIXELS")] = None
    """A folder of yours: height and width to bring them to; default: their median, at most 64."""


LISTS = ("positive", "normal", "unlabelled", "unseen", "categorical", "numeric", "trend", "drop", "missing")


def request_of(options: object) -> Request:
    """What the options ask of the data."""
    return Request(**{field.name: getattr(options, field.name) for field in fields(Request)})
