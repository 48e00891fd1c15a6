"""Do the fits of an experiment that are not on disk yet, and keep each as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.experiments.names import Candidate
from analysis.experiments.pool import Job, Pool
from analysis.experiments.results import Results
from analysis.experiments.tasks import Task
from analysis.experiments.worker import Failed, Fitted, fit
from datasets import request
from datasets.errors import DataError
from datasets.load import load
from datasets.problems.parts import Part
from datasets.problems.prepared import Prepared
from datasets.train_data import supervision_of, train_data
from launch.common.flags import with_flags
from launch.evaluation.bootstrap import resampled_metrics
from trainables.core import custom_detectors, metrics
from trainables.training.fit import FitJob

if TYPE_CHECKING:
    from datasets.problems.problem import Problem
    from datasets.request import Request

RESAMPLES = 500


@dataclass(frozen=True)
class Place:
    """Where an experiment reads and writes.

    Attributes
    ----------
    data_dir : Path
    ledger : Path
        Every reading of test labels gets a line there.
    results : Results
    why : str
        What the ledger gives as the reason.
    """

    data_dir: Path
    ledger: Path
    results: Results
    why: str


@dataclass(frozen=True)
class _About:
    task: Task
    row: dict[str, Any]
    test: Part
    reference: Part | None = None


def fits(
    tasks: Sequence[Task],
    place: Place,
    *,
    jobs: int,
    timeout: float,
    stop: Callable[[], bool],
    began: Callable[[Task], None],
    ended: Callable[[Task], None],
) -> None:
    """Fit the published configuration of each task and score the test rows.

    Workers get training rows and the test rows without their labels; figures are taken here.

    Parameters
    ----------
    tasks : sequence of Task
        Those of one request one after another, so that its data are read once.
    place : Place
    jobs : int
        Fits at a time.
    timeout : float
        Seconds for a fit.
    stop : callable
        Whether to give up what runs and come back.
    began, ended : callable
        Told of each task.
    """

    def kept(task: Task, row: Mapping[str, Any], resampled: Any = None) -> None:
        place.results.add(row, resampled)
        ended(task)

    pool = Pool(fit, min(jobs, len(tasks)), timeout)
    for job, outcome in pool.map(_jobs(tasks, place, began, kept), stop):
        about: _About = job.about
        if isinstance(outcome, Failed):
            kept(about.task, {**about.row, "failure": {"cause": outcome.cause, "message": outcome.message}})
            continue
        last = outcome[max(outcome)]
        seconds = {k: round(getattr(last, k), 4) for k in ("fit_seconds", "predict_seconds")}
        at = {str(rounds): _figures(about, one) for rounds, one in outcome.items()}
        row = {**about.row, **at[str(max(outcome))], **seconds}
        # the same rows for every detector and seed, others for another outer split
        resampled = resampled_metrics(
            about.test.y, last.scores, resamples=RESAMPLES, seed=about.task.request.outer_split
        )
        kept(about.task, row | ({"at": at} if about.task.stages else {}), resampled)


def _figures(about: _About, fitted: Fitted) -> dict[str, float]:
    """Figures on the test rows, with precision and recall where there are rows to place a threshold on."""
    cut = None
    if about.reference is not None and fitted.reference is not None:
        cut = metrics.cut(about.reference.y, fitted.reference)
    return {k: round(v, 6) for k, v in metrics.figures(about.test.y, fitted.scores, cut).items()}


def _jobs(
    tasks: Sequence[Task], place: Place, began: Callable[[Task], None], kept: Callable[[Task, Mapping[str, Any]], None]
) -> Iterator[Job]:
    """Jobs for the pool, one problem in memory at a time; what cannot be fitted is told at once."""

    def refuse(task: Task, row: Mapping[str, Any], cause: str, message: str) -> None:
        kept(task, {**row, "failure": {"cause": cause, "message": message}})

    for asked, of_request in _grouped(tasks):
        try:
            problem = load(asked, place.data_dir, allow_standin=False, notify=lambda words: None)
        except DataError as error:
            for task in of_request:
                refuse(task, task.row(), "data", with_flags(str(error)))
            continue
        seen: dict[int, Prepared | DataError] = {}
        opened: dict[str, Part] = {}
        for task in of_request:
            row = {**task.row(), **_facts(problem)}
            seed = 0 if problem.labels.all else task.seed
            if seed not in seen:
                seen = {seed: _prepared(problem, seed)}
            prepared = seen[seed]
            if isinstance(prepared, DataError):
                refuse(task, row, "data", with_flags(str(prepared)))
                continue
            why = unfit(task.candidate, prepared.train, problem.modality)
            if why is not None:
                refuse(task, row, *why)
                continue
            name = task.candidate.label
            if name not in opened:
                opened[name] = problem.sealed.open(
                    place.ledger, study=place.results.name, detector=name, reason=place.why
                )
            test = opened[name]
            job = FitJob(task.candidate.name, task.candidate.config, task.seed, task.rounds)
            began(task)
            train = train_data(prepared.train, task.candidate.name)
            parts, reference = {"test": prepared.rows(test.X)}, None
            if problem.modality == "image":
                reference = problem.reference()
                parts = {"reference": reference.X, **parts}
            row["supervision"] = _supervision(task, problem)
            yield Job((job, train, parts, task.stages), _About(task, row, test, reference))


def _supervision(task: Task, problem: Problem) -> str:
    """What the detector sees of the labels of this problem."""
    return supervision_of(custom_detectors.load_class(task.candidate.name), problem.normal_only)


def unfit(candidate: Candidate, train: Part, modality: str = "tabular") -> tuple[str, str] | None:
    """Why a detector cannot be fitted on such rows, by cause and in one line; None if it can."""
    if candidate.failure is not None:
        return candidate.failure
    if modality not in candidate.modalities:
        kinds = ", ".join(sorted(candidate.modalities))
        return "modality", f"takes {kinds} data, and these rows are {modality}"
    if candidate.needs_anomalies and not train.known_anomalies:
        return "missing_anomalies", "learns from labelled anomalies, and the training rows have none"
    return None


def _grouped(tasks: Sequence[Task]) -> list[tuple[Request, list[Task]]]:
    """Tasks by request, in order, those of one seed together."""
    groups: dict[Request, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.request, []).append(task)
    return [(asked, sorted(group, key=lambda task: task.seed)) for asked, group in groups.items()]


def _prepared(problem: Problem, seed: int) -> Prepared | DataError:
    try:
        return problem.whole(seed)
    except DataError as error:
        return error


def _facts(problem: Problem) -> dict[str, Any]:
    """What a line says of its data."""
    return {
        "dataset": problem.dataset,
        "sha256": problem.sha256,
        "protocol": problem.protocol,
        "test": problem.counts["test"],
        "note": with_flags(problem.note),
    }


def requests(
    datasets: Sequence[str], protocol: str | None, outer_splits: int, labelled: int | None, contamination: float | None
) -> list[Request]:
    """What is asked of each dataset, for each outer split.

    Raises
    ------
    DataError
        If it contradicts itself.
    """
    found = []
    for name in datasets:
        first = request.Request(name, protocol=protocol, labelled_anomalies=labelled, contamination=contamination)
        first.check()
        found += [replace(first, outer_split=n) for n in range(outer_splits)]
    return found
