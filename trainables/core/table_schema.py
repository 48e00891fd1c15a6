"""What the columns of a table are, and how a raw table becomes numbers.

It travels with a registered model, so it needs `trainables` alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trainables.core.errors import InvalidInput

NUMERIC, BOOLEAN, CATEGORICAL, TIME = "numeric", "boolean", "categorical", "time"
MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null", "None", "<NA>")
"""Cells that hold no value, beside those that pandas takes for missing."""
TRUE, FALSE = ("true", "1", "1.0"), ("false", "0", "0.0")
DAY_US = 86_400_000_000
LARGEST = float(np.finfo(np.float32).max)
"""Detectors take float32: a larger number has no meaning to them."""
WITH_YEAR = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?(\D.*)?|(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(\D.*)?"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[-, ]+\d{4}(\D.*)?|[A-Za-z]{3,9} \d{1,2},? \d{4}(\D.*)?",
    re.DOTALL,
)
"""Texts that are dates: all name their year, since pandas would give others this year's, or today."""
YEAR_LAST = re.compile(r"(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>\d{4})")


@dataclass(frozen=True)
class Column:
    """One feature column.

    Parameters
    ----------
    name : str
        As in the header.
    kind : {"numeric", "boolean", "categorical", "time"}
        Numbers; 0/1 or true/false; texts; moments, which become days since 1970.
    categories : tuple of str
        The texts of a categorical column, in the order of their codes.
    day_first : bool
        Whether 3/4/2020 in a column of moments is in April.
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    day_first: bool = False


@dataclass(frozen=True)
class Schema:
    """The feature columns of a table, in their order.

    Parameters
    ----------
    columns : tuple of Column
    missing : tuple of str
        Further texts, or numbers, that stand for a missing value.
    """

    columns: tuple[Column, ...]
    missing: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def encode(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Numbers for a raw table: NaN where a value is missing, codes for texts.

        Parameters
        ----------
        frame : DataFrame
            With every column of the schema; others are left aside.

        Returns
        -------
        ndarray of shape (n, d), float64
            A text that the schema does not know gets the code after the last; 1, "1" and
            "1.0" are one where the schema knows only one of them.

        Raises
        ------
        InvalidInput
            If a column is missing or there twice, or a cell is not of its column's kind.
        """
        names = [str(name) for name in frame.columns]
        missing = [column.name for column in self.columns if column.name not in names]
        if missing:
            subject = "column is" if len(missing) == 1 else "columns are"
            raise InvalidInput(f"{len(missing)} {subject} missing: {', '.join(map(repr, missing[:5]))}")
        coded = np.empty((len(frame), len(self.columns)))
        for j, column in enumerate(self.columns):
            if names.count(column.name) > 1:
                raise InvalidInput(f"column {column.name!r} is given more than once")
            coded[:, j] = self.code(column, frame.iloc[:, names.index(column.name)])
        return coded

    def code(self, column: Column, cells: pd.Series) -> NDArray[np.float64]:
        """One column as numbers."""
        if column.kind == CATEGORICAL:
            return _codes(as_text(cells, self.missing), column.categories)
        if column.kind == TIME:
            return as_moments(cells, self.missing, day_first=column.day_first)
        values = as_numbers(cells, self.missing)
        bad = np.flatnonzero(np.abs(values) > LARGEST)
        if column.kind == BOOLEAN and not len(bad):
            bad = np.flatnonzero(~np.isnan(values) & (values != 0) & (values != 1))
        if len(bad):
            wanted = "not 0 or 1" if column.kind == BOOLEAN else "infinite, or too large for float32"
            raise InvalidInput(f"{place(cells, bad[0])}: {str(cells.iloc[bad[0]])[:60]!r} is {wanted}")
        return values

    def plain(self) -> dict[str, Any]:
        """The schema as plain values, for JSON."""
        return {"columns": [asdict(column) for column in self.columns], "missing": list(self.missing)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Schema:
        """The schema behind what `plain` returned."""
        columns = (
            Column(c["name"], c["kind"], tuple(c["categories"]), bool(c.get("day_first"))) for c in plain["columns"]
        )
        return cls(tuple(columns), tuple(plain["missing"]))


def as_text(cells: pd.Series, missing: tuple[str, ...] = ()) -> pd.Series:
    """Cells as texts, NA where there is no value: 1, 1.0 and "1" are one text."""
    if pd.api.types.is_bool_dtype(cells.dtype) or not pd.api.types.is_numeric_dtype(cells.dtype):
        texts = cells.astype("string").str.strip()
    else:
        numbers = cells.to_numpy(np.float64, na_value=np.nan)
        whole = np.isfinite(numbers) & (numbers == np.floor(numbers)) & (np.abs(numbers) < 2**53)
        texts = cells.astype("string")
        texts = texts.where(
            ~whole, pd.Series(np.where(whole, numbers, 0), cells.index).astype("int64").astype("string")
        )
    return texts.mask(texts.isin([*MISSING, *missing]))


def as_numbers(cells: pd.Series, missing: tuple[str, ...] = ()) -> NDArray[np.float64]:
    """Cells as numbers, true and false as 1 and 0, NaN where there is no value.

    Raises
    ------
    InvalidInput
        Naming the column, the row and the cell.
    """
    if pd.api.types.is_bool_dtype(cells.dtype):
        return cells.to_numpy(np.float64, na_value=np.nan)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        values = cells.to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isin(values, _numbers(missing)), np.nan, values)
    texts = as_text(cells, missing)
    lower = texts.str.lower()
    plain = texts.mask(lower.isin(TRUE), "1").mask(lower.isin(FALSE), "0")
    values = pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = np.flatnonzero(np.isnan(values) & texts.notna().to_numpy())
    if len(bad):
        cell = str(cells.iloc[bad[0]])[:60]
        raise InvalidInput(f"{place(cells, bad[0])}: {cell!r} is not a number")
    return np.where(np.isin(values, _numbers(missing)), np.nan, values)


