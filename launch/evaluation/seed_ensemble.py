"""The refits of the winner as one model: the mean of their standardised scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from launch.config.plan import Plan
from launch.evaluation.calibration import median_and_range
from launch.evaluation.outcome import SEEDS, Arm
from trainables.core.seed_ensemble import SeedEnsemble, ensemble_state, standardised
from trainables.core.task_group import member_states
from trainables.training.fit import FitResult, member_quantiles
from trainables.training.trial import build


def ensemble(arm: Arm, plan: Plan, size: int) -> FitResult:
    """The first fits of an arm as one, with its scores of the test rows; nothing is trained.

    Parameters
    ----------
    arm : Arm
        Refitted, with the states of its first `size` seeds.
    plan : Plan
    size : int
    """
    fits = [arm.fits[seed] for seed in SEEDS[:size]]
    scales = [_scale(fit) for fit in fits]
    states = [member_states(fit.state or {}) for fit in fits]
    by_task = {
        task: ensemble_state([(own[task], *scale[k]) for own, scale in zip(states, scales, strict=True)])
        for k, task in enumerate(states[0])
    }
    prototype = build(plan.cls, arm.params, rounds=fits[0].job.rounds, seed=fits[0].job.seed)
    members = {task: SeedEnsemble(prototype).load_state_dict(own) for task, own in by_task.items()}
    train = plan.train_data(plan.problem.whole(SEEDS[0]).train)
    return replace(
        fits[0],
        scores={"test": np.mean([_standardised(fit, scale) for fit, scale in zip(fits, scales, strict=True)], axis=0)},
        fit_seconds=sum(fit.fit_seconds for fit in fits),
        predict_seconds=sum(fit.predict_seconds for fit in fits),
        state=by_task.get("", {"members": by_task}),
        training_quantiles=member_quantiles(members, train),
    )


def _scale(fit: FitResult) -> list[tuple[float, float]]:
    """Median and interquartile range of the training scores of each task."""
    assert fit.training_quantiles is not None
    return [(float(median), float(spread)) for median, spread in median_and_range(fit.training_quantiles)]


def _standardised(fit: FitResult, scale: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Scores of the test rows, in their own shape."""
    scores = fit.scores["test"]
    columns = scores.reshape(len(scores), -1).T
    return np.stack([standardised(own, *of_task) for own, of_task in zip(columns, scale, strict=True)], -1).reshape(
        scores.shape
    )
