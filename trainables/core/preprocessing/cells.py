"""Cells of a raw table: as texts, their missing marks, their place in the file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null", "None", "<NA>")
"""Cells that hold no value, beside those that pandas takes for missing."""


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


def place(cells: pd.Series, row: Any) -> str:
    """The column and the row of a cell; of a chunk of a file, the row in the file."""
    return f"column {str(cells.name)!r}, row {first_row(cells) + int(row)}"


def first_row(data: Any) -> int:
    """The number of a table's first row: 0, but for a chunk of a file."""
    index: Any = getattr(data, "index", None)
    return int(index.start) if getattr(index, "step", None) == 1 else 0


def spelling_free(text: str) -> Any:
    """What is the same for all spellings of a number, and of true and false."""
    if text.lower() in ("true", "false"):
        return text.lower()
    try:
        return float(text)
    except ValueError:
        return text
