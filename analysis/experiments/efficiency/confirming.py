"""Score what searches found: every configuration that was the best of a search for a while, on fresh splits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from analysis.experiments.efficiency.remembered import key
from analysis.experiments.results import Results
from launch.config.plan import Plan
from launch.evaluation.confirm import first_split
from trainables.core.errors import DetectorError
from trainables.training.trial import Trial, build


def leaders(trials: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The complete trials that were each the best when they ended."""
    found: list[Mapping[str, Any]] = []
    for trial in trials:
        if trial["state"] == "complete" and (not found or trial["score"] > found[-1]["score"]):
            found.append(trial)
    return found


def reference(line: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The trial of the published configuration; None if it has no score."""
    ended = [trial for trial in line["trials"] if trial["origin"] == line["reference"]]
    return next((trial for trial in ended if trial["state"] == "complete"), None)


def fit_key(line: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """What a configuration's fits on the fresh splits of a cell are known by."""
    own = {name: line[name] for name in ("detector", "dataset", "seed", "shared", "metric", "data")}
    return key({**own, "config": config})


def confirm(line: Mapping[str, Any], plan: Plan, pairs: int, results: Results, stop: Callable[[], bool]) -> None:
    """Train what a search led with, and the published configuration, on each fresh split that it has not seen yet."""
    published = reference(line)
    for trial in [*leaders(line["trials"]), *([] if published is None else [published])]:
        name = fit_key(line, trial["config"])
        known: dict[str, float | None] = dict(results.rows.get(name, {}).get("scores", {}))
        numbers = [str(first_split(plan.options.seed) + pair) for pair in range(pairs)]
        missing = [number for number in numbers if number not in known]
        for number in missing:
            if stop():
                return
            known[number] = _score(plan, trial["config"], int(number))
        if missing:
            results.add({"key": name, "failure": None, "scores": known})


def _score(plan: Plan, config: Mapping[str, Any], number: int) -> float | None:
    """Validation score after the last round, as `launch.evaluation.confirm` takes it; None for a failure."""
    split = plan.problem.split(number)
    try:
        detector = build(plan.cls, config, rounds=plan.halving.max_rounds, seed=number)
        return Trial(detector, plan.train_data(split.train), split.valid.X, split.valid.y, plan.metric).run()[-1].score
    except DetectorError:
        return None
