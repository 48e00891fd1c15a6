"""A whole search in one worker, up to where the test labels are needed: for fits that are shorter than a task of Ray.

The worker has the test rows without labels (`Problem.unlabelled`): it trials, confirms and refits, one fit after
another, as `--local` does. What it came to goes back to the driver, which alone holds the seal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from datasets.problems.problem import Problem
from launch.backend.local import LocalEngine
from launch.common.errors import Stopped
from launch.config.plan import Plan
from launch.evaluation.outcome import RefitFailed
from launch.search import trials
from launch.search.conclude import Chosen, NothingToChoose, choose
from launch.search.context import SearchContext
from launch.search.record import open_spool
from launch.study.study import Study
from launch.study.trial import whole_fit_seconds

SLOW, FEW_SPLITS = 2.0, 2
"""Of several detectors, one whose whole fits take longer than so many seconds is confirmed on so many splits: most of
the time of all would be its confirmation."""


@dataclass(frozen=True)
class CameToNothing:
    """Why a search has nothing to test."""

    reason: str
    stopped: bool
    """Whether it goes on when what stopped it is mended."""


def search(plan: Plan, problem: Problem, threads: int, uri: str) -> Chosen | CameToNothing:
    """Run one search, or go on with it; its events are in its spool.

    The plan has no problem of its own: all plans of a command share one.
    """
    plan = replace(plan, problem=problem)
    study = trials.open_study(plan)
    tracker = open_spool(plan, study, uri)
    context = SearchContext(plan, study, LocalEngine(threads), tracker, uri=uri)
    try:
        seconds = {"search": trials.run(context)}
        chosen = choose(replace(context, plan=lightened(plan, study)), ship=False)
    except (NothingToChoose, RefitFailed, Stopped) as error:
        return CameToNothing(str(error), isinstance(error, Stopped))
    finally:
        tracker.leave()
    chosen.seconds = seconds | chosen.seconds
    return chosen


def lightened(plan: Plan, study: Study) -> Plan:
    """The plan with fewer splits of the confirmation where fits were slow, unless the command says how many.

    What trials took is in the study: a search that goes on comes to the same.
    """
    fits = [record.history for record in study.records.values()]
    if plan.options.confirm is not None or whole_fit_seconds(fits, plan.halving.max_rounds) <= SLOW:
        return plan
    return confirmed_on(plan, FEW_SPLITS)


def confirmed_on(plan: Plan, splits: int) -> Plan:
    """The plan with so many splits of the confirmation."""
    return replace(plan, options=replace(plan.options, confirm=splits))
