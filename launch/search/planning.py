"""Everything that is checked before any work starts, and what a search then knows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import search_spaces
import trainables
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import gone
from datasets.train_data import LEARN_FROM_ANOMALIES, knows_anomalies, train_data
from launch.common import dataset_names
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.common.home import Home
from launch.config.data_options import request_of
from launch.config.halving import Halving
from launch.config.options import TuneOptions
from launch.config.plan import Plan, scheduler_of
from launch.config.portfolio import NONE, chosen
from launch.config.shared_options import data_dir
from launch.evaluation.confirm import first_split
from launch.evaluation.search_splits import numbers
from launch.study.overrides import distributions, overridden
from trainables.core.custom_detectors import is_file, load_class, search_space
from trainables.core.detector import ANOMALY, Detector, make
from trainables.core.errors import BadDetectorFile, DetectorError

AP_BELOW = 0.05
"""Where anomalies are rarer than this, AP is searched for: AUROC hardly moves there."""


def detectors(options: TuneOptions) -> list[str]:
    """The detectors that the command names, once each; a UsageError for an unknown name, with the nearest one."""
    if options.detector_path is not None:
        return [str(options.detector_path.resolve())]
    names = [n.strip() for n in options.detector.split(",") if n.strip()]
    if names == ["all"]:
        return list(trainables.DETECTORS)
    try:
        return list(dict.fromkeys(trainables.resolve(n) for n in names))
    except trainables.UnknownDetector as error:
        raise UsageError(str(error)) from error


def load_problem(options: TuneOptions, notify: Callable[[str], None], home: Home | None = None) -> Problem:
    """The dataset under its protocol, by its name in a home; a DataError for anything wrong with the data."""

    def say(line: str) -> None:
        notify(with_flags(line))

    if options.resume is not None and (path := gone(options.dataset)) is not None:
        raise UsageError(f"there is no {path}, which {options.resume} searches; say where it is now: --moved-to PATH")
    named = {} if home is None else {"name": dataset_names.naming(home, say)}
    problem = load(
        request_of(options),
        data_dir(options.data_dir),
        allow_standin=not options.no_standin,
        notify=say,
        **named,
    )
    confirmed = (first_split(options.seed) + pair for pair in range(options.fresh_splits))
    problem.check([*numbers(options.seed, options.splits_per_trial), *confirmed])
    return problem


def plan(options: TuneOptions, home: Home, problem: Problem, detector: str, *, many: bool = False) -> Plan:
    """Check one detector against the data and the options; a UsageError says what to do instead."""
    try:
        cls = load_class(detector)
        module = search_space(detector) if is_file(detector) else search_spaces.load(detector)
    except BadDetectorFile as error:
        raise UsageError(str(error)) from error
    label = options.detector if is_file(detector) else detector
    if problem.modality not in {modality.value for modality in cls.modality}:
        kinds = ", ".join(sorted(m.value for m in cls.modality))
        raise UsageError(
            f"{label} takes {kinds} data and {problem.dataset} is {problem.modality}; --list shows what fits"
        )
    if problem.alarm_rate is not None and cls.supervision in LEARN_FROM_ANOMALIES:
        raise UsageError(
            f"{label} learns from labelled anomalies and {problem.dataset} has none: take a detector that needs none, "
            f"as iforest, knn or ecod (--list), or label some anomalies"
        )
    split = problem.split(options.seed)
    train, valid = split.train, split.valid
    known = train_data(train, detector)
    if cls.needs_anomalies and not knows_anomalies(known):
        raise UsageError(f"{label} learns from labelled anomalies and the training rows of {problem.dataset} have none")
    target = known.targets[0]
    anomalies = train.known_anomalies if problem.modality == "tabular" else int((target == ANOMALY).sum())
    info = search_spaces.DataInfo(len(target), int(train.X[0].size), anomalies, problem.modality)
    space = overridden(module.space, cls, options.fixed, options.ranges, info)
    if options.scheduler == "none" and cls.fidelity.value == "epochs":
        space = _with_rounds(space, str(cls.rounds_parameter), options.max_rounds)
    published = search_spaces.published(module, few_labels=not problem.labels.all, modality=problem.modality)
    whole = search_spaces.whole_epochs(module, cls)
    published = _trained(published, whole, cls, options)
    enqueued = _enqueued(options.enqueue) if options.enqueue else []
    for config in [*published.values(), *enqueued]:
        try:
            make(cls, config)
        except DetectorError as error:
            raise UsageError(f"--enqueue {options.enqueue}: {error}" if config in enqueued else str(error)) from error
    dists = distributions(space, info)
    portfolio = NONE if is_file(detector) or not dists else chosen(options, problem, detector, cls, module.space, info)
    rounds = options.max_rounds if cls.rounds_parameter else 1
    metric = options.metric
    if metric == "auto":
        metric = "ap" if valid.anomalies < AP_BELOW * len(valid) else "auroc"
    given = len(published) + len(enqueued) + bool(options.fixed)  # what `fix` makes of a space without a choice
    trials = options.trials if dists else min(options.trials, given)
    name = _study_name(options, home, label, problem.dataset, many)
    return Plan(
        options, home, problem, detector, label, cls, info, space, dists, published, enqueued, metric,
        Halving(rounds, enabled=scheduler_of(options, cls) == "asha" and rounds > 1,
                spared=options.reference_epochs or 0, above=options.stop_above),
        trials, name, options.splits_per_trial, whole, getattr(module, "NEAREST", {}),
        portfolio,
    )  # fmt: skip


def _trained(
    published: Mapping[str, dict[str, Any]], whole: Mapping[str, int], cls: type[Detector], options: TuneOptions
) -> dict[str, dict[str, Any]]:
    """Published configurations with their own numbers of epochs, where those are not what every full trial has.

    The reference alone may train longer than a trial.
    """
    trained: dict[str, dict[str, Any]] = {}
    for name, config in published.items():
        most = options.max_rounds if trained or options.reference_epochs is None else options.reference_epochs
        epochs = min(whole[name], most) if name in whole else options.max_rounds
        trained[name] = config if epochs == options.max_rounds else search_spaces.trained_for(config, cls, epochs)
    return trained


def _study_name(options: TuneOptions, home: Home, label: str, dataset: str, many: bool) -> str:
    """The name given; else one made of the time, and of a number where two start in one second."""
    if options.name:
        return f"{options.name}-{label}" if many else options.name
    stem = name = f"{label}-{dataset}-{time.strftime('%Y%m%d-%H%M%S')}"
    count = 1
    while home.study(name, "journal").exists() or home.study(name, "spool.jsonl").exists():
        count += 1
        name = f"{stem}-{count}"
    return name


def _with_rounds(space: Callable[[Any, Any], dict[str, Any]], name: str, most: int) -> Any:
    """Without a scheduler the number of rounds is a hyperparameter like any other."""

    def with_rounds(trial: Any, data: Any) -> dict[str, Any]:
        return {**space(trial, data), name: trial.suggest_int(name, 1, most)}

    return with_rounds


def _enqueued(path: Path) -> list[dict[str, Any]]:
    try:
        given = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"--enqueue {path} is not JSON: {error}") from error
    given = [given] if isinstance(given, dict) else given
    if not isinstance(given, list) or not all(isinstance(config, dict) for config in given):
        raise UsageError(f'--enqueue {path} must hold a list of configurations, such as [{{"lr": 0.001}}]')
    return given
