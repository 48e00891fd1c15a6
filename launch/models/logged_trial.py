"""A trial of the record, read back from MLflow: everything needed to run it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

import trainables
from datasets import request
from datasets.load import load
from datasets.problems.problem import Problem
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.config.shared_options import TrustOptions
from launch.models import trusted_code
from launch.tracking.client import check_run_id, connect

NEEDED = (
    "detector", "dataset", "dataset_sha256", "protocol", "outer_split", "request", "config", "max_rounds", "metric",
)  # fmt: skip


@dataclass(frozen=True)
class LoggedTrial:
    """What a run's tags say."""

    run_id: str
    kind: str
    detector: str
    """A name or a path."""
    label: str
    """What people read."""
    config: dict[str, Any]
    dataset: str
    sha256: str
    protocol: str
    outer_split: int
    request: dict[str, Any]
    """What the data was requested with."""
    split_seed: int
    train_seed: int
    max_rounds: int
    threads: int
    metric: str
    rounds: int
    """Rounds that it ran."""
    score: float | None
    """Its last smoothed validation score."""
    study: str
    supervision: str
    trial_number: int
    splits: int
    """Splits that it was scored on."""


def open_trial(run_id: str, options: TrustOptions) -> tuple[MlflowClient, LoggedTrial]:
    """A client on the record that the options name, and a trial in it whose code may be run."""
    check_run_id(run_id)
    client = connect(options.home, options.tracking_uri)
    trial = read(client, run_id)
    if options.tracking_uri is not None:  # what stands in the home's own store was written here
        check_code(trial, trusted_code.ledger_of(options.home), options.trust_code)
    return client, trial


def read(client: MlflowClient, run_id: str) -> LoggedTrial:
    """Read a trial or final run of this platform, whose detector's file is there as it was; else a UsageError."""
    try:
        run = client.get_run(run_id)
    except Exception as error:
        text = f"no run {run_id!r} in this record; take a run id from the MLflow UI (launch/ui.py)"
        raise UsageError(text) from error
    tags = tags_of(client, run)
    missing = [name for name in NEEDED if name not in tags]
    if missing or tags.get("kind") not in ("trial", "final"):
        raise UsageError(
            f"run {run_id} is not a trial or final run of this platform; open its children in the MLflow UI"
        )
    detector = tags.get("detector_path") or tags["detector"]
    if detector.endswith(".py") and not Path(detector).is_file():
        raise UsageError(f"the detector of run {run_id} was {detector}, and that file is gone")
    then = tags.get("detector_sha256")
    if then and detector.endswith(".py") and trusted_code.file_sha256(Path(detector)) != then:
        raise UsageError(
            f"the detector of run {run_id} was {detector} with sha256 {then[:12]}…, and that file has changed since"
        )
    metrics = run.data.metrics
    try:
        return LoggedTrial(
            run_id=run_id,
            kind=tags["kind"],
            detector=detector if detector.endswith(".py") else trainables.resolve(detector),
            label=tags["detector"],
            config=json.loads(tags["config"]),
            dataset=tags["dataset"],
            sha256=tags["dataset_sha256"],
            protocol=tags["protocol"],
            outer_split=int(tags["outer_split"]),
            request=json.loads(tags["request"]),
            split_seed=int(tags["split_seed"]),
            train_seed=int(tags["train_seed"]),
            max_rounds=int(tags["max_rounds"]),
            threads=int(tags.get("threads", 1)),
            metric=tags["metric"],
            rounds=int(tags.get("rounds", tags["max_rounds"])),
            score=metrics.get("val_score", metrics.get("search_score")),
            study=tags["study"],
            supervision=tags["supervision"],
            trial_number=int(tags["trial_number"]),
            splits=int(tags.get("splits_per_trial", 1)),
        )
    except (ValueError, KeyError) as error:
        raise UsageError(f"the tags of run {run_id} are damaged: {' '.join(str(error).split())[:200]}") from error


def tags_of(client: MlflowClient, run: Run) -> dict[str, str]:
    """The tags of a run; what a trial of a large search does not say itself is its search's."""
    own: dict[str, str] = run.data.tags
    search = own.get("mlflow.parentRunId")
    if not search or ("versions" in own and "request" in own):
        return own
    whole: dict[str, str] = client.get_run(search).data.tags
    return {**whole, **own}


def check_code(trial: LoggedTrial, ledger: Path, allow: bool) -> None:
    """Refuse a detector file, named by a record from elsewhere, that this home does not know."""
    if trial.detector.endswith(".py"):
        trusted_code.check_file(Path(trial.detector), f"run {trial.run_id}", ledger, allow)


def quoted(value: str) -> str:
    """A value in MLflow's filters, which have quotes but no escapes: not both kinds of quotes, nor what ends a line."""
    for quote in "'\"":
        if quote not in value and value.isprintable() and "\\" not in value:
            return f"{quote}{value}{quote}"
    raise UsageError(f"{value[:60]!r} cannot be looked for in MLflow")


def problem_of(
    trial: LoggedTrial, data_dir: Path, notify: Callable[[str], None], moved_to: str | None = None
) -> Problem:
    """The data of a logged trial, wherever they are now; a UsageError if they are not the same to the byte."""
    asked = request.Request.from_plain(trial.request)
    own = request.is_own(asked.dataset)
    if moved_to is not None:
        if not own or not request.is_own(moved_to):
            what = f"{trial.dataset} is in the catalogue: pass --data-dir" if not own else "give a file or folder"
            raise UsageError(f"--moved-to {moved_to}: {what}")
        asked = replace(asked, dataset=moved_to)
    if (path := request.gone(asked.dataset)) is not None:
        raise UsageError(f"there is no {path}, which the run was made of; say where it is now: --moved-to PATH")
    problem = load(
        asked,
        data_dir,
        allow_standin=False,
        notify=lambda line: notify(with_flags(line)),
        name=lambda *_: trial.dataset,
    )
    if problem.sha256 != trial.sha256:
        raise UsageError(
            f"the run used {trial.dataset} with sha256 {trial.sha256[:12]}…, "
            f"and {problem.source} has {problem.sha256[:12]}…; "
            + ("give the file as it was (--moved-to PATH)" if own else "pass --data-dir with the right file")
        )
    return problem
