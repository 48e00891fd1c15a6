"""The adapter between this project's contract and the detectors of PyOD."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.core.detector import Detector, Fidelity, Supervision, TrainData, hyperparameters
from trainables.core.errors import InvalidInput, NotFitted, UntrustedState

Arrays = dict[str, NDArray[Any]]
Scores = NDArray[np.floating[Any]]

CHUNK = 8192  # rows scored at once: bounds what PyOD allocates per row


def library(model: str) -> Any:
    """A module of PyOD's models, imported at its first use: what is kept of most fits scores without it."""
    return importlib.import_module(f"pyod.models.{model}")


@hyperparameters
class PyODDetector(Detector):
    """A PyOD model that is fitted in one go and kept as plain arrays.

    A subclass names in `shapes` the attributes of the fitted PyOD model that scoring needs,
    and builds an unfitted model in `_build`; that is all where PyOD is right. Where it is wrong,
    or does work that nobody asked for, the subclass overrides `_fit` or `_scores`.

    Parameters
    ----------
    seed : int
        Not used: the fit has no randomness. It is there so that every detector takes one.

    Attributes
    ----------
    shapes : class variable, dict of str to tuple of str
        Arrays that are kept of a fit, each with the names of its axes. Axes of one name are of
        one length; "d" is the number of columns of a row. States are checked against it, so that
        a damaged or hostile state is refused before any library indexes into it.

    Notes
    -----
    Rows reach PyOD as float64, so that bytes and floats give the same scores, and are scored in
    portions. Labels are never shown to it, `contamination` is not a hyperparameter since it moves
    PyOD's threshold alone, never a score.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    fidelity: ClassVar[Fidelity] = Fidelity.NONE
    shapes: ClassVar[dict[str, tuple[str, ...]]]

    seed: int = 0

    # -- the contract -----------------------------------------------------------

    def _begin(self, train: TrainData) -> None:
        if len(train.X) < self._least_rows():
            raise InvalidInput(f"{type(self).__name__} needs at least {self._least_rows()} rows, got {len(train.X)}")
        self.rows_ = train.X.reshape(len(train.X), -1)
        self._keep(None)

    def _train_round(self) -> dict[str, float]:
        self._keep(self._fit(self._round_rows().astype(np.float64)))
        return {}

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        return self._in_portions(self._scores, X)

    def _in_portions(self, score: Callable[[Arrays, NDArray[np.float64]], Scores], X: NDArray[Any]) -> Scores:
        if self.arrays_ is None:
            raise NotFitted(f"{type(self).__name__} is not fitted yet: train a round before scoring")
        flat = X.reshape(len(X), -1)
        parts = (flat[start : start + CHUNK].astype(np.float64) for start in range(0, len(flat), CHUNK))
        return np.concatenate([score(self.arrays_, part) for part in parts])

    def _state(self) -> dict[str, Any]:
        return {} if self.arrays_ is None else {"arrays": dict(self.arrays_)}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        arrays = state.get("arrays")
        if arrays is not None:
            check_shapes(type(self).__name__, arrays, self.shapes, math.prod(self.row_shape_))
            self._check(arrays)
        self._keep(None if arrays is None else dict(arrays))

    def _keep(self, arrays: Arrays | None) -> None:
        self.arrays_: Arrays | None = arrays
        self.model_: Any = None  # built from the arrays when it is first needed

    def _round_rows(self) -> NDArray[Any]:
        """The rows of this round: share r / R of those to fit; a round's rows are also the next one's."""
        rows = self.rows_
        most = len(rows) if self._most_rows() is None else min(len(rows), int(self._most_rows() or 0))
        share = math.ceil(most * min(1.0, (self.rounds_done_ + 1) / self.rounds))
        size = min(len(rows), max(self._least_rows(), share))
        if size == len(rows):
            return rows
        return rows[np.sort(np.random.default_rng(self.seed).permutation(len(rows))[:size])]

    # -- what a subclass writes -------------------------------------------------

    def _build(self) -> Any:
        """The unfitted PyOD model of these hyperparameters; not needed where `_fit` and `_scores` do without."""
        raise NotImplementedError

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        """Fit on rows (n, d); return the arrays named in `shapes`."""
        model = self._build().fit(rows)
        return {name: np.array(getattr(model, name)) for name in self.shapes}

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        """Score rows (n, d) from the arrays of a fit."""
        if self.model_ is None:
            self.model_ = self._restore(arrays)
        return self.model_.decision_function(rows)

    def _restore(self, arrays: Arrays) -> Any:
        """The PyOD model as it was after the fit, as far as scoring goes."""
        model = self._build()
        for name, value in arrays.items():
            setattr(model, name, value)
        # PyOD looks whether these exist; scores do not depend on them
        model.decision_scores_, model.threshold_, model.labels_ = np.zeros(1), 0.0, np.zeros(1, int)
        return model

    def _check(self, arrays: Arrays) -> None:
        """Check what `shapes` cannot say; raise UntrustedState."""

    def _least_rows(self) -> int:
        """The fewest rows that can be fitted."""
        return 2

    def _most_rows(self) -> int | None:
        """The most rows to fit; None for no limit."""
        return None


def check_shapes(owner: str, arrays: Any, shapes: Mapping[str, tuple[str, ...]], columns: int) -> None:
    """Check that stored arrays are those that a fit gives, see `PyODDetector.shapes`; "d" has the length `columns`.

    Raises
    ------
    UntrustedState
        If an array is missing or is none, has the wrong number of axes, a length that does not
        fit the others, or a value that is not a finite number.
    """
    if not isinstance(arrays, Mapping) or set(arrays) != set(shapes):
        raise UntrustedState(f"{owner}: a stored fit must hold exactly {', '.join(shapes)}")
    lengths = {"d": columns}
    for name, axes in shapes.items():
        value = arrays[name]
        if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf" or value.ndim != len(axes):
            raise UntrustedState(f"{owner}: stored {name} must be numbers with {len(axes)} axes")
        for axis, length in zip(axes, value.shape, strict=True):
            if length == 0 or lengths.setdefault(axis, length) != length:
                raise UntrustedState(f"{owner}: stored {name} has shape {value.shape}, which does not fit {axes}")
        if not np.isfinite(value).all():
            raise UntrustedState(f"{owner}: stored {name} has a value that is NaN or infinite")
