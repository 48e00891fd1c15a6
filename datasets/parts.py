"""The parts of a split: rows with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Part:
    """Rows and their labels.

    Parameters
    ----------
    X : ndarray of shape (n, d), uint8 or float32
        The rows.
    y : ndarray of shape (n,), int8
        1 for anomalies, 0 for the rest; -1 throughout where labels are unknown,
        which only a user's own file without labels has.
    """

    X: NDArray[Any]
    y: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.X)

    @property
    def labelled(self) -> bool:
        """Whether labels are known."""
        return bool((self.y != UNKNOWN).all())

    @property
    def anomalies(self) -> int:
        """Number of rows labelled as anomalies."""
        return int((self.y == 1).sum())

    def __repr__(self) -> str:
        return f"Part({len(self.X)} rows, {self.anomalies} anomalies)"


@dataclass(frozen=True, eq=False)
class Split:
    """Training and validation rows: all that a trial may see.

    Parameters
    ----------
    train, valid : Part
        Four fifths and one fifth of the development rows, in development order.
    seed : int
        The seed that drew them.
    """

    train: Part
    valid: Part
    seed: int
