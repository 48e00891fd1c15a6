"""Scores of every row by models that did not see it, where no rows are sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.train_data import train_data
from launch.common.jobs import Job, JobFailure, JobRunner
from launch.config.plan import Plan
from launch.evaluation.calibration import HeldOut, rescaled
from launch.evaluation.outcome import SEEDS, Arm, Baseline, RefitFailed
from launch.evaluation.verdict.baseline import sees_other_rows
from trainables.training.fit import FitResult, plain_fit


def cross_validate(
    arms: Mapping[str, Arm | Baseline],
    plan: Plan,
    engine: JobRunner,
    stop: Callable[[], bool],
    on_done: Callable[[int, int], None],
) -> None:
    """Give the refits of each arm out-of-fold scores in place of scores of a test.

    With each seed the rows are cut into other folds. Scores of a fold are brought to the scale of the refit with the
    same seed, as those of confirmation splits are.

    Raises
    ------
    RefitFailed
        If a fit fails or is interrupted.
    """
    problem, measured = plan.problem, plan.problem.reference()
    fits: list[tuple[Job, Arm | Baseline, int, NDArray[np.intp]]] = []
    for seed in SEEDS:
        for k, (prepared, rows) in enumerate(problem.cross_folds(seed)):
            train = engine.share(plan.train_data(prepared.train))
            parts = engine.share({"test": prepared.rows(measured.X[rows])})
            for name in sorted(arms):
                if name == "tuned" or arms[name] is not arms["tuned"]:
                    arm = arms[name]
                    rows_of = train
                    if isinstance(arm, Baseline) and sees_other_rows(plan):
                        rows_of = engine.share(train_data(prepared.train, arm.detector))
                    job = arm.job(plan, seed, key=(name, seed, f"fold {k}"))
                    fits.append((Job(plain_fit, (job, rows_of, parts)), arm, seed, rows))
    done: dict[int, Any] = {}
    for index, result in engine.map([job for job, *_ in fits], stop):
        arm = fits[index][1]
        if isinstance(result, JobFailure):
            if isinstance(arm, Arm):
                raise RefitFailed(f"a fold of configuration {arm.finalist.record.number} failed: {result.message}")
            arm.failure = result.message
        done[index] = result
        on_done(len(done), len(fits))
    if len(done) < len(fits):
        raise RefitFailed("the cross-validation was interrupted")
    sound = {id(arm): arm for arm in arms.values() if isinstance(arm, Arm) or not arm.failure}
    scores: dict[tuple[int, int], NDArray[np.float64]] = {}
    for index, (_, arm, seed, rows) in enumerate(fits):
        if id(arm) in sound:
            own = scores.setdefault((id(arm), seed), np.full(len(measured), np.nan))
            own[rows] = _on_scale_of(arm.fits[seed], done[index], len(rows))
    for arm in sound.values():
        for seed in SEEDS:
            fit = arm.fits[seed]
            arm.fits[seed] = replace(fit, scores={**fit.scores, "test": scores[id(arm), seed]})


def _on_scale_of(fit: FitResult, fold: FitResult, rows: int) -> NDArray[np.float64]:
    return rescaled(HeldOut(np.zeros(rows), fold.scores["test"], fold.training_quantiles), fit.training_quantiles)
