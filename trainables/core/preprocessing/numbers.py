"""Cells as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text, place, spelling_free
from trainables.core.preprocessing.number_texts import NumberForm

TRUE, FALSE = ("true", "1", "1.0"), ("false", "0", "0.0")
LARGEST = float(np.finfo(np.float32).max)
"""Detectors take float32: a larger number has no meaning to them."""


def as_numbers(cells: pd.Series, missing: tuple[str, ...] = (), form: NumberForm | None = None) -> NDArray[np.float64]:
    """Cells as numbers, true and false as 1 and 0, NaN where there is no value.

    Parameters
    ----------
    cells : Series
    missing : tuple of str
        Further texts, or numbers, that stand for no value.
    form : NumberForm, optional
        How texts write numbers; None for nothing but what `float` takes.

    Raises
    ------
    InvalidInput
        Naming the column, the row and the cell.
    """
    if pd.api.types.is_bool_dtype(cells.dtype):
        return cells.to_numpy(np.float64, na_value=np.nan)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_complex_dtype(cells.dtype):
        values = cells.to_numpy(np.float64, na_value=np.nan)
        values = np.where(np.isin(values, _numbers(missing)), np.nan, values)
        bad = np.flatnonzero((values != 0) & ~np.isnan(values))
        if form is not None and form.unit == "%" and len(bad):
            raise InvalidInput(f"{place(cells, bad[0])}: {cells.iloc[bad[0]]} has no % as the cells of training have")
        return values
    texts = as_text(cells, missing)
    lower = texts.str.lower()
    plain = texts.mask(lower.isin(TRUE), "1").mask(lower.isin(FALSE), "0")
    if form is None or form.plain:
        values = pd.to_numeric(plain, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        other = np.isnan(values) & texts.notna().to_numpy()
        if form is not None and other.any():
            values[other] = _in_form(plain[other], form)
    else:
        values = _in_form(plain, form)
    bad = np.flatnonzero(np.isnan(values) & texts.notna().to_numpy())
    if len(bad):
        cell = str(cells.iloc[bad[0]])[:60]
        like = "" if form is None or form.plain else f" written as in training ({form.example})"
        raise InvalidInput(f"{place(cells, bad[0])}: {cell!r} is not a number{like}")
    return np.where(np.isin(values, _numbers(missing)), np.nan, values)


def _in_form(texts: pd.Series, form: NumberForm) -> NDArray[np.float64]:
    """Each different text is read once."""
    codes, different = pd.factorize(texts)
    values = form.values(pd.Series(different, dtype="string"))
    return np.append(values, np.nan)[codes]


def _numbers(missing: tuple[str, ...]) -> list[float]:
    """Those of the missing values that are numbers: -999 stands for nothing in the spelling -999.0, too."""
    return [number for number in map(spelling_free, missing) if isinstance(number, float)]
