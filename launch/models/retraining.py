"""Train the configuration of a logged trial on every row, and register the model."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems.prepared import Prepared
from datasets.problems.problem import Problem
from datasets.train_data import train_data
from launch.common import provenance
from launch.common.home import Home
from launch.common.redaction import shown
from launch.evaluation import calibration
from launch.evaluation.confirm import first_split
from launch.models import model_folder, registration, trusted_code
from launch.models.logged_trial import LoggedTrial
from launch.tracking.tracker import Tracker
from trainables.training.fit import FitJob, FitResult, plain_fit
from trainables.training.process import set_threads

Fold = tuple[NDArray[Any], NDArray[np.float64]]
"""Labels and scores of held-out rows."""


@dataclass(frozen=True)
class Retrained:
    """A configuration, trained on every row.

    Attributes
    ----------
    fit : FitResult
    rows : int
        It was trained on.
    prepared : Prepared
    folds : list of Fold
        Held-out rows of fresh splits, for threshold and probability.
    """

    fit: FitResult
    rows: int
    prepared: Prepared
    folds: list[Fold]


def train(trial: LoggedTrial, problem: Problem, folds: int) -> Retrained:
    """Train on fresh splits, to calibrate, and on every row."""
    set_threads(trial.threads)
    held_out = [_fold(trial, problem, number) for number in range(folds)]
    prepared, scored = problem.everything(trial.train_seed), problem.full_reference()
    job = FitJob(trial.detector, trial.config, trial.train_seed, trial.max_rounds, trial.rounds, keep_state=True)
    rows = train_data(prepared.train, trial.detector)
    return Retrained(plain_fit(job, rows, {"full": prepared.rows(scored.X)}), len(rows.X), prepared, held_out)


def register(
    trial: LoggedTrial, problem: Problem, trained: Retrained, home: Home, uri: str, name: str
) -> tuple[Path, str | None]:
    """Write the model, log it under a run of its own and make it the champion; returns its folder and version."""
    study = f"retrain-{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    claims = {
        "supervision": trial.supervision,
        "study": trial.study,
        "trial_number": trial.trial_number,
        "retrained_from": trial.run_id,
    }
    folder = model_folder.write(
        home.study(study, "model"),
        trained.fit,
        problem,
        quantile=calibration.threshold_quantile(trained.folds),
        folds=trained.folds,
        facts=claims,
        preprocessor=trained.prepared.preprocessor,
        ledger=trusted_code.ledger_of(home.root),
    )
    tracker = Tracker(home.study(study, "spool.jsonl"), uri, home.artifacts_of(uri))
    commit, changed = provenance.commit()
    tags = {
        "kind": "retrain",
        "retrained_from": trial.run_id,
        "dataset_sha256": problem.sha256,
        "git_commit": commit,
        "git_changed_files": str(changed).lower(),
        "command": provenance.command(),
    }
    params = {**trial.config, "tracking_uri": shown(uri)}
    tracker.log("parent", key="parent", name=study, experiment=problem.dataset, params=params, tags=tags)
    registration.register(tracker, "parent", folder, name, problem, claims)
    return folder, tracker.close()["model_version"]


def _fold(trial: LoggedTrial, problem: Problem, number: int) -> Fold:
    seed = first_split(trial.split_seed) + number
    split = problem.split(seed)
    job = FitJob(trial.detector, trial.config, seed, trial.max_rounds, trial.rounds)
    fit = plain_fit(job, train_data(split.train, trial.detector), {"valid": split.valid.X})
    return split.valid.y, fit.scores["valid"]
