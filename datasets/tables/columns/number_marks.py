"""Which mark of a column's numbers is the decimal one, and which one groups thousands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from datasets.errors import DataError
from datasets.request import Request
from trainables.core.preprocessing.cells import as_text
from trainables.core.preprocessing.date_texts import find_forms, order_of
from trainables.core.preprocessing.number_texts import IS_CURRENCY, NumberForm, grouped, split

FEW = 0.05
"""Cells in another form than the rest, of a column that is read all the same: they are named."""
OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
"""1,234 and 1.234 are read in two ways."""
OTHER = {".": ",", ",": "."}
THOUSANDS = {"space": " ", "none": ""}
"""What the option calls marks that cannot be seen."""


@dataclass
class Marks:
    """What the digits of a column say of its marks.

    Parameters
    ----------
    decimals, thousands : Counter of str
        Numbers by the mark that they can only have as this one.
    open : Counter of str
        Numbers by their only mark, which may be either.
    small, large : int
        Numbers without a mark, below 1000 and from there on.
    """

    decimals: Counter[str] = field(default_factory=Counter)
    thousands: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    small: int = 0
    large: int = 0

    @classmethod
    def of(cls, numbers: Iterable[str]) -> Marks:
        """The marks of different numbers, sign and unit apart."""
        marks = cls()
        for digits in numbers:
            marks.add(digits)
        return marks

    def add(self, digits: str) -> None:
        """Count one number; one whose marks stand in no order says nothing."""
        found = re.sub(r"\d", "", digits)
        if not found:
            self.small += len(digits) <= 3
            self.large += len(digits) > 3
            return
        last = found[-1]
        if len(set(found)) == 1:
            if last in OTHER and len(found) == 1:
                (self.open if OPEN.fullmatch(digits) else self.decimals)[last] += 1
            elif re.fullmatch(grouped(last), digits):
                self.thousands[last] += 1
        elif last in OTHER and found.count(last) == 1 and len(set(found)) == 2:
            whole, _, _ = digits.rpartition(last)
            if re.fullmatch(grouped(found[0]), whole):
                self.thousands[found[0]] += 1
                self.decimals[last] += 1

    @property
    def decimal(self) -> str:
        """The mark that is the decimal one for sure; "" where none is, "?" where two are."""
        return _clear(self.decimals)

    @property
    def group(self) -> str:
        """The mark that groups thousands for sure; "" where none does, "?" where two do."""
        return _clear(self.thousands)


def _clear(counts: Counter[str]) -> str:
    if not counts:
        return ""
    mark, most = counts.most_common(1)[0]
    return mark if most >= (1 - FEW) * counts.total() else "?"


class FileMarks:
    """What the columns of a file together say of its decimal mark, and of the order of its dates.

    Parameters
    ----------
    frame : DataFrame
        Its `attrs` may name the `separator` of the file.
    request : Request
    """

    def __init__(self, frame: pd.DataFrame, request: Request) -> None:
        self.frame, self.request = frame, request
        self.separator: str = frame.attrs.get("separator", "")

    @cached_property
    def decimals(self) -> dict[str, str]:
        """Decimal marks that are sure, and for each a cell that has it."""
        found: dict[str, str] = {}
        aside = {*self.request.drop, *self.request.categorical}
        for name in self.frame.columns:
            if str(name) in aside:
                continue
            mark, cell = self._decimal(self.frame[name])
            if mark:
                found.setdefault(mark, f"{cell} in {str(name)!r}")
        return found

    def _decimal(self, cells: pd.Series) -> tuple[str, str]:
        if pd.api.types.is_float_dtype(cells.dtype):
            if not self.separator:  # no text was read
                return "", ""
            values = cells.to_numpy(np.float64, na_value=np.nan)
            part = values[np.isfinite(values) & (values != np.floor(values))]
            return (".", f"{part[0]:g}") if len(part) and not open_floats(values) else ("", "")
        if pd.api.types.is_numeric_dtype(cells.dtype) or pd.api.types.is_datetime64_any_dtype(cells.dtype):
            return "", ""
        numbers = split(pd.Series(as_text(cells, self.request.missing).dropna().unique()))["digits"]
        there = numbers.dropna()
        if len(there) < 0.5 * len(numbers):
            return "", ""
        mark = Marks.of(there).decimal
        return (mark, str(there[there.str.contains(mark, regex=False)].iloc[0])) if mark in OTHER else ("", "")

    @cached_property
    def orders(self) -> dict[str, str]:
        """Orders of dates in digits that are sure, by mark: one that columns contradict each other in is none."""
        found: dict[str, set[str]] = {}
        for name in self.frame.columns:
            cells = self.frame[name]
            if pd.api.types.is_numeric_dtype(cells.dtype) or pd.api.types.is_datetime64_any_dtype(cells.dtype):
                continue
            forms = find_forms(map(str, as_text(cells, self.request.missing).dropna().unique()), {}, None)
            if forms is not None and not forms[1]:
                for mark, order in map(order_of, forms[0][1:]):
                    found.setdefault(mark, set()).add(order)
        return {mark: orders.pop() for mark, orders in found.items() if len(orders) == 1}

    def unclear_floats(self) -> list[str]:
        """Columns that were read as numbers with a point, and whose points may group thousands."""
        asked = self.request.decimal == "," or self.request.thousands == "."
        texts = any(not pd.api.types.is_numeric_dtype(kind) for kind in self.frame.dtypes)
        if not self.separator or not (asked or texts or self.separator == ";"):
            return []
        names = [str(name) for name in self.frame.columns if pd.api.types.is_float_dtype(self.frame[name].dtype)]
        names = [name for name in names if open_floats(self.frame[name].to_numpy(np.float64))]
        sure = names and not asked and ("." in self.decimals or not (self.decimals or self.separator == ";"))
        return [] if sure or self.request.decimal == "." else names


def open_floats(values: np.ndarray) -> bool:
    """Whether numbers may have been written 1.234, all of them, and none 0.234."""
    there = values[np.isfinite(values)]
    size = np.abs(there[there != 0])
    if not len(size) or not ((size[:100] >= 1) & (size[:100] < 1000)).all():
        return False
    thousand = size * 1000
    return bool(
        ((size >= 1) & (size < 1000)).all()
        and (np.abs(thousand - np.round(thousand)) < 1e-6).all()
        and (size != np.floor(size)).any()
    )


def decide(marks: Marks, unit: str, request: Request, file: FileMarks, where: str) -> tuple[NumberForm, str]:
    """The form of a column's numbers, and what was assumed where the cells leave it open.

    Parameters
    ----------
    marks : Marks
    unit : str
    request : Request
        Its `decimal` and `thousands` overrule what is assumed.
    file : FileMarks
    where : str
        The column and a cell of it, for errors.

    Raises
    ------
    DataError
        If nothing decides, or the person says what the cells contradict.
    """
    decimal, group = marks.decimal, marks.group
    given = request.thousands and THOUSANDS.get(request.thousands, request.thousands)
    for option, wanted, found in (("decimal", request.decimal, decimal), ("thousands", given, group)):
        if wanted is not None and found not in ("", "?", wanted):
            raise DataError(f"{where} has {found!r} as the {option} mark, and `{option}` says {wanted!r}")
    decimal, group = request.decimal or decimal, group if given is None else given
    opened = _clear(marks.open)
    if opened and opened not in (decimal, group):
        if decimal in OTHER:
            group = group or opened
        elif group or given == "":
            decimal = opened
        else:
            is_group, why = _assume(opened, marks, unit, file, where)
            return NumberForm(OTHER[opened] if is_group else opened, opened if is_group else "", unit), why
    if decimal not in OTHER:
        decimal = OTHER.get(group) or ("," if list(file.decimals) == [","] else ".")
    return NumberForm(decimal, "" if group in ("?", decimal) else group, unit), ""


def _assume(mark: str, marks: Marks, unit: str, file: FileMarks, where: str) -> tuple[bool, str]:
    """Whether the only mark of a column groups thousands, and what says so."""
    sure, money = file.decimals, bool(IS_CURRENCY.fullmatch(unit))
    if len(sure) == 1:
        decimal, cell = next(iter(sure.items()))
        if decimal != mark or not money:
            return decimal != mark, f"as {cell} has a decimal {'comma' if decimal == ',' else 'point'}"
    elif money:
        return True, "as no currency has three decimals"
    mixed = marks.small > 1 and not marks.large
    if not money and file.separator == ";" and mark == "," and not mixed:
        return False, "as in files with semicolons"
    if not money and file.separator != ";" and mark == ".":
        return False, ""
    if not money and file.separator != ";" and mixed:
        return True, "as no number below 1,000 has a comma"
    raise DataError(
        f"{where} may be a thousand and more, or three decimals, and nothing in the file says which: give `decimal` "
        f"{mark} or `thousands` {mark}"
    )
