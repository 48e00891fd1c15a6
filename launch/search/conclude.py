"""The end of a search: confirm, break the seal once, re-train, record, register."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from datasets.problems.parts import Part
from datasets.wording import counted
from launch.backend.job_cache import KeptJobs
from launch.common.errors import Interrupted
from launch.common.jobs import JobRunner
from launch.common.printing import waiting
from launch.config.plan import Plan
from launch.display.progress import Counter
from launch.evaluation import calibration, untrained_control
from launch.evaluation.confirm import LOOKS, Confirmation, finalists, winner
from launch.evaluation.final_test import Refits, evaluate, refit
from launch.evaluation.outcome import Arm, Outcome, logged_metrics
from launch.evaluation.race.finalist import Finalist
from launch.evaluation.race.speed import faster
from launch.evaluation.summary import ChosenForSpeed
from launch.evaluation.verdict.recommendation import chance_of
from launch.models.registration import register_winner
from launch.models.score_images import score_unlabelled
from launch.models.score_rows import score_unlabelled_rows
from launch.search.context import SearchContext
from launch.search.time_left import AfterSearch
from launch.study.pareto import under
from launch.study.study import Study
from launch.study.trial import TrialRecord, latency
from launch.tracking.data_parts import TESTED
from launch.tracking.tags import base_tags


class NothingToChoose(RuntimeError):
    """No configuration survived the search or its confirmation."""


@dataclass
class Chosen:
    """What was chosen on validation, with every model trained and no test label read."""

    best: Finalist
    published: Finalist | None
    finalists: list[Finalist]
    refits: Refits
    seconds: dict[str, float]
    for_speed: ChosenForSpeed | None = None


def conclude(search: SearchContext) -> Outcome:
    """Choose on validation, train every model, then read the test labels.

    Raises
    ------
    NothingToChoose
        If no configuration has a score, or every finalist failed.
    Interrupted
        If the person asked to stop.
    RefitFailed
        If a refit failed.
    """
    return evaluated(search, choose(search))


def choose(search: SearchContext, *, ship: bool = True) -> Chosen:
    """The first half of `conclude`, which needs no test label; without `ship` no model is trained on every row."""
    plan = search.plan
    seconds: dict[str, float] = {}
    engine = KeptJobs(search.engine, plan, search.study.search_id)
    after = AfterSearch(plan, search.engine.concurrent, search.budget.starting)
    with _timed(seconds, "confirm"):
        chosen = _confirmed(search, engine, after)
    best, published, for_speed = _choice(plan, chosen)
    arms = {"tuned": _arm(plan, best)}
    if published is not None and not published.failure:
        arms["published"] = arms["tuned"] if published is best else _arm(plan, published)

    title = "Refitting with five seeds, "
    title += "also without each fold" if plan.problem.cross_validated else "scoring the test rows"
    if not plan.options.ensemble_seeds:
        title += ", training on every row"
    foreseen = after.refits(best.record, None if published is None else published.record)
    untrained = len(untrained_control.SEEDS) if untrained_control.wanted(plan.cls) else 0
    with _timed(seconds, "refit"), Counter(search.console, title, foreseen, after.recording, untrained) as counter:
        refits = refit(arms, plan, engine, search.interrupt.requested, counter.step, ship=ship)
    return Chosen(best, published, chosen, refits, seconds, for_speed)


def evaluated(search: SearchContext, chosen: Chosen) -> Outcome:
    """The second half of `conclude`: open the seal, compare, record.

    Every model stands: nothing that the test labels say can change one, and no failure can follow that wastes a read.
    """
    plan, best, refits, seconds = search.plan, chosen.best, chosen.refits, chosen.seconds
    test, test_reads = _unsealed(plan, f"final test of configuration {best.record.number}")
    with waiting(search.console, "Measuring"):
        result = evaluate(refits, plan, test)
    if plan.error_maps and result.localisation is None:
        search.notify("No mask of a test image can be read and marks something: there are no figures of pixels.")
    if refits.baseline is not None and refits.baseline.failure:
        search.notify(f"There is no {refits.baseline.detector} to compare with: {refits.baseline.failure}")
    arms = dict(refits.arms)
    outcome = Outcome(
        best,
        chosen.published,
        plan.options.fresh_splits,
        result,
        arms,
        seconds,
        test_reads,
        chosen.finalists,
        chosen.for_speed,
    )
    with _timed(seconds, "record"), waiting(search.console, "Drawing and registering"):
        _record(search, outcome)
    return outcome


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    seconds[stage] = time.monotonic() - start


def _unsealed(plan: Plan, reason: str) -> tuple[Part, int]:
    """The test rows, and how often they have been read, this time included."""
    problem, ledger = plan.problem, plan.home.ledger
    if problem.cross_validated:
        return problem.reference(), 0
    test = problem.sealed.open(ledger, study=plan.study, detector=plan.label, reason=reason)
    split = problem.dataset, problem.protocol, problem.outer_split
    return test, problem.sealed.count_test_reads(ledger, *split, problem.sha256)


def _confirmed(search: SearchContext, engine: JobRunner, after: AfterSearch) -> list[Finalist]:
    """The finalists of the search with their scores on fresh splits."""
    plan, study = search.plan, search.study
    ranked = _ranked(plan, study)
    chosen = finalists(plan, ranked, study.records)
    splits = plan.options.fresh_splits
    title = f"Confirming {counted(chosen, 'configuration')} on {'up to ' if splits >= LOOKS[-1] else ''}"
    title += counted(max(1, splits), "fresh split")
    records = [finalist.record for finalist in chosen]
    published = next((finalist.record for finalist in chosen if finalist.published), None)
    later = after.refits(records[0], published) + after.recording
    with Counter(search.console, title, after.confirmation(records), later) as counter:
        slots = search.engine.concurrent
        Confirmation(chosen, plan, engine, search.interrupt.requested, counter.step, slots).race()
        if search.interrupt.requested():
            raise Interrupted("stopped during the confirmation; the search itself is complete")
    return chosen


def _ranked(plan: Plan, study: Study) -> list[TrialRecord]:
    """What may be chosen, best first; there must be something."""
    every = study.ranked()
    ranked = under(every, plan.scored_rows, plan.options.max_latency)
    if every and not ranked:
        fastest = min(latency(record, plan.scored_rows) or 0.0 for record in every)
        raise NothingToChoose(
            f"no configuration of {plan.label} scores a row in {plan.options.max_latency:g} microseconds; "
            f"the fastest takes {fastest:.3g}"
        )
    if not ranked:
        causes = study.counts()["causes"]
        reasons = [
            f"{name}: {counted(cause['count'], 'time')}, first: {cause['first_message']}"
            for name, cause in causes.items()
        ]
        none_ran = "none ran" if plan.options.seconds is None else "none ran: --time-budget is too short"
        raise NothingToChoose(f"no trial of {plan.label} has a score ({'; '.join(reasons) or none_ran})")
    return ranked


def _choice(plan: Plan, chosen: list[Finalist]) -> tuple[Finalist, Finalist | None, ChosenForSpeed | None]:
    """The winner, the published configuration, and why the highest mean did not win."""
    published = next((finalist for finalist in chosen if finalist.published), None)
    best = (
        winner(chosen)
        if plan.options.fresh_splits
        else next((own for own in chosen if own.scores and own.eligible), None)
    )
    if best is None:
        failures = "; ".join(f"configuration {own.record.number}: {own.failure}" for own in chosen if own.failure)
        raise NothingToChoose(f"every finalist failed on fresh splits ({failures})")
    best, for_speed = faster(best, chosen, _chance(plan) or 0.0, plan.splits)
    return best, published, for_speed


def _chance(plan: Plan) -> float | None:
    """What random scores reach on validation."""
    valid = plan.problem.counts["valid"]
    return chance_of(plan.metric, valid["anomalies"] / valid["rows"])


def _arm(plan: Plan, finalist: Finalist) -> Arm:
    by_task = calibration.by_task(finalist.folds.values())
    quantiles = tuple(calibration.threshold_quantile(folds) for folds in by_task)
    return Arm(finalist, plan.full_rounds(finalist.record.params), quantiles)


def _confirmation(plan: Plan, best: Finalist) -> dict[str, Any]:
    """What a choice between detectors needs of the winner, beside its metrics; see `recommendation`."""
    return {"scores": best.by_split(), "valid_by_train": best.valid_by_train, "chance": _chance(plan)}


def _race(outcome: Outcome) -> list[dict[str, Any]]:
    """On how many splits each finalist was confirmed, and with what mean."""
    rows = [(own.record.number, len(own.scores), own.interval()[0] if own.scores else None) for own in outcome.chosen]
    return [{"trial": number, "splits": splits, "mean": mean} for number, splits, mean in rows]


def _record(search: SearchContext, outcome: Outcome) -> None:
    """The `final` run with metrics, model and pictures, drawn while the writer logs the model."""
    plan, tracker, best = search.plan, search.tracker, outcome.best
    tuned = outcome.arms["tuned"]
    tags = base_tags(plan) | {
        "kind": "final",
        "trial_number": str(best.record.number),
        "origin": best.record.origin,
        "config": json.dumps(best.record.params),
        "rounds": str(tuned.rounds),
        "confirmed_on": f"{outcome.confirmed} splits",
        "finalists": json.dumps(_race(outcome)),
        "confirmation": json.dumps(_confirmation(plan, best)),
        "threshold_quantile": tuned.quantile_text(),
        "split_seed": str(plan.options.seed),
        "train_seed": str(plan.options.seed),
        "detector_path": plan.detector_path,
    }
    # a search that is extended comes to another end: the same key after an `end` is another run
    name, inputs = f"final {plan.label}", TESTED
    tracker.log("run", key="final", name=name, params=best.record.params, tags=tags, inputs=inputs)
    metrics = logged_metrics(outcome)
    tracker.log("metrics", key="final", rows=[metrics])
    tracker.log("metrics", key="parent", rows=[metrics])
    if outcome.result.shipped is not None:
        register_winner(plan, outcome, tracker, tags)
    model = outcome.model_folder
    if (
        model is not None
        and (scores := score_unlabelled(plan, model) or score_unlabelled_rows(plan, model)) is not None
    ):
        tracker.log("artifact", key="final", path=scores, folder="scores")
        what = "images" if plan.problem.modality == "image" else "rows"
        search.console.print(f"The {what} without labels were scored: {scores}", highlight=False)
    folder = plan.home.study(plan.study, "pictures")
    for path in search.publisher.pictures(plan, search.study, outcome, folder, search.notify):
        tracker.log("artifact", key="final", path=path, folder="pictures")
