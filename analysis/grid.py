"""Every detector at its published configuration on every dataset: `python analysis/grid.py all tables`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
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
RIGHT = "grid.py DETECTORS DATASETS, for example grid.py iforest,devnet celeba"


@dataclass(frozen=True)
class Options(common.Common):
    """Every detector at its published configuration on every dataset.

    Each is fitted on the development rows and measured on the sealed test rows. Nothing is
    chosen by them: the configurations were fixed before. Example: grid.py all celeba,tables
    """

    detectors: Positional[Annotated[str, arg(metavar="DETECTORS")]]
    """Detectors joined by commas (names, files, module:Class), or `all`."""
    datasets: Positional[Annotated[str, arg(metavar="DATASETS")]]
    """Datasets joined by commas (names, your own .csv, .parquet or .npz), or `tables`: the twelve of ADBench."""
    labelled_anomalies: Annotated[int | None, arg(metavar="N")] = None
    """How many training anomalies are labelled; the rest of the training rows is unlabelled. Default: all."""
    contamination: Annotated[float | None, arg(metavar="SHARE")] = None
    """With --labelled-anomalies: share of hidden anomalies among unlabelled training rows; default: as they come."""
    outer_splits: int = 1
    """Test splits; 1 is the published one alone."""
    seeds: int = 1
    """Fits of each pair and split, with other seeds; which anomalies are labelled differs, too."""
    tuned: Annotated[int | None, arg(metavar="TRIALS")] = None
    """Search so many configurations for each pair (launch/tune.py), in place of the published one."""


def work(options: Options, console: Any) -> int:
    """Check, fit, show; 0, 1 where no fit has a figure, 130 if interrupted."""
    from analysis.experiments import control_tables, session, show, summary
    from analysis.experiments.run import requests
    from analysis.experiments.tasks import Task, checksums, joined

    if options.tuned is not None and options.tuned < 1:
        raise UsageError(f"--tuned must be at least 1, got {options.tuned}")
    if options.tuned is not None and options.published is not None:
        raise UsageError("--tuned starts from every published configuration: leave out --published")
    jobs = common.check(options, seeds=options.seeds, **{"outer-splits": options.outer_splits})
    common.refuse_swapped(options.detectors, options.datasets, RIGHT)
    detectors = common.detector_names(options.detectors)
    datasets = common.dataset_names(options.datasets)
    if not detectors or not datasets:
        raise UsageError(f"say detectors and datasets: {RIGHT}")
    budget = options.labelled_anomalies, options.contamination
    asked = requests(datasets, options.protocol, options.outer_splits, *budget)
    sums = checksums(datasets, detectors)
    few = options.labelled_anomalies is not None
    candidates = {
        modality: [common.candidate(name, options.published, few_labels=few, modality=modality) for name in detectors]
        for modality in {_modality(request) for request in asked}
    }
    tasks = [
        Task(
            one, request, seed, options.max_rounds, options.tuned, joined(sums, request.dataset, one.name),
            stages=(0,) if (request.is_images or one.untrained) and options.tuned is None else (),
        )
        for request in asked
        for seed in range(options.seeds)
        for one in candidates[_modality(request)]
    ]  # fmt: skip
    name = options.name or default_name(options)
    why = f"grid: published configurations, {options.seeds} seeds, {options.max_rounds} rounds"
    results, home, code = session.run(tasks, name, options, jobs, why, console)
    keys = [task.key for task in tasks]
    lines = summary.lines(results, keys)
    if not any(line.fits for line in lines):
        show.reasons(console, lines)
        return code or NOTHING
    one = len({line.dataset for line in lines}) == 1
    (show.one_dataset if one else show.many_datasets)(console, lines)
    show.reasons(console, lines)
    rows = [results.rows[key] for key in keys if key in results.rows]
    if one or any(request.is_images for request in asked):
        control_tables.controls(console, [{"asked": row["dataset"], **row} for row in rows])
    show.beside(console, rows, session.readings(home, rows))
    summary.write_csv(lines, results.beside("csv"))
    picture(lines, results.beside("png"))
    console.print("\n[bold]Written[/]", highlight=False)
    session.say_where(console, results.path, results.beside("csv"), results.beside("png"))
    return code


def _modality(request: Any) -> str:
    return "image" if request.is_images else "tabular"


def picture(lines: Any, path: Path) -> Path:
    """Bars with intervals for one dataset, a heat map for several."""
    from analysis import plots
    from analysis.experiments.summary import by_level

    if len({line.dataset for line in lines}) == 1:
        good = [line for line in lines if line.fits]
        bars = {
            line.detector: {"auroc": line.figures["auroc"], "ap": line.figures["ap"], "supervision": line.supervision}
            for line in good
        }
        return plots.save(plots.detector_bars(bars), path)
    values = {(line.detector, line.dataset): (line.figures["auroc"][0], line.figures["ap"][0]) for line in lines}
    return plots.save(
        plots.detector_grid(by_level(lines), list(dict.fromkeys(line.dataset for line in lines)), values), path
    )


def default_name(options: Options) -> str:
    """The same for the same detectors, data and labels, whatever the number of seeds and splits."""
    detectors, datasets = options.detectors, options.datasets
    parts = [common.few_words(detectors, "detectors"), common.few_words(datasets, "datasets")]
    parts += [options.protocol] if options.protocol else []
    parts += [options.published] if options.published else []
    parts += [] if options.labelled_anomalies is None else [f"labelled{options.labelled_anomalies}"]
    parts += [] if options.contamination is None else [f"hidden{options.contamination:g}"]
    parts += [] if options.tuned is None else [f"tuned{options.tuned}"]
    budget = options.labelled_anomalies, options.contamination
    identity = detectors, datasets, options.protocol, budget, options.max_rounds, options.tuned, options.published
    return common.default_name("grid", parts, identity)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="grid.py", args=argv, config=(FlagCreatePairsOff,)), work)


if __name__ == "__main__":
    sys.exit(main())
