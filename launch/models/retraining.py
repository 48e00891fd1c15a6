"""Train the configuration of a logged trial on every row, and register the model."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from datasets.problems.problem import Problem
from datasets.train_data import train_data
from launch.common import provenance
from launch.common.home import Home
from launch.evaluation import calibration
from launch.evaluation.calibration import HeldOut
from launch.evaluation.confirm import first_split
from launch.models import model_folder, trusted_code
from launch.models.logged_trial import LoggedTrial
from launch.models.registration import register as register_model
from launch.tracking.tracker import TrackingResult, abandon, tracker_of
from trainables.core.preprocessing.preprocessor import Preprocessor
from trainables.training.fit import FitJob, FitResult, plain_fit
from trainables.training.process import set_threads


@dataclass(frozen=True)
class Retrained:
    """A configuration, trained on so many rows, and held-out rows of fresh splits, for threshold and probability."""

    fit: FitResult
    rows: int
    preprocessor: Preprocessor | None
    folds: list[HeldOut]


def train(trial: LoggedTrial, problem: Problem, folds: int) -> Retrained:
    """Train on fresh splits, to calibrate, and on every row."""
    set_threads(trial.threads)
    held_out = [_fold(trial, problem, number) for number in range(folds)]
    prepared = problem.everything(trial.train_seed)
    job = FitJob(trial.detector, trial.config, trial.train_seed, trial.max_rounds, trial.rounds, keep_state=True)
    rows = train_data(prepared.train, trial.detector)
    fit = plain_fit(job, rows, {})
    return Retrained(fit, len(rows.X), prepared.preprocessor, held_out)


def register(
    trial: LoggedTrial, problem: Problem, trained: Retrained, home: Home, uri: str, name: str, export: Path | None
) -> TrackingResult:
    """Write the model, log it under a run of its own and make it the champion; returns what MLflow has of it.

    With `export` it is also written there, as a joblib file.
    """
    study = f"retrain-{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    facts = {
        "supervision": trial.supervision,
        "study": trial.study,
        "trial_number": trial.trial_number,
        "retrained_from": trial.run_id,
    }
    commit, changed = provenance.commit()
    tags = {
        "kind": "retrain",
        "retrained_from": trial.run_id,
        "dataset_sha256": problem.sha256,
        "git_commit": commit,
        "git_changed_files": str(changed).lower(),
        "command": provenance.command(),
    }
    tracker = tracker_of(home, study, uri)
    try:
        tracker.open_parent(study, problem.dataset, trial.config, tags)
        folder = model_folder.write(
            home.study(study, "model"),
            trained.fit,
            problem,
            quantile=calibration.threshold_quantile(trained.folds),
            folds=trained.folds,
            facts=facts,
            ledger=trusted_code.ledger_of(home.root),
            preprocessor=trained.preprocessor,
        )
        register_model(tracker, "parent", folder, name, problem, export)
    except BaseException:
        abandon(tracker)
        raise
    return tracker.close()


def _fold(trial: LoggedTrial, problem: Problem, number: int) -> HeldOut:
    seed = first_split(trial.split_seed) + number
    split = problem.split(seed)
    job = FitJob(trial.detector, trial.config, seed, trial.max_rounds, trial.rounds)
    fit = plain_fit(job, train_data(split.train, trial.detector), {"valid": split.valid.X})
    return HeldOut(split.valid.y, fit.scores["valid"], fit.training_quantiles, problem.alarm_rate)
