"""What stands beside a deep detector of images: its own networks before any training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis import metrics
from trainables.core.detector import Fidelity
from trainables.core.external import load_class

if TYPE_CHECKING:
    from datasets.problem import Problem

SEEDS = (0, 1, 2)


def wanted(detector: str, problem: Problem) -> bool:
    """Whether there is an untrained control: of images, where training is by epochs.

    Random convolutions alone tell many classes apart; on a table they rarely do.
    """
    cls = load_class(detector)
    return problem.modality == "image" and cls.fidelity is Fidelity.EPOCHS and not cls.control


def figures(y: NDArray[Any], scores: Mapping[int, NDArray[np.float64]]) -> dict[str, Any]:
    """Mean AUROC and AP over seeds, and of a group over its tasks; nothing where no untrained form could score."""
    if not scores:
        return {}
    rows = []
    for one in scores.values():
        rows += metrics.ranking_by_task(y, one)
    return {"untrained": {k: round(float(np.mean([r[k] for r in rows])), 6) for k in ("auroc", "ap")}}
