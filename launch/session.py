"""One command from start to end: check, start, search each detector, show."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from launch import record as facts
from launch import reporting, resume, screen, spool
from launch.announce import announce
from launch.engine import Engine, LocalEngine
from launch.errors import Interrupted, Stopped, UsageError
from launch.home import Home
from launch.interrupt import Interrupt
from launch.kept_jobs import forget
from launch.mlflow_links import compare_path, experiment_path
from launch.options import Options
from launch.plan import Plan, detectors, load_problem, plan
from launch.secrets import shown
from launch.study import Study
from launch.tracking import Tracker, TrackingFailed

EXIT_UNSYNCED, EXIT_INTERRUPTED = 3, 130


def run(options: Options, console: Console, started: float) -> int:
    """Do what the options say; returns the exit code.

    Parameters
    ----------
    started : float
        `time.monotonic()` at the start of the process.

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
        from launch.dry_run import show

        announce(console, plans[0])
        show(console, plans)
        return 0
    left = None if options.name else resume.unfinished(home, options)
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
                words.format(left, resume.command(left, home)),
                style="yellow", highlight=False, soft_wrap=True, markup=False,
            )  # fmt: skip
        announce(console, plans[0])
        with Interrupt(lambda: console.print("\nStopping (Ctrl-C again to give up at once) …", style="yellow")) as stop:
            tracker = _tracker(plans[0], studies[0], home, uri)
            summaries: list[tuple[str, dict[str, Any]]] = []
            code = 0
            try:
                if engine is None:
                    engine = _engine(options, problem)
                    held.callback(engine.close)
                for i, one in enumerate(plans):
                    tracker = tracker if i == 0 else _tracker(one, studies[i], home, uri)
                    begun = started if i == 0 else time.monotonic()
                    last = i == len(plans) - 1
                    summary, one_code = _one(one, studies[i], engine, tracker, console, stop, begun, uri, last)
                    code = max(code, one_code)
                    if summary is not None:
                        summaries.append((one.label, summary))
                    if stop.requested():
                        break
            except BaseException:
                _abandon(tracker)
                raise
    if len(summaries) > 1:
        from launch.comparison import compare

        compare(summaries, plans[0], home, uri, console)
    return code


def _opened(options: Options, home: Home, plans: list[Plan], held: contextlib.ExitStack) -> list[Study]:
    """The studies of the command, held for this process; by which name they are resumed is written down."""
    from launch import search

    try:
        for one in plans:
            held.callback(home.claim(one.study))
        studies = [search.open_study(one) for one in plans]
        resume.save(home, options, [(one.study, one.label) for one in plans])
    except OSError as error:
        raise UsageError(f"the home {home.root} cannot be written: {error.strerror or error}") from error
    return studies


def _preflight(one: Plan, uri: str, console: Console) -> None:
    from launch import preflight

    preflight.check(
        console,
        storage=one.home.checkpoints(one.options.storage),
        data_bytes=one.problem.development.X.nbytes,
        detector=one.detector if one.detector != one.label else None,
        tracking_uri=uri,
    )


def named(options: Options, *, many: bool) -> Options:
    """Several detectors without a name get a common one, by which the same command goes on."""
    if not many or options.name is not None:
        return options
    from datasets.request import dataset_name

    return replace(options, name=f"{dataset_name(options.dataset)}-{time.strftime('%Y%m%d-%H%M%S')}")


def check_resources(options: Options) -> None:
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


def _fitting(options: Options, home: Home, problem: Any, names: list[str]) -> list[Plan]:
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


def _engine(options: Options, problem: Any) -> Engine:
    if options.local:
        return LocalEngine(max(1, int(options.cpus_per_trial)))
    from launch.ray_engine import RayEngine

    return RayEngine(
        address=options.address,
        concurrent=options.concurrent,
        cpus=options.cpus_per_trial,
        gpus=options.gpus_per_trial,
        data_bytes=problem.development.X.nbytes,
    )


