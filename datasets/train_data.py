"""From the rows of a split to what a detector may see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trainables.core.custom_detectors import load_class
from trainables.core.detector import ANOMALY, NORMAL, UNLABELLED, Supervision, TrainData
from trainables.core.task_group import Task

if TYPE_CHECKING:
    from datasets.problems.parts import Part
    from trainables.core.detector import Detector

LEARN_FROM_ANOMALIES = (Supervision.FEW_LABEL, Supervision.SUPERVISED)


def train_data(part: Part, detector: str) -> TrainData:
    """Training rows for a detector: of the labels, what the part says may be seen.

    Parameters
    ----------
    part : Part
    detector : str
        Whether it learns from labelled anomalies decides what it gets of a part that is
        otherwise of normal rows.
    """
    if part.target is not None:
        rows = _learnt_from(part.target, load_class(detector).supervision)
        return TrainData(part.X[rows], part.target[rows], augment=part.augment)
    labelled = not part.normal_only or load_class(detector).supervision in LEARN_FROM_ANOMALIES
    labels = part.y.reshape(len(part), -1)
    tasks = tuple(_task(name, labels[:, k], labelled) for k, name in enumerate(part.tasks))
    if len(tasks) > 1:
        return TrainData(part.X, np.zeros(len(part), np.int8), augment=part.augment, tasks=tasks)
    return TrainData(part.X[tasks[0].rows], tasks[0].target, augment=part.augment)


def _learnt_from(target: NDArray[np.int8], supervision: Supervision) -> NDArray[np.bool_] | slice:
    """Rows of partly labelled ones that a detector trains on.

    A supervised one has no use for rows without a label where there are labelled ones of both kinds; where anomalies
    alone are labelled, it takes all others for normal, as an unsupervised one takes all rows and one that learns from
    few labels has them for its other side.
    """
    both = (target == ANOMALY).any() and (target == NORMAL).any()
    return target != UNLABELLED if supervision is Supervision.SUPERVISED and both else slice(None)


def knows_anomalies(train: TrainData) -> bool:
    """Whether there is a labelled anomaly to learn from, in a group for each task."""
    return all((target == ANOMALY).any() for target in train.targets)


def _task(name: str, y: np.ndarray, labelled: bool) -> Task:
    """The rows of one task, the normal ones or all: a slice where they stand together, since that copies nothing."""
    rows = np.flatnonzero(y >= 0 if labelled else y == 0)
    target = np.where(y[rows] == 1, ANOMALY, NORMAL).astype(np.int8)
    together = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
    return Task(name, slice(int(rows[0]), int(rows[-1]) + 1) if together else rows, target)


def supervision_of(cls: type[Detector], normal_only: bool) -> str:
    """What a detector saw of the labels: one that needs none, and is given normal rows alone, is one-class."""
    if normal_only and cls.supervision is Supervision.UNSUPERVISED and not cls.control:
        return Supervision.ONE_CLASS.value
    return cls.supervision.value
