"""Rows to score, from CSV, Parquet or npz, as a person has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datasets.errors import DataError
from datasets.table import read_csv

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet", ".npz")


def read_rows(path: Path) -> tuple[pd.DataFrame, np.ndarray | None]:
    """Feature columns, and 0/1 labels where the file has them.

    Parameters
    ----------
    path : Path
        CSV or Parquet with a column per feature (a column `class`, `label` or `y` holds
        labels), or npz with `X` and perhaps `y`.

    Returns
    -------
    DataFrame of shape (n, d)
        Column names as in the file; x0, x1, … where it has none.
    ndarray of shape (n,) or None

    Raises
    ------
    DataError
        If the file is missing, unreadable, or holds something that is not a finite number.
    """
    import pandas as pd

    if not path.is_file():
        raise DataError(f"there is no file {path}")
    if path.suffix == ".npz":
        return _npz(path)
    if path.suffix == ".parquet":
        return _parquet(path)
    if path.suffix != ".csv":
        raise DataError(f"{path}: rows are read from {', '.join(SUFFIXES)} files, not {path.suffix or 'this'}")
    table = read_csv(path)
    return pd.DataFrame(table.X, columns=list(table.feature_names)), table.y


def _npz(path: Path) -> tuple[pd.DataFrame, np.ndarray | None]:
    import pandas as pd

    try:
        with np.load(path, allow_pickle=False) as arrays:
            if "X" not in arrays:
                raise DataError(f"{path} must hold an array X, found {', '.join(arrays.files) or 'nothing'}")
            X = arrays["X"]
            y = arrays.get("y")
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as npz ({error}); is it cut short?") from error
    if X.ndim != 2:
        raise DataError(f"{path}: X must have one row per case and one column per feature, got shape {X.shape}")
    return pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])]), y


def _parquet(path: Path) -> tuple[pd.DataFrame, np.ndarray | None]:
    import pandas as pd

    from datasets.table import LABEL_COLUMNS

    try:
        frame = pd.read_parquet(path)
    except Exception as error:
        raise DataError(f"{path} cannot be read as Parquet ({' '.join(str(error).split())[:200]})") from error
    frame.columns = [str(c) for c in frame.columns]
    labels = [c for c in frame.columns if c.lower() in LABEL_COLUMNS]
    y = frame[labels[0]].to_numpy() if labels else None
    features = frame.drop(columns=labels)
    text = [c for c in features.columns if features[c].dtype.kind not in "iufb"]
    if text:
        raise DataError(f"{path}: column {text[0]!r} is not numeric ({features[text[0]].dtype})")
    return features, y
