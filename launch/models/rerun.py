"""Run a logged trial again: the trial that a final run chose, its score, and what is not as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping

from mlflow import MlflowClient

from datasets.problems.problem import Problem
from datasets.train_data import train_data
from launch.common import provenance
from launch.common.errors import UsageError
from launch.evaluation.search_splits import search_splits
from launch.models import logged_trial
from launch.models.logged_trial import LoggedTrial
from trainables.core.custom_detectors import load_class
from trainables.training.process import set_threads
from trainables.training.repeated_trial import trial_on
from trainables.training.trial import build


def chosen_trial(client: MlflowClient, final: LoggedTrial, run_id: str) -> LoggedTrial:
    """The trial that a final run chose; a UsageError if it is not in this record."""
    experiment = client.get_run(run_id).info.experiment_id
    wanted = {"study": final.study, "kind": "trial", "trial_number": str(final.trial_number)}
    query = " and ".join(f"tags.{name} = {logged_trial.quoted(value)}" for name, value in wanted.items())
    for run in client.search_runs([experiment], query, max_results=10):
        if wanted.items() <= run.data.tags.items():
            return logged_trial.read(client, run.info.run_id)
    raise UsageError(f"the trial {final.trial_number} that run {run_id} chose is not in this record")


def score(trial: LoggedTrial, problem: Problem) -> float:
    """The smoothed validation score after as many rounds as were recorded."""
    cls = load_class(trial.detector)
    set_threads(trial.threads)
    splits = search_splits(problem, trial.split_seed, trial.splits)
    rows = [(train_data(split.train, trial.detector), split.valid.X, split.valid.y) for split in splits]
    again = trial_on(
        rows, lambda: build(cls, trial.config, rounds=trial.max_rounds, seed=trial.train_seed), trial.metric
    )
    return again.run(trial.rounds)[-1].score


def differences(trial: LoggedTrial, tags: Mapping[str, str]) -> list[str]:
    """What is not as it was when the run was made."""
    then, now = json.loads(tags.get("versions", "{}")), provenance.versions()
    lines = [f"note: {name} was {then[name]}, now {now.get(name)}" for name in then if then[name] != now.get(name)]
    commit = provenance.commit()[0]
    if tags.get("git_commit") != commit:
        lines.append(f"note: the code was at commit {tags.get('git_commit', '?')[:12]}, now {commit[:12]}")
    return lines
