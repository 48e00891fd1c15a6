"""Train a recorded trial on the full data and register it: `python launch/retrain.py RUN_ID`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.common.text import check_name
from launch.config.shared_options import DataDirOptions, TrustOptions, data_dir


@dataclass(frozen=True)
class RetrainOptions(DataDirOptions, TrustOptions):
    """Train a recorded trial's configuration on every row and register the model.

    Test labels become training labels here, so the model comes without a test figure of
    its own. Its threshold and probability come from fresh held-out splits.
    """

    run_id: Positional[Annotated[str, arg(metavar="RUN_ID")]]
    """A trial's run, or a final run."""
    name: Annotated[str | None, arg(metavar="NAME")] = None
    """Registered name; default: DETECTOR-DATASET."""
    folds: int = 5
    """Held-out splits for threshold and probability."""
    export: Annotated[Path | None, arg(metavar="FILE")] = None
    """Also write the model as a joblib file."""


def work(options: RetrainOptions, console: Console) -> None:
    """Fit, calibrate, register."""
    import time

    from datasets.train_data import train_data
    from launch.common import provenance as facts
    from launch.common.home import Home
    from launch.common.redaction import shown
    from launch.evaluation import calibration
    from launch.models import logged_trial as record
    from launch.models import model_folder, registration, trusted_code
    from launch.models.loading import trusted
    from launch.tracking.client import check_run_id, connect
    from launch.tracking.tracker import Tracker
    from trainables.training.fit import FitJob, plain_fit
    from trainables.training.process import set_threads

    if options.folds < 1:
        raise UsageError(f"--folds must be at least 1, got {options.folds}")
    if options.name is not None:
        check_name(options.name, "--name")
    if options.export is not None and (options.export.is_dir() or not options.export.resolve().parent.is_dir()):
        raise UsageError(f"--export {options.export}: give a file in a folder that exists")
    check_run_id(options.run_id)
    client = connect(options.home, options.tracking_uri)
    recorded = record.read(client, options.run_id)
    if options.tracking_uri is not None:  # what stands in the home's own store was written here
        record.check_code(recorded, trusted(options.home), options.trust_code)
    if options.export is not None and recorded.detector.endswith(".py"):
        raise UsageError("--export cannot carry the code of a detector of one's own; the registered model does")
    problem = record.problem_of(recorded, data_dir(options), console.print)
    if problem.tasks:
        raise UsageError(
            f"run {recorded.run_id} is of all {len(problem.tasks)} classes of {recorded.dataset}: one model cannot be "
            "all; search one class, as in mnist:3, or take the models that the search registered"
        )
    set_threads(recorded.threads)
    with console.status(f"Training {recorded.label} on {options.folds} splits and on every row"):
        folds = [_fold(recorded, problem, i) for i in range(options.folds)]
        prepared, scored = problem.everything(recorded.train_seed), problem.full_reference()
        job = FitJob(
            recorded.detector,
            recorded.config,
            recorded.train_seed,
            recorded.max_rounds,
            recorded.rounds,
            keep_state=True,
        )
        fit = plain_fit(job, train_data(prepared.train, recorded.detector), {"full": prepared.rows(scored.X)})
    fit_rows = len(train_data(prepared.train, recorded.detector).X)
    home = Home.at(options.home)
    uri = home.tracking_uri(options.tracking_uri)
    name = options.name or model_folder.registered_name(recorded.label, recorded.dataset)
    study = f"retrain-{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    claims = {
        "supervision": recorded.supervision,
        "study": recorded.study,
        "trial_number": recorded.trial_number,
        "retrained_from": recorded.run_id,
    }
    quantile = calibration.threshold_quantile(folds)
    folder = model_folder.write(
        home.study(study, "model"),
        fit,
        problem,
        quantile=quantile,
        folds=folds,
        facts=claims,
        preprocessor=prepared.preprocessor,
        ledger=trusted_code.ledger_of(home.root),
    )
    tracker = Tracker(home.study(study, "spool.jsonl"), uri, home.artifacts_of(uri))
    tags = {"kind": "retrain", "retrained_from": recorded.run_id, "dataset_sha256": problem.sha256}
    head, changed = facts.commit()
    tags |= {"git_commit": head, "git_changed_files": str(changed).lower(), "command": facts.command()}
    params = {**recorded.config, "tracking_uri": shown(uri)}
    tracker.log("parent", key="parent", name=study, experiment=problem.dataset, params=params, tags=tags)
    registration.register(tracker, "parent", folder, name, problem, claims)
    result = tracker.close()
    if options.export is not None:
        model_folder.export(folder, options.export)
    console.print(
        f"{recorded.label} trained on {fit_rows:,} rows in {fit.fit_seconds:.2f} s, {recorded.rounds} rounds; "
        f"registered as {name}, version {result['model_version']}, alias champion",
        highlight=False,
        soft_wrap=True,
    )


def _fold(recorded: Any, problem: Any, i: int) -> tuple[Any, Any]:
    from datasets.train_data import train_data
    from launch.evaluation.confirm import first_split
    from trainables.training.fit import FitJob, plain_fit

    number = first_split(recorded.split_seed) + i
    split = problem.split(number)
    job = FitJob(recorded.detector, recorded.config, number, recorded.max_rounds, recorded.rounds)
    fit = plain_fit(job, train_data(split.train, recorded.detector), {"valid": split.valid.X})
    return split.valid.y, fit.scores["valid"]


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.main(RetrainOptions, work, argv)


if __name__ == "__main__":
    sys.exit(main())