def _numbers(missing: tuple[str, ...]) -> list[float]:
    """Those of the missing values that are numbers: -999 stands for nothing in the spelling -999.0, too."""
    return [number for number in map(_loose, missing) if isinstance(number, float)]


def as_moments(cells: pd.Series, missing: tuple[str, ...] = (), *, day_first: bool = False) -> NDArray[np.float64]:
    """Moments as days since 1970, NaN where there is none.

    Raises
    ------
    InvalidInput
        If a cell is no moment, or does not name its year.
    """
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        moments, there = pd.to_datetime(cells, utc=True), cells.notna().to_numpy()
    else:
        texts = as_text(cells, missing)
        there = texts.notna().to_numpy()
        order = r"\g<year>-\g<second>-\g<first>" if day_first else r"\g<year>-\g<first>-\g<second>"
        plain = texts.where(texts.str.fullmatch(WITH_YEAR).fillna(False)).str.replace(
            f"^{YEAR_LAST.pattern}", order, regex=True
        )
        moments = pd.to_datetime(plain, errors="coerce", utc=True, format="mixed")
    bad = np.flatnonzero(moments.isna().to_numpy() & there)
    if len(bad):
        cell = str(cells.iloc[bad[0]])[:60]
        raise InvalidInput(f"{place(cells, bad[0])}: {cell!r} is not a date or time")
    days = moments.astype("datetime64[us, UTC]").astype("int64").to_numpy(np.float64) / DAY_US
    return np.where(moments.isna().to_numpy(), np.nan, days)


def day_first(texts: pd.Series) -> bool | None:
    """Whether dates with the year last have the day first; None where the cells contradict each other.

    Dots go with the day first; else it is the month, unless some first number is no month.
    """
    dates = texts.dropna().str.extract(f"^{YEAR_LAST.pattern}").dropna()
    if dates.empty:
        return False
    first, second = ((dates[name].astype(int) > 12).any() for name in ("first", "second"))
    if first and second:
        return None
    dots = bool(texts.dropna().str.match(r"\d{1,2}\.\d{1,2}\.\d{4}").any())
    return bool(first or (dots and not second))


def moment(days: float) -> str:
    """A moment as people read it."""
    text = str(np.datetime64(round(days * DAY_US), "us").astype("datetime64[s]"))
    return text.removesuffix("T00:00:00")


def place(cells: pd.Series, row: Any) -> str:
    """The column and the row of a cell; of a chunk of a file, the row in the file."""
    return f"column {str(cells.name)!r}, row {first_row(cells) + int(row)}"


def first_row(data: Any) -> int:
    """The number of a table's first row: 0, but for a chunk of a file."""
    index: Any = getattr(data, "index", None)
    return int(index.start) if getattr(index, "step", None) == 1 else 0


def _codes(texts: pd.Series, categories: tuple[str, ...]) -> NDArray[np.float64]:
    """The place of each text among the categories, that of a number in another spelling if there is one."""
    exact = {text: float(code) for code, text in enumerate(categories)}
    loose: dict[Any, float] = {}
    for text, code in exact.items():
        key = _loose(text)
        loose[key] = np.nan if key in loose else code
    unknown = {
        str(text): loose.get(_loose(str(text)), np.nan) for text in texts.dropna().unique() if str(text) not in exact
    }
    codes = texts.map({**exact, **unknown}).to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(codes) & texts.notna().to_numpy(), float(len(categories)), codes)


def _loose(text: str) -> Any:
    """What is the same for all spellings of a number, and of true and false."""
    if text.lower() in ("true", "false"):
        return text.lower()
    try:
        return float(text)
    except ValueError:
        return text
