"""The contract that every detector keeps. It knows nothing of Ray, Optuna or MLflow."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainables.core import constraints
from trainables.core.errors import InvalidHyperparameter, InvalidInput, MissingAnomalies, NotFitted
from trainables.core.hyperparameters import hyperparameters as hyperparameters

ANOMALY, UNLABELLED, NORMAL = -1, 0, 1


class Supervision(Enum):
    """What a detector saw of the labels: never rank across levels without saying so."""

    UNSUPERVISED = "unsupervised"
    ONE_CLASS = "one-class"
    FEW_LABEL = "few-label"
    SUPERVISED = "supervised"
    EXPOSURE = "outlier-exposure"
    SUPERVISED_PRETRAINED = "supervised-pretrained"


class Modality(Enum):
    """What a row is."""

    TABULAR = "tabular"
    IMAGE = "image"


class Fidelity(Enum):
    """What one round of training buys."""

    EPOCHS = "epochs"
    TREES = "trees"
    ROWS = "rows"
    NONE = "none"


@dataclass(frozen=True)
class TrainData:
    """What training may see.

    Parameters
    ----------
    X : ndarray of shape (n, d) or (n, h, w, c), uint8 or float32
        The rows. May be a read-only view of shared memory: never write to it.
    target : ndarray of shape (n,), int8
        -1 anomaly, 0 unlabelled, +1 labelled normal.
    classes : ndarray of shape (n,), optional
        Original class ids, where a detector stratifies by them.
    exposure : ndarray, optional
        Outlier-exposure samples, rows of the same shape as those of `X`.
    augment : Augmentation, optional
        What is drawn anew for every image of every batch, see `trainables.components.augment`.
    tasks : tuple of Task
        Where several detectors train on parts of these rows, see `trainables.core.task_group`.
    """

    X: NDArray[Any]
    target: NDArray[np.int8]
    classes: NDArray[Any] | None = None
    exposure: NDArray[Any] | None = None
    augment: Any = None
    tasks: tuple[Any, ...] = ()

    @property
    def targets(self) -> tuple[NDArray[np.int8], ...]:
        """`target` of each task; of one task it is that of all rows."""
        return tuple(task.target for task in self.tasks) or (self.target,)

    @classmethod
    def from_labels(cls, X: ArrayLike, y: ArrayLike | None = None) -> TrainData:
        """Build from 0/1 labels (1 = anomaly); without labels every row is unlabelled.

        Raises
        ------
        InvalidInput
            If a label is neither 0 nor 1, or there is not one label per row.
        """
        rows = np.asarray(X)
        if y is None:
            return cls(rows, np.zeros(len(rows), np.int8))
        labels = np.asarray(y)
        if labels.shape != (len(rows),):
            raise InvalidInput(f"{len(rows)} rows but labels of shape {labels.shape}")
        if not np.isin(labels, (0, 1)).all():
            raise InvalidInput(f"labels must be 0 (normal) or 1 (anomaly), found {np.unique(labels)[:5]}")
        return cls(rows, np.where(labels == 1, ANOMALY, NORMAL).astype(np.int8))


class Detector(ABC):
    """An anomaly detector that is trained in rounds; a higher score is more anomalous.

    A subclass declares the class variables below, lists its hyperparameters under
    `@hyperparameters` (or stores them in an `__init__` of keyword arguments, where nothing
    else happens) and implements `_begin`, `_train_round`, `_score`, `_state` and `_load_state`.
    Attributes that training sets end in `_`.

    Attributes
    ----------
    supervision, modality, fidelity : class variables
        What it sees of the labels, what rows it takes, what a round buys.
    rounds_parameter : str or None
        The hyperparameter that says over how many rounds the whole training is
        spread; None where there is exactly one round.
    resumable : bool
        Whether a state taken in the middle of training continues bit for bit (CPU).
    control : bool
        True for detectors that are not expected to learn (random, untrained).
    early_rounds_mislead : bool
        Whether early rounds hardly tell the end, so that a search stops no trial early unless it is told to; measured
        by `analysis/fidelity.py`.
    needs_anomalies : bool
        Whether training without a labelled anomaly is refused.
    serving_needs : tuple of str
        Packages, beside those of every model, without which a trained state cannot score.
    parameter_constraints : dict of str to tuple of constraints
        What each hyperparameter may be, where its annotation does not say; that of `seed` is checked for all.
    """

    supervision: ClassVar[Supervision]
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR})
    fidelity: ClassVar[Fidelity]
    rounds_parameter: ClassVar[str | None] = None
    resumable: ClassVar[bool] = True
    control: ClassVar[bool] = False
    early_rounds_mislead: ClassVar[bool] = False
    needs_anomalies: ClassVar[bool] = False
    serving_needs: ClassVar[tuple[str, ...]] = ()
    parameter_constraints: ClassVar[dict[str, tuple[constraints.Constraint, ...]]] = {}

    rounds_done_: int

    # -- what a subclass writes -------------------------------------------------

    @abstractmethod
    def _begin(self, train: TrainData) -> None:
        """Allocate everything for a fresh training run."""

    @abstractmethod
    def _train_round(self) -> dict[str, float]:
        """Train one round; return its losses by name."""

    @abstractmethod
    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Score checked rows, shape (n,)."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """Everything that `_load_state` needs: tensors, arrays, numbers, strings, containers of them."""

    @abstractmethod
    def _load_state(self, state: Mapping[str, Any]) -> None:
        """Restore what `_state` returned, on a new object, with or without `begin`."""

    # -- what everybody calls ---------------------------------------------------

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        """Names of the hyperparameters: the class's own in the order of the constructor, then those of its bases."""

        def depth(name: str) -> int:
            return max(
                (i for i, base in enumerate(cls.__mro__) if name in vars(base).get("__annotations__", {})), default=0
            )

        return tuple(sorted((name for name in inspect.signature(cls.__init__).parameters if name != "self"), key=depth))

    def get_params(self) -> dict[str, Any]:
        """Hyperparameters by name."""
        return {name: getattr(self, name) for name in self.parameter_names()}

    def clone(self) -> Self:
        """A new, unfitted detector with the same hyperparameters."""
        return type(self)(**self.get_params())

    @property
    def rounds(self) -> int:
        """Number of rounds of a whole training run."""
        return 1 if self.rounds_parameter is None else int(getattr(self, self.rounds_parameter))

    def begin(self, train: TrainData) -> Self:
        """Forget any earlier training and get ready for a new run.

        Raises
        ------
        InvalidHyperparameter
            If a hyperparameter is outside its declared constraint.
        InvalidInput
            If the rows are empty, not numeric, NaN or infinite.
        MissingAnomalies
            If the detector needs labelled anomalies and there are none.
        """
        self.check_params()
        X = check_rows(train.X)
        if train.target.shape != (len(X),):
            raise InvalidInput(f"{len(X)} rows but target of shape {train.target.shape}")
        if self.needs_anomalies and not (train.target == ANOMALY).any():
            raise MissingAnomalies(
                f"{type(self).__name__} learns from labelled anomalies and the training rows have none"
            )
        self.row_shape_ = tuple(X.shape[1:])
        self.rounds_done_ = 0
        self._begin(replace(train, X=X))
        self.begun_ = True
        return self

    def train_round(self) -> dict[str, float]:
        """Train one round; its losses by name, of which there may be none.

        Raises
        ------
        NotFitted
            If `begin` was not called on this object; a loaded state is not enough.
        """
        if not hasattr(self, "begun_"):
            raise NotFitted(f"{type(self).__name__}: call begin() before train_round()")
        losses = self._train_round()
        self.rounds_done_ += 1
        return losses

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Train from start to end on rows (n, d) or (n, h, w, c), for use without a search; y is 1 for anomalies."""
        self.begin(TrainData.from_labels(X, y))
        for _ in range(self.rounds):
            self.train_round()
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Score rows like those of training, shape (n,), float64; higher is more anomalous.

        Raises
        ------
        NotFitted
            Before `begin`.
        InvalidInput
            If the rows are empty, NaN, infinite or of the wrong shape.
        """
        return np.asarray(self._score(self._checked(X)), dtype=np.float64)

    def training_scores(self, X: ArrayLike) -> NDArray[np.float64]:
        """Score rows of training as if each had not been there to compare itself with.

        Only detectors that compare rows with stored ones (kNN, LOF) differ from `decision_function`. The others
        cannot forget a row without a new training: their scores of training rows stay in-sample.

        Parameters
        ----------
        X : array-like of shape (n, d) or (n, h, w, c)
            Rows that were trained on.

        Returns
        -------
        ndarray of shape (n,), float64

        Raises
        ------
        NotFitted, InvalidInput
            As `decision_function`.
        """
        return np.asarray(self._score_training(self._checked(X)), dtype=np.float64)

    def _score_training(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Score checked training rows; a subclass that compares rows with stored ones leaves the row itself out."""
        return self._score(X)

    @classmethod
    def leaves_error_map(cls) -> bool:
        """Whether it says where in an image the anomaly is."""
        return cls._error_map is not Detector._error_map

    def error_map(self, X: ArrayLike) -> NDArray[np.float32]:
        """Error of each pixel of images (n, h, w, c), shape (n, h, w); higher is more anomalous.

        Raises
        ------
        InvalidInput
            If rows are no images, or the detector leaves no such map.
        NotFitted, InvalidInput
            As `decision_function`.
        """
        rows = self._checked(X)
        if not self.leaves_error_map() or rows.ndim != 4:
            raise InvalidInput(f"{type(self).__name__} leaves no error map of rows of shape {tuple(rows.shape[1:])}")
        return np.asarray(self._error_map(rows), dtype=np.float32)

    def _error_map(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Errors (n, h, w) of checked images; only of a detector that restores its input."""
        raise NotImplementedError

    def _checked(self, X: ArrayLike) -> NDArray[Any]:
        if not hasattr(self, "row_shape_"):
            raise NotFitted(f"{type(self).__name__}: fit it before scoring")
        rows = check_rows(X)
        if tuple(rows.shape[1:]) != self.row_shape_:
            raise InvalidInput(
                f"{type(self).__name__} was trained on rows of shape {self.row_shape_}, got {tuple(rows.shape[1:])}"
            )
        return rows

    def state_dict(self) -> dict[str, Any]:
        """The trained state: tensors, arrays and plain values, no pickled objects."""
        if not hasattr(self, "row_shape_"):
            raise NotFitted(f"{type(self).__name__} has no state before begin()")
        return {"row_shape": list(self.row_shape_), "rounds_done": self.rounds_done_, **self._state()}

    def load_state_dict(self, state: Mapping[str, Any]) -> Self:
        """Take over a state of the same hyperparameters; to go on training, call `begin` with the same rows first."""
        self.check_params()
        self.row_shape_ = tuple(int(n) for n in state["row_shape"])
        self.rounds_done_ = int(state["rounds_done"])
        self._load_state(state)
        return self

    def check_params(self) -> None:
        """Check every hyperparameter against its declared constraint."""
        rules: dict[str, tuple[constraints.Constraint, ...]] = {
            "seed": (constraints.Interval(int, 0, 2**32 - 1),),
            **self.parameter_constraints,
        }
        params = self.get_params()
        constraints.check(type(self).__name__, {k: v for k, v in rules.items() if k in params}, params)

    def __getstate__(self) -> dict[str, Any]:
        """Hyperparameters and trained state; what only training needs stays behind."""
        return {"params": self.get_params(), "state": self.state_dict() if hasattr(self, "row_shape_") else None}

    def __setstate__(self, saved: Mapping[str, Any]) -> None:
        self.__init__(**saved["params"])  # type: ignore[misc]
        if saved["state"] is not None:
            self.load_state_dict(saved["state"])

    def __repr__(self) -> str:
        params = ", ".join(f"{k}={v!r}" for k, v in self.get_params().items())
        return f"{type(self).__name__}({params})"


def check_rows(X: ArrayLike) -> NDArray[Any]:
    """Rows as an array of uint8 or float32, checked.

    Raises
    ------
    InvalidInput
        If there are no rows or columns, or a value is not a finite number as float32 (which 1e300 is not).
    """
    rows = np.asarray(X)
    if rows.ndim < 2 or 0 in rows.shape:
        raise InvalidInput(f"expected rows of shape (n, d) with n, d > 0, got {rows.shape}")
    if rows.dtype == np.bool_:
        return rows.astype(np.uint8)
    if rows.dtype == np.uint8:
        return rows
    if rows.dtype.kind not in "iuf":
        raise InvalidInput(f"rows must be numbers, got dtype {rows.dtype}")
    with np.errstate(over="ignore"):  # an overflow is found below, with its place
        rows = rows.astype(np.float32, copy=False)
    if not np.isfinite(rows).all():
        bad = np.argwhere(~np.isfinite(rows))[0]
        raise InvalidInput(f"row {bad[0]} has a value that is NaN or infinite as float32 (column {bad[1]})")
    return rows


def make(cls: type[Detector], params: Mapping[str, Any]) -> Detector:
    """Construct with a clear message for an unknown hyperparameter."""
    known = cls.parameter_names()
    for name in params:
        if name not in known:
            raise InvalidHyperparameter(f"{cls.__name__} has no hyperparameter {name!r}; it has {', '.join(known)}")
    detector = cls(**params)
    detector.check_params()
    return detector
