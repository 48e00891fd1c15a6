"""A trained detector as it is served: score, label and probability of each row.

MLflow's pyfunc loads this module by name and calls `_load_pyfunc`. It needs
`trainables` alone: neither Ray, Optuna, datasets nor the launcher.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainables.core import state
from trainables.core.detector import make
from trainables.core.errors import InvalidInput
from trainables.core.external import load_class

OUTPUTS = {"score": "double", "label": "long", "probability": "double", "probability_kind": "string"}


class ServedModel:
    """Scores rows; labels those at or above the threshold.

    Parameters
    ----------
    folder : path
        What `save` wrote.
    """

    def __init__(self, folder: str | Path) -> None:
        where = Path(folder)
        self.meta: dict[str, Any] = json.loads((where / "model.json").read_text())
        name = self.meta["detector"]
        if self.meta.get("detector_file"):
            name = str(where / self.meta["detector_file"])
            found = hashlib.sha256(Path(name).read_bytes()).hexdigest()
            if found != self.meta["detector_file_sha256"]:
                raise ValueError(f"{name} is not the detector that this model was trained with (sha256 {found})")
        self.detector = make(load_class(name), self.meta["params"])
        self.detector.load_state_dict(state.load(where / "state.pt"))
        self.features: list[str] = self.meta["features"]
        self.threshold: float = self.meta["threshold"]

    def rows(self, data: Any) -> NDArray[Any]:
        """Rows as an array, columns in the order of training.

        Raises
        ------
        InvalidInput
            If a column is missing, or the width is wrong.
        """
        if hasattr(data, "columns"):
            names = [str(c) for c in data.columns]
            if set(self.features) <= set(names):
                data = data[self.features] if names == list(data.columns) else data.rename(columns=str)[self.features]
            elif len(names) != len(self.features) or not all(n.isdigit() for n in names):
                missing = [f for f in self.features if f not in names]
                raise InvalidInput(f"{len(missing)} columns are missing: {', '.join(missing[:5])}")
            data = data.to_numpy()
        return np.asarray(data, dtype=np.float32)

    def score(self, data: Any) -> dict[str, NDArray[Any]]:
        """Arrays `score`, `label`, `probability` and `probability_kind`, each of shape (n,)."""
        scores = self.detector.decision_function(self.rows(data))
        kind, probability = self.probability(scores)
        return {
            "score": scores,
            "label": (scores >= self.threshold).astype(np.int64),
            "probability": probability,
            "probability_kind": np.full(len(scores), kind, dtype=object),
        }

    def probability(self, scores: ArrayLike) -> tuple[str, NDArray[np.float64]]:
        """What kind of probability the model has, and its value for each score."""
        return calibrated(self.meta["calibration"], np.asarray(scores, dtype=np.float64))

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """A DataFrame with one row per row of the input, as pyfunc asks."""
        import pandas as pd

        index = data.index if hasattr(data, "columns") else None
        return pd.DataFrame(self.score(data), index=index)


def calibrated(calibration: Mapping[str, Any], scores: NDArray[np.float64]) -> tuple[str, NDArray[np.float64]]:
    """Probability of each score.

    ``isotonic``: the score's quantile among reference scores, through a monotone curve
    fitted on held-out labels: the probability of being an anomaly. ``conformal_p``: the
    share of reference scores at least as high, (1 + count) / (n + 1): small is anomalous.
    """
    reference = np.asarray(calibration["reference"], dtype=np.float64)
    if calibration["kind"] == "conformal_p":
        at_least = len(reference) - np.searchsorted(reference, scores, side="left")
        return "conformal_p", np.asarray((1.0 + at_least) / (len(reference) + 1.0), dtype=np.float64)
    grid: NDArray[np.float64] = np.linspace(0.0, 1.0, len(reference), dtype=np.float64)
    keep = np.concatenate([[True], np.diff(reference) > 0])
    quantile = np.interp(scores, reference[keep], grid[keep])
    probability = np.interp(quantile, calibration["quantile"], calibration["probability"])
    return "isotonic", probability.astype(np.float64)


def save(folder: Path, meta: Mapping[str, Any], trained: Mapping[str, Any], detector_file: Path | None = None) -> None:
    """Write a model folder that `ServedModel` reads.

    Parameters
    ----------
    folder : Path
    meta : mapping
        `detector`, `params`, `features`, `threshold`, `calibration` and whatever the record needs.
    trained : mapping
        The detector's state.
    detector_file : Path, optional
        Source of a detector that is not in `trainables`; it travels with the model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    full = dict(meta)
    if detector_file is not None:
        source = detector_file.read_bytes()
        (folder / "detector.py").write_bytes(source)
        full |= {"detector_file": "detector.py", "detector_file_sha256": hashlib.sha256(source).hexdigest()}
    state.save(trained, folder / "state.pt")
    (folder / "model.json").write_text(json.dumps(full, indent=1))


def _load_pyfunc(data_path: str) -> ServedModel:
    return ServedModel(data_path)
