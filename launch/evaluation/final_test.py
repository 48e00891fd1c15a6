"""Break the seal once: refit winner and published, score them on test, then train on everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from datasets.problems.parts import Part
from launch.common.jobs import Job, JobFailure, JobRunner
from launch.config.plan import Plan
from launch.evaluation import untrained_control
from launch.evaluation.bootstrap import bootstrap_by_task, bootstrap_figures
from launch.evaluation.outcome import EVERYTHING, FIGURES, REFERENCE, SEEDS, Side, TestResult
from launch.evaluation.per_kind import by_kind
from trainables.core import metrics
from trainables.training.fit import plain_fit


class RefitFailed(RuntimeError):
    """A refit of the winner or the published configuration failed."""


def refit_and_test(
    sides: Mapping[str, Side],
    plan: Plan,
    test: Part,
    engine: JobRunner,
    stop: Callable[[], bool],
    on_done: Callable[[int, int], None],
) -> TestResult:
    """Fit each side with each seed on development, score development and test, compare.

    Unless the options say otherwise, the winner is trained on every row beside them: all is
    chosen by now, and a core less stands idle. Where the winner is the published configuration,
    it is fitted once and stands on both sides.

    Raises
    ------
    RefitFailed
        If a fit fails or is interrupted.
    """
    problem, reference = plan.problem, plan.problem.reference()
    shared = _shared(plan, test, engine)
    jobs: list[Job] = []
    places: list[tuple[Side, int]] = []
    if not plan.options.no_retrain:
        jobs.append(_on_everything(sides["tuned"], plan, engine))
        places.append((sides["tuned"], EVERYTHING))
    for name in sorted(sides):  # published before tuned: the longer first
        side = sides[name]
        if name == "published" and side is sides["tuned"]:
            continue
        for seed in SEEDS:
            keep = problem.modality == "image" and name == "tuned" and seed == SEEDS[0]  # for the pictures
            job = plan.fit_job(side.params, seed, side.rounds, keep_state=keep, key=(name, seed))
            jobs.append(Job(plain_fit, (job, *shared[seed])))
            places.append((side, seed))
    untrained = Side(sides["tuned"].finalist, 0, sides["tuned"].quantile)
    if untrained_control.wanted(plan.cls):
        for seed in untrained_control.SEEDS:
            job = plan.fit_job(untrained.params, seed, untrained.rounds, key=("untrained", seed))
            jobs.append(Job(plain_fit, (job, *shared[seed])))
            places.append((untrained, seed))
    done, everything = 0, None
    for index, result in engine.map(jobs, stop):
        side, seed = places[index]
        if isinstance(result, JobFailure) and side is untrained:
            pass  # some have no untrained form: then there is no such control
        elif isinstance(result, JobFailure):
            raise RefitFailed(f"the refit of configuration {side.finalist.record.number} failed: {result.message}")
        elif seed == EVERYTHING:
            everything = result
        else:
            side.fits[seed] = result
        done += 1
        on_done(done, len(jobs))
    if done < len(jobs):
        raise RefitFailed("the refits were interrupted")
    kinds = by_kind(test.y, sides["tuned"].scores("test"), test.kinds, problem.untrained_kinds)
    figures, tasks = _compare(test, reference, sides)
    return TestResult(
        figures, _means(reference, sides), test, everything, kinds, tasks, _balanced(test, sides),
        untrained_control.figures(test.y, {s: f.scores["test"] for s, f in untrained.fits.items()}),
    )  # fmt: skip


def _on_everything(side: Side, plan: Plan, engine: JobRunner) -> Job:
    seed = plan.options.seed
    prepared = plan.problem.everything(seed)
    job = plan.fit_job(side.params, seed, side.rounds, keep_state=True, key=("full", seed))
    rows = {"full": prepared.rows(plan.problem.full_reference().X)}
    return Job(plain_fit, (job, engine.share(plan.train_data(prepared.train)), engine.share(rows)))


def _shared(plan: Plan, test: Part, engine: JobRunner) -> dict[int, tuple[Any, Any]]:
    """Training rows and rows to score for each seed; other seeds see other labels where not all are seen."""
    found: dict[int, tuple[Any, Any]] = {}
    for seed in SEEDS:
        if plan.problem.labels.all and found:
            found[seed] = found[SEEDS[0]]
            continue
        prepared = plan.problem.whole(seed)
        rows = {REFERENCE: prepared.rows(plan.problem.reference().X), "test": prepared.rows(test.X)}
        found[seed] = engine.share(plan.train_data(prepared.train)), engine.share(rows)
    return found


def _compare(test: Part, reference: Part, sides: Mapping[str, Side]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of the two sides and their difference, and of a group for each of its tasks."""
    tuned, published = sides["tuned"], sides.get("published")
    told = (
        tuned.scores("test"),
        published.scores("test") if published else None,
        tuned.thresholds(reference.y),
        published.thresholds(reference.y) if published else None,
    )
    if not test.tasks:
        return _rounded(bootstrap_figures(test.y, *told)), {}
    mean, tasks = bootstrap_by_task(test.y, *told)
    return _rounded(mean), {name: _rounded(one) for name, one in zip(test.tasks, tasks, strict=True)}


def _balanced(test: Part, sides: Mapping[str, Side]) -> dict[str, Any]:
    """The same on the balanced selection of the test rows, without thresholds."""
    if test.balanced is None:
        return {}
    tuned, published = sides["tuned"].scores("test"), sides.get("published")
    other = published.scores("test") if published else None
    if test.tasks:
        return _rounded(bootstrap_by_task(np.where(test.balanced, test.y, -1).astype(np.int8), tuned, other)[0])
    rows = test.balanced
    return _rounded(bootstrap_figures(test.y[rows], tuned[:, rows], None if other is None else other[:, rows]))


def _rounded(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, Any]:
    return {side: {k: _plain(v) for k, v in figures.items()} for side, figures in found.items()}


def _plain(interval: Mapping[str, float]) -> dict[str, float]:
    return {k: round(float(v), 6) for k, v in interval.items() if np.isfinite(v)}


def _means(reference: Part, sides: Mapping[str, Side]) -> dict[str, Any]:
    """Means over seeds, and of a group over tasks, of the figures on the reference rows."""
    found: dict[str, Any] = {}
    for name, side in sides.items():
        rows = []
        for scores, cuts in zip(side.scores(REFERENCE), side.thresholds(reference.y), strict=True):
            own = metrics.by_task(reference.y, scores)
            rows += [metrics.figures(y, s, t) for (y, s), t in zip(own, np.atleast_1d(cuts), strict=True)]
        found[name] = {k: round(float(np.mean([r[k] for r in rows])), 6) for k in FIGURES}
    return found
