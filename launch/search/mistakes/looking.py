"""Rows that a finished search's model gets wrong: those that are kept, or with the test's seal opened once more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from datasets.problems.parts import Part
from launch.common.errors import UsageError
from launch.common.home import Home
from launch.common.printing import print_line, waiting
from launch.config import saved_options
from launch.config.options import TuneOptions, check
from launch.config.plan import Plan
from launch.config.shared_options import RecordedDataOptions
from launch.display import mistakes as display
from launch.evaluation import summary as summaries
from launch.evaluation.mistakes import finding, pictures, worst_rows
from launch.evaluation.mistakes.held_out import ScoredRows, SplitModel, raw_score
from launch.evaluation.mistakes.record import Mistakes, read
from launch.evaluation.summary import Summary
from launch.search import planning
from trainables.core import metrics
from trainables.core.detector import make
from trainables.core.files import atomic_write
from trainables.training.fit import FitResult, plain_fit
from trainables.training.process import set_threads

REASON = "rows that the model gets wrong are looked at (launch/mistakes.py --test)"
SAME = 1e-6
"""Difference in AP up to which a fit is the recorded one."""


def of_held_out(root: Path, name: str, console: Console) -> None:
    """Show the held-out rows that were kept when the search ended."""
    name, summary = _finished(root, name)
    found = read(root / "studies" / f"{name}.mistakes.json")
    if found is None:
        raise UsageError(
            f"{name} kept no rows that its model gets wrong: it is of an older version, or was started with "
            "--no-mistakes; search again, or look at test rows with --test"
        )
    anomaly = "made-up anomaly" if summary.selection == "synthetic" else "anomaly"
    display.show(console, found, "held-out validation rows", root / "studies" / f"{name}.mistakes.csv", anomaly)


def of_test(root: Path, name: str, options: RecordedDataOptions, console: Console) -> None:
    """Fit the winner again, open the seal, and show the test rows that it gets wrong."""
    name, summary = _finished(root, name)
    home = Home.at(root)
    plan = _plan(home, name, options, console)
    if plan.problem.sha256 != summary.dataset.sha256:
        raise UsageError(f"the data of {name} are not as they were: their checksum is another")
    if plan.problem.cross_validated:
        raise UsageError(f"{name} is cross-validated: no row is sealed, and without --test it shows held-out rows")
    curves = _curves(root, name)
    with waiting(console, f"Fitting trial {summary.best.trial} again"):
        fit = _fitted(plan, summary)
    part = plan.problem.sealed.open(home.ledger, study=name, detector=plan.label, reason=REASON)
    found, rows = _of_test(plan, part, fit, [own.threshold for own in curves])
    target = home.study(name, "mistakes-test.csv")
    with atomic_write(target) as partial:
        rows.to_csv(partial, index=False)
    display.show(console, found, "test rows", target)
    if plan.problem.modality == "image":
        sheet = home.study(name, "mistakes-test.png")
        pictures.sheet(found, sheet)
        print_line(console, f"Their pictures, missed above false alarms: {sheet}")
    for (y, scores), then in zip(metrics.by_task(part.y, fit.scores["test"]), curves, strict=True):
        if abs((now := metrics.ranking(y, scores)["ap"]) - then.ap) > SAME:
            print_line(console, f"The fit came out otherwise than then: AP {now:.4f}, recorded {then.ap:.4f}", "yellow")
    problem = plan.problem
    times = problem.sealed.count_test_reads(
        home.ledger, problem.dataset, problem.protocol, problem.outer_split, problem.sha256
    )
    print_line(
        console,
        f"This test set has now been read {times} times in this home. Whatever is changed after looking at these rows "
        "is chosen by the test, whose figures then prove nothing: change by the validation rows (without --test).",
        "yellow",
    )


def _finished(root: Path, name: str) -> tuple[str, Summary]:
    """The name of a finished search, and its summary."""
    paths = sorted((root / "studies").glob("*.summary.json"), key=lambda path: (path.stat().st_mtime, path.name))
    known = [path.name.removesuffix(".summary.json") for path in paths]
    if name == "last" and known:
        name = known[-1]
    if name not in known:
        there = f"there are {', '.join(known[-5:])}" if known else "there is none; search first (launch/tune.py)"
        raise UsageError(f"no finished search {name!r} in {root}; {there}")
    return name, summaries.read(root / "studies" / f"{name}.summary.json")


def _plan(home: Home, name: str, options: RecordedDataOptions, console: Console) -> Plan:
    """The plan that the search had."""
    kept = saved_options.load(home.root, name) | {"home": home.root, "resume": name}
    given = {"data_dir": options.data_dir, "moved_to": options.moved_to}
    asked = check(TuneOptions(**kept | {key: value for key, value in given.items() if value is not None}))
    problem = planning.load_problem(asked, lambda line: print_line(console, line, "yellow"), home)
    return planning.plan(asked, home, problem, planning.detectors(asked)[0])


def _fitted(plan: Plan, summary: Summary) -> FitResult:
    """The winner as it was fitted with the first seed for the final test."""
    set_threads(max(1, int(plan.options.cpus_per_trial)))
    prepared = plan.problem.whole(0)
    job = plan.fit_job(summary.best.config, 0, summary.best.rounds, keep_state=True)
    rows = {"test": prepared.rows(plan.problem.sealed.X)}
    return plain_fit(job, plan.train_data(prepared.train), rows)


@dataclass(frozen=True)
class _Curves:
    threshold: float
    ap: float


def _curves(root: Path, name: str) -> list[_Curves]:
    """Threshold and AP of the first seed, of each task."""
    try:
        views: list[Any] = json.loads((root / "studies" / f"{name}.curves.json").read_text())["views"]
        return [_Curves(v["histogram"]["threshold"], v["precision_recall"]["tuned"]["value"]) for v in views]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{name} has no curves.json with its threshold: it is of an older version") from error


def _of_test(plan: Plan, part: Part, fit: FitResult, cuts: list[float]) -> tuple[Mistakes, pd.DataFrame]:
    """What the fit gets wrong of the test rows, and these as a table."""
    views, tables = [], []
    labels, scores = part.y.reshape(len(part), -1), fit.scores["test"].reshape(len(part), -1)
    for task, (name, cut) in enumerate(zip(part.tasks, cuts, strict=True)):
        own = np.flatnonzero(labels[:, task] >= 0)
        models: tuple[SplitModel, ...] = ()
        if plan.problem.modality == "tabular" and fit.state is not None:
            detector = make(plan.cls, fit.job.params).load_state_dict(fit.state)
            models = (SplitModel(np.arange(len(own)), raw_score(detector, plan.problem.whole(0).rows)),)
        splits = np.ones(len(own), np.intp)
        rows = ScoredRows(
            plan.problem, part.take(own), labels[own, task], scores[own, task], splits, cut, models
        )  # fmt: skip
        worst = worst_rows.mistakes(rows)
        views.append(finding.view(rows, worst, name))
        tables.append(worst_rows.table(rows, worst, name))
    return Mistakes(0, tuple(views)), pd.concat(tables, ignore_index=True)
