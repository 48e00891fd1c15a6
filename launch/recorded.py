"""A recorded trial, read back from MLflow: everything needed to run it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.errors import UsageError

NEEDED = ("detector", "dataset", "dataset_sha256", "protocol", "outer_split", "config", "max_rounds", "metric")


@dataclass(frozen=True)
class Recorded:
    """What a run's tags say.

    Attributes
    ----------
    run_id, kind, detector, label : str
        `detector` is a name or a path; `label` what people read.
    config : dict
    dataset, sha256, protocol : str
    outer_split, split_seed, train_seed, max_rounds, threads : int
    metric : str
    rounds : int
        Rounds that it ran.
    score : float or None
        Its last smoothed validation score.
    """

    run_id: str
    kind: str
    detector: str
    label: str
    config: dict[str, Any]
    dataset: str
    sha256: str
    protocol: str
    outer_split: int
    split_seed: int
    train_seed: int
    max_rounds: int
    threads: int
    metric: str
    rounds: int
    score: float | None
    study: str
    supervision: str


def read(client: Any, run_id: str) -> Recorded:
    """Read a trial or final run.

    Raises
    ------
    UsageError
        If there is no such run, or it is none of this platform's trials.
    """
    try:
        run = client.get_run(run_id)
    except Exception as error:
        raise UsageError(
            f"no run {run_id!r} in this record; take a run id from the MLflow UI (launch/ui.py)"
        ) from error
    tags = run.data.tags
    missing = [name for name in NEEDED if name not in tags]
    if missing or tags.get("kind") not in ("trial", "final"):
        raise UsageError(
            f"run {run_id} is not a trial or final run of this platform; open its children in the MLflow UI"
        )
    detector = tags.get("detector_path") or tags["detector"]
    if detector.endswith(".py") and not Path(detector).is_file():
        raise UsageError(f"the detector of run {run_id} was {detector}, and that file is gone")
    return Recorded(
        run_id=run_id,
        kind=tags["kind"],
        detector=detector,
        label=tags["detector"],
        config=json.loads(tags["config"]),
        dataset=tags["dataset"],
        sha256=tags["dataset_sha256"],
        protocol=tags["protocol"],
        outer_split=int(tags["outer_split"]),
        split_seed=int(tags["split_seed"]),
        train_seed=int(tags["train_seed"]),
        max_rounds=int(tags["max_rounds"]),
        threads=int(tags.get("threads", 1)),
        metric=tags["metric"],
        rounds=int(tags.get("rounds", tags["max_rounds"])),
        score=run.data.metrics.get("val_score", run.data.metrics.get("search_score")),
        study=tags["study"],
        supervision=tags["supervision"],
    )


def problem_of(recorded: Recorded, data_dir: Path, notify: Any) -> Any:
    """The data of a recorded run, the same to the byte.

    Raises
    ------
    UsageError
        If the file at hand is another one.
    """
    from datasets import catalog, protocols

    dataset = catalog.load(recorded.dataset, data_dir, allow_standin=False, notify=notify)
    if dataset.sha256 != recorded.sha256:
        raise UsageError(
            f"the run used {recorded.dataset} with sha256 {recorded.sha256[:12]}…, "
            f"and {dataset.source} has {dataset.sha256[:12]}…; pass --data-dir with the right file"
        )
    return protocols.prepare(dataset, recorded.protocol, recorded.outer_split)
