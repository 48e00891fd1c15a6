"""What stands beside a detector that trains by epochs: its own networks before any training, and what those measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from launch.evaluation.arm_metrics import Ranking
from launch.evaluation.metric_labels import RANKING

if TYPE_CHECKING:
    from datasets.problems.problem import Problem
from trainables.core import metrics
from trainables.core.detector import Detector, Fidelity

SEEDS = (0, 1, 2)


def wanted(cls: type[Detector]) -> bool:
    """Whether there is an untrained control: where training is by epochs.

    Random convolutions alone tell many classes apart, and random projections many an odd row of a table.
    """
    return cls.fidelity is Fidelity.EPOCHS and not cls.control


def distance_to_mean(problem: Problem, X: NDArray[Any]) -> NDArray[np.float64]:
    """||x - m||^2 of raw rows of a table, prepared as for training, m the mean of the development rows.

    An untrained autoencoder restores next to nothing: its error on standardised columns is this, which is a
    detector by itself where anomalies lie outside.
    """
    prepared = problem.whole()
    rows = np.asarray(prepared.rows(X), np.float64)
    return np.square(rows - prepared.train.X.mean(0, dtype=np.float64)).sum(1)


def metrics_of(
    y: NDArray[Any], scores: Mapping[int, NDArray[np.float64]], far: NDArray[np.float64] | None = None
) -> dict[str, Ranking]:
    """Means over seeds and tasks, and those of `distance_to_mean`; nothing where no untrained form could score."""
    if not scores:
        return {}
    sides = {"untrained": list(scores.values())} | ({} if far is None else {"distance_to_mean": [far]})
    return {side: _means(y, own) for side, own in sides.items()}


def _means(y: NDArray[Any], scores: Sequence[NDArray[np.float64]]) -> Ranking:
    rows = [row for own in scores for row in metrics.ranking_by_task(y, own)]
    return Ranking(*(round(float(np.mean([row[name] for row in rows])), 6) for name in RANKING))
