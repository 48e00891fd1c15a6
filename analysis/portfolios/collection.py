"""Fits of published and random configurations of every detector on every table, a line of JSON each.

Development rows alone: each configuration is trained on a training split and scored after every round on two halves
of the validation rows, so that one can choose and the other say how good the choice was. Random configurations are the
same on all tables, by their shares of the way through each range (`search_spaces.positions`). The next detector is the
one that has had the fewest CPU seconds; each of its configurations is fitted on all tables before the next one. What
is there is not fitted again, so that it can be stopped at any moment and go on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import search_spaces
import trainables
from analysis.portfolios.tables import Table
from datasets.problems.parts import Part
from datasets.train_data import train_data
from launch.common.provenance import commit, versions
from launch.study.overrides import distributions
from search_spaces import DataInfo
from search_spaces.positions import PlacedTrial, drawn
from trainables.core import metrics
from trainables.core.errors import DetectorError
from trainables.training.trial import build, check_scores

METRICS = ("ap", "auroc")
PROBES = (DataInfo(900, 5, 40), DataInfo(1500, 60, 300), DataInfo(100_000, 39, 2000))
"""Data on which spaces are asked, to know them again."""


@dataclass(frozen=True)
class Candidate:
    """One configuration of a detector, before it is known on which data."""

    detector: str
    name: str
    """`published: NAME`, or `random N`."""
    number: int | None = None
    """Of a random one."""

    def on(self, info: DataInfo, seed: int, rounds: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """The configuration for some data, and what the space was told."""
        module, cls = search_spaces.load(self.detector), trainables.load(self.detector)
        if self.number is None:
            called = self.name.partition(": ")[2]
            params = search_spaces.published(module)[called]
            whole = search_spaces.whole_epochs(module, cls).get(called, rounds)
            return (search_spaces.trained_for(params, cls, whole) if whole < rounds else params), {}
        trial = PlacedTrial(drawn(seed, self.detector, self.number))
        return module.space(trial, info), trial.seen


def candidates(detector: str, count: int, seed: int = 0) -> list[Candidate]:
    """The published configurations and so many random ones, each once where a space has few."""
    module = search_spaces.load(detector)
    made = [Candidate(detector, f"published: {name}") for name in search_spaces.published(module)]
    known = set()
    for k in range(count):
        candidate = Candidate(detector, f"random {k}", k)
        text = json.dumps([candidate.on(info, seed, 1)[0] for info in PROBES], default=list)
        if text not in known:
            known.add(text)
            made.append(candidate)
    return made


def fingerprint(detector: str) -> str:
    """What tells a space from an earlier one of the same detector."""
    module = search_spaces.load(detector)
    what = [sorted(map(str, distributions(module.space, info).items())) for info in PROBES]
    return hashlib.sha256(json.dumps([what, search_spaces.published(module)], default=list).encode()).hexdigest()[:12]


@dataclass
class Collection:
    """The file of the fits, and what is in it."""

    path: Path
    seed: int = 0
    rounds: int = 10
    fit_seconds: float = 6.0
    """A fit is ended after the round in which it has taken so many CPU seconds."""
    done: set[tuple[str, str, str, str]] = field(default_factory=set)
    spent: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in read(self.path):
            self._note(row)

    def _note(self, row: Mapping[str, Any]) -> None:
        self.done.add((row["detector"], row["space"], row["configuration"], row["table"]))
        self.spent[row["detector"]] = self.spent.get(row["detector"], 0.0) + sum(row["seconds"])

    def collect(
        self, detectors: Sequence[str], tables: Sequence[Table], count: int, detector_seconds: float
    ) -> Iterator[dict[str, Any]]:
        """Fit what is missing; yields each line when it is written."""
        splits = {table.name: table.split(self.seed) for table in tables}
        spaces = {name: fingerprint(name) for name in detectors}
        waiting = {name: candidates(name, count, self.seed) for name in detectors}
        with self.path.open("a") as file:
            head: dict[str, Any] = {"run": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "versions": versions()}
            head |= {"commit": commit()[0], "seed": self.seed, "rounds": self.rounds, "fit_seconds": self.fit_seconds}
            print(json.dumps(head), file=file, flush=True)
            while waiting:
                detector = min(waiting, key=lambda name: self.spent.get(name, 0.0))
                if self.spent.get(detector, 0.0) > detector_seconds:
                    return  # it has had the fewest
                candidate = waiting[detector].pop(0)
                waiting = {name: left for name, left in waiting.items() if left}
                for table in tables:
                    if (detector, spaces[detector], candidate.name, table.name) in self.done:
                        continue
                    split = splits[table.name]
                    row = {"detector": detector, "configuration": candidate.name, "table": table.name}
                    row |= {"space": spaces[detector], **self._fit(candidate, split.train, split.valid)}
                    print(json.dumps(row, default=list), file=file, flush=True)
                    self._note(row)
                    yield row

    def _fit(self, candidate: Candidate, train: Part, valid: Part) -> dict[str, Any]:
        info = DataInfo(len(train), int(train.X.shape[1]), train.known_anomalies)
        params, said = candidate.on(info, self.seed, self.rounds)
        row: dict[str, Any] = {
            "rows": [len(train), len(valid)], "anomalies": [train.anomalies, valid.anomalies],
            "features": info.features, "said": said, "params": params,
            "choose": {name: [] for name in METRICS}, "measure": {name: [] for name in METRICS}, "seconds": [],
        }  # fmt: skip
        try:
            self._train(candidate.detector, params, train, valid, row)
        except DetectorError as error:
            row["failure"] = error.cause
        return row

    def _train(
        self, detector_name: str, params: Mapping[str, Any], train: Part, valid: Part, row: dict[str, Any]
    ) -> None:
        first, second = halves(valid.y, self.seed)
        start = time.process_time()
        detector = build(trainables.load(detector_name), params, rounds=self.rounds, seed=self.seed)
        detector.begin(train_data(train, detector_name))
        while detector.rounds_done_ < detector.rounds:
            detector.train_round()
            scores = detector.decision_function(valid.X)
            now = time.process_time()
            row["seconds"].append(round(now - start, 4))
            check_scores(scores, detector)
            for part, rows in (("choose", first), ("measure", second)):
                figures = metrics.ranking(valid.y[rows], scores[rows])
                for name in METRICS:
                    row[part][name].append(round(figures[name], 5))
            if sum(row["seconds"]) > self.fit_seconds and detector.rounds_done_ < detector.rounds:
                row["failure"] = "too slow"
                return
            start = time.process_time()


def halves(y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two halves of validation rows, by index, with the share of anomalies kept."""
    rng = np.random.default_rng(1000 + seed)
    sides: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for label in (0, 1):
        own = rng.permutation(np.flatnonzero(y == label))
        sides[0].append(own[: (len(own) + 1) // 2])
        sides[1].append(own[(len(own) + 1) // 2 :])
    return np.sort(np.concatenate(sides[0])), np.sort(np.concatenate(sides[1]))


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of fits."""
    return [row for row in _lines(path) if "detector" in row]


def about(path: Path) -> dict[str, Any]:
    """With which seed, commit and versions the last fits were collected."""
    return next((row for row in reversed(_lines(path)) if "versions" in row), {})


def _lines(path: Path) -> list[dict[str, Any]]:
    """Every line but one that was cut off."""
    rows = []
    for line in path.read_text().splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError):
            rows.append(json.loads(line))
    return rows
