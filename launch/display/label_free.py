"""What is said of a search of a table without labelled anomalies."""

from __future__ import annotations

import csv
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from datasets.problems.dataset import NORMAL_ALONE
from launch.common.printing import plain_table
from launch.config.plan import Plan

TOP = 10
"""Rows that are shown of those without a label."""


def before(plan: Plan) -> str:
    """Which rows train, choose and are sealed, and by what is chosen."""
    problem, counts = plan.problem, plan.problem.counts
    rows = {side: counts[side]["rows"] - counts[side]["anomalies"] for side in ("train", "valid", "test")}
    what = "normal" if problem.labelling == NORMAL_ALONE else "none with a label"
    return (
        f"[bold]{problem.dataset}[/], protocol {problem.protocol}: {rows['train']:,} training, {rows['valid']:,} "
        f"validation and {rows['test']:,} sealed test rows, {what}. {counts['valid']['anomalies']:,} anomalies made "
        f"from validation rows choose, by {plan.metric.upper()}."
    )


TRUST = (
    "How far to trust this: it finds anomalies like the made-up ones better than the other configurations did; "
    "whether yours are like them is not known. Look at the highest rows, label some, and search again with them."
)
"""How far such a choice goes."""


def highest(scores: Path) -> Table:
    """The rows without a label with the highest scores, of the file that holds all of them in this order."""
    with open(scores, encoding="utf-8", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(TOP), strict=False)]
    names = [name for name in (rows[0] if rows else ()) if name not in ("row", "score", "label", "p_value")]
    columns = ("row, from 0", *map(escape, names), "score", "p-value")
    table = plain_table(*columns, title="\nHighest without a label", left=columns[1:-2])
    for row in rows:
        known = [escape(row[name]) for name in names]
        table.add_row(row["row"], *known, f"{float(row['score']):.4g}", f"{float(row['p_value']):.3g}")
    return table
