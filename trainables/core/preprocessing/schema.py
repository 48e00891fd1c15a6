"""What the columns of a table are, and how a raw table becomes numbers.

It travels with a registered model, so it needs `trainables` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import FLAGS, as_text, place, spelling_free
from trainables.core.preprocessing.moments import as_moments, moment
from trainables.core.preprocessing.number_texts import NumberForm
from trainables.core.preprocessing.numbers import LARGEST, as_numbers
from trainables.core.preprocessing.typed_cells import plain_cells

NUMERIC, BOOLEAN, CATEGORICAL, TIME = "numeric", "boolean", "categorical", "time"
ALWAYS = ("name", "kind", "categories", "day_first")
"""What the record of a column always has."""


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
        Whether 3/4/2020 in a column of moments is in April; of models from before `dates`.
    decimal, thousands : str
        The marks in its numbers: "." or ","; "", ",", ".", " " or "'".
    unit : str
        What stands beside each number: "%", "€", "kg".
    missing : tuple of str
        Texts that stand for a missing value in this column alone.
    any_case : bool
        Whether new texts that differ from a category in case and blanks alone are that one, and true and false are yes
        and no where these are the only ones.
    dates : tuple of str
        How its dates are written: "Y" for the year first or the month by name, and the orders of dates in digits
        by their mark: "d.m.y", "m/d/y", "y-m-d" (in two digits).
    epoch : {"", "s", "ms", "us", "ns", "yyyymmdd", "excel"}
        The unit, or the form, of moments that are numbers.
    cycles : bool
        Whether detectors are given the place of moments in a day, a week, a year, and their differences from other
        columns of moments, see `trainables.core.preprocessing.dates`.
    trend : bool
        Whether they are given the days since 1970.

    Notes
    -----
    The defaults of what comes after `day_first` are those of models that were written before it.
    """

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    day_first: bool = False
    decimal: str = ""
    thousands: str = ""
    unit: str = ""
    missing: tuple[str, ...] = ()
    any_case: bool = False
    dates: tuple[str, ...] = ()
    epoch: str = ""
    cycles: bool = False
    trend: bool = True

    @property
    def is_text(self) -> bool:
        """Whether its cells mean something only as they are written."""
        return self.kind not in (NUMERIC, BOOLEAN) or not (self.form or NumberForm()).plain or bool(self.missing)

    @property
    def form(self) -> NumberForm | None:
        """How its numbers are written; None for a model from before this was known."""
        return NumberForm(self.decimal, self.thousands, self.unit) if self.decimal else None

    def decoded(self, value: float) -> Any:
        """A coded value as it stands in a raw table; None where it is missing."""
        if np.isnan(value):
            return None
        if self.kind == CATEGORICAL:
            return self.categories[int(value)]
        return moment(value) if self.kind == TIME else float(value)

    def plain(self) -> dict[str, Any]:
        """The column as plain values: of what came after `day_first`, what differs from the default."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default or field.name in ALWAYS
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Column:
        """The column behind what `plain` returned, now or by an older version."""
        known = {field.name for field in fields(cls)}
        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list | tuple) else v for k, v in plain.items() if k in known
        }
        return cls(**given)


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
            A text that the schema does not know gets the code after the last; 1, "1" and "1.0" are one where the schema
            knows only one of them, and so are Oslo and OSLO, see `Column.any_case`.

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
        cells, _ = plain_cells(cells)
        missing = self.missing + column.missing
        if column.kind == CATEGORICAL:
            return _codes(as_text(cells, missing, column.categories), column.categories, column.any_case)
        if column.kind == TIME:
            return as_moments(cells, missing, day_first=column.day_first, dates=column.dates, epoch=column.epoch)
        values = as_numbers(cells, missing, column.form)
        bad = np.flatnonzero(np.abs(values) > LARGEST)
        if column.kind == BOOLEAN and not len(bad):
            bad = np.flatnonzero(~np.isnan(values) & (values != 0) & (values != 1))
        if len(bad):
            wanted = "not 0 or 1" if column.kind == BOOLEAN else "infinite, or too large for float32"
            raise InvalidInput(f"{place(cells, bad[0])}: {str(cells.iloc[bad[0]])[:60]!r} is {wanted}")
        return values

    def plain(self) -> dict[str, Any]:
        """The schema as plain values, for JSON."""
        return {"columns": [column.plain() for column in self.columns], "missing": list(self.missing)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Schema:
        """The schema behind what `plain` returned."""
        return cls(tuple(map(Column.from_plain, plain["columns"])), tuple(plain["missing"]))


def _codes(texts: pd.Series, categories: tuple[str, ...], any_case: bool) -> NDArray[np.float64]:
    """The place of each text among the categories, that of one in another spelling if there is a single one."""
    exact = {text: float(code) for code, text in enumerate(categories)}
    loose: dict[Any, float] = {}
    for text, code in exact.items():
        key = spelling_free(text, any_case)
        loose[key] = np.nan if key in loose else code
    for no, yes in FLAGS if any_case and len(categories) == 2 else ():
        if loose.keys() == {no, yes}:
            loose |= {"false": loose[no], 0.0: loose[no], "true": loose[yes], 1.0: loose[yes]}
    unknown = {
        str(text): loose.get(spelling_free(str(text), any_case), np.nan)
        for text in texts.dropna().unique()
        if str(text) not in exact
    }
    codes = texts.map({**exact, **unknown}).to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(codes) & texts.notna().to_numpy(), float(len(categories)), codes)
