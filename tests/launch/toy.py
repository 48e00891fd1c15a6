"""A detector of one's own as text: a file for tests, with a search space."""

TOY = '''
"""A detector for tests: `quality` says how well it ranks, `mode` how it misbehaves."""

import time
from typing import Any, ClassVar

import numpy as np

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Supervision
from trainables.core.errors import DetectorError

MODES = ("good", "named", "nan", "collapsed", "bug", "memory")


class OutOfPaper(DetectorError):
    cause = "out_of_paper"


class Toy(Detector):
    """Sum of the first five attributes, with noise."""

    supervision: ClassVar = Supervision.UNSUPERVISED
    fidelity: ClassVar = Fidelity.EPOCHS
    rounds_parameter: ClassVar = "epochs"
    parameter_constraints: ClassVar = {
        "quality": (c.Interval(float, 0, 1),),
        "width": (c.Interval(int, 1, 1000),),
        "mode": (c.Options(MODES),),
        "epochs": (c.Interval(int, 1, 1000),),
    }

    def __init__(self, *, quality: float = 0.5, width: int = 3, mode: str = "good", pause: float = 0.0,
                 epochs: int = 4, seed: int = 0) -> None:
        self.quality, self.width, self.mode, self.pause = quality, width, mode, pause
        self.epochs, self.seed = epochs, seed

    def _begin(self, train: Any) -> None:
        self.level_ = 0.0

    def _train_round(self) -> dict[str, float]:
        if self.pause:
            time.sleep(self.pause)
        if self.mode == "named":
            raise OutOfPaper("the ink ran dry\\nin the middle")
        if self.mode == "bug":
            return {"loss": {}["missing"]}
        if self.mode == "memory":
            raise MemoryError
        self.level_ += 1.0
        return {"loss": 1.0 / self.level_}

    def _score(self, X: Any) -> Any:
        if self.mode == "nan":
            return np.full(len(X), np.nan)
        if self.mode == "collapsed":
            return np.full(len(X), 7.0)
        noise = np.random.default_rng([self.seed, self.rounds_done_]).normal(size=len(X))
        return X[:, :5].astype(float).sum(1) * self.quality * self.level_ + noise

    def _state(self) -> dict[str, Any]:
        return {"level": self.level_}

    def _load_state(self, state: Any) -> None:
        self.level_ = float(state["level"])
'''

TOY_SPACE = """

PUBLISHED = {"report": ({"quality": 0.5, "width": 3}, "made for tests")}


def space(trial: Any, data: Any) -> dict[str, Any]:
    return {
        "quality": trial.suggest_float("quality", 0.0, 1.0),
        "width": trial.suggest_int("width", 1, 100, log=True),
    }
"""
