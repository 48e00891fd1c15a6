"""Search on a table of one's own, from Python: `python examples/own_table.py`; about a minute."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # not needed where the platform is installed

import numpy as np
import pandas as pd

from launch.api import compare, search


def payments(rows: int = 1200, seed: int = 0) -> pd.DataFrame:
    """A raw table as it comes: numbers, texts, missing values, a label column."""
    rng = np.random.default_rng(seed)
    fraud = rng.random(rows) < 0.05
    amount = rng.lognormal(3 + 1.5 * fraud, 0.6)
    hour = np.where(fraud, rng.integers(0, 6, rows), rng.integers(7, 22, rows)).astype(float)
    hour[rng.random(rows) < 0.03] = np.nan
    country = np.where(rng.random(rows) < 0.2 + 0.5 * fraud, "abroad", "home")
    return pd.DataFrame({"amount": amount, "hour": hour, "country": country, "verdict": np.where(fraud, "bad", "ok")})


def main(home: str = "runs", trials: int = 8) -> None:
    """Search one detector, look at what came of it, score new rows; then compare three."""
    # `local=True` is one process without Ray: right for small tables and for debugging
    options = {"label": "verdict", "positive": ["bad"], "trials": trials, "local": True, "home": home}
    result = search("iforest", payments(), **options)
    print(result)
    print(result.trials[["number", "state", "origin", "score", "rounds"]])
    print("report:", result.report_path)

    tomorrow = payments(5, seed=1).drop(columns="verdict")
    print(tomorrow.join(result.model.predict(tomorrow)))

    print(compare(["iforest", "ecod", "hbos"], payments(), no_report=True, no_retrain=True, **options).table)


if __name__ == "__main__":
    main(*sys.argv[1:2])
