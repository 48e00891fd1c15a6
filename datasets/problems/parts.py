"""The parts of a split: rows with their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from trainables.components.augment import Augmentation

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Part:
    """Rows and their labels.

    Parameters
    ----------
    X : ndarray of shape (n, d) or (n, h, w, c), uint8 or float32
        The rows.
    y : ndarray of shape (n,), int8
        1 for anomalies, 0 for the rest, -1 where there is no label, which only development rows of a user's own
        table have. Of several tasks, of shape (n, tasks):
        -1 there is a row that a task does not have.
    target : ndarray of shape (n,), int8, optional
        What training may see of the labels: -1 labelled anomaly, 0 unlabelled, 1 labelled normal row. None is all of
        `y`.
    anomaly_types : ndarray of str, shape (n,), optional
        What kind each anomaly is of; "" for the rest.
    tasks : tuple of str
        Normal classes, one detector for each; a task that is alone has no name.
    normal_only : bool
        Whether detectors that learn nothing from labelled anomalies train on the normal rows alone.
    augment : Augmentation, optional
        What training changes of its rows at random.
    balanced : ndarray of bool, shape (n,) or (n, tasks), optional
        Rows of a selection with as many anomalies as normal rows, for figures beside those of all.
    groups : ndarray of shape (n,), optional
        Which rows belong together, where a table says it.
    masks : ndarray of shape (n, h, w), int8, optional
        Of test images whose seal is open: 1 where a pixel is anomalous, 0 where not, -1 where that is not known.
    numbers : ndarray of int, shape (n,), optional
        The place of each row in its file, from 0.
    """

    X: NDArray[Any]
    y: NDArray[np.int8]
    target: NDArray[np.int8] | None = None
    anomaly_types: NDArray[np.str_] | None = None
    tasks: tuple[str, ...] = ("",)
    normal_only: bool = False
    augment: Augmentation | None = None
    balanced: NDArray[np.bool_] | None = None
    groups: NDArray[np.intp] | None = None
    masks: NDArray[np.int8] | None = None
    numbers: NDArray[np.intp] | None = None

    def take(self, rows: NDArray[Any]) -> Part:
        """Some of the rows, by index or by mask."""
        optional = ("target", "anomaly_types", "balanced", "groups", "masks", "numbers")
        taken: dict[str, Any] = {
            name: None if (values := getattr(self, name)) is None else values[rows] for name in optional
        }
        return replace(self, X=self.X[rows], y=self.y[rows], **taken)

    def __len__(self) -> int:
        return len(self.X)

    @property
    def labelled(self) -> bool:
        """Whether labels are known."""
        return bool((self.y != UNKNOWN).all())

    @property
    def anomalies(self) -> int:
        """Number of rows labelled as anomalies; of several tasks, the mean over them."""
        return round(int((self.y == 1).sum()) / len(self.tasks))

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
