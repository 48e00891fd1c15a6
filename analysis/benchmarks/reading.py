"""How long reports and leaderboards take, on a made study of 1,000 trials and a made store of 20,000 runs.

    python analysis/benchmarks/reading.py
    python analysis/benchmarks/reading.py --trials 200 --runs 2000     # a quick look

Both sides of the leaderboard: its own reading of the database, and the MLflow client's, on as many runs as
`--client-runs` says (the client takes minutes for all of them). Aims: a report in 20 s and 8 MB, a leaderboard in 30 s.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from launch.common.environment import prepare

prepare()  # before Ray and MLflow are imported

import mlflow
import numpy as np
import optuna
from mlflow import MlflowClient
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from analysis.benchmarks.checks import Check, ratio, report
from analysis.benchmarks.common import fresh_home, machine, parser
from analysis.board import cells, entries, sections
from analysis.reports import page, study_data, study_report
from launch.study.storage import journal, open_storage
from launch.tracking import bulk_insert, mlflow_internals
from launch.tracking.run_record import RunRecord

LEVELS = ("unsupervised", "few-label", "supervised")


def made_study(home: Path, trials: int) -> str:
    """A finished search of random scores, as a search leaves it; returns its name."""
    (home / "studies").mkdir(parents=True)
    generator, name = np.random.default_rng(0), "made"
    study = optuna.create_study(study_name=name, direction="maximize", storage=open_storage(journal(home, name)))
    study.add_trials([_trial(k, generator) for k in range(trials)])
    interval = {"mean": 0.5, "low": 0.4, "high": 0.6, "sd_seeds": 0.01}
    figures = dict.fromkeys(("auroc", "ap", "f1_report", "f1_threshold"), interval)
    counts = {part: {"rows": 1000, "anomalies": 50} for part in ("train", "valid", "test")}
    side = {"config": {}, "trial": 0, "origin": "paper", "failure": None}
    validation = {
        "search_score": 0.6,
        **dict.fromkeys(("auroc", "ap", "f1"), 0.5),
        "confirmed": {"mean": 0.5, "low": 0.4, "high": 0.6, "splits": 5},
    }
    summary = {
        "study": name, "detector": "made", "supervision": "unsupervised", "selection": "labelled",
        "modality": "tabular",
        "metric": "ap", "seed": 0, "trials": {"complete": trials // 4, "pruned": trials - trials // 4, "failed": 0},
        "dataset": {"name": "made", "source": "nowhere", "sha256": "0" * 64, "protocol": "holdout", "outer_split": 0,
                    "counts": counts, "request": {}, "note": ""},
        "rounds": {"run": 5 * trials, "without_stopping": 20 * trials},
        "best": {**side, "validation": validation, "rounds": 20},
        "published": None, "finalists": [], "test": {"tuned": figures}, "train": {"tuned": dict.fromkeys(figures, 0.5)},
        "report": {}, "seconds": {"search": 1.0, "total": 1.0, "fit": 1.0, "predict": 1.0}, "seal_readings": 1,
        "mlflow_run_id": None, "model_uri": None,
    }  # fmt: skip
    (home / "studies" / f"{name}.summary.json").write_text(json.dumps(summary))
    return name


def _trial(number: int, generator: Any) -> Any:
    rounds = 20 if number % 4 == 0 else int(generator.integers(1, 5))
    scores = np.sort(generator.random(rounds))
    history = [
        {"round": k + 1, "score": float(s), "fit_seconds": 0.1, "predict_seconds": 0.01} for k, s in enumerate(scores)
    ]
    floats = {f"x{k}": float(generator.random()) for k in range(9)}
    space: dict[str, Any] = {name: FloatDistribution(0, 1) for name in floats}
    complete = rounds == 20
    start = 10.0 * number
    return create_trial(
        state=TrialState.COMPLETE if complete else TrialState.PRUNED,
        value=float(scores[-1]) if complete else None,
        params={**floats, "kind": "ab"[number % 2]},
        distributions={**space, "kind": CategoricalDistribution(["a", "b"])},
        user_attrs={
            "config": floats, "origin": "sampled", "history": history, "score": float(scores[-1]),
            "places": [{"node": f"node{number % 4}", "worker": number % 32, "start": start, "end": start + rounds}],
        },
    )  # fmt: skip


def made_store(home: Path, runs: int) -> Any:
    """An MLflow store with fits of 40 detectors on as many datasets as it takes, ten seeds each; returns its client."""
    uri = f"sqlite:///{home}/mlflow.db"
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    by_dataset: dict[str, list[RunRecord]] = {}
    for dataset, run in _runs(runs):
        by_dataset.setdefault(dataset, []).append(run)
    for dataset, some in by_dataset.items():
        bulk_insert.insert(client, client.create_experiment(dataset), some)
    return client


def _runs(count: int) -> Iterator[tuple[str, Any]]:
    generator = np.random.default_rng(0)
    for number in range(count):
        seed, rest = number % 10, number // 10
        detector, dataset = rest % 40, f"made{rest // 40}"
        tags = {
            "kind": "fit", "detector": f"d{detector}", "supervision": LEVELS[detector % 3], "dataset": dataset,
            "protocol": "holdout", "outer_split": "0", "seed": str(seed), "rounds": "10", "study": "made",
            "test_rows": "1000", "config": "{}", "published": "paper", "search_id": "made", "key": str(number),
            "git_commit": "0" * 40, "versions": "{}",
        }  # fmt: skip
        values = {"test_auroc": 0.5 + 0.4 * generator.random(), "test_ap": generator.random(), "test_f1_report": 0.1}
        values |= {"fit_seconds": generator.random(), "predict_seconds": generator.random()}
        metrics = [(k, float(v), 1_700_000_000_000, 0) for k, v in values.items()]
        yield dataset, RunRecord(
            f"run {number}", 1_700_000_000_000 + number, tags, {"n": "1"}, end=1_700_000_000_000, status="FINISHED",
            metrics=metrics, key=str(number),
        )  # fmt: skip


def main() -> None:
    """Make both, read both, say how long it took."""
    made = parser(__doc__)
    made.add_argument("--trials", type=int, default=1000)
    made.add_argument("--runs", type=int, default=20_000)
    made.add_argument("--client-runs", type=int, default=2000, help="runs that the MLflow client reads for comparison")
    options = made.parse_args()
    started_on = machine()
    with fresh_home() as home:
        name = made_study(home, options.trials)
        start = time.perf_counter()
        path = study_report.write(study_data.load(home, name), home / "studies")
        report_seconds, megabytes = time.perf_counter() - start, path.stat().st_size / 1e6
        client = made_store(home, options.runs)
        start = time.perf_counter()
        found = cells.cells(entries.entries(client))
        reading = time.perf_counter() - start
        made_sections = sections.sections(found, client, home, across=False, reference="d0")
        page.write(home / "board.html", page.html("board", sections.verdict(found), "", made_sections))
        board_seconds = time.perf_counter() - start
        small = home / "small"
        small.mkdir()
        other, available = made_store(small, options.client_runs), mlflow_internals.available
        sides = {}
        for side, known in (("sql", available), ("client", lambda _: False)):
            mlflow_internals.available = known
            start = time.perf_counter()
            entries.entries(other)
            sides[side] = time.perf_counter() - start
        mlflow_internals.available = available
    rows = [
        [f"report of {options.trials:,} trials", report_seconds, f"{megabytes:.2f} MB"],
        [f"leaderboard of {options.runs:,} runs", board_seconds, f"of which reading {reading:.1f} s"],
        [f"reading {options.client_runs:,} runs, own SQL", sides["sql"], ""],
        [f"reading {options.client_runs:,} runs, MLflow's client", sides["client"], ""],
    ]
    checks = [
        Check("report", report_seconds, 20.0, unit=" s"),
        Check("size of the report", megabytes, 8.0, unit=" MB"),
        Check("leaderboard", board_seconds, 30.0, unit=" s"),
        Check("client over own SQL", ratio(sides["client"], sides["sql"]), 2.0, at_most=False),
    ]
    notes = ["study and store are made: scores are random, sizes are those of real ones"]
    numbers = {"report": report_seconds, "megabytes": megabytes, "board": board_seconds, "reading": reading, **sides}
    report("Reading", ("what", "seconds", ""), rows, checks, notes, started_on, numbers, options.json)


if __name__ == "__main__":
    main()
