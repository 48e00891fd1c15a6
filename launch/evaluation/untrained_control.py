"""What stands beside a detector that trains by epochs: its own networks before any training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core import metrics
from trainables.core.detector import Detector, Fidelity

SEEDS = (0, 1, 2)


def wanted(cls: type[Detector]) -> bool:
    """Whether there is an untrained control: where training is by epochs.

    Random convolutions alone tell many classes apart, and random projections many an odd row of a table.
    """
    return cls.fidelity is Fidelity.EPOCHS and not cls.control


def figures(y: NDArray[Any], scores: Mapping[int, NDArray[np.float64]]) -> dict[str, Any]:
    """Mean AUROC and AP over seeds, and of a group over its tasks; nothing where no untrained form could score."""
    if not scores:
        return {}
    rows = []
    for one in scores.values():
        rows += metrics.ranking_by_task(y, one)
    return {"untrained": {k: round(float(np.mean([r[k] for r in rows])), 6) for k in ("auroc", "ap")}}
