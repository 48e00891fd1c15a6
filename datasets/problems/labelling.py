"""What is known of the rows of a dataset of which not all have a label."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems.dataset import ANOMALIES_ALONE, NO_LABELS, Dataset
from trainables.core.detector import ANOMALY, NORMAL, UNLABELLED


def known(dataset: Dataset) -> NDArray[np.int8] | None:
    """What training may know of the rows, see `Part.target`; None where it is every label."""
    if dataset.labelling == NO_LABELS:
        return np.full(len(dataset.y), UNLABELLED, np.int8)
    if dataset.labelling == ANOMALIES_ALONE:
        return np.where(dataset.y == 1, ANOMALY, UNLABELLED).astype(np.int8)
    if (dataset.y >= 0).all():
        return None
    return np.select([dataset.y == 1, dataset.y == 0], [ANOMALY, NORMAL], UNLABELLED).astype(np.int8)


def shown(dataset: Dataset) -> dict[str, Any]:
    """The rows without a label, which are scored at the end, and their numbers in the file."""
    if dataset.labelling == ANOMALIES_ALONE:
        without = dataset.y == 0
    else:
        without = (dataset.y < 0) | (dataset.labelling == NO_LABELS)
    if not without.any():
        return {}
    return {"shown": dataset.X if without.all() else dataset.X[without], "shown_ids": np.flatnonzero(without)}


def labelled(dataset: Dataset) -> Dataset:
    """The rows that have a label."""
    kept = dataset.y >= 0
    if kept.all():
        return dataset
    optional: dict[str, Any] = {
        name: None if (values := getattr(dataset, name)) is None else values[kept]
        for name in ("groups", "times", "anomaly_types")
    }
    return replace(dataset, X=dataset.X[kept], y=dataset.y[kept], **optional)
