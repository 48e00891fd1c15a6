"""Columns of a user's table that are numbers, in whatever clothes."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets.request import Request
from datasets.tables.columns.number_marks import OPEN, FileMarks, Marks, decide
from datasets.wording import counted
from trainables.core.preprocessing.cells import first_row
from trainables.core.preprocessing.number_texts import NumberForm, split

SHOWN = 3
HALF = 0.5
"""A column of texts of which more are numbers says which cells are not."""
ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}"
"""Four numbers between points, of a network: no thousands of millions."""
MARKS = (
    "-", "--", "---", "\u2014", "\u2013", "\u2212",
    ".", "..", "...", "n/a", "n.a.", "n.a", "na", "#n/a", "#na", "#nv", "n.v.", "k.a.",
    "null", "\\n", "(null)", "<null>", "none", "nil", "(none)", "(blank)", "n.d.", "nd", "no data",
    "not applicable", "nan", "missing", "unknown", "unk", "not available",
    "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",
)  # fmt: skip
"""What people write where a number is missing."""
SENTINELS = (
    -9.0, -99.0, -200.0, -999.0, -999.25, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999999.0,
    -32768.0, 32767.0, 65535.0, -2147483648.0, 2147483647.0, 4294967295.0,
)  # fmt: skip
HUGE = 1e19
"""What programs fill gaps with where numbers may be of any size: 1e20, 9.97e36, -1e30."""


@dataclass(frozen=True)
class Reading:
    """A column of texts, as far as they are numbers.

    Parameters
    ----------
    values : ndarray of shape (n,), float64
        NaN where there is no number.
    form : NumberForm
    missing : tuple of str
        Texts that stand for no value.
    about : str
        What was taken for what, with an example.
    bad : ndarray of int
        Rows whose cells are no numbers.
    share : float
        How much of the rest are.
    texts : Series
    units : tuple of str
        What stands beside the numbers, the most frequent first.
    dressed : float
        How much of the cells are numbers, with whatever unit.
    """

    values: NDArray[np.float64]
    form: NumberForm
    missing: tuple[str, ...]
    about: str
    bad: NDArray[np.intp]
    share: float
    texts: pd.Series
    units: tuple[str, ...]
    dressed: float

    @property
    def whole(self) -> bool:
        """Whether every cell is a number or a mark for a missing one."""
        return not len(self.bad) and self.share > 0

    def remark(self) -> str:
        """What to say of a column that is half numbers and is taken for texts."""
        if len(self.units) > 1 and self.dressed > HALF:
            units = ", ".join(repr(unit) if unit else "none" for unit in sorted(self.units[:SHOWN]))
            return f"; numbers with several units ({units}): write them in one"
        if self.share < HALF:
            return ""
        return f"; {100 * self.share:.3g} % are numbers, but {self.named()}"

    def named(self) -> str:
        """The first cells that are no numbers, with their rows, and how many there are."""
        first = first_row(self.texts)
        cells = [(repr(str(self.texts.iloc[row])[:40]), f"row {first + row}") for row in self.bad[:SHOWN]]
        others = ", ".join(f"{cell} in {row}" for cell, row in cells[1:])
        more = f" (nor are {len(self.bad) - 1:,} more: {others}{', …' if len(self.bad) > SHOWN else ''})"
        return f"{cells[0][1]}: {cells[0][0]} is not a number" + (more if others else "")


def read_numbers(texts: pd.Series, request: Request, file: FileMarks, where: str) -> Reading:
    """The numbers of a column of texts, in the form that most of them are written in.

    Parameters
    ----------
    texts : Series of str
        NA where there is no value.
    request : Request
    file : FileMarks
    where : str
        What errors call the table.

    Raises
    ------
    DataError
        If nothing decides what their marks mean.
    """
    codes, different = pd.factorize(texts)
    unique = pd.Series(different, dtype="string")
    counts = np.bincount(codes[codes >= 0], minlength=len(unique))
    parts = split(unique)
    like = parts["digits"].notna().to_numpy() & ~unique.str.fullmatch(ADDRESS).to_numpy(bool)
    units = _units(parts["unit"][like], counts[like])
    unit = units[0] if units else ""
    digits = parts["digits"][like]
    opened = digits.str.fullmatch(OPEN)
    example = f"{where}, column {str(texts.name)!r}: {str(unique[opened[opened].index[0]])!r}" if opened.any() else ""
    form, why = decide(Marks.of(digits), unit, request, file, example or f"{where}, column {str(texts.name)!r}")
    values = np.where(like, form.values(unique), np.nan)
    number = ~np.isnan(values)
    mark = ~number & unique.str.lower().isin(MARKS).to_numpy(bool)
    rows = np.append(values, np.nan)[codes]
    bad = np.flatnonzero(np.append(~number & ~mark, False)[codes])
    known = counts[number].sum()
    share = float(known / max(1, counts[~mark].sum()))
    dressed = float(counts[like].sum() / max(1, counts.sum()))
    about = _about(unique, values, mark, counts, form, why)
    return Reading(rows, form, tuple(map(str, unique[mark])), about, bad, share, texts, units, dressed)


def _units(units: pd.Series, counts: NDArray[Any]) -> tuple[str, ...]:
    """What stands beside numbers, the most frequent first."""
    total: Counter[str] = Counter()
    for unit, count in zip(units, counts, strict=True):
        total[str(unit)] += int(count)
    return tuple(unit for unit, _ in total.most_common())


def _about(
    unique: pd.Series,
    values: NDArray[np.float64],
    mark: NDArray[np.bool_],
    counts: NDArray[Any],
    form: NumberForm,
    why: str,
) -> str:
    """What was taken for what: a cell that programs would not write so, and the marks of missing values."""
    phrases = []
    dressed = ~np.isnan(values) & pd.to_numeric(unique, errors="coerce").isna().to_numpy(bool)
    if form.thousands == ".":
        dressed |= ~np.isnan(values) & unique.str.contains(".", regex=False).to_numpy(bool)
    if dressed.any():
        example = int(np.flatnonzero(dressed)[0])
        what = " (in percent)" if form.unit == "%" else ""
        phrases.append(f"{str(unique[example])!r} read as {values[example]:.12g}{what}" + (f", {why}" if why else ""))
    phrases += [f"{str(unique[k])!r} ({counted(counts[k], 'cell')}) read as missing" for k in np.flatnonzero(mark)]
    return "; ".join(phrases)


def looks_like_a_mark(values: NDArray[np.float64]) -> str:
    """What to say where a number far from all others comes again and again, as -999 does where none was measured."""
    there = values[~np.isnan(values)]
    for edge in (there.min(), there.max()):
        if edge in SENTINELS or abs(edge) > HUGE:
            others = there[there != edge]
            count = len(there) - len(others)
            if count > 1 and len(others) and np.abs(others - edge).min() > 2 * max(np.ptp(others), 1.0):
                text = repr(float(edge)).removesuffix(".0")
                equals = "=" if re.match("-.*e", text) else " "  # -1e+30 would be an option by itself
                return (
                    f"; {text} ({counted(count, 'cell')}) looks like a mark for missing: "
                    f"`missing`{equals}{text} makes it one"
                )
    return ""
