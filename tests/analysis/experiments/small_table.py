"""What the tests of grid and label budget share: a small table, detectors that misbehave, the lines on disk."""

import json

import numpy as np

HEAD = '''
import os
import time
from typing import ClassVar

import numpy as np

from trainables.core.detector import Detector, Fidelity, Modality, Supervision


class Mine(Detector):
    """For tests."""

    supervision: ClassVar = Supervision.FEW_LABEL
    fidelity: ClassVar = Fidelity.NONE

    def __init__(self, *, seed=0):
        self.seed = seed

    def _begin(self, train):
        pass

    def _train_round(self):
        return {}

    def _score(self, X):
        return X[:, 0]

    def _state(self):
        return {}

    def _load_state(self, state):
        pass
'''


def table(path, rows=240, anomalies=40, seed=0):
    """A table whose anomalies are shifted, every row another; returns its path as a text."""
    rng = np.random.default_rng(seed)
    y = np.zeros(rows, int)
    y[rng.permutation(rows)[:anomalies]] = 1
    X = rng.normal(size=(rows, 4)) + 1.5 * y[:, None]
    lines = ["a,b,c,d,label", *(",".join([*(f"{v:.6f}" for v in x), str(t)]) for x, t in zip(X, y, strict=True))]
    path.write_text("\n".join(lines))
    return str(path)


def detector(path, body):
    """A detector's file with some methods of its own."""
    path.write_text(HEAD + body)
    return str(path)


def read(home, suffix="jsonl"):
    """The lines of the one experiment in a home."""
    (path,) = (home / "grids").glob(f"*.{suffix}")
    return [json.loads(line) for line in path.read_text().splitlines()]


def ledger(home):
    path = home / "seal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
