"""What labels buy: detectors over the number of labelled anomalies, as lines, table, CSV and picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console

from analysis import experiment_names as names
from analysis import plots
from analysis.experiments import session, summary, tables
from analysis.experiments.run import requests
from analysis.experiments.summary import Line
from analysis.experiments.tasks import Task, checksums, joined
from analysis.options import LabelBudgetOptions
from datasets.wording import counted
from launch.common.errors import UsageError

RIGHT = "label_budget.py DATASET DETECTORS, for example label_budget.py celeba devnet,logistic"


def run(options: LabelBudgetOptions, console: Console) -> int:
    """Check, fit, show; 0, 1 where no fit has metrics, 130 if interrupted."""
    columns = _checked(options)
    tasks = _tasks(options, columns)
    why = (
        f"label budget: published configurations, {counted(options.seeds, 'seed')}, "
        f"{counted(options.max_rounds, 'round')}"
    )
    done = session.run(tasks, default_name(options), options, why, console)
    lines = summary.lines(done.results, [task.key for task in tasks])
    if not any(line.fits for line in lines):
        tables.reasons(console, lines, labels=True)
        return done.code or session.NOTHING
    tables.budgets(console, lines, columns)
    tables.reasons(console, lines, labels=True)
    shared = [{**row, "note": row["note"].partition(";")[0]} for row in done.rows if row.get("note")]
    tables.epochs(console, done.rows)
    tables.notes(console, shared, done.test_reads())
    csv, png = done.results.sibling("csv"), done.results.sibling("png")
    summary.write_csv(lines, csv)
    plots.save(plots.label_curves(_curves(lines), columns, f"{lines[0].dataset}, {lines[0].protocol}"), png)
    session.say_where(console, done.results.path, csv, png)
    return done.code


def _checked(options: LabelBudgetOptions) -> list[int | None]:
    """The numbers of labelled anomalies."""
    names.check(options, seeds=options.seeds)
    if options.outer_split < 0:
        raise UsageError(f"--outer-split must be at least 0, got {options.outer_split}")
    names.refuse_swapped(options.detectors, options.dataset, RIGHT)
    datasets = names.dataset_names(options.dataset)
    if len(datasets) != 1:
        raise UsageError(f"give one dataset, not {len(datasets)}: {RIGHT}")
    if not names.detector_names(options.detectors):
        raise UsageError(f"say the detectors, too: {RIGHT}")
    return budgets(options.labels)


def _tasks(options: LabelBudgetOptions, columns: Sequence[int | None]) -> list[Task]:
    datasets, detectors = names.dataset_names(options.dataset), names.detector_names(options.detectors)
    sums = checksums(datasets, detectors)
    candidates = [names.candidate(name, options.published, few_labels=True) for name in detectors]
    asked = []
    for labelled in columns:
        few = {} if labelled is None else {"labelled_anomalies": labelled, "contamination": options.contamination}
        asked += requests(datasets, options.protocol, 1, options.of_data() | few)
    return [
        Task(
            candidate, replace(request, outer_split=options.outer_split), seed,
            candidate.rounds(options.max_rounds),
            sha256=joined(sums, request.dataset, candidate.name),
        )
        for request in asked
        for seed in range(options.seeds)
        for candidate in candidates
    ]  # fmt: skip


def _curves(lines: Sequence[Line]) -> dict[str, dict[str, Any]]:
    """By detector its metrics with the spread over seeds, by number of labels, as `plots.label_curves` takes them."""
    curves: dict[str, dict[str, Any]] = {}
    for level, detector in summary.by_level(lines):
        for line in lines:
            if line.fits and (line.supervision, line.detector) == (level, detector):
                points = curves.setdefault(detector, {"supervision": level, "points": {}})["points"]
                points[line.labelled] = {name: (line.metrics[name][0], *line.spread[name]) for name in ("auroc", "ap")}
    return curves


def budgets(text: str) -> list[int | None]:
    """Numbers of labelled anomalies in rising order, None for all labels; else a UsageError."""
    parts = names.split(text)
    if not parts:
        raise UsageError("--labels: give numbers of labelled anomalies, such as 0,5,20,100,all")
    for part in parts:
        if part != "all" and not part.isdecimal():
            raise UsageError(f"--labels {text}: {part!r} is neither a number nor all; write it like 0,5,20,100,all")
    return [*sorted({int(part) for part in parts if part != "all"}), *([None] if "all" in parts else [])]


def default_name(options: LabelBudgetOptions) -> str:
    """The same for the same data and detectors, whatever the budgets and the number of seeds."""
    parts = [names.few_words(options.dataset, "datasets"), names.few_words(options.detectors, "detectors")]
    parts += filter(None, [options.protocol, options.published])
    data = options.dataset, options.protocol, options.outer_split, options.contamination
    identity = (*data, options.detectors, options.max_rounds, options.published, *names.said(options))
    return names.default_name("labels", parts, identity)
