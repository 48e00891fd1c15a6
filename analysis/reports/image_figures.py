"""Pictures of what a reconstruction detector of images restores, and what its code means."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis import plots
from launch.config.plan import Plan
from launch.evaluation.outcome import SEEDS, Outcome
from trainables.core import metrics
from trainables.core.detector import make
from trainables.core.task_group import member_states

SHOWN = 6
EDITED = 4
VARIANCE_ROWS = 512


def figures(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    """Reconstructions of test images, and edits of their codes, where the detector has such.

    They are of the tuned configuration as it was fitted with the first seed for the final test:
    it has seen no test image. Of a group the first class is shown.
    """
    detector = fitted(plan, outcome)
    if detector is None or not hasattr(detector, "reconstruct"):
        return {}
    part, title = outcome.result.part, title_of(plan)
    y, scores = metrics.by_task(part.y, outcome.arms["tuned"].scores("test")[0])[0]
    X = np.asarray(part.X)
    names = None if part.anomaly_types is None else [kind or "normal" for kind in part.anomaly_types]
    drawn = {
        "reconstructions": plots.reconstructions(X, detector.reconstruct, scores, y, names=names, k=SHOWN, title=title)
    }
    if hasattr(detector, "encode") and hasattr(detector, "decode"):
        normal = np.flatnonzero(y == 0)
        data = plots.latent_edit_data(detector, X[normal[:VARIANCE_ROWS]], list(range(min(EDITED, len(normal)))))
        drawn["latent_edits"] = plots.latent_edits(data, title=title)
    return drawn


def title_of(plan: Plan) -> str:
    """What pictures of test rows say they are of; of a group its first class is drawn."""
    task = plan.problem.tasks[0]
    where = f"{plan.problem.dataset}, normal class {task}" if task else plan.problem.dataset
    return f"{plan.label} on {where}, test"


def fitted(plan: Plan, outcome: Outcome) -> Any:
    """The tuned detector of the first seed, or None where its state was not kept."""
    state = outcome.arms["tuned"].fits[SEEDS[0]].state
    if state is None:
        return None
    own = next(iter(member_states(state).values()))
    return make(plan.cls, outcome.best.record.params).load_state_dict(own)
