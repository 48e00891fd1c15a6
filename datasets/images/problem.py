"""Images under a protocol: which are trained on, which choose, which are sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from datasets.images.protocols import ImageProtocol
from datasets.problems import deduplication
from datasets.problems.parts import Part, Split
from datasets.problems.prepared import Prepared
from datasets.problems.problem import Problem

if TYPE_CHECKING:
    from trainables.components.augment import Augmentation


@dataclass(frozen=True, eq=False)
class Tasks:
    """Which classes are normal in turn, and how rows are labelled for them.

    Parameters
    ----------
    normal : tuple of int
        Classes; more than one makes labels a matrix with a column for each.
    names : tuple of str
        Of all classes.
    """

    normal: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def several(self) -> bool:
        """Whether labels are a matrix."""
        return len(self.normal) > 1

    @property
    def task_names(self) -> tuple[str, ...]:
        """Names of the normal classes where there are several, else nothing."""
        return tuple(self.names[k] for k in self.normal) if self.several else ()

    def labels(self, classes: NDArray[np.int16], members: NDArray[np.bool_] | None = None) -> NDArray[np.int8]:
        """1 for images of another class than the normal one, -1 for those that are not among `members`."""
        y = (classes[:, None] != np.array(self.normal)[None]).astype(np.int8)
        if members is not None:
            y[~members] = -1
        return y if self.several else y[:, 0]

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
    augment : Augmentation, optional
        What training changes of its images at random.
    shown : ndarray of shape (k, h, w, c), uint8, optional
        Images without labels to score at the end.
    shown_ids : tuple of str
    made_up : bool
        Whether anomalies that choose were made from normal images.
    """

    rules: ImageProtocol = field(kw_only=True)
    of: Tasks = field(kw_only=True)
    classes: NDArray[np.int16] = field(kw_only=True, repr=False)
    full_classes: NDArray[np.int16] = field(kw_only=True, repr=False)
    augment: Augmentation | None = field(default=None, kw_only=True)
    shown: NDArray[np.uint8] | None = field(default=None, kw_only=True, repr=False)
    shown_ids: tuple[str, ...] = field(default=(), kw_only=True, repr=False)
    made_up: bool = field(default=False, kw_only=True)

    modality: ClassVar[str] = "image"
    normal_only: ClassVar[bool] = True

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the normal classes of a group."""
        return self.of.task_names

    @property
    def selection(self) -> str:
        """By what configurations are chosen: the labels of validation images, or made-up anomalies."""
        return "synthetic" if self.made_up else "labelled"

    @property
    def untrained_anomaly_types(self) -> tuple[str, ...]:
        """All, unless the protocol gives training some of each."""
        return () if self.rules.balanced else self.of.names

    def split(self, seed: int) -> Split:
        """Training and validation images: a fifth of every class validates; of kinds of anomaly, all.

        Parameters
        ----------
        seed : int
            The same seed gives the same images; 0 or more.
        """
        if seed not in self._last:
            valid = self._validate(seed)
            part = Split(self._train(~valid), self.development.take(valid), seed)
            self._last.clear()
            self._last[seed] = part
        return self._last[seed]

    def check(self, seeds: Iterable[int]) -> None:
        """Nothing beyond what was checked when the problem was made: every split has images of every class."""

    def whole(self, seed: int = 0) -> Prepared:
        """The images that final fits train on."""
        chosen = np.ones(len(self.classes), bool)
        if self.rules.refit_on_part:
            chosen = ~self._validate(deduplication.FIRST_SEED + self.outer_split)
        return Prepared(self._train(chosen))

    def reference(self) -> Part:
        """Images with labels on which a final fit's threshold is placed: a fifth of every class.

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
        valid = deduplication.stratified_fifth(self.classes, seed)
        if self.rules.by_kind or self.rules.left_over_is_test:
            valid |= ~self.of.trainable(self.classes)
        return valid

    def _train(self, rows: NDArray[np.bool_]) -> Part:
        """Of these, what training may see: without labelled anomalies, the normal classes alone."""
        if not self.rules.balanced:
            rows = rows & self.of.trainable(self.classes)
        return self.development if rows.all() else self.development.take(rows)
