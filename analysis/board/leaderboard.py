"""Everything that was run as a leaderboard: one view on the terminal, all of them as a page."""

from __future__ import annotations

import pandas as pd
from rich.console import Console

from analysis.board import cells as board_cells
from analysis.board import comparison, entries, overview, recommended, sections, tables
from analysis.experiment_names import split
from analysis.experiments import mlflow_upload
from analysis.options import LeaderboardOptions
from analysis.reports import page, table
from datasets.wording import counted, verb
from launch.common.errors import UsageError
from launch.common.files import output_folder
from launch.common.home import Home
from launch.tracking.client import connect, store
from launch.tracking.queries import Client


def cells_of(client: Client, detectors: str | None = None, datasets: str | None = None) -> pd.DataFrame:
    """Cells of a store as a data frame, see `analysis.board.cells.cells`.

    Raises
    ------
    UsageError
        If nothing is left, with what there is.
    """
    frame = entries.entries(client)
    if frame.empty:
        raise UsageError("this store has no test figures yet; search (launch/tune.py) or run a grid (analysis/grid.py)")
    for column, wanted in (("detector", detectors), ("dataset", datasets)):
        if wanted is None:
            continue
        names, known = split(wanted), sorted(set(frame[column]))
        unknown = [n for n in names if n not in known]
        if unknown or not names:
            raise UsageError(f"no figures of {', '.join(unknown) or 'nothing'}; there are: {', '.join(known)}")
        frame = frame[frame[column].isin(names)]
    if frame.empty:
        raise UsageError("these detectors have no figures on these datasets")
    return board_cells.cells(frame)


def view_of(cells: pd.DataFrame, view: str, client: Client, reference: str) -> pd.DataFrame:
    """One view as a data frame of texts."""
    if view == "training":
        return overview.training_texts(cells)
    if view == "times":
        return sections.times_texts(cells, reference)
    if view == "published":
        return sections.published_texts(board_cells.compare_published(cells)).drop(columns="what is not the same")
    return sections.curse_texts(client) if view == "curse" else tables.texts(cells, view)


def run(options: LeaderboardOptions, console: Console) -> None:
    """Carry, read, show, write."""
    root = options.home.expanduser().resolve()
    if options.output is not None:
        output_folder(options.output)
    if not (root / "grids").is_dir():
        store(options.home, options.tracking_uri)
    home = Home(root)
    uri = home.tracking_uri(options.tracking_uri)
    carried = mlflow_upload.carry(root, uri, home.artifacts_of(uri))
    if carried:
        console.print(
            f"{counted(carried, 'fit')} of grids {verb(carried, 'was', 'were')} carried to MLflow.", highlight=False
        )
    client = connect(options.home, options.tracking_uri)
    with console.status("Reading the store"):
        cells = cells_of(client, options.detectors, options.datasets)
    table.show(console, view_of(cells, options.view, client, options.reference))
    console.print(sections.ACROSS, style="dim", highlight=False, soft_wrap=True)
    advice = recommended.texts(comparison.finals(client), set(cells["dataset"]))
    if not advice.empty:
        table.show(console, advice, "Which one to take", left=3)
    with console.status("Writing the page"):
        made = sections.sections(cells, client, root, across=options.across_levels, reference=options.reference)
        made = [*recommended.section(advice), *made]
        verdict = sections.verdict(cells)
        texts = {
            "html": page.html("Leaderboard", verdict, sections.about(cells), made, broad=True),
            "md": page.markdown("Leaderboard", verdict, made),
            "csv": cells.drop(columns="level").to_csv(index=False, float_format="%.6g"),
        }
        folder = options.output or root / "leaderboard"
        paths = [page.write(folder / f"leaderboard.{suffix}", text) for suffix, text in texts.items()]
    console.print("\n[bold]Written[/]", highlight=False)
    for path in paths:
        console.print(f"  {path}", highlight=False, soft_wrap=True, markup=False)
