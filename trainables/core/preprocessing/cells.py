"""Cells of a raw table: as texts, their missing marks, their place in the file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

MISSING = (
    "", "?", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "null", "NULL", "None", "<NA>",
    "#N/A", "#N/A N/A", "#NA",
)  # fmt: skip
"""Cells that hold no value: those that pandas takes for missing in a CSV are none in any file."""
FLAGS = (("no", "yes"), ("n", "y"), ("f", "t"), ("off", "on"), ("nein", "ja"), ("n", "j"), ("non", "oui"))
"""Pairs of texts that say false and true."""


def as_text(cells: pd.Series, missing: tuple[str, ...] = (), values: tuple[str, ...] = ()) -> pd.Series:
    """Cells as texts, NA where there is no value: 1, 1.0 and "1" are one text.

    Parameters
    ----------
    cells : Series
    missing : tuple of str
        Further texts that stand for no value.
    values : tuple of str
        Texts that stand for a value all the same.
    """
    if pd.api.types.is_bool_dtype(cells.dtype) or not pd.api.types.is_numeric_dtype(cells.dtype):
        texts = cells.astype("string").str.strip()
    else:
        numbers = cells.to_numpy(np.float64, na_value=np.nan)
        whole = np.isfinite(numbers) & (numbers == np.floor(numbers)) & (np.abs(numbers) < 2**53)
        texts = cells.astype("string")
        texts = texts.where(
            ~whole, pd.Series(np.where(whole, numbers, 0), cells.index).astype("int64").astype("string")
        )
    return texts.mask(texts.isin([mark for mark in (*MISSING, *missing) if mark not in values]))


def place(cells: pd.Series, row: Any) -> str:
    """The column and the row of a cell; of a chunk of a file, the row in the file."""
    return f"column {str(cells.name)!r}, row {first_row(cells) + int(row)}"


def first_row(data: Any) -> int:
    """The number of a table's first row: 0, but for a chunk of a file."""
    index: Any = getattr(data, "index", None)
    return int(index.start) if getattr(index, "step", None) == 1 else 0


def spelling_free(text: str, any_case: bool = False) -> Any:
    """What is the same for all spellings of a number, and of true and false; of a text in any case, with any blanks."""
    if text.lower() in ("true", "false"):
        return text.lower()
    try:
        return float(text)
    except ValueError:
        return " ".join(text.split()).casefold() if any_case else text
