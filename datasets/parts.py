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
    target : ndarray of shape (n,), int8, optional
        What training may see of the labels: -1 labelled anomaly, 0 unlabelled. None is all of `y`.
    kinds : ndarray of str, shape (n,), optional
        What kind each anomaly is of; "" for the rest.
    """

    X: NDArray[Any]
    y: NDArray[np.int8]
    target: NDArray[np.int8] | None = None
    kinds: NDArray[np.str_] | None = None

    def take(self, rows: NDArray[Any]) -> Part:
        """Some of the rows, by index or by mask."""
        target = None if self.target is None else self.target[rows]
        return Part(self.X[rows], self.y[rows], target, None if self.kinds is None else self.kinds[rows])

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

    @property
    def known_anomalies(self) -> int:
        """Number of rows that training knows as anomalies."""
        return self.anomalies if self.target is None else int((self.target == -1).sum())

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
