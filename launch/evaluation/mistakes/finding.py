"""All that is looked at of held-out rows, as it is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datasets.problems.dataset import ANOMALIES_ALONE
from launch.config.plan import Plan
from launch.evaluation.mistakes import segments, worst_rows
from launch.evaluation.mistakes.effects import effects
from launch.evaluation.mistakes.held_out import ScoredRows, held_out
from launch.evaluation.mistakes.pictures import with_pictures
from launch.evaluation.mistakes.record import Effect, Mistakes, View
from launch.evaluation.mistakes.worst_rows import Worst
from launch.evaluation.outcome import Outcome

SECONDS = 1.0
"""Of a processor for the importance of columns, after which no further split is looked at."""


def find(plan: Plan, outcome: Outcome, *, with_effects: bool = True) -> tuple[Mistakes, pd.DataFrame]:
    """What the winner of a search gets wrong on the rows that its confirmation held out, and those rows as a table."""
    views, tables, notes = [], [], []
    made: list[Effect] = []
    ap = None
    for task, name in enumerate(plan.problem.tasks):
        rows = held_out(plan, outcome, task)
        worst = worst_rows.mistakes(rows)
        views.append(view(rows, worst, name))
        tables.append(worst_rows.table(rows, worst, name))
        if with_effects and worst.shares is not None and (rows.y == 1).any():
            made, ap, whole = effects(rows, worst.shares.strength, SECONDS)
            if not whole:
                kept = "are not of every split" if made else "were not looked at"
                notes.append(f"Scoring takes long, so that the effects of columns {kept}.")
    if plan.problem.labelling == ANOMALIES_ALONE:
        notes.append("Anomalies alone are labelled: a false alarm may be one that nobody has found yet.")
    if plan.problem.modality == "tabular" and outcome.best.folds and not outcome.best.states:
        notes.append("The models of the splits are too large to be kept, so there are no reasons, nor effects.")
    frame = pd.concat([own for own in tables if not own.empty] or tables, ignore_index=True)
    return Mistakes(len(outcome.best.folds), tuple(views), tuple(made), ap, tuple(notes)), frame


def view(rows: ScoredRows, worst: Worst, task: str = "") -> View:
    """Counts, the worst rows and the worst segments."""
    found, looked_at = segments.rates(rows)
    return View(
        task=task,
        threshold=rows.threshold,
        anomalies=int(np.sum(rows.y == 1)),
        missed=int(rows.missed.sum()),
        normal=int(np.sum(rows.y == 0)),
        false_alarms=int(rows.false_alarms.sum()),
        rows=tuple(with_pictures(rows, worst)),
        rates=tuple(found),
        segments=looked_at,
        standing_out=segments.sentences(found),
    )
