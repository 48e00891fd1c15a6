"""One search from its first trial to its closed record: search, conclude, publish, show."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from launch.backend.engine import Engine
from launch.backend.job_cache import forget
from launch.common.errors import Interrupted, Stopped
from launch.common.home import Home
from launch.common.interrupts import Interrupt
from launch.common.redaction import shown
from launch.config import saved_options
from launch.config.plan import Plan
from launch.display import screen
from launch.evaluation.summary import Summary, read
from launch.search.publishing import Publisher, publish
from launch.study.study import Study
from launch.tracking import spool
from launch.tracking.links import compare_path, experiment_path
from launch.tracking.tags import base_tags
from launch.tracking.tracker import Tracker, TrackingFailed

EXIT_UNSYNCED, EXIT_INTERRUPTED = 3, 130


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
        tags={**base_tags(one), "kind": "search", "trials_asked": one.trials},
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
    publisher: Publisher,
) -> tuple[Summary | None, int]:
    from launch.evaluation.final_test import RefitFailed
    from launch.evaluation.summarise import summarise
    from launch.search import trials
    from launch.search.conclude import NothingToChoose, conclude
    from launch.search.context import SearchContext
    from launch.search.stopping import Budget

    path = one.home.study(one.study, "summary.json")
    concluded = _concluded(path, study)
    if concluded is not None:
        return _tidied(one, study, tracker, console, concluded)
    if study.restored:
        console.print(
            f"Going on with {one.study}: {study.restored} trials are there, {study.remaining} to go.", highlight=False
        )
    budget = Budget(one.options.seconds, begun)
    search = SearchContext(one, study, engine, tracker, console, interrupt, budget, publisher, uri)
    try:
        seconds = {"search": trials.run(search)}
        if interrupt.requested():
            raise Interrupted("stopped during the search")
        outcome = conclude(search)
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
    summary.write(path)
    notify = partial(console.print, style="yellow")
    publish(one, study, outcome, summary, tracker, publisher, notify)
    tracker.log("end", key="final", status="FINISHED")
    if last:
        engine.close()  # while the writer carries the last of the record
    result = _finish(tracker, study, "FINISHED", console)
    summary = replace(summary, seconds=replace(summary.seconds, total=round(time.monotonic() - begun, 3)))
    summary = _close(one, study, summary, result)
    screen.show(console, summary, _where(one, result, uri, summary))
    return summary, 0 if result.get("complete") else EXIT_UNSYNCED


def _close(one: Plan, study: Study, summary: Summary, result: dict[str, Any]) -> Summary:
    """Write the summary with what MLflow made of it; what only an unfinished search needs is deleted."""
    uri, run = result.get("model_uri"), result.get("runs", {}).get("final")
    summary = replace(summary, model_uri=uri, mlflow_run_id=run)
    path = one.home.study(one.study, "summary.json")
    for target in [path, *([one.options.summary] if one.options.summary else [])]:
        summary.write(_per_detector(target, one))
    forget(one, study.search_id)
    return summary


def _concluded(path: Path, study: Study) -> Summary | None:
    """The summary of the study as it is; where it was extended since and came to no end, there is none yet."""
    if not study.restored or study.remaining or not path.is_file():
        return None
    summary, counts = read(path), study.counts()
    trials = (summary.trials.complete, summary.trials.pruned)
    return summary if trials == (counts["complete"], counts["pruned"]) else None


def _tidied(one: Plan, study: Study, tracker: Tracker, console: Console, summary: Summary) -> tuple[Summary, int]:
    """A search that is finished: do what its last process was killed before."""
    final = spool.read(one.home.study(one.study, "spool.jsonl")).get("final")
    if final is not None and final.ended is None:
        tracker.log("end", key="final", status="FINISHED")
    result = _finish(tracker, study, "FINISHED", console)
    if result.get("complete"):
        summary = _close(one, study, summary, result)
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
    return (
        f"{done} finished trials of {one.trials} are kept{more}. To go on:\n  {saved_options.command(name, one.home)}"
    )


def _where(one: Plan, result: dict[str, Any], uri: str, summary: Summary) -> dict[str, str]:
    home = one.home.root
    default = Path("runs").resolve()
    runs = [result.get("runs", {}).get(f"trial-{finalist.trial}") for finalist in summary.finalists]
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
