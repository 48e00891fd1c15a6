"""Whether new rows and their scores are like those that a registered model was trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from analysis import plots
from analysis.models import drift_page, drift_periods, webhook
from analysis.models.new_rows import Tally, chunks, reference_of
from analysis.options import DriftOptions
from analysis.reports import page, table
from analysis.statistics.drift_measures import compare, verdict
from datasets.errors import DataError
from datasets.wording import counted, verb
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.common.printing import print_line
from launch.config.shared_options import FileOptions
from launch.models.loading import load_model
from launch.models.score_table import AS_FOUND
from trainables.core.serving import ServedModel

DRIFTED = 4
"""Exit code of `--fail` where something drifted."""
SHOWN = 12
LAST = 31
"""Periods that the terminal shows."""
NEWS = ("drifted", "more alarms", "fewer alarms")


def run(options: DriftOptions, console: Console) -> int:
    """Compare, say, write, send; 0, or with `--fail` 4 if anything drifted, or 1 if nobody could be told."""
    target, url = _target(options), webhook.checked(options.webhook)
    if options.time_column is not None and options.by is None:
        raise UsageError("--time-column is for --by: say hour, day, week or month")
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    drifted, text, written = (_whole if options.by is None else _by_period)(options, model, target, console)
    console.print(f"Written: {', '.join(map(str, written))}", highlight=False, soft_wrap=True, markup=False)
    if drifted and url is not None:
        news = {"text": f"{options.model}, {options.data.name}: {text}", "files": [str(path) for path in written]}
        try:
            webhook.post(url, news)
        except webhook.NotDelivered as error:
            print_line(console, f"{str(error)[:1].upper()}{str(error)[1:]}.", "bold red")
            return DRIFTED if options.fail else 1
        console.print("The webhook took the news.", highlight=False)
    return DRIFTED if options.fail and drifted else 0


def _by_period(
    options: DriftOptions, model: ServedModel, target: Path, console: Console
) -> tuple[bool, str, list[Path]]:
    """Each period by itself: whether any drifted, the sentence about them, and the files."""
    assert options.by is not None
    said: list[str] = []
    with console.status(f"Scoring {options.data}"):
        result = drift_periods.by_period(model, options.data, options.by, options.time_column, options, said.append)
    _say(console, options.data, said)
    text = drift_page.sentence(result, options.by)
    console.print(text, style="bold", highlight=False, soft_wrap=True, markup=False)
    shown = drift_page.texts(result)
    table.show(console, shown.tail(LAST))
    if len(shown) > LAST:
        console.print(f"and {len(shown) - LAST} before, on the page", style="dim")
    console.print(
        f"When the model was made {100 * result.expected:.2f} % of rows that it had not seen were alarms.",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    result.features.to_csv(target, index=False, float_format="%.6g")
    periods = target.with_suffix(".periods.csv")
    result.periods.to_csv(periods, index=False, float_format="%.6g")
    written = page.write(target.with_suffix(".html"), drift_page.html(result, options.by, options.model))
    return bool(result.periods["verdict"].isin(NEWS).any()), text, [written, periods, target]


def _whole(options: DriftOptions, model: ServedModel, target: Path, console: Console) -> tuple[bool, str, list[Path]]:
    """All rows together."""
    said: list[str] = []
    with console.status(f"Scoring {options.data}"):
        then, now = pair(model, options.data, options, said.append)
        measured = compare(then, now)
    _say(console, options.data, said)
    text = verdict(measured, now["rows"])
    console.print(text, style="bold", highlight=False, soft_wrap=True, markup=False)
    table.show(console, _texts(measured.head(SHOWN)))
    if len(measured) > SHOWN:
        console.print(f"and {len(measured) - SHOWN} more, in the file", style="dim")
    for name, count in now["new_texts"].items():
        holds = f"{counted(count, 'cell')} {verb(count, 'holds', 'hold')}"
        cells = f"Column {name}: {holds} a text that training did not have"
        console.print(cells, style="yellow", highlight=False, soft_wrap=True, markup=False)
    share = (
        f"At or above the threshold: {100 * now['anomalous']:.2f} % of the new rows, {100 * then['anomalous']:.2f} % "
        f"when the model was made from {counted(then['rows'], 'row')}."
    )
    console.print(share, highlight=False, soft_wrap=True)
    measured.to_csv(target, index=False, float_format="%.6g")
    picture = plots.save(plots.drift(measured, then["score"], now["score"]), target.with_suffix(".png"))
    return bool((measured["verdict"] == "drifted").any()), text, [target, picture]


def _say(console: Console, data: Path, said: list[str]) -> None:
    for line in said:
        print_line(console, f"How {data.name} was read: {with_flags(line)}", "yellow")


def _target(options: DriftOptions) -> Path:
    """Where the table goes."""
    if not options.data.exists():
        raise UsageError(f"there is no file or folder {options.data}")
    data = options.data if options.data.name else options.data.resolve()
    target = options.output or data.with_name(data.name + ".drift.csv")
    if target.suffix != ".csv" or target.is_dir() or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv file in a folder that exists")
    if target.resolve() == options.data.resolve():
        raise UsageError(f"--output {target} is the file of the new rows")
    return target


def drift(model: ServedModel, path: Path) -> pd.DataFrame:
    """Drift of every feature and of the score, for notebooks: see `analysis.statistics.drift_measures.compare`.

    The model is such as `launch.models.loading.load_model` gives.

    Raises
    ------
    UsageError
        If the model carries nothing to compare with.
    DataError
        If the file cannot be read or scored.
    """
    return compare(*pair(model, path))


def pair(
    model: ServedModel, path: Path, how: FileOptions = AS_FOUND, say: Callable[[str], None] = lambda line: None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The model's reference, and the same of new data over its bins, with `new_texts`: cells by column."""
    tally = Tally(reference_of(model), model.threshold)
    for features, scores in chunks(model, path, how, say):
        tally.add(features, scores)
    if not tally.rows:
        raise DataError(f"{path} has no rows")
    return tally.reference, tally.summary()


def _texts(measured: pd.DataFrame) -> pd.DataFrame:
    percent = "{:.1f} %".format
    return pd.DataFrame(
        {
            "feature": measured["feature"].astype(str),
            "verdict": measured["verdict"],
            "PSI": measured["psi"].map("{:.3f}".format),
            "by chance": measured["psi_by_chance"].map("{:.3f}".format),
            "distance": measured["distance"].map("{:.3f}".format),
            "p (Holm)": measured["p_holm"].map("{:.2g}".format),
            "missing then": (100 * measured["missing_then"]).map(percent),
            "missing now": (100 * measured["missing_now"]).map(percent),
        }
    )
