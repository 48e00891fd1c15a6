"""Score the rows of a search's own table that have no label."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from launch.config.plan import Plan
from trainables.core.serving import ServedModel, p_values

CHUNK = 100_000


def score_unlabelled_rows(plan: Plan, model: Path) -> Path | None:
    """Score the rows without a label with the model trained on every row; None where all have one.

    Returns the path of a CSV with the columns `row` (its number in the file, from 0), `score`, `label` and `p_value`,
    the highest score first. The model was trained on most of these rows.
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
    frame = pd.DataFrame(
        {
            "row": plan.problem.shown_ids,
            "score": scores,
            "label": (scores >= served.threshold).astype(int),
            "p_value": p_values(np.asarray(served.meta["calibration"]["normal"]), scores),
        }
    ).sort_values("score", ascending=False, kind="stable")
    path = plan.home.study(plan.study, "scores.csv")
    frame.to_csv(path, index=False)
    return path
