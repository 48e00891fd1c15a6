"""Columns of a user's table whose cells are of types that a CSV does not have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.typed_cells import CATEGORIES, plain_cells

MOST_NUMBERS = 100
"""Categories that are numbers: of more, the values count."""


@dataclass(frozen=True)
class TypedColumn:
    """What the cells of a column are in the file.

    Attributes
    ----------
    about : str
        What they were taken for, or why they are not.
    usable : bool
        Whether they are numbers, texts or dates.
    texts : bool
        Whether they are numbers that name categories.
    """

    about: str
    usable: bool = True
    texts: bool = False


def plain_frame(frame: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, TypedColumn]]:
    """The table with cells that are numbers, texts or dates, where they can be, and the columns that were not so."""
    plain, types = {}, {}
    for j, name in enumerate(map(str, frame.columns)):
        cells = frame.iloc[:, j]
        try:
            plain[name], about = plain_cells(cells)
        except InvalidInput as error:
            plain[name] = pd.Series(float("nan"), cells.index)  # nothing can be made of it
            types[name] = TypedColumn(str(error).removeprefix(f"column {name!r}").lstrip(", "), usable=False)
            continue
        if about:
            numbers = pd.api.types.is_numeric_dtype(plain[name].dtype) and plain[name].dtype != bool
            texts = about == CATEGORIES and numbers and plain[name].nunique() <= MOST_NUMBERS
            types[name] = TypedColumn(
                f"{about}, as texts; `numeric` takes their values" if texts else about, texts=texts
            )
    if not types:
        return frame, types
    return pd.DataFrame(plain, index=frame.index), types
