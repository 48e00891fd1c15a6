"""From the rows of a split to what a detector may see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trainables.core.custom_detectors import load_class
from trainables.core.detector import ANOMALY, NORMAL, Supervision, TrainData
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
    learns = load_class(detector).supervision in LEARN_FROM_ANOMALIES
    if part.tasks:
        target = np.zeros(len(part), np.int8)
        tasks = tuple(_task(name, part.y[:, k], learns) for k, name in enumerate(part.tasks))
        return TrainData(part.X, target, augment=part.augment, tasks=tasks)
    if part.normal_only and not learns:
        normal = part.y == 0
        rows = part.X if normal.all() else part.X[normal]
        return TrainData(rows, np.full(len(rows), NORMAL, np.int8), augment=part.augment)
    if part.target is None:
        train = TrainData.from_labels(part.X, part.y)
        return train if part.augment is None else TrainData(train.X, train.target, augment=part.augment)
    return TrainData(part.X, part.target, augment=part.augment)


def knows_anomalies(train: TrainData) -> bool:
    """Whether there is a labelled anomaly to learn from, in a group for each task."""
    if train.tasks:
        return all((task.target == ANOMALY).any() for task in train.tasks)
    return bool((train.target == ANOMALY).any())


def _task(name: str, y: np.ndarray, learns: bool) -> Task:
    """The rows of one task: a slice where they stand together, since that copies nothing."""
    rows = np.flatnonzero(y >= 0 if learns else y == 0)
    target = np.where(y[rows] == 1, ANOMALY, NORMAL).astype(np.int8)
    together = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
    return Task(name, slice(int(rows[0]), int(rows[-1]) + 1) if together else rows, target)


def supervision_of(cls: type[Detector], normal_only: bool) -> str:
    """What a detector saw of the labels: one that needs none, and is given normal rows alone, is one-class."""
    if normal_only and cls.supervision is Supervision.UNSUPERVISED and not cls.control:
        return Supervision.ONE_CLASS.value
    return cls.supervision.value
