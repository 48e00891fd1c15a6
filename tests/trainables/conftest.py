"""The real CelebA file as the report splits it, and its threshold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split

ROOT = Path(__file__).parents[2]


class Celeba(NamedTuple):
    X: np.ndarray
    y: np.ndarray
    X_dev: np.ndarray
    y_dev: np.ndarray

    def report(self, scores: np.ndarray) -> tuple[float, float, float]:
        """AUROC, AP and F1 at the 97.8th percentile of the evaluated scores, to four digits."""
        f1 = f1_score(self.y_dev, scores > np.percentile(scores, 97.8))
        measured = roc_auc_score(self.y_dev, scores), average_precision_score(self.y_dev, scores), f1
        return tuple(round(float(value), 4) for value in measured)


@pytest.fixture(scope="session")
def celeba() -> Celeba:
    folders = [os.environ.get("ANOMALY_DATA"), ROOT.parent / "shared" / "data", ROOT / "data"]
    found = [Path(folder) / "8_celeba.npz" for folder in folders if folder]
    path = next((one for one in found if one.exists()), None)
    if path is None:
        pytest.skip("8_celeba.npz is not on this machine (set ANOMALY_DATA)")
    with np.load(path) as file:
        rows = pd.DataFrame(np.c_[file["X"], file["y"]].astype(np.uint8)).drop_duplicates().to_numpy()
    assert rows.shape == (115_115, 40)
    X, X_dev, y, y_dev = train_test_split(rows[:, :-1], rows[:, -1], test_size=0.2, random_state=42)
    return Celeba(X, y, X_dev, y_dev)
