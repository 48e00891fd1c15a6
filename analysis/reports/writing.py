"""Write the reports of one search, or of all on a dataset, with their PNGs."""

from __future__ import annotations

from rich.console import Console

from analysis.options import ReportOptions
from analysis.reports import dataset_report, png_export, study_data, study_report
from datasets.wording import counted
from launch.common.errors import UsageError
from launch.common.files import output_folder
from launch.evaluation.verdict.sentences import verdict


def run(options: ReportOptions, console: Console) -> None:
    """Find the searches, write their reports, say where."""
    home = options.home.expanduser().resolve()
    if options.output is not None:
        output_folder(options.output)
    known = study_data.names(home)
    if options.study == "last" and known:
        chosen, dataset = [known[-1]], None
    elif options.study in known or (home / "studies" / f"{options.study}.journal").is_file():
        chosen, dataset = [options.study], None
    else:
        chosen, dataset = dataset_report.searches(home, options.study), options.study
    reports, drawn = [], []
    for name in chosen:
        with console.status(f"Report of {name}"):
            data = study_data.load(home, name, storage=options.study_storage)
            folder = options.output or home / "studies"
            try:
                reports.append((data, study_report.write(data, folder)))
                drawn += png_export.write(data, folder / f"{name}.pictures")
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
                what = f"({type(error).__name__}: {error}); its parts are {home / 'studies' / name}.*"
                raise UsageError(f"the record of {name} is not one that this version can report {what}") from error
    said = verdict(reports[-1][0].summary) if dataset is None else f"{counted(len(reports), 'search')} on {dataset}"
    console.print(said, markup=False)
    written = [path for _, path in reports]
    if dataset is not None:
        written.append(dataset_report.write([data for data, _ in reports], dataset, options.output or home / "reports"))
    for path in written:
        console.print(f"  {path}  ({path.stat().st_size / 1e6:.1f} MB)", highlight=False, soft_wrap=True, markup=False)
    for pictures in dict.fromkeys(path.parent for path in drawn):
        count = sum(1 for _ in pictures.glob("*.png"))
        console.print(f"  {pictures}  ({counted(count, 'PNG')})", highlight=False, soft_wrap=True, markup=False)
