"""A grid: every detector at its published configuration on every dataset, as lines, table, CSV and picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from analysis import experiment_names as names
from analysis import plots
from analysis.experiments import session, summary, tables
from analysis.experiments.run import requests
from analysis.experiments.summary import Line, by_level
from analysis.experiments.tasks import Task, checksums, joined
from analysis.options import GridOptions
from datasets.request import Request
from datasets.wording import counted
from launch.common.errors import UsageError

RIGHT = "grid.py DETECTORS DATASETS, for example grid.py iforest,devnet celeba"


def run(options: GridOptions, console: Console) -> int:
    """Check, fit, show; 0, 1 where no fit has metrics, 130 if interrupted."""
    asked = _checked(options)
    tasks = _tasks(options, asked)
    rounds = "published epochs" if options.published_epochs else counted(options.max_rounds, "round")
    why = f"grid: published configurations, {counted(options.seeds, 'seed')}, {rounds}"
    done = session.run(tasks, default_name(options), options, why, console)
    lines = summary.lines(done.results, [task.key for task in tasks])
    if not any(line.fits for line in lines):
        tables.reasons(console, lines)
        return done.code or session.NOTHING
    one_dataset = len({line.dataset for line in lines}) == 1
    (tables.one_dataset if one_dataset else tables.many_datasets)(console, lines)
    tables.reasons(console, lines)
    if one_dataset or any(request.is_images for request in asked):
        tables.controls(console, [{"asked": row["dataset"], **row} for row in done.rows])
    tables.epochs(console, done.rows, "--published-epochs trains them whole.")
    tables.notes(console, done.rows, done.test_reads())
    csv, png = done.results.sibling("csv"), done.results.sibling("png")
    summary.write_csv(lines, csv)
    picture(lines, png)
    session.say_where(console, done.results.path, csv, png)
    return done.code


def _checked(options: GridOptions) -> list[Request]:
    """What is asked of each dataset."""
    if options.tuned is not None and options.tuned < 1:
        raise UsageError(f"--tuned must be at least 1, got {options.tuned}")
    if options.tuned is not None and options.published is not None:
        raise UsageError("--tuned starts from every published configuration: leave out --published")
    if options.tuned is not None and options.published_epochs:
        raise UsageError("--tuned searches: leave out --published-epochs (launch/tune.py has --reference-epochs)")
    names.check(options, seeds=options.seeds, **{"outer-splits": options.outer_splits})
    names.refuse_swapped(options.detectors, options.datasets, RIGHT)
    detectors, datasets = names.detector_names(options.detectors), names.dataset_names(options.datasets)
    if not detectors or not datasets:
        raise UsageError(f"say detectors and datasets: {RIGHT}")
    return requests(datasets, options.protocol, options.outer_splits, options.of_data())


def _tasks(options: GridOptions, asked: Sequence[Request]) -> list[Task]:
    detectors = names.detector_names(options.detectors)
    sums = checksums([request.dataset for request in asked], detectors)
    few = options.labelled_anomalies is not None
    candidates = {
        modality: [names.candidate(name, options.published, few_labels=few, modality=modality) for name in detectors]
        for modality in ("image", "tabular")
    }

    def rounds(candidate: names.Candidate) -> int:
        return (
            options.max_rounds
            if options.tuned
            else candidate.rounds(options.max_rounds, whole=options.published_epochs)
        )

    return [
        Task(
            candidate, request, seed, rounds(candidate), options.tuned, joined(sums, request.dataset, candidate.name),
            stages=(0,) if (request.is_images or candidate.untrained) and options.tuned is None else (),
        )
        for request in asked
        for seed in range(options.seeds)
        for candidate in candidates["image" if request.is_images else "tabular"]
    ]  # fmt: skip


def picture(lines: Sequence[Line], path: Path) -> Path:
    """Bars with intervals for one dataset, a heat map for several."""
    if len({line.dataset for line in lines}) == 1:
        bars = {line.detector: {**line.metrics, "supervision": line.supervision} for line in lines if line.fits}
        return plots.save(plots.detector_bars(bars), path)
    values = {(line.detector, line.dataset): (line.metrics["auroc"][0], line.metrics["ap"][0]) for line in lines}
    datasets = list(dict.fromkeys(line.dataset for line in lines))
    return plots.save(plots.detector_grid(by_level(lines), datasets, values), path)


def default_name(options: GridOptions) -> str:
    """The same for the same detectors, data and labels, whatever the number of seeds and splits."""
    detectors, datasets = options.detectors, options.datasets
    parts = [names.few_words(detectors, "detectors"), names.few_words(datasets, "datasets")]
    parts += filter(None, [options.protocol, options.published])
    parts += [] if options.labelled_anomalies is None else [f"labelled{options.labelled_anomalies}"]
    parts += [] if options.contamination is None else [f"hidden{options.contamination:g}"]
    parts += [] if options.tuned is None else [f"tuned{options.tuned}"]
    budget = options.labelled_anomalies, options.contamination
    identity: tuple[object, ...] = (
        detectors, datasets, options.protocol, budget, options.max_rounds, options.tuned, options.published,
    )  # fmt: skip
    if options.published_epochs:
        parts.append("whole")
        identity = (*identity, "published epochs")
    if more := names.said(options, "labelled_anomalies", "contamination"):
        parts += [name for name, _ in more]
        identity = (*identity, more)
    return names.default_name("grid", parts, identity)
