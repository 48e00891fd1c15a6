"""The fits of grids as runs in MLflow, each once, so that one store holds everything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.experiments.results import Results
from analysis.experiments.summary import sizes_of_test
from launch.evaluation.intervals import row_variance, score_interval
from launch.tracking.retry import EventRefused, Retry
from launch.tracking.run_record import RunRecord, run_id
from launch.tracking.spool import Feeder
from launch.tracking.store import Store, items

TAGS = (
    "detector", "supervision", "dataset", "protocol", "outer_split", "labelled_anomalies", "contamination",
    "published", "published_epochs", "seed", "rounds", "note", "git_commit",
)  # fmt: skip


def carry(home: Path, uri: str, artifacts: Path | None) -> int:
    """Write the fits of all grids of a home that the store does not have; returns how many were written.

    Artifacts of new experiments go to a folder; None leaves it to the server.
    """
    files = sorted((home / "grids").glob("*.jsonl"))
    pending = [pair for path in files for pair in _pending(home, path, uri)]
    if not pending:
        return 0
    store = Store(uri, str(artifacts or ""), Retry(Feeder(), home / "grids" / "store.away", lambda text: None))
    for dataset, pairs in groupby(sorted(pending, key=itemgetter(0)), itemgetter(0)):
        _write(store, store.experiment(dataset), [run for _, run in pairs])
    for path in files:
        _marker(path).write_text(json.dumps({"store": uri, "lines": _lines(path)}))
    return len(pending)


def _pending(home: Path, path: Path, uri: str) -> list[tuple[str, RunRecord]]:
    """Runs of a grid that grew since it was carried to this store."""
    try:
        done = json.loads(_marker(path).read_text())
    except (OSError, ValueError):
        done = {}
    if done == {"store": uri, "lines": _lines(path)}:
        return []
    results = Results(home / "grids", path.stem)
    when = int(path.stat().st_mtime * 1000)
    # searches (`--tuned`) are in the store by themselves
    rows = [row for row in results.rows.values() if not row.get("trials")]
    return [(row["dataset"], whole_run(results.name, row, when, results.resampled(row["key"]))) for row in rows]


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


def _marker(path: Path) -> Path:
    return path.with_suffix(".carried.json")


def whole_run(
    grid: str, row: Mapping[str, Any], when: int, resampled: Mapping[str, NDArray[Any]] | None = None
) -> RunRecord:
    """The run of one fit; its id follows from the grid and the fit, and whether that failed.

    `resampled` metrics, where they were kept, give the interval over test rows.
    """
    failure = row["failure"]
    key = row["key"] + ("-failed" if failure else "")
    tags = {name: str(row[name]) for name in TAGS if row.get(name) is not None}
    search_id = f"grid-{grid}"
    tags |= {"kind": "fit", "study": grid, "config": json.dumps(row["config"]), "search_id": search_id, "key": key}
    tags |= {f"test_{what}": str((row.get("test") or {}).get(what, "")) for what in ("rows", "anomalies")}
    metrics = {f"test_{name}": row.get(name) for name in ("auroc", "ap", "f1_report")}
    samples = {} if failure or resampled is None else dict(resampled)
    for name in ("auroc", "ap") if samples else ():
        anomalies, normal = sizes_of_test(row)
        variance = row_variance(name, row[name], float(samples[name].var()), anomalies, normal)
        ends = score_interval(row[name], variance, np.inf, anomalies)
        metrics |= {f"test_{name}_{end}": value for end, value in zip(("low", "high"), ends, strict=True)}
    metrics |= {name: row.get(name) for name in ("fit_seconds", "predict_seconds")}
    untrained = (row.get("at") or {}).get("0", {})
    metrics |= {f"test_untrained_{name}": untrained.get(name) for name in ("auroc", "ap")}
    if failure:
        tags |= {"failure": failure["cause"], "failure_message": failure["message"]}
    return RunRecord(
        f"{row['detector']} seed {row['seed']}",
        when,
        {k: v[:5000] for k, v in tags.items()},
        {k: str(v)[:6000] for k, v in row["config"].items()},
        end=when,
        status="FAILED" if failure else "FINISHED",
        metrics=[(k, float(v), when, 0) for k, v in metrics.items() if v is not None],
        key=key,
        run_id=run_id(search_id, key),
    )


def _write(store: Store, experiment: str, runs: list[RunRecord]) -> None:
    refused = store.insert(experiment, runs)[1] if store.bulk else runs
    for run in refused:
        made, new = store.create(experiment, run, doubt=True)
        if not new:
            continue
        store.send(made, items(run.params, {}, run.metrics), _refuse)
        store.status(made, run.status, run.end)


def _refuse(text: str) -> None:
    raise EventRefused(text)
