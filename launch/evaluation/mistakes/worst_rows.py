"""The rows that are missed by most, and the most certain false alarms, with their reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from launch.evaluation.mistakes.held_out import ScoredRows
from launch.evaluation.mistakes.record import FALSE_ALARM, MISSED, Mistake, RowShares
from launch.evaluation.mistakes.shares import Shares, of_rows
from trainables.core.explain import reasons

SHOWN = 10
"""Rows of each kind."""
REASONS = 3
SLIGHT = 0.01
"""Of the strongest column of a row: what adds less is not told."""
KEPT = 50
"""Columns of a row whose shares are kept."""


def worst(rows: ScoredRows, shown: int = SHOWN) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Anomalies below the threshold, the lowest score first, and normal rows at or above it, the highest first."""
    missed, alarms = np.flatnonzero(rows.missed), np.flatnonzero(rows.false_alarms)
    missed = missed[np.argsort(rows.scores[missed], kind="stable")]
    alarms = alarms[np.argsort(-rows.scores[alarms], kind="stable")]
    return missed[:shown], alarms[:shown]


def described(rows: ScoredRows, chosen: Sequence[int], kind: str) -> list[Mistake]:
    """What is known of rows, without reasons."""
    part, beside = rows.part, rows.problem.beside
    numbers = np.arange(len(part)) if part.numbers is None else part.numbers
    found = []
    for place in chosen:
        known_by: Mapping[str, str] = {}
        if beside is not None and len(beside.columns):
            known_by = {str(name): _text(cell) for name, cell in beside.iloc[int(numbers[place])].items()}
        of_type = "" if part.anomaly_types is None else str(part.anomaly_types[place])
        score, splits = float(rows.scores[place]), int(rows.splits[place])
        found.append(Mistake(kind, int(numbers[place]), known_by, score, splits, anomaly_type=of_type))
    return found


def _text(cell: Any) -> str:
    if pd.isna(cell):
        return "missing"
    return str(cell).removesuffix(" 00:00:00") if isinstance(cell, pd.Timestamp) else str(cell)[:60]


@dataclass(frozen=True, eq=False)
class Worst:
    """The worst rows of both kinds: what is known of each, its place among the rows, and what the columns add to their
    scores, where that can be said.
    """

    found: list[Mistake]
    places: NDArray[np.intp]
    shares: Shares | None


def mistakes(rows: ScoredRows) -> Worst:
    """The worst rows of both kinds with their reasons, where models are kept that did not see them."""
    missed, alarms = worst(rows)
    found = described(rows, missed.tolist(), MISSED) + described(rows, alarms.tolist(), FALSE_ALARM)
    chosen = np.concatenate([missed, alarms])
    made = of_rows(rows, chosen)
    if made is not None:
        found = [_with_reasons(mistake, rows, made, k) for k, mistake in enumerate(found)]
    return Worst(found, chosen, made)


def _with_reasons(mistake: Mistake, rows: ScoredRows, made: Shares, k: int) -> Mistake:
    row, values, base = made.X[k], made.values[k], float(made.base[k])
    if np.isnan(base):
        return mistake
    names, schema = list(rows.problem.feature_names), rows.problem.schema
    told = np.where(np.abs(values) >= SLIGHT * np.abs(values).max(), values, 0.0)
    up, down = (reasons(row, sign * told, made.typical, names, schema, REASONS) for sign in (1, -1))
    lowers = tuple(str(replace(reason, effect=-reason.effect)) for reason in down)
    order = np.argsort(-np.abs(values), kind="stable")
    shares = RowShares(
        base,
        {names[j]: float(values[j]) for j in order[:KEPT].tolist() if values[j]},
        float(values[order[KEPT:]].sum()),
    )
    return replace(mistake, raises=tuple(map(str, up)), lowers=lowers, shares=shares)


def table(rows: ScoredRows, worst_of: Worst, task: str = "") -> pd.DataFrame:
    """The same as a data frame, with the values of every column of a table as they are in the file."""
    lines = []
    for mistake in worst_of.found:
        line: dict[str, Any] = {"class": task} if task else {}
        line |= {"mistake": mistake.kind, "row": mistake.row, **mistake.known_by}
        if mistake.anomaly_type:
            line["kind"] = mistake.anomaly_type
        line |= {"score": mistake.score, "threshold": rows.threshold, "splits": mistake.splits}
        line |= {"raises": "; ".join(mistake.raises), "lowers": "; ".join(mistake.lowers)}
        lines.append(line)
    frame = pd.DataFrame(lines)
    if rows.problem.modality != "tabular" or frame.empty:
        return frame
    X, columns = rows.part.X[worst_of.places], rows.problem.schema.columns if rows.problem.schema else None
    values = {
        (name if name not in frame else f"{name} (column)"): [
            columns[j].decoded(float(value)) if columns else float(value) for value in X[:, j]
        ]
        for j, name in enumerate(rows.problem.feature_names)
    }
    return pd.concat([frame, pd.DataFrame(values)], axis=1)
