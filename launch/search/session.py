"""One command from start to end: check, start, search each detector, show."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from rich.console import Console

from datasets.problems.problem import Problem
from datasets.request import dataset_name
from launch.backend import preflight
from launch.backend.engine import Engine
from launch.backend.job_cache import forget_shared
from launch.common import dataset_names
from launch.common.errors import UsageError
from launch.common.home import Home
from launch.common.interrupts import Interrupt
from launch.common.printing import print_line, waiting
from launch.config import saved_options
from launch.config.data_options import request_of
from launch.config.options import TuneOptions
from launch.config.plan import Plan
from launch.display import dry_run
from launch.display.announce import announce, portfolio_message
from launch.search import one_search, trials
from launch.search.context import SearchContext
from launch.search.last_words import LastWords
from launch.search.one_search import EXIT_INTERRUPTED, SearchEnd
from launch.search.planning import detectors, load_problem, plan
from launch.search.publisher import Publisher
from launch.search.record import open_record
from launch.search.resources import check_resources, start_engine
from launch.search.several import side_by_side
from launch.search.several.comparison import record_comparison
from launch.search.several.side_by_side import SideBySideSearches
from launch.search.time_left import Budget
from launch.study.storage import OptunaStudy
from launch.study.study import Study
from launch.study.study_lock import StudyLock
from launch.tracking.tracker import abandon


@dataclass(frozen=True)
class Session:
    """A command, checked, before anything is started."""

    options: TuneOptions
    home: Home
    uri: str
    """The MLflow store."""
    problem: Problem
    plans: list[Plan]
    """One for each detector."""
    console: Console
    publisher: Publisher
    started: float
    own_process: bool = False
    """Whether the process may be ended with the search; a notebook's may not."""

    def search(self) -> tuple[SearchEnd, ...]:
        """Search each detector."""
        cut_short = None if self.options.name else saved_options.unfinished(self.home, self.options)
        with contextlib.ExitStack() as held:
            engine: Engine | None = None
            if self.options.address:  # a cluster that would break trials is found before there is a record of them
                engine = self._engine(held)
                storage, detector = self.home.checkpoints(self.options.storage), self.plans[0].detector_path or None
                needs = preflight.Needs(storage, self.problem.development.X.nbytes, detector, self.uri)
                preflight.check(self.console, needs)
            studies = self._opened(held)
            if cut_short is not None:
                go_on = f"To go on with that instead: {saved_options.command(cut_short, self.home)}"
                message = f"The same command was cut short before, as {cut_short}. {go_on}"
                print_line(self.console, message, style="yellow")
            with waiting(self.console, "Looking at the columns"):
                announce(self.console, self.plans[0])
            if message := portfolio_message(self.plans):
                print_line(self.console, message)
            with Interrupt(self._say_stopping) as interrupt:
                return self._search_each(studies, engine, held, interrupt)

    def _search_each(
        self, studies: Sequence[Study], engine: Engine | None, held: contextlib.ExitStack, interrupt: Interrupt
    ) -> tuple[SearchEnd, ...]:
        """One search after another; the record of one that breaks is closed."""
        if side_by_side.pays(self.options, self.problem, self.plans):
            return self._side_by_side(studies, held, interrupt)
        tracker = open_record(self.plans[0], studies[0], self.uri)  # its writer starts beside the engine
        ends: list[SearchEnd] = []
        plan_now, study_now, last_words = self.plans[0], studies[0], LastWords()
        try:
            engine = engine or self._engine(held)
            if self.own_process:
                engine.on_lost(last_words.speak)
            for i, (search_plan, study) in enumerate(zip(self.plans, studies, strict=True)):
                plan_now, study_now = search_plan, study
                tracker = tracker if i == 0 else open_record(search_plan, study, self.uri)
                budget = Budget(self.options.seconds, self.started if i == 0 else time.monotonic())
                search = SearchContext(
                    search_plan, study, engine, tracker, self.console, interrupt, budget, self.publisher, self.uri
                )
                last_words.search = search
                ends.append(one_search.run(search, last=i == len(self.plans) - 1))
                if interrupt.requested():
                    break
        except KeyboardInterrupt:
            with last_words.turn, contextlib.suppress(KeyboardInterrupt):
                abandon(tracker)
            raise KeyboardInterrupt(one_search.how_to_go_on(plan_now, study_now)) from None
        except BaseException:
            with last_words.turn:
                abandon(tracker)
            raise
        with last_words.turn:
            last_words.search = None
        return tuple(ends)

    def _side_by_side(
        self, studies: Sequence[Study], held: contextlib.ExitStack, interrupt: Interrupt
    ) -> tuple[SearchEnd, ...]:
        """All searches at once."""
        engine, last_words = self._engine(held), LastWords()
        last_words.search = SearchContext(self.plans[0], studies[0], engine, console=self.console, interrupt=interrupt)
        if self.own_process:
            engine.on_lost(last_words.speak)
        try:
            return SideBySideSearches(self.plans, studies, engine, self.uri, self.console, interrupt).run()
        except KeyboardInterrupt:
            raise KeyboardInterrupt(one_search.how_to_go_on_many(self.plans[0], studies)) from None
        finally:
            with last_words.turn:
                last_words.search = None

    def _engine(self, held: contextlib.ExitStack) -> Engine:
        """An engine that is closed at the end."""
        where = f"Joining the cluster at {self.options.address}" if self.options.address else "Starting Ray"
        with contextlib.nullcontext() if self.options.local else waiting(self.console, where):
            engine = start_engine(self.options, self.problem)
        held.callback(engine.close)
        return engine

    def _opened(self, held: contextlib.ExitStack) -> list[Study]:
        """The studies of the command, held for this process; by which name they are resumed is written down."""
        try:
            for search_plan in self.plans:
                held.callback(self.home.claim(search_plan.study))
            studies = [trials.open_study(search_plan, partial(self._hold, held)) for search_plan in self.plans]
            self.plans[:] = map(trials.with_its_portfolio, self.plans, studies)
            dataset_names.claim(self.home, request_of(self.options), self.problem.dataset, self.problem.sha256)
            saved_options.save(self.home, self.options, [(each.study, each.label) for each in self.plans])
        except OSError as error:
            raise UsageError(f"the home {self.home.root} cannot be written: {error.strerror or error}") from error
        return studies

    def _hold(self, held: contextlib.ExitStack, study: OptunaStudy) -> None:
        """Hold a study that other homes may know, too."""
        if self.options.study_storage:
            held.callback(StudyLock(study, str(self.home.root), self._stop_as_lost).release)

    def _stop_as_lost(self, taken_by: str) -> None:
        """Stop as with Ctrl-C, since two must not search one study."""
        message = f"\nThe study was taken over by {taken_by}, since this process gave no sign of life for too long."
        print_line(self.console, message, style="bold yellow")
        os.kill(os.getpid(), signal.SIGINT)

    def _say_stopping(self) -> None:
        self.console.print("\nStopping (Ctrl-C again to give up at once) …", style="yellow")


