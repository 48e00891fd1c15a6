"""Drift by hour, day, week or month: when new rows stopped being like those of training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.models.new_rows import Tally, chunks, reference_of
from analysis.statistics.drift_measures import LEVEL, STABLE, judged, measures
from datasets.errors import DataError
from datasets.request import Request
from datasets.tables.columns.number_marks import FileMarks
from datasets.tables.columns.recognition import no_column
from datasets.tables.columns.row_times import row_times
from launch.common.errors import UsageError
from launch.config.shared_options import FileOptions
from launch.evaluation.intervals import holm
from launch.models.score_table import rows_of
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.schema import TIME
from trainables.core.serving import ServedModel

PERIODS = {"hour": "h", "day": "D", "week": "W", "month": "M"}
MOST = 400
"""Periods on one page."""
UNDATED = "no date"
TIMES = 2.0
"""Alarms are news where they are so many times as frequent as they were, or as rare."""


@dataclass(frozen=True)
class PeriodDrift:
    """What the periods of a file came to.

    Attributes
    ----------
    periods : DataFrame
        `period`, `rows`, `alarms`, `share`, `low`, `high` (95 %, Wilson), `p_holm` of the share against that of
        training, `score_psi` and `score_psi_by_chance`, `drifted` (names, the furthest first), `verdict`.
    features : DataFrame
        `period` and the columns of `drift_measures.judged`; Holm's correction is over all periods and features.
    expected : float
        Share of alarms when the model was made.
    time_column : str
    """

    periods: pd.DataFrame
    features: pd.DataFrame
    expected: float
    time_column: str


def by_period(
    model: ServedModel, path: Path, by: str, time_column: str | None, how: FileOptions, say: Callable[[str], None]
) -> PeriodDrift:
    """Measure every period of a table.

    Raises
    ------
    UsageError
        If no column says when rows were made, or there are too many periods.
    DataError
        If the file cannot be read or scored, or its times are no dates.
    """
    name = _time_column(model, time_column)
    reference = reference_of(model, name)
    schema = None if model.preprocessor is None else model.preprocessor.schema
    known = schema is not None and any(column.name == name and column.kind == TIME for column in schema.columns)
    days = None if known else _days(model, path, name, how)  # else they come with the features
    tallies: dict[str, Tally] = {}
    first = 0
    for features, scores in chunks(model, path, how, say):
        labels = _periods(features[name][0] if days is None else days[first : first + len(scores)], by)
        first += len(scores)
        for period in np.unique(labels).tolist():
            own = labels == period
            tally = tallies.setdefault(period, Tally(reference, model.threshold))
            tally.add({key: (values[own], texts) for key, (values, texts) in features.items()}, scores[own])
        if len(tallies) > MOST:
            coarser = list(PERIODS)[min(list(PERIODS).index(by) + 1, len(PERIODS) - 1)]
            raise UsageError(f"--by {by} makes more than {MOST} periods of {path}, which fit no page: --by {coarser}")
    if not tallies:
        raise DataError(f"{path} has no rows")
    tallies = {period: tallies[period] for period in sorted(tallies, key=lambda period: (period == UNDATED, period))}
    return _judged(reference, tallies, name)


def _time_column(model: ServedModel, given: str | None) -> str:
    if model.image_shape is not None:
        raise UsageError("--by is for tables: images do not say when they were made")
    columns = [] if model.preprocessor is None else model.preprocessor.schema.columns
    asked = given or (model.meta.get("request") or {}).get("time_column")
    if asked is not None:
        return str(asked)
    dates = [column.name for column in columns if column.kind == TIME]
    if len(dates) == 1:
        return dates[0]
    there = f"the model knows {', '.join(map(repr, dates))}" if dates else "the model knows no column of dates"
    raise UsageError(f"--by needs --time-column NAME, which says when rows were made: {there}")


def _days(model: ServedModel, path: Path, name: str, how: FileOptions) -> NDArray[np.float64]:
    """When each row was made by a column that the model does not know, in days since 1970; NaN where it is not said."""
    cells: list[pd.Series] = []
    for frame in rows_of(model, path, how):
        names = [str(column) for column in frame.columns]
        if name not in names:
            raise UsageError(f"--time-column {name}: {no_column(name, names, str(path))}")
        cells.append(frame.iloc[:, names.index(name)])
    if not cells:
        raise DataError(f"{path} has no rows")
    column = pd.concat(cells, ignore_index=True).rename(name)
    try:
        request = Request(str(path), date_order=(model.meta.get("request") or {}).get("date_order"))
        times, are_days, _ = row_times(column, request, FileMarks(column.to_frame(), request), str(path))
    except InvalidInput as error:
        raise DataError(f"{path}, time column {name!r}: {error}") from error
    if not are_days:
        raise DataError(f"{path}, time column {name!r}: these are numbers, not dates, so they make no days")
    return times


def _periods(days: NDArray[np.float64], by: str) -> NDArray[np.str_]:
    moments = pd.Series(pd.to_datetime(days, unit="D")).dt.round("ms")
    starts = moments.dt.to_period(PERIODS[by]).dt.start_time
    written = starts.dt.strftime({"hour": "%Y-%m-%d %H:00", "month": "%Y-%m"}.get(by, "%Y-%m-%d"))
    return written.fillna(UNDATED).to_numpy(dtype=str)


def _judged(reference: dict[str, Any], tallies: dict[str, Tally], name: str) -> PeriodDrift:
    measured = []
    for period, tally in tallies.items():
        frame = measures(reference, tally.summary())
        frame.insert(0, "period", period)
        measured.append(frame)
    features = judged(pd.concat(measured, ignore_index=True))
    expected = float(reference["anomalous"])
    scored = int(reference["score"]["rows"])
    rows = []
    for period, tally in tallies.items():
        own = features[features["period"] == period]
        gone = own[own["verdict"] == "drifted"].sort_values("psi", ascending=False)["feature"].tolist()
        low, high = stats.binomtest(tally.anomalous, tally.rows).proportion_ci(method="wilson")
        then = [round(expected * scored), round((1 - expected) * scored)]
        counts = [[tally.anomalous, tally.rows - tally.anomalous], then]
        rows.append(
            {
                "period": period, "rows": tally.rows, "alarms": tally.anomalous, "share": tally.anomalous / tally.rows,
                "low": low, "high": high, "p": float(stats.fisher_exact(counts).pvalue),
                "score_psi": own["psi"].iloc[0], "score_psi_by_chance": own["psi_by_chance"].iloc[0],
                "drifted": ", ".join(gone), "shifted": bool((own["verdict"] == "shifted").any()),
            }
        )  # fmt: skip
    periods = pd.DataFrame(rows)
    periods["p_holm"] = holm(periods.pop("p").to_numpy())
    periods["verdict"] = [_verdict(row, expected) for row in periods.to_dict("records")]
    return PeriodDrift(periods.drop(columns="shifted"), features, expected, name)


def _verdict(row: Mapping[Any, Any], expected: float) -> str:
    if row["p_holm"] < LEVEL and row["share"] >= TIMES * expected:
        return "more alarms"
    if row["p_holm"] < LEVEL and row["share"] <= expected / TIMES:
        return "fewer alarms"
    return "drifted" if row["drifted"] else "shifted" if row["shifted"] else STABLE
