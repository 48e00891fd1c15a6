import os
from pathlib import Path

import numpy as np
import pytest

from datasets.problems.dataset import Dataset
from datasets.tables.named import load

ROOT = Path(__file__).resolve().parents[2]
PLACES = [os.environ.get("ANOMALY_DATA"), ROOT.parent / "shared" / "data", ROOT / "data"]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder that holds the real CelebA file; tests that need it are skipped where there is none."""
    for place in PLACES:
        if place and (Path(place) / "8_celeba.npz").is_file():
            return Path(place)
    pytest.skip("8_celeba.npz is not here: set ANOMALY_DATA to its folder")


@pytest.fixture(scope="session")
def celeba(data_dir: Path) -> Dataset:
    return load("celeba", data_dir, download=False, allow_standin=False)


@pytest.fixture
def toy():
    """Makes small datasets: 0/1 rows in which many patterns repeat, some with both labels."""

    def make(n=400, d=6, seed=0, name="toy", anomalies=40) -> Dataset:
        generator = np.random.default_rng(seed)
        X = (generator.random((n, d)) < 0.4).astype(np.uint8)
        y = np.zeros(n, np.int8)
        y[generator.permutation(n)[:anomalies]] = 1
        return Dataset(name, X, y, tuple(f"x{i}" for i in range(d)), "made by a test", "0" * 64, "none")

    return make
