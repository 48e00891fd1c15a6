"""What the columns of a table are, and how a raw table becomes numbers.

It travels with a registered model, so it needs `trainables` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

NUMERIC, BOOLEAN, CATEGORICAL, TIME = "numeric", "boolean", "categorical", "time"
MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null", "None", "none", "<NA>")
"""Cells that hold no value, beside those that pandas takes for missing."""
TRUE, FALSE = ("true", "1", "1.0"), ("false", "0", "0.0")
DAY_NS = 86_400_000_000_000


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
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """The feature columns of a table, in their order.

    Parameters
    ----------
    columns : tuple of Column
    missing : tuple of str
        Further texts that stand for a missing value.
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
            A text that the schema does not know gets the code after the last.

        Raises
        ------
        InvalidInput
            If a column is missing or there twice, or a cell is not of its column's kind.
        """
        names = [str(name) for name in frame.columns]
        missing = [column.name for column in self.columns if column.name not in names]
        if missing:
            words = "column is" if len(missing) == 1 else "columns are"
            raise InvalidInput(f"{len(missing)} {words} missing: {', '.join(map(repr, missing[:5]))}")
        coded = np.empty((len(frame), len(self.columns)))
        for j, column in enumerate(self.columns):
            if names.count(column.name) > 1:
                raise InvalidInput(f"column {column.name!r} is given more than once")
            coded[:, j] = self.code(column, frame.iloc[:, names.index(column.name)])
        return coded

    def code(self, column: Column, cells: pd.Series) -> NDArray[np.float64]:
        """One column as numbers."""
        if column.kind == CATEGORICAL:
            codes = {text: float(code) for code, text in enumerate(column.categories)}
            texts = as_text(cells, self.missing)
            found = texts.map(codes).to_numpy(np.float64, na_value=np.nan)
            return np.where(np.isnan(found) & texts.notna().to_numpy(), float(len(codes)), found)
        values = as_moments(cells) if column.kind == TIME else as_numbers(cells, self.missing)
        bad = np.flatnonzero(np.isinf(values))
        if column.kind == BOOLEAN and not len(bad):
            bad = np.flatnonzero(~np.isnan(values) & (values != 0) & (values != 1))
        if len(bad):
            wanted = "0 or 1" if column.kind == BOOLEAN else "a finite number"
            raise InvalidInput(f"column {column.name!r}, row {bad[0]}: {cells.iloc[bad[0]]!r} is not {wanted}")
        return values

    def plain(self) -> dict[str, Any]:
        """The schema as plain values, for JSON."""
        return {"columns": [asdict(column) for column in self.columns], "missing": list(self.missing)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Schema:
        """The schema behind what `plain` returned."""
        columns = (Column(c["name"], c["kind"], tuple(c["categories"])) for c in plain["columns"])
        return cls(tuple(columns), tuple(plain["missing"]))


def as_text(cells: pd.Series, missing: tuple[str, ...] = ()) -> pd.Series:
    """Cells as texts, NA where there is no value: 1, 1.0 and "1" are one text."""
    import pandas as pd

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
    import pandas as pd

    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        return cells.to_numpy(np.float64, na_value=np.nan)
    texts = as_text(cells, missing)
    words = texts.str.lower()
    plain = texts.mask(words.isin(TRUE), "1").mask(words.isin(FALSE), "0")
    values = pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = np.flatnonzero(np.isnan(values) & texts.notna().to_numpy())
    if len(bad):
        cell = str(cells.iloc[bad[0]])[:60]
        raise InvalidInput(f"column {str(cells.name)!r}, row {bad[0]}: {cell!r} is not a number")
    return values


def as_moments(cells: pd.Series) -> NDArray[np.float64]:
    """Moments as days since 1970, NaN where there is none.

    Raises
    ------
    InvalidInput
        If a cell is no moment.
    """
    import pandas as pd

    moments = pd.to_datetime(cells, errors="coerce", utc=True, format="mixed")
    bad = np.flatnonzero((moments.isna() & as_text(cells).notna()).to_numpy())
    if len(bad):
        cell = str(cells.iloc[bad[0]])[:60]
        raise InvalidInput(f"column {str(cells.name)!r}, row {bad[0]}: {cell!r} is not a date or time")
    days = moments.astype("datetime64[ns, UTC]").astype("int64").to_numpy(np.float64) / DAY_NS
    return np.where(moments.isna().to_numpy(), np.nan, days)