def _tracker(one: Plan, study: Study, home: Home, uri: str) -> Tracker:
    """A tracker of a search: its parent run is opened, or opened again."""
    path = home.study(one.study, "spool.jsonl")
    told = spool.read(path).get("parent")
    tracker = Tracker(path, uri, home.artifacts_of(uri), search_id=study.search_id)
    if told is not None and told.started:
        resumed = 1 + int(told.tags.get("resumed", 0))
        tracker.log("reopen", key="parent")
        tracker.log("tags", key="parent", tags={"resumed": resumed, "trials_asked": one.trials})
        return tracker
    tracker.log(
        "parent",
        key="parent",
        name=one.study,
        experiment=one.problem.dataset,
        search_id=study.search_id,
        params=one.options.record() | {"tracking_uri": shown(uri)},
        tags={**facts.base_tags(one), "kind": "search", "trials_asked": one.trials},
    )
    return tracker


def _abandon(tracker: Tracker) -> None:
    """Close the record of a search that broke, saying so."""
    with contextlib.suppress(TrackingFailed, ValueError, OSError, Stopped):
        tracker.close("FAILED" if not isinstance(sys.exc_info()[1], KeyboardInterrupt) else "KILLED")


def _one(
    one: Plan,
    study: Study,
    engine: Engine,
    tracker: Tracker,
    console: Console,
    interrupt: Interrupt,
    begun: float,
    uri: str,
    last: bool,
) -> tuple[dict[str, Any] | None, int]:
    from launch import search
    from launch.conclude import NothingToChoose, conclude, write_json
    from launch.final import RefitFailed
    from launch.summary import summary as summarise

    path = one.home.study(one.study, "summary.json")
    concluded = _concluded(path, study)
    if concluded is not None:
        return _tidied(one, study, tracker, console, concluded)
    if study.restored:
        console.print(
            f"Going on with {one.study}: {study.restored} trials are there, {study.remaining} to go.", highlight=False
        )
    budget = search.Budget(one.options.seconds, begun)
    try:
        seconds = {"search": search.run(one, study, engine, tracker, console, budget, interrupt)}
        if interrupt.requested():
            raise Interrupted("stopped during the search")
        outcome = conclude(one, study, engine, tracker, console, interrupt)
    except (Interrupted, NothingToChoose, RefitFailed, Stopped) as error:
        with contextlib.suppress(Stopped):  # the record may be what is full
            _finish(tracker, study, "KILLED" if interrupt.requested() else "FAILED", console)
        words = str(error).rstrip(".")
        console.print(
            f"\n{words[:1].upper()}{words[1:]}.", style="bold yellow", highlight=False, soft_wrap=True, markup=False
        )
        if interrupt.requested() or isinstance(error, Stopped):
            console.print(_how_to_go_on(one, study), highlight=False, soft_wrap=True, markup=False)
        return None, EXIT_INTERRUPTED if interrupt.requested() else 1
    seconds |= outcome.seconds
    seconds["total"] = time.monotonic() - begun
    summary = summarise(one, study, outcome, seconds)
    write_json(path, summary)
    reporting.write(one, study, outcome, summary, tracker, lambda words: console.print(words, style="yellow"))
    tracker.log("end", key="final", status="FINISHED")
    if last:
        engine.close()  # while the writer carries the last of the record
    result = _finish(tracker, study, "FINISHED", console)
    summary["seconds"]["total"] = round(time.monotonic() - begun, 3)
    _close(one, study, summary, result)
    screen.show(console, summary, _where(one, result, uri, summary))
    return summary, 0 if result.get("complete") else EXIT_UNSYNCED


def _close(one: Plan, study: Study, summary: dict[str, Any], result: dict[str, Any]) -> None:
    """Write the summary with what MLflow made of it; what only an unfinished search needs is deleted."""
    from launch.conclude import write_json

    summary |= {"model_uri": result.get("model_uri"), "mlflow_run_id": result.get("runs", {}).get("final")}
    path = one.home.study(one.study, "summary.json")
    for target in [path, *([one.options.summary] if one.options.summary else [])]:
        write_json(_per_detector(target, one), summary)
    forget(one, study.search_id)


