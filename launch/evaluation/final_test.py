"""Refit winner and published and train on everything; then, with the test labels, compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems.parts import Part
from datasets.train_data import train_data
from launch.common.jobs import Job, JobFailure, JobRunner
from launch.common.plain import from_plain
from launch.config.plan import Plan
from launch.evaluation import untrained_control
from launch.evaluation.arm_metrics import ArmComparison, ArmMetrics, Localisation, MeanMetrics
from launch.evaluation.bootstrap import bootstrap_metrics, class_sizes
from launch.evaluation.clusters import clusters
from launch.evaluation.cross_validation import cross_validate
from launch.evaluation.localisation import localisation
from launch.evaluation.metric_labels import METRICS
from launch.evaluation.outcome import EVERYTHING, REFERENCE, SEEDS, Arm, Baseline, RefitFailed, TestResult
from launch.evaluation.per_kind import by_kind
from launch.evaluation.seed_ensemble import ensemble
from launch.evaluation.verdict.baseline import baseline_of, false_alarms, prevalence, sees_other_rows
from trainables.core import metrics
from trainables.training.fit import FitResult, plain_fit


@dataclass(frozen=True)
class Refits:
    """Every model that a search ends with, trained before any test label is read.

    Attributes
    ----------
    arms : mapping of str to Arm
        With the fits of their seeds.
    untrained : Arm
        The winner's configuration without training, where it has such a form.
    baseline : Baseline or None
        The simplest detector on the same rows.
    everything : FitResult or None
        The winner trained on every row, for use; no metric is taken from it. None beside an ensemble.
    ensemble : FitResult or None
        The winner's refits as one model, where that was asked for.
    """

    arms: Mapping[str, Arm]
    untrained: Arm
    baseline: Baseline | None
    everything: FitResult | None
    ensemble: FitResult | None


def refit(
    arms: Mapping[str, Arm],
    plan: Plan,
    engine: JobRunner,
    stop: Callable[[], bool],
    on_done: Callable[[int, int], None],
    *,
    ship: bool = True,
) -> Refits:
    """Fit each arm with each seed on development, and score development and test rows, whose labels stay sealed.

    With `ship`, and unless the options say otherwise, the winner is trained on every row beside them: all is
    chosen by now, and a core less stands idle. Where the winner is the published configuration,
    it is fitted once and is both arms.

    Raises
    ------
    RefitFailed
        If a fit fails or is interrupted.
    """
    untrained, baseline = Arm(arms["tuned"].finalist, 0, arms["tuned"].quantiles), baseline_of(plan)
    fits = _planned(arms, untrained, baseline, plan, engine, ship=ship)
    everything, size = _fitted(fits, untrained, engine, stop, on_done), plan.options.ensemble_seeds
    if plan.problem.cross_validated:
        beside = {"baseline": baseline} if baseline is not None and not baseline.failure else {}
        cross_validate({**arms, **beside}, plan, engine, stop, on_done)
    return Refits(arms, untrained, baseline, everything, ensemble(arms["tuned"], plan, size) if size else None)


def evaluate(refits: Refits, plan: Plan, test: Part) -> TestResult:
    """Compare the arms on the test rows, whose labels are open now."""
    arms, problem, reference = refits.arms, plan.problem, plan.problem.reference()
    baseline = None if refits.baseline is None or refits.baseline.failure else refits.baseline
    mean, by_task = _compare(test, arms, baseline)
    of_ensemble, ensemble_by_task = _of_ensemble(test, arms["tuned"], refits.ensemble)
    if problem.cross_validated:
        mean = replace(mean, cross_validated=True)
    if problem.alarm_rate is not None:
        mean, by_task = replace(mean, made_up=True), tuple(replace(own, made_up=True) for own in by_task)
    return TestResult(
        test=mean,
        train=_means(reference, arms),
        part=test,
        shipped=refits.everything or refits.ensemble,
        ensemble=of_ensemble,
        ensemble_by_task=ensemble_by_task,
        kinds=by_kind(test, arms["tuned"].scores("test"), problem.untrained_anomaly_types),
        by_task=by_task,
        balanced=_balanced(test, arms),
        controls=untrained_control.metrics_of(
            test.y,
            {seed: fit.scores["test"] for seed, fit in refits.untrained.fits.items()},
            untrained_control.distance_to_mean(problem, test.X) if problem.modality == "tabular" else None,
        ),
        localisation=_localised(test, arms),
        baseline=refits.baseline,
    )


def _planned(
    arms: Mapping[str, Arm], untrained: Arm, baseline: Baseline | None, plan: Plan, engine: JobRunner, *, ship: bool
) -> list[tuple[Job, Arm | Baseline, int]]:
    """The fits to make, whose they are and with which seed."""
    shared = _shared(plan, engine)
    fits: list[tuple[Job, Arm | Baseline, int]] = []
    mapped = ("test",) if plan.error_maps else ()
    if ship and not plan.options.no_retrain and not plan.options.ensemble_seeds:
        fits.append((on_everything(arms["tuned"], plan, engine), arms["tuned"], EVERYTHING))
    for name in sorted(arms):  # published before tuned: the longer first
        arm = arms[name]
        if name == "published" and arm is arms["tuned"]:
            continue
        for seed in SEEDS:
            kept = max(plan.options.ensemble_seeds or 0, plan.problem.modality == "image")  # images: for the pictures
            keep = arm is arms["tuned"] and seed < kept
            job = arm.job(plan, seed, keep_state=keep, key=(name, seed))
            fits.append((Job(plain_fit, (job, *shared[seed], (REFERENCE,), mapped)), arm, seed))
    if untrained_control.wanted(plan.cls):
        for seed in untrained_control.SEEDS:
            job = untrained.job(plan, seed, key=("untrained", seed))
            fits.append((Job(plain_fit, (job, *shared[seed], (REFERENCE,))), untrained, seed))
    return fits if baseline is None else [*fits, *_of_baseline(baseline, plan, engine, shared)]


def _of_baseline(
    baseline: Baseline, plan: Plan, engine: JobRunner, shared: Mapping[int, tuple[Any, Any]]
) -> list[tuple[Job, Baseline, int]]:
    """The fits of the baseline, which nothing is kept of but scores."""
    fits = []
    for seed in baseline.seeds:
        train, rows = shared[seed]
        if sees_other_rows(plan):
            train = engine.share(train_data(plan.problem.whole(seed).train, baseline.detector))
        job = baseline.job(plan, seed, key=("baseline", seed))
        fits.append((Job(plain_fit, (job, train, rows, (REFERENCE,))), baseline, seed))
    return fits


def _fitted(
    fits: Sequence[tuple[Job, Arm | Baseline, int]],
    untrained: Arm,
    engine: JobRunner,
    stop: Callable[[], bool],
    on_done: Callable[[int, int], None],
) -> FitResult | None:
    """Run the fits and give each to its arm; returns the one on every row, if it was among them."""
    done, everything = 0, None
    for index, result in engine.map([job for job, _, _ in fits], stop):
        _, arm, seed = fits[index]
        if isinstance(result, JobFailure):
            if isinstance(arm, Baseline):
                arm.failure = result.message
            elif arm is not untrained:  # some have no untrained form: then there is no such control
                raise RefitFailed(f"the refit of configuration {arm.finalist.record.number} failed: {result.message}")
        elif seed == EVERYTHING:
            everything = result
        else:
            arm.fits[seed] = result
        done += 1
        on_done(done, len(fits))
    if done < len(fits):
        raise RefitFailed("the refits were interrupted")
    return everything


def on_everything(arm: Arm, plan: Plan, engine: JobRunner) -> Job:
    """The fit on every row."""
    seed = plan.options.seed
    prepared = plan.problem.everything(seed)
    job = plan.fit_job(arm.params, seed, arm.rounds, keep_state=True, key=("full", seed))
    return Job(plain_fit, (job, engine.share(plan.train_data(prepared.train)), {}))


def _shared(plan: Plan, engine: JobRunner) -> dict[int, tuple[Any, Any]]:
    """Training rows and rows to score for each seed; other seeds see other labels where not all are seen."""
    shared: dict[int, tuple[Any, Any]] = {}
    for seed in SEEDS:
        if plan.problem.labels.all and shared:
            shared[seed] = shared[SEEDS[0]]
            continue
        prepared = plan.problem.whole(seed)
        rows = {REFERENCE: prepared.rows(plan.problem.reference().X), "test": prepared.rows(plan.problem.sealed.X)}
        shared[seed] = engine.share(plan.train_data(prepared.train)), engine.share(rows)
    return shared


def _compare(
    test: Part, arms: Mapping[str, Arm], baseline: Baseline | None
) -> tuple[ArmComparison, tuple[ArmComparison, ...]]:
    """Metrics of the arms and their differences, means over tasks; and for each task."""
    tuned, published = arms["tuned"], arms.get("published")
    together = clusters(test)
    mean, by_task = bootstrap_metrics(
        test.y,
        tuned.scores("test"),
        published.scores("test") if published else None,
        tuned.thresholds(),
        published.thresholds() if published else None,
        baseline=baseline.scores("test") if baseline else None,
        clusters=together,
    )
    sizes = class_sizes(test.y, together)
    cuts, every = tuned.thresholds(), metrics.by_task(test.y, tuned.scores("test"))
    return _beside(_rounded(mean, min(sizes, key=min)), test.y, tuned.scores("test"), cuts), tuple(
        _beside(_rounded(own, size), *rows, cuts[:, [k]])
        for k, (own, size, rows) in enumerate(zip(by_task, sizes, every, strict=True))
    )


def _beside(
    comparison: ArmComparison, y: NDArray[Any], scores: NDArray[np.float64], cuts: NDArray[np.float64]
) -> ArmComparison:
    """With the share of anomalies among the rows, and that of normal ones that the tuned arm's threshold calls so."""
    alarms = false_alarms(y, scores, cuts, comparison.normal or 1)
    return replace(comparison, prevalence=round(prevalence(y), 6), false_alarms=alarms)


