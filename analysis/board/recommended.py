"""Which detector to take on a dataset, from the runs of a store: how comparisons and the leaderboard end."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pandas as pd
from rich.console import Console

from analysis.reports.section import Section
from datasets.problems.label_free import is_made_up
from launch.display import many
from launch.evaluation.arm_metrics import Interval
from launch.evaluation.metric_labels import label
from launch.evaluation.verdict.recommendation import (
    CONDITIONS,
    MADE_UP,
    RULE,
    VALID_BY_TRAIN,
    Candidate,
    Recommendation,
    recommend,
)

SAME = {
    "dataset_sha256": "their data", "outer_split": "the outer split", "request": "how the data were read and split",
    "metric": "the metric",
}  # fmt: skip
"""Tags in which searches must not differ, and what each says."""
TAGS = (*SAME, "seed", "confirmation")
"""Tags of a `final` run that a choice needs, and metrics."""
METRICS = ("confirmed_score", "confirmed_score_low", "confirmed_score_high", "fit_seconds", "predict_seconds")


def recommendation(frame: pd.DataFrame) -> Recommendation | None:
    """The recommendation of the searches of `analysis.board.comparison`; None where their rows or metrics differ."""
    if frame.empty or any(frame[name].nunique(dropna=False) > 1 for name in SAME):
        return None
    rows = frame.to_dict("records")
    metric, kept = str(rows[0]["metric"]), json.loads(rows[0]["confirmation"] or "{}")
    paired = len({row["seed"] for row in rows}) == 1
    known = [_candidate(row, metric, paired=paired) for row in rows]
    conditions = MADE_UP if is_made_up(str(rows[0]["protocol"])) else CONDITIONS
    return recommend(known, metric, kept.get("valid_by_train", VALID_BY_TRAIN), kept.get("chance"), conditions)


def show(console: Console, frame: pd.DataFrame) -> None:
    """Print it, or why there is none."""
    recommended = recommendation(frame)
    console.print()
    if recommended is None:
        console.print(f"No recommendation: {unlike(frame)}.", highlight=False)
    else:
        many.say(console, recommended)


def texts(finals: pd.DataFrame, datasets: Collection[str]) -> pd.DataFrame:
    """A row for each of some datasets and conditions: what to take, the runner-up and what it costs, as texts."""
    rows: list[dict[str, str]] = []
    for (dataset, protocol), own in finals[finals["dataset"].isin(datasets)].groupby(["dataset", "protocol"]):
        latest = own.drop_duplicates("detector", keep="last")
        recommended = recommendation(latest)
        for choice in recommended.choices if recommended is not None and len(latest) > 1 else ():
            runner_up, cost = choice.runner_up, choice.cost
            rows.append(
                {
                    "dataset": f"{dataset} ({protocol})",
                    "condition": choice.condition,
                    "take": choice.chosen.name,
                    "metric": label(recommended.metric) if recommended else "",
                    "confirmed": choice.chosen.confirmed.text(),
                    "runner-up": runner_up.name if runner_up else "-",
                    "costs": cost.text() if cost else "-",
                    "told apart": "-" if cost is None else "yes" if cost.distinguishable else "no",
                }
            )
    return pd.DataFrame(rows)


def section(advice: pd.DataFrame) -> list[Section]:
    """What `texts` gave, for a page."""
    text = (
        "Of the last search of each detector, chosen on the validation rows of the confirmation, not on test figures. "
        f"{RULE} Costs: the score of the runner-up minus that of the one to take, on the same validation rows."
    )
    return [] if advice.empty else [Section("which", "Which one to take", (text,), table=advice)]


def unlike(frame: pd.DataFrame) -> str:
    """Why searches cannot be compared."""
    differing = [what for name, what in SAME.items() if frame[name].nunique(dropna=False) > 1]
    return f"these searches differ in {', '.join(differing)}" if differing else "no search has a confirmed score"


def _candidate(row: dict[Any, Any], metric: str, *, paired: bool) -> Candidate:
    kept = json.loads(row["confirmation"] or "{}")
    return Candidate(
        str(row["detector"]),
        str(row["supervision"]),
        _interval(row, "confirmed_score"),
        tuple(kept.get("scores", ())) if paired else (),
        row["fit_seconds"],
        row["predict_seconds"],
        _interval(row, f"test_tuned_{metric}") if f"test_tuned_{metric}" in row else None,
        fresh_splits=len(kept.get("scores", ())),
    )


def _interval(row: dict[Any, Any], name: str) -> Interval:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    known = low is not None and low == low
    return Interval(row[name], low if known else None, high if known else None)
