"""Run a recorded trial again and say whether the score is the same: `python launch/replay.py RUN_ID`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.models.loading import trusted
from launch.tracking.client import check_run_id, connect


@dataclass(frozen=True)
class Options:
    """Run a recorded trial again, on the same data, split and seed.

    Exit code 0 if the validation score is the same, 3 if it is not.
    """

    run_id: Positional[Annotated[str, arg(metavar="RUN_ID")]]
    """A trial's run, or a final run (replays the trial that it chose)."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Where dataset files are; default: $ANOMALY_DATA, else data/."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    trust_code: bool = False
    """Run the detector file that a record from elsewhere names, even if this home does not know it."""


def work(options: Options, console: Any) -> int:
    """Replay and compare."""
    from launch.config.options import data_dir
    from launch.models import logged_trial as record

    check_run_id(options.run_id)
    client = connect(options.home, options.tracking_uri)
    recorded = record.read(client, options.run_id)
    if options.tracking_uri is not None:  # what stands in the home's own store was written here
        record.check_code(recorded, trusted(options.home), options.trust_code)
    if recorded.kind == "final":
        recorded = _trial_of(client, recorded, options.run_id)
    if recorded.score is None:
        raise UsageError(f"run {recorded.run_id} has no score to compare with: it failed")
    problem = record.problem_of(recorded, data_dir(options), console.print)  # type: ignore[arg-type]
    again = rerun(recorded, problem)
    for line in differences(recorded, client.get_run(recorded.run_id).data.tags):
        console.print(line, style="yellow", highlight=False, soft_wrap=True)
    same = again == recorded.score
    console.print(
        f"recorded {recorded.score!r}, again {again!r}: "
        + ("the same" if same else f"different by {again - recorded.score:+.2e}"),
        highlight=False,
        soft_wrap=True,
    )
    return 0 if same else 3


def _trial_of(client: Any, final: Any, run_id: str) -> Any:
    from launch.models import logged_trial as record

    experiment = client.get_run(run_id).info.experiment_id
    wanted = {"study": final.study, "kind": "trial", "trial_number": str(final.trial_number)}
    words = " and ".join(f"tags.{name} = {record.quoted(value)}" for name, value in wanted.items())
    for found in client.search_runs([experiment], words, max_results=10):
        if wanted.items() <= found.data.tags.items():
            return record.read(client, found.info.run_id)
    raise UsageError(f"the trial {final.trial_number} that run {run_id} chose is not in this record")


def rerun(recorded: Any, problem: Any) -> float:
    """The smoothed validation score after as many rounds as were recorded."""
    from datasets.train_data import train_data
    from trainables.core.custom_detectors import load_class
    from trainables.training.process import set_threads
    from trainables.training.trial import Trial, build

    cls = load_class(recorded.detector)
    set_threads(recorded.threads)
    split = problem.split(recorded.split_seed)
    train = train_data(split.train, recorded.detector)
    detector = build(cls, recorded.config, rounds=recorded.max_rounds, seed=recorded.train_seed)
    trial = Trial(detector, train, split.valid.X, split.valid.y, recorded.metric)
    return trial.run(recorded.rounds)[-1].score


def differences(recorded: Any, tags: dict[str, str]) -> list[str]:
    """What is not as it was when the run was made."""
    import json

    from launch.common import provenance

    then, now = json.loads(tags.get("versions", "{}")), provenance.versions()
    lines = [f"note: {k} was {then[k]}, now {now.get(k)}" for k in then if then[k] != now.get(k)]
    if tags.get("git_commit") != provenance.commit()[0]:
        lines.append(
            f"note: the code was at commit {tags.get('git_commit', '?')[:12]}, now {provenance.commit()[0][:12]}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="replay.py"), work))
