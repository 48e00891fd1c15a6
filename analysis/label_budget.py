"""How much do labels buy: `python analysis/label_budget.py celeba devnet,logistic --labels 0,5,20,100,all`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import FlagCreatePairsOff, Positional, arg

from analysis.experiments import options as common
from launch.common import command
from launch.common.errors import UsageError

NOTHING = 1
RIGHT = "label_budget.py DATASET DETECTORS, for example label_budget.py celeba devnet,logistic"


@dataclass(frozen=True)
class Options(common.Common):
    """Detectors over the number of labelled anomalies in training.

    Each is fitted at its published configuration on the development rows and measured on the
    sealed test rows. Example: label_budget.py celeba devnet,logistic --labels 0,5,20,100,all
    """

    dataset: Positional[Annotated[str, arg(metavar="DATASET")]]
    """A dataset, or your own table: a .csv, .parquet or .npz file."""
    detectors: Positional[Annotated[str, arg(metavar="DETECTORS")]]
    """Detectors joined by commas (names, files, module:Class), or `all`."""
    labels: Annotated[str, arg(metavar="N,N,…")] = "0,5,20,100,all"
    """Numbers of labelled anomalies; `all` is every label there is, of anomalies and normal rows, with none hidden."""
    contamination: Annotated[float | None, arg(metavar="SHARE")] = 0.02
    """Share of hidden anomalies among unlabelled training rows; None leaves those that are there."""
    outer_split: int = 0
    """Which rows are sealed as test; 0 is the published split."""
    seeds: int = 3
    """Fits at each number, with other seeds and other labelled anomalies."""


def work(options: Options, console: Any) -> int:
    """Check, fit, show; 0, 1 where no fit has a figure, 130 if interrupted."""
    from analysis import plots
    from analysis.experiments import session, show, summary
    from analysis.experiments.run import requests
    from analysis.experiments.tasks import Task, checksums, joined

    jobs = common.check(options, seeds=options.seeds)
    if options.outer_split < 0:
        raise UsageError(f"--outer-split must be at least 0, got {options.outer_split}")
    common.refuse_swapped(options.detectors, options.dataset, RIGHT)
    datasets = common.dataset_names(options.dataset)
    if len(datasets) != 1:
        raise UsageError(f"give one dataset, not {len(datasets)}: {RIGHT}")
    detectors = common.detector_names(options.detectors)
    if not detectors:
        raise UsageError(f"say the detectors, too: {RIGHT}")
    columns = budgets(options.labels)
    sums = checksums(datasets, detectors)
    candidates = [common.candidate(name, options.published, few_labels=True) for name in detectors]
    tasks = []
    for labelled in columns:
        hidden = None if labelled is None else options.contamination
        (asked,) = requests(datasets, options.protocol, 1, labelled, hidden)
        asked = replace(asked, outer_split=options.outer_split)
        tasks += [
            Task(one, asked, seed, options.max_rounds, sha256=joined(sums, asked.dataset, one.name))
            for seed in range(options.seeds)
            for one in candidates
        ]
    name = options.name or default_name(options)
    why = f"label budget: published configurations, {options.seeds} seeds, {options.max_rounds} rounds"
    results, home, code = session.run(tasks, name, options, jobs, why, console)
    keys = [task.key for task in tasks]
    lines = summary.lines(results, keys)
    if not any(line.fits for line in lines):
        show.reasons(console, lines, labels=True)
        return code or NOTHING
    show.budgets(console, lines, columns)
    show.reasons(console, lines, labels=True)
    rows = [results.rows[key] for key in keys if key in results.rows]
    shared = [{**row, "note": row["note"].partition(";")[0]} for row in rows if row.get("note")]
    show.beside(console, shared, session.readings(home, rows))
    summary.write_csv(lines, results.beside("csv"))
    curves = {}
    for level, detector in summary.by_level(lines):
        own = [line for line in lines if (line.supervision, line.detector) == (level, detector) and line.fits]
        points = {line.labelled: {f: (line.figures[f][0], *line.spread[f]) for f in ("auroc", "ap")} for line in own}
        if points:
            curves[detector] = {"supervision": level, "points": points}
    plots.save(plots.label_curves(curves, columns, f"{lines[0].dataset}, {lines[0].protocol}"), results.beside("png"))
    console.print("\n[bold]Written[/]", highlight=False)
    session.say_where(console, results.path, results.beside("csv"), results.beside("png"))
    return code


def budgets(text: str) -> list[int | None]:
    """Numbers of labelled anomalies in rising order, None for all labels.

    Raises
    ------
    UsageError
    """
    found: set[int] = set()
    words = common.split(text)
    for word in words:
        if word != "all":
            if not word.isdecimal():
                raise UsageError(f"--labels {text}: {word!r} is neither a number nor all; write it like 0,5,20,100,all")
            found.add(int(word))
    if not words:
        raise UsageError("--labels: give numbers of labelled anomalies, such as 0,5,20,100,all")
    return [*sorted(found), *([None] if "all" in words else [])]


def default_name(options: Options) -> str:
    """The same for the same data and detectors, whatever the budgets and the number of seeds."""
    parts = [common.few_words(options.dataset, "datasets"), common.few_words(options.detectors, "detectors")]
    parts += [options.protocol] if options.protocol else []
    parts += [options.published] if options.published else []
    data = options.dataset, options.protocol, options.outer_split, options.contamination
    return common.default_name("labels", parts, (*data, options.detectors, options.max_rounds, options.published))


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="label_budget.py", args=argv, config=(FlagCreatePairsOff,)), work)


if __name__ == "__main__":
    sys.exit(main())
