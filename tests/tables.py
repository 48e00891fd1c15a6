"""Small raw tables for tests: texts, missing values, dates, groups, kinds of anomaly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def raw(rows: int = 300, anomalies: int = 30, seed: int = 0) -> pd.DataFrame:
    """Numbers with gaps, whole numbers, texts with gaps, dates, flags, a group, a kind and a label of two texts."""
    generator = np.random.default_rng(seed)
    y = np.zeros(rows, int)
    y[generator.permutation(rows)[:anomalies]] = 1
    colour = pd.Series(generator.choice(["red", "green", "blue"], rows), dtype="str")
    return pd.DataFrame(
        {
            "amount": np.where(generator.random(rows) < 0.1, np.nan, (generator.normal(size=rows) + 3 * y).round(3)),
            "count": generator.integers(0, 50, rows),
            "colour": colour.where(generator.random(rows) >= 0.1),
            "when": pd.date_range("2020-01-01", periods=rows, freq="7h").strftime("%Y-%m-%d %H:%M"),
            "flag": generator.random(rows) < 0.3,
            "shop": generator.integers(0, 40, rows),
            "kind": np.where(y == 1, generator.choice(["theft", "fraud"], rows), "none"),
            "verdict": np.where(y == 1, "bad", "good"),
        }
    )


def write(path: Path, frame: pd.DataFrame, **options: Any) -> Path:
    """The table in a file, of the kind that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, **options)
    return path
