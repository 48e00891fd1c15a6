"""One search from its first trial to its closed record: search, conclude, publish, show."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.wording import counted, verb
from launch.backend.job_cache import forget
from launch.common.errors import Interrupted, Stopped
from launch.common.printing import print_line, waiting
from launch.common.redaction import shown
from launch.config import saved_options
from launch.config.plan import Plan
from launch.display import screen
from launch.evaluation.outcome import Outcome, RefitFailed
from launch.evaluation.summarise import summarise
from launch.evaluation.summary import Summary, read
from launch.search import trials
from launch.search.conclude import NothingToChoose, conclude
from launch.search.context import SearchContext
from launch.search.mistakes.keeping import keep_mistakes
from launch.search.publishing import keep_curves, publish, write_report
from launch.search.record import close_record
from launch.study.study import Study
from launch.tracking import spool
from launch.tracking.links import compare_path, experiment_path
from launch.tracking.tracker import TrackingResult

EXIT_FAILED, EXIT_UNSYNCED, EXIT_INTERRUPTED = 1, 3, 130


@dataclass(frozen=True)
class SearchEnd:
    """How a search ended; where it came to nothing there is no summary, and `error` says why."""

    plan: Plan
    study: Study
    summary: Summary | None
    exit_code: int
    """0 if all is done and on record."""
    error: Exception | None = None


def run(search: SearchContext, *, last: bool) -> SearchEnd:
    """Run a search, or go on with it; what stops it is said, and its record is closed.

    After the `last` one nobody needs the engine.
    """
    plan, study = search.plan, search.study
    before = concluded(plan, study)
    if before is not None:
        return _tidied(search, before)
    if study.restored:
        message = f"Going on with {plan.study}: {counted(study.restored, 'trial')} {verb(study.restored)} there, "
        message += f"{study.remaining} to go."
        search.console.print(message, highlight=False)
    try:
        seconds = {"search": trials.run(search)}
        if search.interrupt.requested():
            raise Interrupted("stopped during the search")
        outcome = conclude(search)
    except (Interrupted, NothingToChoose, RefitFailed, Stopped) as error:
        return _came_to_nothing(search, error)
    seconds |= outcome.seconds
    seconds["total"] = search.budget.spent()
    with waiting(search.console, "Writing the report and the record"):
        summary = summarised(search, outcome, seconds)
        if last:
            search.engine.close()  # while the writer carries the last of the record
        recorded = close_record(search, "FINISHED")
    total = round(search.budget.spent(), 3)
    summary = complete(search, replace(summary, seconds=replace(summary.seconds, total=total)), recorded)
    screen.show(search.console, summary, _where(search, recorded, summary))
    return SearchEnd(plan, study, summary, 0 if recorded.get("complete") else EXIT_UNSYNCED)


def summarised(search: SearchContext, outcome: Outcome, seconds: dict[str, float]) -> Summary:
    """Write the summary of what a search came to, curves and report, and end its `final` run."""
    mistakes = keep_mistakes(search, outcome)
    summary = replace(summarise(search.plan, search.study, outcome, seconds), held_out=mistakes)
    keep_curves(search, outcome)
    summary.write(_summary_path(search.plan))
    publish(search, outcome, summary)
    search.tracker.log("end", key="final", status="FINISHED")
    return summary


def _came_to_nothing(search: SearchContext, error: Exception) -> SearchEnd:
    """Close the record of a search that was stopped or has nothing to choose, and say why."""
    interrupted = search.interrupt.requested()
    with contextlib.suppress(Stopped):  # the record may be what is full
        close_record(search, "KILLED" if interrupted else "FAILED")
    message = str(error).rstrip(".")
    print_line(search.console, f"\n{message[:1].upper()}{message[1:]}.", style="bold yellow")
    if interrupted or isinstance(error, Stopped):
        print_line(search.console, how_to_go_on(search.plan, search.study))
    return SearchEnd(search.plan, search.study, None, EXIT_INTERRUPTED if interrupted else EXIT_FAILED, error)


def concluded(plan: Plan, study: Study) -> Summary | None:
    """The summary of the study as it is; where it was extended since and came to no end, there is none yet."""
    path = _summary_path(plan)
    if not study.restored or study.remaining or not path.is_file():
        return None
    summary, counts = read(path), study.counts()
    ended = (summary.trials.complete, summary.trials.pruned)
    return summary if ended == (counts["complete"], counts["pruned"]) else None


def _tidied(search: SearchContext, summary: Summary) -> SearchEnd:
    """A search that is finished: do what its last process was killed before."""
    plan = search.plan
    if not plan.home.study(plan.study, "report.html").is_file():
        write_report(search, summary)
    end_final(search)
    recorded = close_record(search, "FINISHED")
    whole = bool(recorded.get("complete"))
    if whole:
        summary = complete(search, summary, recorded)
    more = "All configurations have been tried." if search.study.exhausted else "For more, give a larger --trials."
    message = f"{plan.study} is finished: {_summary_path(plan)}. {more}"
    print_line(search.console, message)
    return SearchEnd(plan, search.study, summary, 0 if whole else EXIT_UNSYNCED)


def end_final(search: SearchContext) -> None:
    """End the `final` run of a search that was killed before it did."""
    final = spool.read(search.plan.home.study(search.plan.study, "spool.jsonl"), ["final"]).get("final")
    if final is not None and final.ended is None:
        search.tracker.log("end", key="final", status="FINISHED")


def complete(search: SearchContext, summary: Summary, recorded: TrackingResult) -> Summary:
    """Write the summary with what MLflow made of it; what only an unfinished search needs is deleted."""
    plan = search.plan
    run = recorded.get("runs", {}).get("final")
    summary = replace(summary, model_uri=recorded.get("model_uri"), mlflow_run_id=run)
    summary.write(_summary_path(plan))
    if plan.options.summary is not None:
        summary.write(_per_detector(plan.options.summary, plan))
    forget(plan, search.study.search_id)
    return summary


def _summary_path(plan: Plan) -> Path:
    return plan.home.study(plan.study, "summary.json")


def _per_detector(target: Path, plan: Plan) -> Path:
    """Where several detectors are searched, `--summary out.json` writes out-devnet.json and so on."""
    several = "," in plan.options.detector or plan.options.detector == "all"
    return target.with_name(f"{target.stem}-{plan.label}{target.suffix}") if several else target


def how_to_go_on(plan: Plan, study: Study) -> str:
    """How many trials are kept, and the command that goes on with them."""
    done = len(study.records) - len(study.unfinished)
    name = plan.options.name or plan.study  # that of the whole command, where it has several searches
    more = f", {len(study.unfinished)} more {verb(study.unfinished, 'has', 'have')} begun" if study.unfinished else ""
    command = saved_options.command(name, plan.home)
    return f"{counted(done, 'finished trial')} of {plan.trials} {verb(done)} kept{more}. To go on:\n  {command}"


def how_to_go_on_many(plan: Plan, studies: Sequence[Study]) -> str:
    """As `how_to_go_on`, of all searches of a command."""
    done = sum(len(study.records) - len(study.unfinished) for study in studies)
    command = saved_options.command(plan.options.name or plan.study, plan.home)
    return f"{done} finished trials are kept. To go on:\n  {command}"


def _where(search: SearchContext, recorded: TrackingResult, summary: Summary) -> dict[str, str]:
    """Where everything is, for the screen."""
    plan, home = search.plan, search.plan.home
    runs = [recorded.get("runs", {}).get(f"trial-{finalist.trial}") for finalist in summary.finalists]
    ids = [run for run in runs if run]
    experiment = recorded.get("experiment_id", "")
    report, scores = home.study(plan.study, "report.html"), home.study(plan.study, "scores.csv")
    store = ["--tracking-uri", shown(search.uri)] if plan.options.tracking_uri else []
    return {
        "home": "".join(f" {shlex.quote(word)}" for word in [*home.arguments(), *store]),
        "tracking": shown(search.uri),
        "version": str(recorded.get("model_version", "")),
        "replaced": recorded.get("model_replaced", ""),
        "pictures": str(home.study(plan.study, "pictures")),
        "report": str(report) if report.is_file() else "",
        "scores": str(scores) if plan.problem.modality == "tabular" and scores.is_file() else "",
        "summary": str(_summary_path(plan)),
        "server": shown(search.uri) if search.uri.startswith(("http://", "https://")) else "",
        "ui_path": compare_path(ids, [experiment]) if ids else experiment_path(experiment),
    }
