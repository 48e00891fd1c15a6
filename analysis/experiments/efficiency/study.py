"""The command: search what is not on disk yet, confirm it, and show what there is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from analysis import experiment_names as names
from analysis import plots
from analysis.experiments.efficiency import comparison, confirming
from analysis.experiments.efficiency.arms import Arm, arms
from analysis.experiments.efficiency.searching import Cell, Searching
from analysis.experiments.progress import Progress
from analysis.experiments.results import Results
from analysis.experiments.run import requests
from analysis.experiments.session import INTERRUPTED, NOTHING, say_where
from analysis.options import EfficiencyOptions
from analysis.reports import page
from analysis.reports import table as text_table
from datasets.wording import counted
from launch.common.errors import UsageError
from launch.common.files import output_folder
from launch.common.home import Home
from launch.config.shared_options import data_dir
from launch.evaluation.metric_labels import label

CIRCULAR = (
    "Some datasets helped to build the portfolio tried on them, so that it gains too much: --fits leaves them out."
)
RIGHT = "efficiency.py DETECTORS DATASETS, for example efficiency.py gbdt,iforest vowels,wilt"


def run(options: EfficiencyOptions, console: Console) -> int:
    """Search, confirm, show, write."""
    for name in ("seeds", "trials", "max_rounds", "pairs", "rows"):
        if (value := getattr(options, name)) is not None and value < 1:
            raise UsageError(f"--{name.replace('_', '-')} must be at least 1, got {value}")
    names.refuse_swapped(options.detectors, options.datasets, RIGHT)
    detectors, datasets = names.detector_names(options.detectors), names.dataset_names(options.datasets)
    compared = arms(options.arms, options.arm)
    if options.against not in [arm.name for arm in compared]:
        raise UsageError(f"--against {options.against} is none of the arms: {', '.join(arm.name for arm in compared)}")
    output_folder(options.output)
    asked = requests(datasets, options.protocol, 1, options.of_data())
    searching = Searching(options, asked, data_dir(options.data_dir))
    searches, fits = (Results(options.output, name) for name in ("searches", "fits"))
    cells = [Cell(name, one, k) for k in range(options.seeds) for one in datasets for name in detectors]
    searched = [arm for arm in compared if arm.searches]
    left = 0 if options.show else _search(cells, searched, searching, searches, fits, console)
    if left:
        text = f"Interrupted: {left:,} of {len(cells) * len(searched):,} searches are left; the same command goes on."
        console.print(text, style="yellow", highlight=False)
    keys = [searching.key(cell, arm) for cell in cells for arm in searched]
    lines = [searches.rows[key] for key in keys if key in searches.rows]
    _failures(lines, console)
    frame = comparison.measured(lines, compared, fits.rows)
    if frame.empty:
        console.print("There is no cell in which every arm has searched.", style="yellow")
        return INTERRUPTED if left else NOTHING
    circular = sum(searching.circular(cell, arm) for cell in cells if cell.seed == 0 for arm in searched)
    _show(options, comparison.regret(frame), {line["metric"] for line in lines if "metric" in line}, circular, console)
    return INTERRUPTED if left else 0


def _search(
    cells: list[Cell], compared: list[Arm], searching: Searching, searches: Results, fits: Results, console: Console
) -> int:
    """Do what is not on disk, one pass over everything before the next seed; returns how many searches are left."""
    with tempfile.TemporaryDirectory(prefix="efficiency-") as folder, Progress(console, len(cells)) as progress:
        home = Home.at(Path(folder))
        for cell in (cell for cell in cells if cell.seed == 0):
            for arm in compared:
                searching.plan(cell, arm, home)  # whatever cannot be searched is said before any work
        for cell in cells:
            progress.began(cell)
            known: list[dict[str, Any]] = [
                searches.rows[k] for arm in compared if (k := searching.key(cell, arm)) in searches.rows
            ]
            for arm in compared:
                name = searching.key(cell, arm)
                if progress.stop():
                    return sum(searching.key(c, a) not in searches.rows for c in cells for a in compared)
                if not searches.has(name):
                    searches.add(searching.search(cell, arm, known))
                    known.append(searches.rows[name])
                if searches.rows[name]["failure"] is None:
                    plan = searching.plan(cell, arm, home)
                    confirming.confirm(searches.rows[name], plan, searching.options.pairs, fits, progress.stop)
            progress.ended(cell)
    return 0


def _failures(lines: list[dict[str, Any]], console: Console) -> None:
    """Searches that came to nothing are said, not left out in silence."""
    for line in lines:
        if line["failure"] is not None:
            place = f"{line['detector']} on {line['dataset']}, seed {line['seed']}, {line['arm']}"
            console.print(f"{place}: {line['failure']['message']}", style="yellow", highlight=False, soft_wrap=True)


def _show(options: EfficiencyOptions, frame: pd.DataFrame, metrics: set[str], circular: int, console: Console) -> None:
    """Tables and figure, on the screen and in the folder."""
    what = label(next(iter(metrics))) if len(metrics) == 1 else "AP or AUROC"
    counts = {name: frame[name].nunique() for name in comparison.CELL}
    over = ", ".join(counted(counts[name], name) for name in comparison.CELL)
    several = counts["dataset"] > 1
    parts = [("All", comparison.table(frame, options.against))]
    parts += [
        (f"By {column}, at all of the seconds", comparison.apart(frame, options.against, column))
        for column in ("detector", "dataset")
        if counts[column] > 1
    ]
    missing = int(frame["confirmed"].isna().sum())
    notes = [
        f"Mean confirmed {what}, {over}; {counted(len(frame.groupby(comparison.CELL)), 'cell')} in which every arm has "
        f"searched. Each score is the mean over {counted(options.pairs, 'fresh split')} of development rows"
        + (f", cut to {options.rows:,}" if options.rows else "")
        + "; test rows were not read.",
        "Intervals are 95 %, Student's t over means of "
        + ("datasets; of one dataset over means of seeds." if several else "seeds."),
        "Seconds are CPU seconds of trials and of what the search does between them; all of them are those of the arm "
        "that took the fewest for its trials. Confirmation is counted for nobody.",
        "Regret: 0 is the best confirmed score of any arm in the cell, 1 the lowest.",
        *([CIRCULAR] if circular else []),
        *([f"{missing:,} figures are missing, since a fit on a fresh split failed."] if missing else []),
    ]
    for title, shown in parts:
        text_table.show(console, shown, title)
    console.print("\n".join(notes), style="dim", highlight=False, soft_wrap=True)
    text = "\n\n".join(f"## {title}\n\n{text_table.markdown(shown)}" for title, shown in parts)
    picture = plots.equal_seconds(comparison.curves(frame), over, interval="datasets" if several else "seeds")
    say_where(
        console,
        page.write(options.output / "points.csv", frame.to_csv(index=False, float_format="%.6g")),
        page.write(
            options.output / "report.md", f"# Ways to search\n\n{text}\n\n" + "\n".join(f"- {n}" for n in notes) + "\n"
        ),
        plots.save(picture, options.output / "regret.png"),
    )
