"""Images under a protocol: which are trained on, which choose, which are sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from datasets.images.protocols import ImageProtocol
from datasets.problems import deduplication
from datasets.problems.parts import Part, Split
from datasets.problems.prepared import Prepared
from datasets.problems.problem import Problem


@dataclass(frozen=True, eq=False)
class Tasks:
    """Which classes are normal in turn, and how rows are labelled for them.

    Parameters
    ----------
    normal : tuple of int
        Classes.
    names : tuple of str
        Of all classes.
    """

    normal: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def task_names(self) -> tuple[str, ...]:
        """Names of the normal classes; one that is alone needs none."""
        return tuple(self.names[k] for k in self.normal) if len(self.normal) > 1 else ("",)

    def labels(self, classes: NDArray[np.int16]) -> NDArray[np.int8]:
        """1 for images of another class than the normal one; shape (n, tasks)."""
        return (classes[:, None] != np.array(self.normal)).astype(np.int8)

    def columns(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of shape (n, tasks) as parts hold them: of a single task of shape (n,)."""
        return values if len(self.normal) > 1 else values[:, 0]

    def anomaly_types(self, classes: NDArray[np.int16]) -> NDArray[np.str_] | None:
        """The class of each anomaly, "" for normal images; None of several tasks, where each image is normal in one."""
        return None if len(self.normal) > 1 else np.where(self.trainable(classes), "", np.array(self.names)[classes])

    def trainable(self, classes: NDArray[np.int16]) -> NDArray[np.bool_]:
        """Images of a normal class."""
        return np.isin(classes, self.normal)


@dataclass(frozen=True, eq=False)
class ImageProblem(Problem):
    """A `Problem` of images, ordered by class, so that the training images of a class are a view.

    Parameters
    ----------
    rules : ImageProtocol
    of : Tasks
    classes : ndarray of shape (n,)
        Of the development images.
    full_classes : ndarray of shape (m,)
        Of all images.
    made_up
        As in `datasets.images.dataset.ImageDataset`.
    """

    rules: ImageProtocol = field(kw_only=True)
    of: Tasks = field(kw_only=True)
    classes: NDArray[np.int16] = field(kw_only=True, repr=False)
    full_classes: NDArray[np.int16] = field(kw_only=True, repr=False)
    made_up: bool = field(default=False, kw_only=True)

    modality: ClassVar[str] = "image"

    @property
    def normal_only(self) -> bool:
        """Always, for detectors that learn nothing from labelled anomalies."""
        return True

    @property
    def selection(self) -> str:
        """By what configurations are chosen: the labels of validation images, or made-up anomalies."""
        return "synthetic" if self.made_up else "labelled"

    @property
    def untrained_anomaly_types(self) -> tuple[str, ...]:
        """All, unless the protocol gives training some of each."""
        return () if self.rules.balanced else self.of.names

    def _draw(self, seed: int) -> Split:
        valid = self._validate(seed)
        return Split(self._train(~valid), self.development.take(valid), seed)

    def valid_rows(self, seed: int) -> deduplication.Rows:
        """Which development images validate in the split of a seed."""
        return np.flatnonzero(self._validate(seed))

    def trained_on(self, seed: int) -> Prepared:
        """The training images of the split of a seed, as they are."""
        return Prepared(self._train(~self._validate(seed)))

    def check(self, seeds: Iterable[int]) -> None:
        """Nothing beyond what was checked when the problem was made: every split has images of every class."""

    def whole(self, seed: int = 0) -> Prepared:
        """The images that final fits train on."""
        chosen = np.ones(len(self.classes), bool)
        if self.rules.refit_on_part:
            chosen = ~self._validate(deduplication.FIRST_SEED + self.outer_split)
        return Prepared(self._train(chosen))

    def reference(self) -> Part:
        """Images with labels whose metrics stand beside those of the test: a fifth of every class.

        With `refit_on_part` none of them was trained on; else the normal ones were.
        """
        return self.development.take(self._validate(deduplication.FIRST_SEED + self.outer_split))

    def full_reference(self) -> Part:
        """As `reference`, for the model that is trained on every normal image."""
        return self.full().take(deduplication.stratified_fifth(self.full_classes, deduplication.FIRST_SEED))

    def everything(self, seed: int = 0) -> Prepared:
        """Every normal image, those of the test too; the same caution as for `full`."""
        full = self.full()
        if self.rules.balanced:
            return Prepared(full)
        rows = self.of.trainable(self.full_classes)
        return Prepared(full if rows.all() else full.take(rows))

    def _validate(self, seed: int) -> NDArray[np.bool_]:
        """A fifth of every class; of kinds of anomaly, all."""
        valid = deduplication.stratified_fifth(self.classes, seed)
        if self.rules.by_kind or self.rules.left_over_is_test:
            valid |= ~self.of.trainable(self.classes)
        return valid

    def _train(self, rows: NDArray[np.bool_]) -> Part:
        """Of these, what training may see: without labelled anomalies, the normal classes alone."""
        if not self.rules.balanced:
            rows = rows & self.of.trainable(self.classes)
        return self.development if rows.all() else self.development.take(rows)
