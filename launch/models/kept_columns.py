"""Which columns of a table are written beside the scores of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from datasets.tables.columns.recognition import no_column
from launch.common.errors import UsageError
from trainables.core.serving import OUTPUTS

ROW, REASONS = "row", "reasons"
OURS = (ROW, *OUTPUTS, REASONS)
"""Names of columns that are ours: one of the table that is called so is written as `input_NAME`."""


@dataclass
class KeptColumns:
    """Columns of a table that are written beside the scores.

    Parameters
    ----------
    asked : sequence of str
        Names, or several joined by commas; a table that lacks one is refused.
    keys : sequence of str
        Columns that training left out because they name rows: kept where a table has them.

    Attributes
    ----------
    names : list of str
        Those of this table, once its first rows were looked at.
    """

    asked: Sequence[str] = ()
    keys: Sequence[str] = ()
    names: list[str] | None = field(default=None, init=False)

    def possible(self) -> set[str]:
        """Every name that a table might have of them."""
        return {*self.keys, *self.asked, *(part.strip() for name in self.asked for part in name.split(","))}

    def of(self, frame: pd.DataFrame, where: str) -> pd.DataFrame:
        """Those columns of some rows, under the names that they are written by.

        Raises
        ------
        UsageError
            With the nearest name, for one that the table lacks.
        """
        if self.names is None:
            self.names = self._found([str(name) for name in frame.columns], where)
        kept = frame.loc[:, self.names]
        taken = {*OURS, *self.names}
        return kept.rename(columns={name: _free(name, taken) for name in self.names if name in OURS})

    def _found(self, columns: list[str], where: str) -> list[str]:
        asked: list[str] = []
        for given in self.asked:
            asked += [given] if given in columns else [part.strip() for part in given.split(",")]
        for name in asked:
            if name not in columns:
                raise UsageError(f"--keep {name}: {no_column(name, columns, where)}")
        return list(dict.fromkeys([*(name for name in self.keys if name in columns), *asked]))


def _free(name: str, taken: set[str]) -> str:
    free = f"input_{name}"
    return _free(free, taken) if free in taken else free
