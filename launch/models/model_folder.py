"""The folder of a model to serve: state, threshold, calibration, what it was built from."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from datasets.problems.problem import Problem
from datasets.tables.columns.identifiers import row_keys
from datasets.wording import counted
from launch.common import provenance
from launch.common.text import LETTERS
from launch.evaluation import calibration
from launch.evaluation.calibration import HeldOut
from launch.models import trusted_code
from launch.models.model_card import CARD, card
from launch.models.training_profile import reference
from trainables.core import serving
from trainables.core.custom_detectors import is_file, load_class
from trainables.core.explain import typical_values
from trainables.core.preprocessing.preprocessor import Preprocessor
from trainables.core.preprocessing.schema import Schema
from trainables.training.fit import FitResult

NEEDED = ("torch", "scikit-learn", "numpy", "pandas", "skops", "mlflow", "threadpoolctl")
BY_HAND = {"deepod": "pip install --no-deps deepod==0.4.1"}
ORIGIN = (
    "detector", "detector_file_sha256", "params", "rounds", "full_rounds", "seed", "supervision",
    "dataset", "dataset_sha256", "protocol", "outer_split", "request", "study", "trial_number", "retrained_from",
    "git_commit", "git_changed_files", "versions",
)  # fmt: skip


def write(
    folder: Path,
    fit: FitResult,
    problem: Problem,
    *,
    quantile: float,
    folds: Sequence[HeldOut],
    facts: Mapping[str, Any],
    ledger: Path | None = None,
    preprocessor: Preprocessor | None = None,
    task: int = 0,
) -> Path:
    """Write the model of a fit on all rows into a folder, which is replaced if it exists; returns it.

    Parameters
    ----------
    fit : FitResult
        With its state.
    quantile : float
        Threshold as a quantile of the scores of rows that were not trained on.
    folds : sequence of HeldOut
        Such rows, of the one task.
    facts : mapping
        What else the model should say of itself, such as study, trial_number, supervision.
    ledger : Path, optional
        The home's list of models that it wrote; without it, a detector of one's own is
        not loaded again before the person allows it.
    preprocessor : Preprocessor, optional
        What the rows of the fit came through.
    task : int, default 0
        Which of the problem's tasks the model is of.
    """
    assert fit.state is not None
    detector = fit.job.detector
    meta = {**_description(fit, problem, quantile, folds, task), **facts}
    shutil.rmtree(folder, ignore_errors=True)
    serving.save(folder, meta, fit.state, Path(detector) if is_file(detector) else None, preprocessor)
    (folder / CARD).write_text(card(meta), encoding="utf-8")
    if ledger is not None:
        trusted_code.note(ledger, folder, folder.name)
    return folder


def _description(
    fit: FitResult,
    problem: Problem,
    quantile: float,
    folds: Sequence[HeldOut],
    task: int,
) -> dict[str, Any]:
    """What `model.json` says of a model: how to score with it, and what it was built from."""
    detector = fit.job.detector
    cls = load_class(detector)
    unseen = calibration.cross_fitted(folds, fit.training_quantiles)
    threshold = calibration.threshold(quantile, unseen.scores)
    if problem.modality == "image":
        rows_like: dict[str, Any] = {"image_shape": list(problem.row_shape)}
    else:
        rows_like = {"typical": typical_values(problem.full().X, problem.schema)}
    return {
        "detector": Path(detector).stem if is_file(detector) else detector,
        "params": {k: list(v) if isinstance(v, tuple) else v for k, v in fit.job.params.items()},
        "rounds": fit.job.stop,
        "full_rounds": fit.job.params.get(str(cls.rounds_parameter), fit.job.rounds),
        "seed": fit.job.seed,
        "features": list(problem.feature_names),
        **rows_like,
        "label_column": problem.label,
        "keys": row_keys(problem.columns, problem.request.get("group_column")),
        "anomaly_texts": list(problem.anomaly_texts),
        "normal_texts": list(problem.normal_texts),
        "readings": list(problem.readings),
        "threshold": threshold,
        "threshold_quantile": quantile,
        "calibration": calibration.calibration(folds, fit.training_quantiles),
        "reference": reference(problem, unseen.y, unseen.scores, threshold, task),
        "counts": problem.counts,
        "selection": problem.selection,
        "alarm_rate": problem.alarm_rate,
        "dataset": problem.dataset,
        "dataset_sha256": problem.sha256,
        "protocol": problem.protocol,
        "outer_split": problem.outer_split,
        "request": problem.request,
        "needs": list(cls.serving_needs),
        "versions": provenance.versions(),
        "git_commit": provenance.commit()[0],
        "git_changed_files": provenance.commit()[1],
    }


def signature_kinds(schema: Schema | None) -> list[str] | None:
    """MLflow's type of each raw column; None where all are doubles.

    Columns of a raw table are of any type: to MLflow whole numbers, true and false, and None
    are no doubles, and the schema checks every cell by itself.
    """
    return None if schema is None else ["any"] * len(schema.columns)


def example(problem: Problem) -> list[Any]:
    """A raw row for people to see: the first of development that misses no value, else the first."""
    rows = problem.development.X
    whole = np.flatnonzero(~np.isnan(rows).any(axis=tuple(range(1, rows.ndim)))) if rows.dtype.kind == "f" else [0]
    row = rows[whole[0] if len(whole) else 0].ravel()
    if problem.modality == "image":
        return []  # a picture of one of the person's rows has no place in a record that others read
    if problem.schema is None:
        return [float(v) for v in row]
    return [column.decoded(value) for value, column in zip(row, problem.schema.columns, strict=True)]


def built_from(meta: Mapping[str, Any]) -> dict[str, str]:
    """What a model was built from, as tags of its registered version; what it does not say is left out."""
    known = {name: meta[name] for name in ORIGIN if meta.get(name) not in (None, "")}
    tags = {("config" if name == "params" else name): value for name, value in known.items()}
    return {name: value if isinstance(value, str) else json.dumps(value, default=str) for name, value in tags.items()}


def origin(meta: Mapping[str, Any]) -> str:
    """The same for a person, on one line."""
    facts = {name: meta.get(name, "?") for name in ORIGIN}
    code = f"commit {str(facts['git_commit'])[:12]}" + (" with changed files" if meta.get("git_changed_files") else "")
    trial = "" if meta.get("trial_number") is None else f", trial {meta['trial_number']}"
    rounds = counted(meta["rounds"], "round") if "rounds" in meta else "? rounds"
    rows = "every normal image" if "image_shape" in meta else "every row"
    if meta.get("ensemble_seeds"):
        rows = f"{counted(meta['ensemble_seeds'], 'seed')} as one, development"
    return (
        f"{facts['detector']} ({facts['supervision']}), {rounds}, seed {facts['seed']}; {rows} of "
        f"{facts['dataset']} (sha256 {str(facts['dataset_sha256'])[:12]}, protocol {facts['protocol']}); "
        f"study {facts['study']}{trial}; {code}"
    )


def requirements(needs: Sequence[str] = ()) -> list[str]:
    """Pinned packages that serving needs, with those of the detector (`Detector.serving_needs`).

    DeepOD is not among them: it declares a torch of 2022, so that pip would refuse the whole list.
    """
    names = [*NEEDED, *(name for name in needs if name not in BY_HAND)]
    return [f"{name}=={importlib.metadata.version(name).split('+')[0]}" for name in names]


def by_hand(needs: Sequence[str]) -> str:
    """What a person must install to serve a model, in one sentence; nothing where the requirements are enough."""
    return " ".join(f"Serving it needs {name} too: {BY_HAND[name]}." for name in needs if name in BY_HAND)


def export(folder: Path, target: Path) -> None:
    """The model as one joblib file: `joblib.load(FILE).score(rows)`.

    It is a pickle: load only files of your own. It needs `trainables` to be importable.
    """
    joblib.dump(serving.ServedModel(folder), target)


def registered_name(detector: str, dataset: str) -> str:
    """Registered name: letters of every script, digits, dot, dash and underscore."""
    stem = Path(detector).stem if is_file(detector) else detector
    return re.sub(rf"[^{LETTERS}]", "-", f"{stem}-{dataset}").lstrip(".-_") or "model"
