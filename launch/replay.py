"""Run a recorded trial again and say whether the score is the same: `python launch/replay.py RUN_ID`."""

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

from launch.common import command
from launch.common.errors import UsageError
from launch.common.printing import print_line
from launch.config.shared_options import RecordedDataOptions, TrustOptions, data_dir

DIFFERENT = 3


@dataclass(frozen=True)
class ReplayOptions(RecordedDataOptions, TrustOptions):
    """Run a recorded trial again, on the same data, split and seed.

    Exit code 0 if the validation score is the same, 3 if it is not.
    """

    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("RUN_ID", "a trial, by its run in MLflow"),
        ("RUN_ID --moved-to /new/place/my.csv", "the table has moved since"),
    )

    run_id: Positional[Annotated[str, arg(metavar="RUN_ID")]]
    """A trial's run, or a final run (replays the trial that it chose)."""


def work(options: ReplayOptions, console: Console) -> int:
    """Replay and compare."""
    # torch and MLflow: --help need not wait for them
    from launch.models import logged_trial, rerun

    client, trial = logged_trial.open_trial(options.run_id, options)
    if trial.kind == "final":
        trial = rerun.chosen_trial(client, trial, options.run_id)
    if trial.score is None:
        raise UsageError(f"run {trial.run_id} has no score to compare with: it failed")
    problem = logged_trial.problem_of(trial, data_dir(options.data_dir), console.print, options.moved_to)
    score = rerun.score(trial, problem)
    for difference in rerun.differences(trial, logged_trial.tags_of(client, client.get_run(trial.run_id))):
        print_line(console, difference, style="yellow")
    same = score == trial.score
    verdict = "the same" if same else f"different by {score - trial.score:+.2e}"
    print_line(console, f"recorded {trial.score!r}, again {score!r}: {verdict}")
    return 0 if same else DIFFERENT


main = partial(command.main, ReplayOptions, work)


if __name__ == "__main__":
    sys.exit(main())
