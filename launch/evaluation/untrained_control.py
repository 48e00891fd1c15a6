"""What stands beside a detector that trains by epochs: its own networks before any training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launch.evaluation.arm_metrics import Ranking
from launch.evaluation.metric_labels import RANKING
from trainables.core import metrics
from trainables.core.detector import Detector, Fidelity

SEEDS = (0, 1, 2)


def wanted(cls: type[Detector]) -> bool:
    """Whether there is an untrained control: where training is by epochs.

    Random convolutions alone tell many classes apart, and random projections many an odd row of a table.
    """
    return cls.fidelity is Fidelity.EPOCHS and not cls.control


def metrics_of(y: NDArray[Any], scores: Mapping[int, NDArray[np.float64]]) -> dict[str, Ranking]:
    """Means over seeds and tasks; nothing where no untrained form could score."""
    if not scores:
        return {}
    rows = [row for own in scores.values() for row in metrics.ranking_by_task(y, own)]
    return {"untrained": Ranking(*(round(float(np.mean([row[name] for row in rows])), 6) for name in RANKING))}
