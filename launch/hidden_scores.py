"""Scores of images that came without labels, as a course wants them: ID, score."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from trainables.core.serving import ServedModel

if TYPE_CHECKING:
    from launch.plan import Plan


def write(plan: Plan, model: Path) -> Path | None:
    """Score them with the model that was trained on everything; None where there are none.

    Parameters
    ----------
    plan : Plan
    model : Path
        Folder of the model.

    Returns
    -------
    Path or None
        A CSV with the columns `ID` and `score`; higher is more anomalous.
    """
    shown, ids = getattr(plan.problem, "shown", None), getattr(plan.problem, "shown_ids", ())
    if shown is None or not len(shown):
        return None
    scores = ServedModel(model).score(shown)["score"]
    path = plan.home.study(plan.study, "scores.csv")
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["ID", "score"])
        writer.writerows(zip(ids, scores.tolist(), strict=True))
    return path
