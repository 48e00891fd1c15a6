"""A search for each pair in place of the published configuration: `launch/tune.py`, one after another."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.experiments.progress import Progress
from analysis.experiments.run import Place
from analysis.experiments.tasks import METRICS, Task
from launch.common.environment import ROOT
from launch.common.flags import flag
from launch.config.shared_options import data_dir
from launch.evaluation.summary import Summary, read
from trainables.core import custom_detectors

INTERRUPTED = 130


def searches(tasks: Sequence[Task], place: Place, progress: Progress) -> None:
    """Search for each task, which says how many trials, and keep the test metrics of its winner.

    A search uses the whole machine, so they come one after another. Its test metrics are means
    over five seeds, read once, by the search itself. One that is cut short goes on under its
    name the next time.
    """
    options, logs = place.options, place.results.sibling("logs")
    logs.mkdir(exist_ok=True)
    for task in tasks:
        if progress.stop():
            return
        progress.began(task)
        summary, log = logs / f"{task.key}.json", logs / f"{task.key}.log"
        line = command(task, place.home.root, data_dir(options.data_dir), options.jobs, options.timeout, summary)
        row = task.row()
        if line is None:
            row["failure"] = {"cause": "tune", "message": "launch/tune.py takes names and files of detectors"}
        else:
            summary.unlink(missing_ok=True)
            with open(log, "wb") as output:
                code = subprocess.run(line, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT).returncode
            if progress.stop() or code == INTERRUPTED:
                return
            if summary.is_file():
                row |= metrics_of(read(summary))
            else:
                row["failure"] = {"cause": "tune", "message": last_words(log)}
        place.results.add(row)
        progress.ended(task)


def command(
    task: Task, home: Path, data: Path, concurrent: int | None, timeout: float, summary: Path
) -> list[str] | None:
    """The command of one search; None for what `tune.py` cannot take."""
    name, request = task.candidate.name, task.request
    if ":" in name:
        return None
    given: dict[str, Any] = {
        "trials": task.trials,
        "protocol": request.protocol,
        "labelled-anomalies": request.labelled_anomalies,
        "contamination": request.contamination,
        "outer-split": request.outer_split,
        "seed": task.seed,
        "max-rounds": task.rounds,
        "trial-timeout": f"{math.ceil(timeout)}s",
        "concurrent": concurrent,
        "detector-path": name if custom_detectors.is_file(name) else None,
        "home": home,
        "data-dir": data,
        "name": f"{task.candidate.label}-{request.name}"[:80] + f"-{task.key[:8]}",
        "summary": summary,
    }
    line = [sys.executable, str(ROOT / "launch" / "tune.py"), task.candidate.label, request.dataset]
    for option, value in given.items():
        line += [] if value is None else [f"--{option}", str(value)]
    for name, value in request.plain().items():
        if name.replace("_", "-") not in (*given, "dataset"):  # how the table is read
            for each in value if isinstance(value, list) else [value]:
                line += [flag(name), str(each)]
    return [*line, "--no-standin", "--no-retrain"]


def metrics_of(summary: Summary) -> dict[str, Any]:
    """What a line keeps of the summary of a search."""
    tuned, dataset = summary.test.tuned.by_name(), summary.dataset
    return {
        "dataset": dataset.name,
        "sha256": dataset.sha256,
        "protocol": dataset.protocol,
        "test": dataset.counts["test"],
        "note": dataset.note,
        "supervision": summary.supervision,
        "config": summary.best.config,
        "study": summary.study,
        **{name: tuned[name].mean for name in METRICS},
        "intervals": {name: [tuned[name].low, tuned[name].high] for name in METRICS},
        "fit_seconds": summary.seconds.fit,
        "predict_seconds": summary.seconds.predict,
    }


def last_words(log: Path) -> str:
    """Why a search ended: its line of error, else the last one that it printed."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return [*(lines or ["it printed nothing"]), *errors][-1][:500]
