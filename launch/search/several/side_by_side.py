"""Many short searches at once: each in a worker of its own, one process that writes to MLflow, one report.

Where a fit takes less than a second, most of a search was its own start, its tasks, its pictures and its report.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from rich.console import Console

from datasets.problems.problem import Problem
from launch.backend.engine import Engine
from launch.common.errors import Interrupted
from launch.common.interrupts import Interrupt
from launch.common.jobs import Job, JobFailure
from launch.common.printing import print_line
from launch.config.options import TuneOptions
from launch.config.plan import Plan
from launch.display.listing import figures
from launch.display.many import SideBySide
from launch.evaluation.final_test import on_everything
from launch.evaluation.outcome import RefitFailed
from launch.search import one_search, trials
from launch.search.conclude import Chosen, evaluated
from launch.search.context import SearchContext
from launch.search.one_search import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_UNSYNCED, SearchEnd
from launch.search.record import count_trials, open_spool
from launch.search.several import alone
from launch.search.several.alone import CameToNothing
from launch.study.study import Study
from launch.tracking.cursor import Cursor
from launch.tracking.tracker import DONE, TrackingFailed, TrackingResult, result_of
from launch.tracking.writers.shared_writer import SharedWriter

MOST_CELLS = 1_000_000
"""Of the development rows: above, fits take so long that what is saved here does not matter, and trials are better
off with a process of their own, which may be stopped."""


def pays(options: TuneOptions, problem: Problem, plans: Sequence[Plan]) -> bool:
    """Whether the searches of a command run side by side: several, of a small table, without limits on time."""
    timed = options.seconds is not None or options.timeout_seconds is not None or plans[0].latency
    elsewhere = options.address is not None or options.gpus_per_trial > 0
    small = problem.modality == "tabular" and problem.development.X.size <= MOST_CELLS
    return len(plans) > 1 and small and not timed and not elsewhere and not options.ensemble_seeds


@dataclass
class _Search:
    """One of the searches, and what became of it."""

    plan: Plan
    study: Study
    end: SearchEnd | None = None
    spooled: bool = False
    """Whether there are events for MLflow."""


@dataclass
class SideBySideSearches:
    """The searches of a command on one engine."""

    plans: Sequence[Plan]
    studies: Sequence[Study]
    engine: Engine
    uri: str
    console: Console
    interrupt: Interrupt
    _writer: SharedWriter | None = field(default=None, init=False)

    def run(self) -> tuple[SearchEnd, ...]:
        """Search, test, register and record all of them; what came to nothing is said, and stops no other."""
        searches = [_Search(plan, study) for plan, study in zip(self.plans, self.studies, strict=True)]
        plan = self.plans[0]
        log = plan.home.study(f"{plan.options.name}", "writer.log")
        self._writer = SharedWriter(self.uri, plan.home.artifacts_of(self.uri), log)
        for each in searches:
            each.end = self._finished(each)
        left = [each for each in searches if each.end is None]
        left.sort(key=lambda each: longest_first(each.plan))  # no core waits for the last
        with SideBySide(self.console, len(searches), len(searches) - len(left)) as shown, self._finisher() as finish:
            futures: list[Future[None]] = []
            for each, result in self._results(left):
                futures.append(finish.submit(self._finish, each, result, shown))
                self._raise(futures)
        self._raise(futures, wait=True)
        for each in searches:
            if each.end is None:
                self._stopped(each)
        self._recorded(searches)
        return tuple(each.end for each in searches if each.end is not None)

    def _finisher(self) -> contextlib.AbstractContextManager[Any]:
        """What tests and records the searches that ended: beside the others, unless these are in this process."""
        return _Inline() if self.plans[0].options.local else ThreadPoolExecutor(1, "finish")

    @staticmethod
    def _raise(futures: Sequence[Future[None]], *, wait: bool = False) -> None:
        for future in futures:
            if wait or future.done():
                future.result()

    def _results(self, left: Sequence[_Search]) -> Iterator[tuple[_Search, Any]]:
        """What each search came to, as they end."""
        if not left:
            return
        problem = self.engine.share(self.plans[0].problem.unlabelled())
        threads = max(1, int(self.plans[0].options.cpus_per_trial))
        jobs = [
            Job(alone.search, (replace(each.plan, problem=None), problem, threads, self.uri))  # type: ignore[arg-type]
            for each in left
        ]
        for index, result in self.engine.map(jobs, self.interrupt.requested):
            yield left[index], result

    def _finish(self, each: _Search, result: Chosen | CameToNothing | JobFailure, shown: SideBySide) -> None:
        """Test, register and record one search."""
        each.study = trials.open_study(each.plan)  # as the worker left it
        if isinstance(result, Chosen):
            each.plan = alone.confirmed_on(each.plan, min(len(result.best.scores), each.plan.options.fresh_splits))
        tracker = open_spool(each.plan, each.study, self.uri, again=False)
        search = SearchContext(each.plan, each.study, self.engine, tracker, interrupt=self.interrupt, uri=self.uri)
        try:
            if isinstance(result, Chosen):
                self._ship(each.plan, result)
                if self.interrupt.requested():
                    return
                outcome = evaluated(search, result)
                summary = one_search.summarised(
                    search, outcome, outcome.seconds | {"total": sum(outcome.seconds.values())}
                )
                each.end = SearchEnd(each.plan, each.study, summary, 0)
                _close(search, "FINISHED")
                shown.ended(each.plan.label, summary, self.plans[0].options.fresh_splits)
            else:
                reason = result.reason if isinstance(result, CameToNothing) else f"{result.cause}: {result.message}"
                self._failed(search, each, RuntimeError(reason), shown)
        except RefitFailed as error:
            self._failed(search, each, error, shown)
        finally:
            tracker.leave()
        assert self._writer is not None
        self._writer.carry(tracker.spool)
        each.spooled = True

    def _failed(self, search: SearchContext, each: _Search, error: Exception, shown: SideBySide) -> None:
        _close(search, "FAILED")
        each.end = SearchEnd(each.plan, each.study, None, EXIT_FAILED, error)
        shown.failed(each.plan.label, str(error))

    def _ship(self, plan: Plan, chosen: Chosen) -> None:
        """Train the winner on every row, which takes test labels and so starts here."""
        if plan.options.no_retrain:
            return
        job = on_everything(chosen.refits.arms["tuned"], plan, self.engine)
        for _, result in self.engine.map([job], self.interrupt.requested):
            if isinstance(result, JobFailure):
                number = chosen.best.record.number
                raise RefitFailed(f"the refit of configuration {number} failed: {result.message}")
            chosen.refits = replace(chosen.refits, everything=result)

    def _finished(self, each: _Search) -> SearchEnd | None:
        """How a search ended that was finished before; what is missing of its record is handed to the writer."""
        summary = one_search.concluded(each.plan, each.study)
        if summary is None:
            return None
        spool = each.plan.home.study(each.plan.study, "spool.jsonl")
        if not Cursor.load(spool).carried(spool):
            tracker = open_spool(each.plan, each.study, self.uri)
            search = SearchContext(each.plan, each.study, self.engine, tracker, uri=self.uri)
            one_search.end_final(search)
            _close(search, "FINISHED")
            assert self._writer is not None
            self._writer.carry(spool)
            each.spooled = True
        return SearchEnd(each.plan, each.study, summary, 0)

    def _stopped(self, each: _Search) -> None:
        """One that the person did not wait for: its record says so, and it goes on when the command does."""
        spool = each.plan.home.study(each.plan.study, "spool.jsonl")
        if spool.is_file() and spool.stat().st_size:
            assert self._writer is not None
            self._writer.carry(spool)  # a spool that nobody closed is of a search that was killed
        error = Interrupted("stopped during the search")
        each.study = trials.open_study(each.plan)
        each.end = SearchEnd(each.plan, each.study, None, EXIT_INTERRUPTED, error)

    def _recorded(self, searches: Sequence[_Search]) -> None:
        """Wait for the writer; each summary says what MLflow made of its search."""
        assert self._writer is not None
        code = self._writer.close(lambda: self.console.print("Waiting for MLflow to take the last of the record …"))
        troubles: list[str] = []
        for each in searches:
            if not each.spooled or each.end is None:
                continue
            recorded, trouble = self._result(each, code)
            if trouble:
                troubles.append(trouble)
            if recorded.get("model_replaced"):
                print_line(self.console, f"Caution: {recorded['model_replaced']}", style="yellow")
            if each.end.summary is not None:
                search = SearchContext(each.plan, each.study, self.engine, uri=self.uri)
                summary = one_search.complete(search, each.end.summary, recorded)
                done = bool(recorded.get("complete"))
                each.end = replace(each.end, summary=summary, exit_code=0 if done else EXIT_UNSYNCED)
        if troubles:
            print_line(self.console, troubles[0], style="bold red")
            if len(troubles) > 1:
                print_line(self.console, f"The same holds for {len(troubles) - 1} more searches.", style="bold red")
        if self.interrupt.requested():
            plan = self.plans[0]
            print_line(self.console, "\nStopped.", style="bold yellow")
            print_line(self.console, one_search.how_to_go_on_many(plan, [each.study for each in searches]))

    def _result(self, each: _Search, code: int) -> tuple[TrackingResult, str]:
        """What MLflow has of a search; the writer may have stopped before it, or after."""
        spool = each.plan.home.study(each.plan.study, "spool.jsonl")
        try:
            recorded = result_of(spool, DONE if Cursor.load(spool).carried(spool) else code)
        except TrackingFailed as error:
            return {**error.result, "complete": False}, str(error)
        each.study.study.set_user_attr("mlflow_runs", recorded["runs"])
        return recorded, ""


def longest_first(plan: Plan) -> float:
    """Minus the seconds of a fit on a small table, as `--list` says them; what is not known may take long."""
    known = figures().get(plan.label)
    return -math.inf if known is None else -known.seconds


def _close(search: SearchContext, status: str) -> None:
    """End the record of a search, which is carried later."""
    count_trials(search)
    search.tracker.close(status)


class _Inline:
    """Does at once what a thread would do later."""

    def __enter__(self) -> _Inline:
        return self

    def __exit__(self, *raised: object) -> None:
        return None

    def submit(self, function: Any, *arguments: Any) -> Future[None]:
        """Call it; what it raises is the future's."""
        future: Future[None] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future
