"""Train a recorded trial on the full data and register it: `python launch/retrain.py RUN_ID`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import Positional, arg

from datasets.wording import counted
from launch.common import command
from launch.common.errors import UsageError
from launch.common.printing import print_line
from launch.common.text import check_name
from launch.config.shared_options import RecordedDataOptions, TrustOptions, data_dir


@dataclass(frozen=True)
class RetrainOptions(RecordedDataOptions, TrustOptions):
    """Train a recorded trial's configuration on every row and register the model.

    Test labels become training labels here, so the model comes without a test figure of
    its own. Its threshold and probability come from fresh held-out splits.
    """

    TOPICS: ClassVar[dict[str, str]] = {"name": "What comes out"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("RUN_ID", "registers it as DETECTOR-DATASET"),
        ("RUN_ID --name mine --export mine.joblib", "under another name, and as a file"),
    )

    run_id: Positional[Annotated[str, arg(metavar="RUN_ID")]]
    """A trial's run, or a final run."""
    name: Annotated[str | None, arg(metavar="NAME")] = None
    """Registered name; default: DETECTOR-DATASET."""
    folds: int = 5
    """Held-out splits for threshold and probability."""
    export: Annotated[Path | None, arg(metavar="FILE")] = None
    """Also write the model as a joblib file."""


def work(options: RetrainOptions, console: Console) -> None:
    """Check, fit, calibrate, register."""
    # torch and MLflow: --help need not wait for them
    from launch.common.home import Home
    from launch.models import logged_trial, model_folder, retraining

    if options.folds < 1:
        raise UsageError(f"--folds must be at least 1, got {options.folds}")
    if options.name is not None:
        check_name(options.name, "--name")
    if options.export is not None and (options.export.is_dir() or not options.export.resolve().parent.is_dir()):
        raise UsageError(f"--export {options.export}: give a file in a folder that exists")
    _, trial = logged_trial.open_trial(options.run_id, options)
    if options.export is not None and trial.detector.endswith(".py"):
        raise UsageError("--export cannot carry the code of a detector of one's own; the registered model does")
    problem = logged_trial.problem_of(trial, data_dir(options.data_dir), console.print, options.moved_to)
    if len(problem.tasks) > 1:
        raise UsageError(
            f"run {trial.run_id} is of all {len(problem.tasks)} classes of {trial.dataset}: one model cannot be "
            "all; search one class, as in mnist:3, or take the models that the search registered"
        )
    with console.status(f"Training {trial.label} on {counted(options.folds, 'split')} and on every row"):
        trained = retraining.train(trial, problem, options.folds)
    home = Home.at(options.home)
    uri = home.tracking_uri(options.tracking_uri)
    name = options.name or model_folder.registered_name(trial.label, trial.dataset)
    recorded = retraining.register(trial, problem, trained, home, uri, name, options.export)
    print_line(
        console,
        f"{trial.label} trained on {counted(trained.rows, 'row')} in {trained.fit.fit_seconds:.2f} s, "
        f"{counted(trial.rounds, 'round')}; "
        f"registered as {name}, version {recorded['model_version']}, alias champion",
    )
    if replaced := recorded.get("model_replaced"):
        print_line(console, f"Caution: {replaced}", "yellow")


main = partial(command.main, RetrainOptions, work)


if __name__ == "__main__":
    sys.exit(main())
