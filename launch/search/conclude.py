"""The end of a search: confirm, break the seal once, re-train, record, register."""

from __future__ import annotations

import json
import time

from rich.console import Console

from launch.backend.engine import Engine
from launch.backend.job_cache import keeping
from launch.common.errors import Interrupted
from launch.common.interrupts import Interrupt
from launch.config.plan import Plan
from launch.display.progress import Counter
from launch.evaluation import calibration, final_test
from launch.evaluation.confirm import FINALISTS, Finalist, confirm, finalists, winner
from launch.evaluation.outcome import Outcome, Side, test_figures
from launch.models.registration import register_winner
from launch.models.score_images import score_unlabelled
from launch.search.publishing import Publisher
from launch.study.pareto import under
from launch.study.study import Study
from launch.study.trial import latency
from launch.tracking.tags import base_tags
from launch.tracking.tracker import Tracker


class NothingToChoose(RuntimeError):
    """No configuration survived the search or its confirmation."""


def conclude(
    plan: Plan,
    study: Study,
    engine: Engine,
    tracker: Tracker,
    console: Console,
    interrupt: Interrupt,
    publisher: Publisher,
) -> Outcome:
    """Choose on validation, then read the test rows, then train on everything.

    Raises
    ------
    NothingToChoose
        If no configuration has a score, or every finalist failed.
    Interrupted
        If the person asked to stop.
    RefitFailed
        If a refit failed.
    """
    seconds: dict[str, float] = {}
    engine = keeping(engine, plan, study.search_id)
    start = time.monotonic()
    chosen = _confirmed(plan, study, engine, console, interrupt)
    seconds["confirm"] = time.monotonic() - start
    best, published = _choice(plan, chosen)
    sides = {"tuned": _side(plan, best)}
    if published is not None and not published.failure:
        sides["published"] = sides["tuned"] if published is best else _side(plan, published)

    # everything is chosen: from here on nothing that the test rows say can change it
    reason = f"final test of configuration {best.record.number}"
    part = plan.problem.sealed.open(plan.home.ledger, study=plan.study, detector=plan.label, reason=reason)
    readings = plan.problem.sealed.readings(
        plan.home.ledger, plan.problem.dataset, plan.problem.protocol, plan.problem.outer_split
    )
    start = time.monotonic()
    with Counter(console, "Refitting with five seeds, scoring the test rows, training on every row") as counter:
        result = final_test.refit_and_test(sides, plan, part, engine, interrupt.requested, counter.step)
    seconds["refit"] = time.monotonic() - start
    outcome = Outcome(best, published, plan.options.confirm, result, sides, seconds, readings, chosen)
    start = time.monotonic()
    _record(plan, study, outcome, tracker, console, publisher)
    seconds["record"] = time.monotonic() - start
    return outcome


def _confirmed(plan: Plan, study: Study, engine: Engine, console: Console, interrupt: Interrupt) -> list[Finalist]:
    every = study.ranked()
    ranked = under(every, plan.scored_rows, plan.options.max_latency)
    if every and not ranked:
        fastest = min(latency(r, plan.scored_rows) or 0.0 for r in every)
        raise NothingToChoose(
            f"no configuration of {plan.label} scores a row in {plan.options.max_latency:g} microseconds; "
            f"the fastest takes {fastest:.3g}"
        )
    if not ranked:
        causes = study.counts()["causes"]
        words = "; ".join(f"{c}: {v['count']} times, first: {v['first_message']}" for c, v in causes.items())
        if not words:
            words = "none ran" if plan.options.seconds is None else "none ran: --time-budget is too short"
        raise NothingToChoose(f"no trial of {plan.label} has a score ({words})")
    pairs = max(1, plan.options.confirm)
    chosen = finalists(ranked, study.records, plan.reference, FINALISTS if plan.options.confirm else 1)
    with Counter(console, f"Confirming {len(chosen)} configurations on {pairs} fresh splits") as counter:
        confirm(chosen, plan, engine, interrupt.requested, counter.step)
        if interrupt.requested():
            raise Interrupted("stopped during the confirmation; the search itself is complete")
    return chosen


def _choice(plan: Plan, chosen: list[Finalist]) -> tuple[Finalist, Finalist | None]:
    published = next((f for f in chosen if f.published), None)
    quick = [f for f in chosen if under([f.record], plan.scored_rows, plan.options.max_latency)]
    best = winner(quick) if plan.options.confirm else next((f for f in quick if not f.failure), None)
    if best is None:
        failures = "; ".join(f"configuration {f.record.number}: {f.failure}" for f in chosen)
        raise NothingToChoose(f"every finalist failed on fresh splits ({failures})")
    return best, published


def _side(plan: Plan, finalist: Finalist) -> Side:
    quantile = calibration.threshold_quantile(list(finalist.folds.values()))
    return Side(finalist, finalist.rounds(plan), quantile)


def _record(
    plan: Plan, study: Study, outcome: Outcome, tracker: Tracker, console: Console, publisher: Publisher
) -> None:
    """The `final` run with figures, model and pictures, drawn while the writer logs the model."""
    tags = base_tags(plan)
    best = outcome.best
    tags |= {
        "kind": "final",
        "trial_number": str(best.record.number),
        "origin": best.record.origin,
        "config": json.dumps(best.record.params),
        "rounds": str(outcome.sides["tuned"].rounds),
        "confirmed_on": f"{outcome.confirmed} splits",
        "threshold_quantile": str(outcome.sides["tuned"].quantile),
        "split_seed": str(plan.options.seed),
        "train_seed": str(plan.options.seed),
        "detector_path": plan.detector_path,
    }
    # a search that is extended comes to another end: the same key after an `end` is another run
    tracker.log("run", key="final", name=f"final {plan.label}", params=best.record.params, tags=tags)
    figures = test_figures(outcome)
    tracker.log("metrics", key="final", rows=[figures])
    tracker.log("metrics", key="parent", rows=[figures])
    if outcome.result.everything is not None:
        register_winner(plan, outcome, tracker, tags)
    if outcome.model_folder is not None and (scores := score_unlabelled(plan, outcome.model_folder)) is not None:
        tracker.log("artifact", key="final", path=scores, folder="scores")
        console.print(f"The images without labels were scored: {scores}", highlight=False)
    folder = plan.home.study(plan.study, "pictures")
    for path in publisher.pictures(plan, study, outcome, folder, lambda words: console.print(words, style="yellow")):
        tracker.log("artifact", key="final", path=path, folder="pictures")
