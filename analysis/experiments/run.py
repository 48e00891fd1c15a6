"""Do the fits of an experiment that are not on disk yet, and keep each as it comes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.experiment_names import Candidate
from analysis.experiments.pool import Job, Pool
from analysis.experiments.progress import Progress
from analysis.experiments.results import Results
from analysis.experiments.tasks import Task
from analysis.experiments.worker import Failed, fit
from analysis.options import ExperimentOptions
from datasets.errors import DataError
from datasets.load import load
from datasets.problems.parts import Part
from datasets.request import OF_A_FILE, Request, is_path
from datasets.train_data import supervision_of, train_data
from launch.common import dataset_names
from launch.common.flags import with_flags
from launch.common.home import Home
from launch.config.shared_options import data_dir
from launch.evaluation.bootstrap import class_sizes, resampled_metrics
from launch.evaluation.clusters import clusters
from trainables.core import metrics
from trainables.core.custom_detectors import load_class
from trainables.training.fit import FitJob, FitResult

RESAMPLES = 500


@dataclass(frozen=True)
class Place:
    """Where an experiment reads and writes; `why` is the reason that the ledger gives for a reading of test labels."""

    home: Home
    results: Results
    options: ExperimentOptions
    why: str


@dataclass(frozen=True)
class _About:
    task: Task
    row: dict[str, Any]
    test: Part
    reference: Part | None = None

    @cached_property
    def together(self) -> NDArray[np.intp] | None:
        return clusters(self.test)


def fits(tasks: Sequence[Task], place: Place, progress: Progress) -> None:
    """Fit the published configuration of each task and score the test rows.

    Workers get training rows and the test rows without their labels; figures are taken here. Tasks of one
    request stand one after another, so that its data are read once.
    """

    def kept(task: Task, row: Mapping[str, Any], resampled: Any = None) -> None:
        place.results.add(row, resampled)
        progress.ended(task)

    size = min(place.options.jobs or len(os.sched_getaffinity(0)), len(tasks))
    pool = Pool(fit, size, place.options.timeout)
    for job, outcome in pool.map(_jobs(tasks, place, progress, kept), progress.stop):
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
            about.test.y,
            last.scores["test"],
            resamples=RESAMPLES,
            seed=about.task.request.outer_split,
            clusters=about.together,
        )
        if about.together is not None:
            sizes = class_sizes(about.test.y, about.together)[0]
            row["drawn"] = dict(zip(("anomalies", "normal"), sizes, strict=True))
        kept(about.task, row | ({"at": at} if about.task.stages else {}), resampled)


def _figures(about: _About, fitted: FitResult) -> dict[str, float]:
    """Figures on the test rows, with precision and recall where there are rows to place a threshold on."""
    cut = None if about.reference is None else metrics.cut(about.reference.y, fitted.scores["reference"])
    return {k: round(v, 6) for k, v in metrics.figures(about.test.y, fitted.scores["test"], cut).items()}


def _jobs(
    tasks: Sequence[Task], place: Place, progress: Progress, kept: Callable[[Task, Mapping[str, Any]], None]
) -> Iterator[Job]:
    """Jobs for the pool, one problem in memory at a time; what cannot be fitted is told at once."""

    def refuse(task: Task, row: Mapping[str, Any], cause: str, message: str) -> None:
        kept(task, {**row, "failure": {"cause": cause, "message": message}})

    groups: dict[Request, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.request, []).append(task)
    for asked, of_request in groups.items():
        try:
            named = dataset_names.naming(place.home, lambda words: None)
            folder = data_dir(place.options.data_dir)
            problem = load(asked, folder, allow_standin=False, notify=lambda words: None, name=named)
            if problem.cross_validated:
                raise DataError(
                    f"{problem.dataset} has too few anomalies to seal a fifth of them; `protocol` holdout tries"
                )
            if problem.alarm_rate is not None:
                raise DataError(f"{problem.dataset} has no labelled anomaly, so there is nothing to measure here")
            dataset_names.claim(place.home, asked, problem.dataset, problem.sha256)
        except DataError as error:
            for task in of_request:
                refuse(task, task.row(), "data", with_flags(str(error)))
            continue
        facts = {
            "dataset": problem.dataset, "sha256": problem.sha256, "protocol": problem.protocol,
            "test": problem.counts["test"], "note": with_flags(problem.note),
        }  # fmt: skip
        whole = lru_cache(maxsize=1)(problem.whole)
        opened: dict[str, Part] = {}
        for task in sorted(of_request, key=lambda task: task.seed):
            row = {**task.row(), **facts}
            try:
                prepared = whole(0 if problem.labels.all else task.seed)
            except DataError as error:
                refuse(task, row, "data", with_flags(str(error)))
                continue
            why = unfit(task.candidate, prepared.train, problem.modality)
            if why is not None:
                refuse(task, row, *why)
                continue
            name = task.candidate.label
            if name not in opened:
                opened[name] = problem.sealed.open(
                    place.home.ledger, study=place.results.name, detector=name, reason=place.why
                )
            test = opened[name]
            job = FitJob(task.candidate.name, task.candidate.config, task.seed, task.rounds)
            progress.began(task)
            train = train_data(prepared.train, task.candidate.name)
            parts, reference = {"test": prepared.rows(test.X)}, None
            if problem.modality == "image":
                reference = problem.reference()
                parts = {"reference": reference.X, **parts}
            row["supervision"] = supervision_of(load_class(task.candidate.name), problem.normal_only)
            yield Job((job, train, parts, task.stages), _About(task, row, test, reference))


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


def requests(
    datasets: Sequence[str], protocol: str | None, outer_splits: int, data: Mapping[str, Any]
) -> list[Request]:
    """What is asked of each dataset, for each outer split; a DataError where it contradicts itself.

    Of `data`, what can be said of a table of one's own alone holds for those, where there are any.
    """
    own = any(map(is_path, datasets))
    found = []
    for name in datasets:
        said = {k: v for k, v in data.items() if k not in OF_A_FILE or is_path(name) or not own}
        first = Request(name, protocol=protocol, **said)
        first.check()
        found += [replace(first, outer_split=n) for n in range(outer_splits)]
    return found
