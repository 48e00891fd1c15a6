"""A detector for the fault harness: rounds of a chosen length, each written down, exactly resumable.

Every beginning and every start and end of a round is a line in the work log, the file
that FAULTS_WORK names, written in one call, so that what a killed process did can be
told afterwards. The audit computes the same rounds again without the pauses
(FAULTS_PACE=0).
"""

import hashlib
import json
import os
import time
import uuid
from typing import Any, ClassVar

import numpy as np

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Supervision

WORK, PACE = "FAULTS_WORK", "FAULTS_PACE"
SEARCH_SEEDS = range(10, 1000)
"""Searches of the harness have these; refits and confirmations have others, and go seven times as fast."""
BESIDE = 0.15


def name_of(params: Any) -> str:
    """A configuration's id in the work log."""
    said = [float(params["step"]), int(params["width"]), float(params["pause"])]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


class Workload(Detector):
    """Weights that drift to the first `width` attributes, with noise from a generator that is part of the state."""

    supervision: ClassVar = Supervision.UNSUPERVISED
    fidelity: ClassVar = Fidelity.EPOCHS
    rounds_parameter: ClassVar = "epochs"
    parameter_constraints: ClassVar = {
        "step": (c.Interval(float, 0, 1),),
        "width": (c.Interval(int, 1, 39),),
        "pause": (c.Interval(float, 0, 60),),
        "epochs": (c.Interval(int, 1, 1000),),
    }

    def __init__(
        self, *, step: float = 0.3, width: int = 6, pause: float = 0.9, epochs: int = 8, seed: int = 0
    ) -> None:
        self.step, self.width, self.pause = step, width, pause
        self.epochs, self.seed = epochs, seed

    def _begin(self, train: Any) -> None:
        self.generator_ = np.random.default_rng(self.seed)
        self.weights_ = np.zeros(train.X.shape[1])
        self.life_ = uuid.uuid4().hex[:12]
        self.rows_ = len(train.X)
        pace = float(os.environ.get(PACE, "1"))
        self.seconds_ = self.pause * pace * (1.0 if self.seed in SEARCH_SEEDS else BESIDE)
        self._note("begin", 0)

    def _train_round(self) -> dict[str, float]:
        number = self.rounds_done_ + 1
        self._note("start", number)
        if self.seconds_:
            time.sleep(self.seconds_)
        aim = (np.arange(len(self.weights_)) < self.width).astype(float)
        self.weights_ += self.step * (aim - self.weights_) + 0.2 * self.generator_.normal(size=len(aim))
        self._note("end", number)
        return {"fit": float(np.abs(aim - self.weights_).mean())}

    def _score(self, X: Any) -> Any:
        return (X * self.weights_).sum(1)

    def _state(self) -> dict[str, Any]:
        return {"weights": self.weights_, "generator": json.dumps(self.generator_.bit_generator.state)}

    def _load_state(self, state: Any) -> None:
        self.weights_ = np.array(state["weights"])
        self.generator_ = np.random.default_rng(0)
        self.generator_.bit_generator.state = json.loads(state["generator"])

    def _note(self, what: str, number: int) -> None:
        path = os.environ.get(WORK)
        if not path:
            return
        line = {
            "what": what,
            "round": number,
            "time": time.time(),
            "pid": os.getpid(),
            "life": self.life_,
            "config": name_of(self.get_params()),
            "seed": self.seed,
            "rows": self.rows_,
        }
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, json.dumps(line).encode() + b"\n")
        finally:
            os.close(handle)


PUBLISHED = {"report": ({"step": 0.3, "width": 6, "pause": 0.9}, "made for the harness; longer than five seconds")}


def space(trial: Any, data: Any) -> dict[str, Any]:
    return {
        "step": trial.suggest_float("step", 0.05, 1.0, log=True),
        "width": trial.suggest_int("width", 1, 30),
        "pause": trial.suggest_float("pause", 0.1, 1.0),
    }
