"""Detectors by datasets, from everything that was run: `python analysis/leaderboard.py`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import FlagCreatePairsOff, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.common.files import output_folder
from launch.tracking.client import connect, store


@dataclass(frozen=True)
class Options:
    """Every detector on every dataset that was run, with intervals, ranks, times and published figures.

    Reads the searches and fits of an MLflow store; grids of the home that it does not have yet are carried to it
    first. Writes one HTML file, Markdown and CSV, the same bytes from the same store. Example: leaderboard.py
    --datasets celeba --view times
    """

    view: Literal["ap", "auroc", "times", "training", "published", "curse"] = "ap"
    """What the terminal shows; the page has everything."""
    detectors: Annotated[str | None, arg(metavar="NAMES")] = None
    """Only these, joined by commas."""
    datasets: Annotated[str | None, arg(metavar="NAMES")] = None
    """Only these, joined by commas, as MLflow calls their experiments."""
    across_levels: bool = False
    """Rank detectors that saw labels together with those that did not; the page says so."""
    reference: Annotated[str, arg(metavar="DETECTOR")] = "iforest"
    """Whose times are 1."""
    output: Annotated[Path | None, arg(metavar="FOLDER")] = None
    """Where to write; default: HOME/leaderboard."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""


def cells_of(client: Any, detectors: str | None = None, datasets: str | None = None) -> Any:
    """Cells of a store as a data frame, see `analysis.board.cells.cells`.

    Raises
    ------
    UsageError
        If nothing is left, with what there is.
    """
    from analysis.board import cells, entries

    frame = entries.entries(client)
    if frame.empty:
        raise UsageError("this store has no test figures yet; search (launch/tune.py) or run a grid (analysis/grid.py)")
    for column, wanted in (("detector", detectors), ("dataset", datasets)):
        if wanted is None:
            continue
        names, known = [n.strip() for n in wanted.split(",") if n.strip()], sorted(set(frame[column]))
        unknown = [n for n in names if n not in known]
        if unknown or not names:
            raise UsageError(f"no figures of {', '.join(unknown) or 'nothing'}; there are: {', '.join(known)}")
        frame = frame[frame[column].isin(names)]
    if frame.empty:
        raise UsageError("these detectors have no figures on these datasets")
    return cells.cells(frame)


def view_of(cells: Any, view: str, client: Any, reference: str) -> Any:
    """One view as a data frame of texts."""
    from analysis.board import cells as of_cells
    from analysis.board import overview, sections, tables

    if view == "training":
        return overview.training_texts(cells)
    if view in ("ap", "auroc"):
        return tables.texts(cells, view)
    if view == "times":
        return sections.times_texts(cells, reference)
    if view == "published":
        return sections.beside_texts(of_cells.beside(cells)).drop(columns="what is not the same")
    return sections.curse_texts(client)


def work(options: Options, console: Any) -> None:
    """Carry, read, show, write."""
    from analysis.board import sections, terminal
    from analysis.experiments import record
    from analysis.reports import page
    from launch.common.home import Home

    root = options.home.expanduser().resolve()
    if options.output is not None:
        output_folder(options.output)
    if not (root / "grids").is_dir():
        store(options.home, options.tracking_uri)
    home = Home(root)
    uri = home.tracking_uri(options.tracking_uri)
    carried = record.carry(root, uri, home.artifacts_of(uri))
    if carried:
        console.print(f"{carried:,} fits of grids were carried to MLflow.", highlight=False)
    client = connect(options.home, options.tracking_uri)
    with console.status("Reading the store"):
        cells = cells_of(client, options.detectors, options.datasets)
    terminal.show(console, view_of(cells, options.view, client, options.reference))
    console.print(sections.ACROSS, style="dim", highlight=False, soft_wrap=True)
    with console.status("Writing the page"):
        made = sections.sections(cells, client, root, across=options.across_levels, reference=options.reference)
        verdict = sections.verdict(cells)
        folder = options.output or root / "leaderboard"
        paths = [
            page.write(
                folder / "leaderboard.html", page.html("Leaderboard", verdict, sections.about(cells), made, broad=True)
            ),
            page.write(folder / "leaderboard.md", page.markdown("Leaderboard", verdict, made)),
            page.write(
                folder / "leaderboard.csv", cells.drop(columns="level").to_csv(index=False, float_format="%.6g")
            ),
        ]
    console.print("\n[bold]Written[/]", highlight=False)
    for path in paths:
        console.print(f"  {path}", highlight=False, soft_wrap=True, markup=False)


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="leaderboard.py", config=(FlagCreatePairsOff,)), work))
