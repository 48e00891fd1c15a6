"""What the detectors share whose fit is a set of reference rows."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.bases.pyod_detector import Arrays, PyODDetector
from trainables.core import constraints as c
from trainables.core.detector import Fidelity, hyperparameters
from trainables.core.errors import UntrustedState


@hyperparameters
class ReferenceRows(PyODDetector):
    """A detector by nearest neighbours: the rows themselves are the fit.

    The rows are kept as they came (at most `max_samples` of them, drawn without replacement); the
    index over them is built at the end of a round, so that its time counts as training, and anew
    at the first scores after loading, which gives the same one.

    Parameters
    ----------
    max_samples : int
        Reference rows, drawn without replacement; more than there are is all of them.
    rounds : int
        Round r of R has a share r / R of the reference rows, at least k + 1; the rows of a round
        are also those of the next.
    seed : int
        Seed of which rows are drawn.

    Raises
    ------
    InvalidInput
        If there are not more rows than neighbours.
    """

    fidelity: ClassVar[Fidelity] = Fidelity.ROWS
    rounds_parameter: ClassVar[str | None] = "rounds"
    serving_needs: ClassVar[tuple[str, ...]] = ("pyod",)
    shapes: ClassVar[dict[str, tuple[str, ...]]] = {"rows": ("n", "d")}

    n_neighbors: Annotated[int, c.Interval(int, 1, 100_000)]
    max_samples: Annotated[int, c.Interval(int, 2, math.inf)] = 10_000
    rounds: Annotated[int, c.Interval(int, 1, 1000)] = 4  # itself, in the place of the contract's property

    def _least_rows(self) -> int:
        return self.n_neighbors + 1  # a reference row is not its own neighbour

    def _most_rows(self) -> int | None:
        return self.max_samples

    def _train_round(self) -> dict[str, float]:
        losses = super()._train_round()
        assert self.arrays_ is not None
        self.model_ = self._restore(self.arrays_)
        return losses

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        return {"rows": rows.astype(np.float32)}  # they came as bytes or float32: nothing is lost

    def _score_training(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        return self._in_portions(self._scores_without_itself, X)

    @abstractmethod
    def _scores_without_itself(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        """Score rows (n, d); one that equals its nearest reference row is taken for that row, and leaves it out."""

    def _check(self, arrays: Arrays) -> None:
        if len(arrays["rows"]) < self._least_rows():
            raise UntrustedState(f"{type(self).__name__}: {len(arrays['rows'])} stored rows are too few to search")

    def _restore(self, arrays: Arrays) -> Any:
        return self._build().fit(arrays["rows"].astype(np.float64))
