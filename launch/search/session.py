"""One command from start to end: check, start, search each detector, show."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import replace
from typing import Any

from rich.console import Console

from launch.backend.engine import Engine
from launch.backend.local import LocalEngine
from launch.common.errors import UsageError
from launch.common.home import Home
from launch.common.interrupts import Interrupt
from launch.config import saved_options
from launch.config.options import TuneOptions
from launch.config.plan import Plan
from launch.display.announce import announce
from launch.evaluation.summary import Summary
from launch.search.one_search import _abandon, _one, _tracker
from launch.search.planning import detectors, load_problem, plan
from launch.search.publishing import Publisher
from launch.study.study import Study


def run(options: TuneOptions, console: Console, started: float, publisher: Publisher) -> int:
    """Do what the options say; returns the exit code.

    Parameters
    ----------
    started : float
        `time.monotonic()` at the start of the process.
    publisher : Publisher
        Draws the pictures and writes the report of each search.

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
    problem = load_problem(options, lambda words: console.print(words, style="bold yellow", highlight=False))
    plans = _fitting(options, home, problem, names)
    if options.dry_run:
        from launch.display.dry_run import show

        announce(console, plans[0])
        show(console, plans)
        return 0
    left = None if options.name else saved_options.unfinished(home, options)
    with contextlib.ExitStack() as held:
        engine: Engine | None = None
        if options.address:  # a cluster that would break trials is found before there is a record of them
            engine = _engine(options, problem)
            held.callback(engine.close)
            _preflight(plans[0], uri, console)
        studies = _opened(options, home, plans, held)
        if left is not None:
            words = "The same command was cut short before, as {}. To go on with that instead: {}"
            console.print(
                words.format(left, saved_options.command(left, home)),
                style="yellow", highlight=False, soft_wrap=True, markup=False,
            )  # fmt: skip
        announce(console, plans[0])
        with Interrupt(lambda: console.print("\nStopping (Ctrl-C again to give up at once) …", style="yellow")) as stop:
            tracker = _tracker(plans[0], studies[0], home, uri)
            summaries: list[tuple[str, Summary]] = []
            code = 0
            try:
                if engine is None:
                    engine = _engine(options, problem)
                    held.callback(engine.close)
                for i, one in enumerate(plans):
                    tracker = tracker if i == 0 else _tracker(one, studies[i], home, uri)
                    begun = started if i == 0 else time.monotonic()
                    last = i == len(plans) - 1
                    summary, one_code = _one(
                        one, studies[i], engine, tracker, console, stop, begun, uri, last, publisher
                    )
                    code = max(code, one_code)
                    if summary is not None:
                        summaries.append((one.label, summary))
                    if stop.requested():
                        break
            except BaseException:
                _abandon(tracker)
                raise
    if len(summaries) > 1:
        from launch.search.comparison import compare

        compare(summaries, plans[0], home, uri, publisher, console)
    return code


def _opened(options: TuneOptions, home: Home, plans: list[Plan], held: contextlib.ExitStack) -> list[Study]:
    """The studies of the command, held for this process; by which name they are resumed is written down."""
    from launch.search import trials

    try:
        for one in plans:
            held.callback(home.claim(one.study))
        studies = [trials.open_study(one) for one in plans]
        saved_options.save(home, options, [(one.study, one.label) for one in plans])
    except OSError as error:
        raise UsageError(f"the home {home.root} cannot be written: {error.strerror or error}") from error
    return studies


def _preflight(one: Plan, uri: str, console: Console) -> None:
    from launch.backend import preflight

    preflight.check(
        console,
        storage=one.home.checkpoints(one.options.storage),
        data_bytes=one.problem.development.X.nbytes,
        detector=one.detector_path or None,
        tracking_uri=uri,
    )


def named(options: TuneOptions, *, many: bool) -> TuneOptions:
    """Several detectors without a name get a common one, by which the same command goes on."""
    if not many or options.name is not None:
        return options
    from datasets.request import dataset_name

    return replace(options, name=f"{dataset_name(options.dataset)}-{time.strftime('%Y%m%d-%H%M%S')}")


def check_resources(options: TuneOptions) -> None:
    """Refuse what this machine cannot give a single trial; a cluster is asked when it is joined.

    Raises
    ------
    UsageError
    """
    if options.address or options.local:
        return
    cores = os.cpu_count() or 1
    if options.cpus_per_trial > cores:
        raise UsageError(f"--cpus-per-trial {options.cpus_per_trial:g}: this machine has {cores} cores")
    if options.gpus_per_trial:
        import torch

        gpus = torch.cuda.device_count()
        if options.gpus_per_trial > gpus:
            raise UsageError(f"--gpus-per-trial {options.gpus_per_trial:g}: torch sees {gpus} GPUs on this machine")


def _fitting(options: TuneOptions, home: Home, problem: Any, names: list[str]) -> list[Plan]:
    plans: list[Plan] = []
    for name in names:
        try:
            plans.append(plan(options, home, problem, name, many=len(names) > 1))
        except UsageError:
            if options.detector.strip() != "all" or options.fix or options.range or options.enqueue:
                raise
    if not plans:
        raise UsageError(f"no detector fits {problem.dataset}; --list shows what each takes")
    return plans


def _engine(options: TuneOptions, problem: Any) -> Engine:
    if options.local:
        return LocalEngine(max(1, int(options.cpus_per_trial)))
    from launch.backend.ray_engine import RayEngine

    return RayEngine(
        address=options.address,
        concurrent=options.concurrent,
        cpus=options.cpus_per_trial,
        gpus=options.gpus_per_trial,
        data_bytes=problem.development.X.nbytes,
    )
