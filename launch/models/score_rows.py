"""Score the rows of a search's own table that have no label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from launch.config.plan import Plan
from launch.models.kept_columns import KeptColumns
from trainables.core.serving import ServedModel, p_values

CHUNK = 100_000


def score_unlabelled_rows(plan: Plan, model: Path) -> Path | None:
    """Score the rows without a label with the model trained on every row; None where all have one.

    Returns the path of a CSV with the columns `row` (its number in the file, from 0), those that name rows, as
    `predict.py` writes them, `score`, `label` and `p_value`, the highest score first. The model was trained on most of
    these rows.
    """
    shown = plan.problem.shown
    if shown is None or plan.problem.modality != "tabular":
        return None
    served = ServedModel(model)
    scores = np.concatenate(
        [
            served.detector.decision_function(served.prepared(shown[start : start + CHUNK]))
            for start in range(0, len(shown), CHUNK)
        ]
    )
    numbers, beside = np.asarray(plan.problem.shown_ids), plan.problem.beside
    own = pd.DataFrame(
        {
            "score": scores,
            "label": (scores >= served.threshold).astype(int),
            "p_value": p_values(np.asarray(served.meta["calibration"]["normal"]), scores),
        },
        index=numbers,
    )
    names = KeptColumns(keys=served.meta.get("keys", ()))
    known = own[[]] if beside is None else names.of(beside.iloc[numbers], plan.problem.source).set_axis(numbers)
    frame = pd.concat([known, own], axis=1).rename_axis("row").reset_index()
    frame = frame.sort_values("score", ascending=False, kind="stable")
    path = plan.home.study(plan.study, "scores.csv")
    frame.to_csv(path, index=False)
    return path
