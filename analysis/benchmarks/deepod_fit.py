"""One fit of DeepOD's DevNet with the report's settings, in this process; prints one line of JSON.

An arm of `search_vs_fit.py` and `fit.py`. The seconds are those of `fit` alone, which in
DeepOD scores the training rows at its end; imports and reading the data are not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

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
    """Fit on the training rows of the split of that seed, score its validation rows."""
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


def main() -> None:
    """Read the options, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="celeba")
    parser.add_argument("--seed", type=int, default=0, help="of the split; DeepOD keeps its own random_state 42")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    args = parser.parse_args()
    print(json.dumps(fit(args.dataset, args.seed, args.threads, args.epochs)))


if __name__ == "__main__":
    main()
