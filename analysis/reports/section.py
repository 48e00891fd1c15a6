"""What a report is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Section:
    """A heading, what to take from it in words, and what shows it.

    Attributes
    ----------
    text : tuple of str
        Paragraphs, in plain text: what a reader should see in the figure.
    figures : tuple of (title, Chart or figure of plotly)
        The title is what a screen reader says.
    table : DataFrame or None
        Texts as they are to be shown.
    winner : int or None
        Row of the table that is marked as the winner.
    best : set of (row, column)
        Cells of the table that stand out as the best of their kind; the text says of which.
    folded : bool
        Whether the table waits behind a line that opens it.
    explorer : list of dict or None
        Views of the threshold explorer.
    pictures : tuple of (title, data URI)
    small : bool
        Whether figures and pictures are small and stand beside each other.
    """

    id: str
    title: str
    text: tuple[str, ...] = ()
    figures: tuple[tuple[str, Any], ...] = ()
    table: pd.DataFrame | None = field(default=None, repr=False)
    winner: int | None = None
    best: frozenset[tuple[int, int]] = frozenset()
    folded: bool = False
    code: str = ""
    explorer: list[dict[str, Any]] | None = field(default=None, repr=False)
    pictures: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    small: bool = False