def _concluded(path: Path, study: Study) -> dict[str, Any] | None:
    """The summary of the study as it is; where it was extended since and came to no end, there is none yet."""
    if not study.restored or study.remaining or not path.is_file():
        return None
    summary, counts = json.loads(path.read_text()), study.counts()
    return summary if all(summary["trials"][s] == counts[s] for s in ("complete", "pruned")) else None


def _tidied(
    one: Plan, study: Study, tracker: Tracker, console: Console, summary: dict[str, Any]
) -> tuple[dict[str, Any], int]:
    """A search that is finished: do what its last process was killed before."""
    final = spool.read(one.home.study(one.study, "spool.jsonl")).get("final")
    if final is not None and final.ended is None:
        tracker.log("end", key="final", status="FINISHED")
    result = _finish(tracker, study, "FINISHED", console)
    if result.get("complete"):
        _close(one, study, summary, result)
    path = one.home.study(one.study, "summary.json")
    words = f"{one.study} is finished: {path}. For more, give a larger --trials."
    console.print(words, highlight=False, soft_wrap=True)
    return summary, 0 if result.get("complete") else EXIT_UNSYNCED


def _per_detector(target: Path, one: Plan) -> Path:
    """Where several detectors are searched, `--summary out.json` writes out-devnet.json and so on."""
    several = "," in one.options.detector or one.options.detector == "all"
    given = target == one.options.summary
    return target.with_name(f"{target.stem}-{one.label}{target.suffix}") if several and given else target


def _finish(tracker: Tracker, study: Any, status: str, console: Console) -> dict[str, Any]:
    counts = study.counts()
    tracker.log(
        "metrics",
        key="parent",
        rows=[{f"trials_{k}": counts[k] for k in ("complete", "pruned", "failed")}],
    )
    if counts["causes"]:
        tracker.log("tags", key="parent", tags={"failures": json.dumps(counts["causes"])})
    try:
        result = tracker.close(status, lambda: console.print("Waiting for MLflow to take the last of the record …"))
    except TrackingFailed as error:
        console.print(str(error), style="bold red", highlight=False, soft_wrap=True)
        return {**error.result, "complete": False}
    study.study.set_user_attr("mlflow_runs", result["runs"])
    return result


def _how_to_go_on(one: Plan, study: Study) -> str:
    done = len(study.records) - len(study.unfinished)
    several = one.options.name is not None and one.options.name != one.study
    name = one.options.name if several and one.options.name else one.study
    more = f", {len(study.unfinished)} more have begun" if study.unfinished else ""
    return f"{done} finished trials of {one.trials} are kept{more}. To go on:\n  {resume.command(name, one.home)}"


def _where(one: Plan, result: dict[str, Any], uri: str, summary: dict[str, Any]) -> dict[str, str]:
    home = one.home.root
    default = Path("runs").resolve()
    runs = [result.get("runs", {}).get(f"trial-{f['trial']}") for f in summary["finalists"]]
    ids = [run for run in runs if run]
    experiment = result.get("experiment_id", "")
    path = compare_path(ids, [experiment]) if ids else experiment_path(experiment)
    return {
        "home": ("" if home == default else f" --home {home}")
        + (f" --tracking-uri {shown(uri)}" if one.options.tracking_uri else ""),
        "tracking": shown(uri),
        "version": str(result.get("model_version", "")),
        "pictures": str(one.home.study(one.study, "pictures")),
        "report": _if_file(one.home.study(one.study, "report.html")),
        "summary": str(one.home.study(one.study, "summary.json")),
        "server": shown(uri) if uri.startswith(("http://", "https://")) else "",
        "ui_path": path,
    }


def _if_file(path: Path) -> str:
    return str(path) if path.is_file() else ""
