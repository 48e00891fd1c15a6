"""One fit of DeepOD's DevNet with the report's settings, in this process.

An arm of `search_vs_fit.py` and `fit.py`. The seconds are those of `fit` alone, which in
DeepOD scores the training rows at its end; imports and reading the data are not counted.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from analysis.benchmarks.common import load
from trainables.core import metrics

EPOCHS = 100
"""Of the report, and of DeepOD's defaults."""


def scaled(fit_seconds: float, training_seconds: float, epochs: int, full: int = EPOCHS) -> float:
    """Seconds of a fit of `full` epochs, from one of `epochs`: only the epochs grow."""
    return fit_seconds - training_seconds + training_seconds * full / epochs


def fit(dataset: str, seed: int, threads: int, epochs: int) -> dict[str, Any]:
    """Fit on the training rows of the split of that seed, score its validation rows; DeepOD's own seed stays 42."""
    from deepod.models.tabular import DevNet

    torch.set_num_threads(threads)
    split = load(dataset).split(seed)
    rows, labels = split.train.X.astype(np.float32), split.train.y.astype(np.int64)
    detector = DevNet(epochs=epochs, device="cpu", verbose=0)
    training, spent = detector._training, []

    def timed_training() -> None:
        start = time.perf_counter()
        training()
        spent.append(time.perf_counter() - start)

    detector._training = timed_training
    start = time.perf_counter()
    detector.fit(rows, labels)
    seconds = time.perf_counter() - start
    figures = metrics.ranking(split.valid.y, detector.decision_function(split.valid.X.astype(np.float32)))
    return {
        "threads": threads,
        "epochs": epochs,
        "rows": len(labels),
        "fit_seconds": seconds,
        "training_seconds": sum(spent),
        "full_seconds": scaled(seconds, sum(spent), epochs),
        "auroc": figures["auroc"],
        "ap": figures["ap"],
    }
