"""The report of a search, as one HTML file: `python analysis/report.py STUDY`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.common.files import output_folder


@dataclass(frozen=True)
class Options:
    """Write the report of a finished search: one HTML file that needs no network, Markdown, and PNGs.

    STUDY is the name of a search; the name of a dataset (an experiment in MLflow) stands for all finished searches
    on it: one report each, and one that compares them. Example: report.py celeba
    """

    study: Positional[Annotated[str, arg(metavar="STUDY|EXPERIMENT")]]
    """Name of a search, or of a dataset; `last` is the search that ended last."""
    output: Annotated[Path | None, arg(metavar="FOLDER")] = None
    """Where to write; default: HOME/studies for a search, HOME/reports for a dataset."""
    study_storage: Annotated[str | None, arg(metavar="URL")] = None
    """Optuna storage of the study, where it is not a journal in the home."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""


def work(options: Options, console: Any) -> None:
    """Find the searches, write their reports, say where."""
    from analysis.reports import experiment, papers, study_data, study_report

    home = options.home.expanduser().resolve()
    if options.output is not None:
        output_folder(options.output)
    known = study_data.names(home)
    if options.study == "last" and known:
        chosen, dataset = [known[-1]], None
    elif options.study in known or (home / "studies" / f"{options.study}.journal").is_file():
        chosen, dataset = [options.study], None
    else:
        chosen, dataset = experiment.searches(home, options.study), options.study
    reports, drawn = [], []
    for name in chosen:
        with console.status(f"Report of {name}"):
            data = study_data.load(home, name, storage=options.study_storage)
            folder = options.output or home / "studies"
            try:
                reports.append((data, study_report.write(data, folder)))
                drawn += papers.write(data, folder / f"{name}.pictures")
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                raise UsageError(
                    f"the record of {name} is not one that this version can report ({type(error).__name__}: {error}); "
                    f"its parts are {home / 'studies' / name}.*"
                ) from error
    console.print(study_report.verdict(reports[-1][0]) if dataset is None else f"{len(reports)} searches on {dataset}")
    written = [path for _, path in reports]
    if dataset is not None:
        written.append(experiment.write([data for data, _ in reports], dataset, options.output or home / "reports"))
    for path in written:
        console.print(f"  {path}  ({path.stat().st_size / 1e6:.1f} MB)", highlight=False, soft_wrap=True, markup=False)
    for pictures in dict.fromkeys(path.parent for path in drawn):
        count = sum(1 for _ in pictures.glob("*.png"))
        console.print(f"  {pictures}  ({count} PNGs)", highlight=False, soft_wrap=True, markup=False)


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="report.py"), work))
