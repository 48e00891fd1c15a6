"""The folder of a model to serve: state, threshold, calibration, what it was built from."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launch import calibration, record
from trainables.core import serving
from trainables.core.external import is_file
from trainables.core.fit import FitResult

NEEDED = ("torch", "scikit-learn", "numpy", "pandas", "skops", "mlflow", "threadpoolctl")


def write(
    folder: Path,
    fit: FitResult,
    *,
    detector: str,
    problem: Any,
    quantile: float,
    folds: Sequence[tuple[NDArray[Any], NDArray[np.float64]]],
    facts: Mapping[str, Any],
) -> Path:
    """Write the model of a fit on all rows.

    Parameters
    ----------
    folder : Path
        Replaced if it exists.
    fit : FitResult
        With its state, and its scores on the part `full`.
    quantile : float
        Threshold as a quantile of those scores.
    folds : sequence of (labels, scores)
        Held-out rows, for the probability.
    facts : mapping
        What else the model should say of itself.
    """
    assert fit.state is not None
    scores = fit.scores["full"]
    threshold = calibration.threshold(quantile, scores)
    cls_params = {k: list(v) if isinstance(v, tuple) else v for k, v in fit.job.params.items()}
    meta = {
        "detector": Path(detector).stem if is_file(detector) else detector,
        "params": cls_params,
        "rounds": fit.job.stop,
        "full_rounds": fit.job.rounds,
        "seed": fit.job.seed,
        "features": list(problem.feature_names),
        "threshold": threshold,
        "threshold_quantile": quantile,
        "calibration": calibration.calibration(folds, scores),
        "dataset": problem.dataset,
        "dataset_sha256": problem.sha256,
        "protocol": problem.protocol,
        "versions": record.versions(),
        "git_commit": record.commit()[0],
        **facts,
    }
    shutil.rmtree(folder, ignore_errors=True)
    serving.save(folder, meta, fit.state, Path(detector) if is_file(detector) else None)
    return folder


def requirements() -> list[str]:
    """Pinned packages that serving needs."""
    import importlib.metadata

    return [f"{name}=={importlib.metadata.version(name).split('+')[0]}" for name in NEEDED]


def export(folder: Path, target: Path) -> None:
    """The model as one joblib file: `joblib.load(FILE).score(rows)`.

    It is a pickle: load only files of your own. It needs `trainables` to be importable.
    """
    import joblib

    joblib.dump(serving.ServedModel(folder), target)


def registered_name(detector: str, dataset: str) -> str:
    """Registered name: letters, digits and dashes."""
    stem = Path(detector).stem if is_file(detector) else detector
    return f"{stem}-{dataset}".replace(":", "-").replace("/", "-")
