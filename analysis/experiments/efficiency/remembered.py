"""Training that is remembered: what another search of the same rows and seed tried is not trained again.

All trials of a search train with one seed on one split, so that a configuration has one course of scores. What it cost
is remembered with it, so that a course costs every arm the same seconds, which halves the time of a study and takes
the noise of the clock out of the comparison.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from launch.backend.local import LocalEngine
from launch.backend.searcher import StudySearcher
from launch.config.halving import Halving
from trainables.training.ray_trainable import DetectorTrainable, SearchData


def key(params: Mapping[str, Any]) -> str:
    """A configuration as a text."""
    return json.dumps(params, sort_keys=True, default=list)


@dataclass
class Course:
    """What training a configuration gave so far: score and CPU seconds of each round."""

    rounds: list[tuple[float, float]] = field(default_factory=list)
    finished: bool = False
    failure: str = ""

    def result(self, k: int) -> dict[str, Any]:
        """What the trainable says of the round with the index k, or of the failure after the last one."""
        if k >= len(self.rounds):
            return {"failure": self.failure, "failure_message": "", "done": True, "history": []}
        (score, seconds), last = self.rounds[k], self.finished and k == len(self.rounds) - 1
        row = {"round": k + 1, "score": score, "fit_seconds": seconds, "predict_seconds": 0.0}
        return {**row, "history": [row], "done": last, "finished": last}


class RememberingEngine(LocalEngine):
    """One trial at a time in this process; `courses` are what is known, by configuration, and grow.

    `between` are the CPU seconds of asking for each trial and of recording the one before it, by its number.
    """

    def __init__(self, courses: dict[str, Course]) -> None:
        super().__init__()
        self.courses, self.between = courses, dict[int, float]()

    def search(self, searcher: StudySearcher, data: SearchData, halving: Halving, stop: Any) -> None:
        """As in `LocalEngine`, one round at a time."""

        class Here(_Remembering):
            engine = self

        self.trainable, self.between = Here, {}
        self.ended = time.process_time()
        super().search(searcher, replace(data, rungs=tuple(range(1, data.max_rounds + 1))), halving, stop)


class _Remembering(DetectorTrainable):
    engine: ClassVar[RememberingEngine]

    def _new_trial(self, config: Mapping[str, Any]) -> None:
        self.engine.between[config["number"]] = time.process_time() - self.engine.ended
        super()._new_trial(config)
        self.course, self.at, self.trained = self.engine.courses.setdefault(key(self.params), Course()), 0, 0

    def step(self) -> dict[str, Any]:
        """One round, from memory if it is there."""
        if self.at == len(self.course.rounds) and not self.course.failure:
            self._train()
        result = self.course.result(self.at)
        self.at += 1
        self.engine.ended = time.process_time()
        return result

    def _train(self) -> None:
        while True:
            start = time.process_time()
            result = super().step()
            seconds = time.process_time() - start
            if result.get("failure"):
                self.course.failure = result["failure"]
                return
            self.trained += 1
            if self.trained > len(self.course.rounds):  # else another search was here, and left it at that round
                self.course.rounds.append((result["history"][-1]["score"], seconds))
                self.course.finished = bool(result["done"])
                return