def run(
    options: TuneOptions, console: Console, started: float, publisher: Publisher, *, own_process: bool = False
) -> tuple[SearchEnd, ...]:
    """Do what the options say; how the searches ended, of which a dry run has none.

    Parameters
    ----------
    options : TuneOptions
        As `launch.config.options.check` gives them.
    console : Console
    started : float
        `time.monotonic()` at the start of the command.
    publisher : Publisher
        Draws the pictures and writes the report of each search.
    own_process : bool
        Whether the process is the command's own, and is ended where a process of Ray is gone.

    Raises
    ------
    UsageError, DataError
        Before any work, in one line.
    """
    names = detectors(options)
    options = named(options, many=len(names) > 1)
    check_resources(options)
    home = Home.at(options.home)
    uri = home.tracking_uri(options.tracking_uri, spool=options.tracking_spool)
    with waiting(console, f"Reading {options.dataset}"):
        say = partial(console.print, style="bold yellow", highlight=False)
        problem = load_problem(options, say, home)
        plans = _fitting(options, home, problem, names)
    if options.dry_run:
        announce(console, plans[0])
        if message := portfolio_message(plans):
            print_line(console, message)
        dry_run.show(console, plans)
        return ()
    ends = Session(options, home, uri, problem, plans, console, publisher, started, own_process).search()
    if len(plans) > 1 and len(ends) == len(plans) and not any(end.exit_code == EXIT_INTERRUPTED for end in ends):
        forget_shared(plans[0])
    if sum(end.summary is not None for end in ends) > 1:
        record_comparison(ends, uri, publisher, console, time.monotonic() - started)
    return ends


def named(options: TuneOptions, *, many: bool) -> TuneOptions:
    """Several detectors without a name get a common one, by which the same command goes on."""
    if not many or options.name is not None:
        return options
    return replace(options, name=f"{dataset_name(options.dataset)}-{time.strftime('%Y%m%d-%H%M%S')}")


def _fitting(options: TuneOptions, home: Home, problem: Problem, names: list[str]) -> list[Plan]:
    """Plans of the detectors; of `all`, those that fit the dataset."""
    plans: list[Plan] = []
    for name in names:
        try:
            plans.append(plan(options, home, problem, name, many=len(names) > 1))
        except UsageError:
            if options.detector.strip() != "all" or options.fix or options.range or options.enqueue:
                raise
    halved = [each.label for each in plans if each.halving.rungs()]
    if options.sampler == "gp" and halved and options.resume is None:  # one of an older version goes on as it was
        raise UsageError(
            f"--sampler gp learns from complete trials alone, and early stopping ends most of those of {halved[0]}: "
            "add --scheduler none, or take --sampler tpe"
        )
    if not plans:
        raise UsageError(f"no detector fits {problem.dataset}; --list shows what each takes")
    return plans
