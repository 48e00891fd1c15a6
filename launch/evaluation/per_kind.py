"""Test metrics apart for each kind of anomaly, and for kinds that training never saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.problems.parts import Part
from launch.evaluation.arm_metrics import AnomalyTypeMetrics, Interval
from launch.evaluation.bootstrap import bootstrap_metrics
from launch.evaluation.clusters import clusters
from launch.evaluation.metric_labels import RANKING

SEEN, UNSEEN = "all seen kinds", "all unseen kinds"
RESAMPLES = 500


def by_kind(test: Part, scores: NDArray[np.float64], unseen: Sequence[str]) -> dict[str, AnomalyTypeMetrics]:
    """AUROC and AP of each kind of anomaly against all normal rows; for the seen and the unseen together, too.

    `scores` are of shape (seeds, n), `unseen` the kinds that no training or validation row is of. AP depends on how
    many anomalies there are, so it compares within a line only.
    """
    y, kinds, together = test.y, test.anomaly_types, clusters(test)
    if kinds is None:
        return {}
    names = sorted({str(kind) for kind in kinds[y == 1]})
    sets = {name: np.isin(kinds, [name]) for name in names}
    hidden = np.isin(kinds, list(unseen))
    if unseen and (~hidden & (y == 1)).any():
        sets = {SEEN: ~hidden & (y == 1), UNSEEN: hidden & (y == 1), **sets}
    by_type: dict[str, AnomalyTypeMetrics] = {}
    for name, chosen in sets.items():
        rows = (y == 0) | chosen
        drawn = None if together is None else together[rows]
        metrics = bootstrap_metrics(y[rows], scores[:, rows], resamples=RESAMPLES, clusters=drawn)[0]["tuned"]
        auroc, ap = (
            Interval(*(round(float(metrics[metric][bound]), 6) for bound in ("mean", "low", "high")))
            for metric in RANKING
        )
        by_type[name] = AnomalyTypeMetrics(int(chosen.sum()), bool(hidden[chosen].all()), auroc, ap)
    return by_type