def _of_ensemble(test: Part, arm: Arm, fit: FitResult | None) -> tuple[ArmMetrics | None, tuple[ArmMetrics, ...]]:
    """Metrics of an ensemble, the mean over tasks and each task's, at its own threshold."""
    if fit is None:
        return None, ()
    cuts = np.array([arm.thresholds_of(fit)])
    together = clusters(test)
    mean, by_task = bootstrap_metrics(test.y, fit.scores["test"][None], thresholds_tuned=cuts, clusters=together)
    sizes = class_sizes(test.y, together)
    return _rounded(mean, sizes[0]).tuned, tuple(_rounded(own, sizes[0]).tuned for own in by_task)


def _balanced(test: Part, arms: Mapping[str, Arm]) -> ArmComparison | None:
    """The same on the balanced selection of the test rows, without thresholds."""
    if test.balanced is None:
        return None
    y = np.where(test.balanced, test.y, -1).astype(np.int8).reshape(len(test), -1)
    scores = {name: arm.scores("test").reshape(len(SEEDS), *y.shape) for name, arm in arms.items()}
    mean = bootstrap_metrics(y, scores["tuned"], scores.get("published"))[0]
    return _rounded(mean, min(class_sizes(y), key=min))


def _localised(test: Part, arms: Mapping[str, Arm]) -> Localisation | None:
    """The error maps of every arm against the masks, where there are both."""
    if test.masks is None or not all("test" in arm.fits[seed].maps for arm in arms.values() for seed in SEEDS):
        return None
    maps = {name: np.stack([arm.fits[seed].maps["test"] for seed in SEEDS]) for name, arm in arms.items()}
    return localisation(test.y, test.masks, maps)


def _rounded(metrics: Mapping[str, Mapping[str, Mapping[str, float]]], sizes: tuple[int, int]) -> ArmComparison:
    """Six digits of what is finite, with the numbers of anomalies and normal rows."""
    plain = {arm: {name: _finite(interval) for name, interval in own.items()} for arm, own in metrics.items()}
    return from_plain(ArmComparison, {**plain, "anomalies": sizes[0], "normal": sizes[1]})


def _finite(interval: Mapping[str, float]) -> dict[str, float]:
    return {bound: round(float(value), 6) for bound, value in interval.items() if np.isfinite(value)}


def _means(reference: Part, arms: Mapping[str, Arm]) -> dict[str, MeanMetrics]:
    """Means over seeds and tasks of the metrics on the reference rows."""
    means: dict[str, MeanMetrics] = {}
    for name, arm in arms.items():
        rows = []
        for scores, cuts in zip(arm.scores(REFERENCE), arm.thresholds(), strict=True):
            by_task = metrics.by_task(reference.y, scores)
            rows += [metrics.figures(y, own, cut) for (y, own), cut in zip(by_task, cuts, strict=True)]
        means[name] = {metric: round(float(np.mean([row[metric] for row in rows])), 6) for metric in METRICS}
    return means
