"""The rows with the highest scores of a table of any size: no more than those are in memory."""

from __future__ import annotations

import pandas as pd


class HighestRows:
    """Keeps the rows with the highest scores, highest first; of equal ones those that come first.

    Parameters
    ----------
    count : int
        How many.

    Attributes
    ----------
    scored : DataFrame
        What is written of them.
    rows : DataFrame
        The rows themselves, in the same order; empty unless they are given.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.scored, self.rows = pd.DataFrame(), pd.DataFrame()

    def add(self, scored: pd.DataFrame, rows: pd.DataFrame | None = None) -> None:
        """Look at more rows, with their column `score`."""
        new = scored.reset_index(drop=True)
        new.index += self.scored.index.max() + 1 if len(self.scored) else 0
        order = pd.concat([self.scored["score"], new["score"]] if len(self.scored) else [new["score"]])
        order = order.sort_values(ascending=False, kind="stable").head(self.count).index
        if rows is not None:
            self.rows = _joined(self.rows, rows.set_axis(new.index)).loc[order].reset_index(drop=True)
        self.scored = _joined(self.scored, new).loc[order].reset_index(drop=True)


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([first, second]) if len(first) else second
