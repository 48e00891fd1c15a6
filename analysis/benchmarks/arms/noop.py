"""A detector that does nothing, in ten rounds: what remains of a search is overhead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.core.detector import Detector, Fidelity, Supervision, TrainData

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {"defaults": ({"a": 0.5, "b": 0.5, "c": 0.01}, "the defaults")}


class Noop(Detector):
    """Scores a row by its first column, and trains by counting.

    Its rounds count as rows, so that their number is no hyperparameter of the search; a, b, c and the seed are
    without effect.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    fidelity: ClassVar[Fidelity] = Fidelity.ROWS
    rounds_parameter: ClassVar[str | None] = "rounds_asked"
    control: ClassVar[bool] = True

    def __init__(
        self, *, a: float = 0.5, b: float = 0.5, c: float = 0.01, rounds_asked: int = 10, seed: int = 0
    ) -> None:
        self.a, self.b, self.c, self.rounds_asked, self.seed = a, b, c, rounds_asked, seed

    def _begin(self, train: TrainData) -> None:
        pass

    def _train_round(self) -> dict[str, float]:
        return {"loss": self.a}

    def _score(self, X: NDArray[Any]) -> NDArray[np.float64]:
        return X[:, 0].astype(np.float64)

    def _state(self) -> dict[str, Any]:
        return {}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        pass


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample three numbers."""
    return {
        "a": trial.suggest_float("a", 0.0, 1.0),
        "b": trial.suggest_float("b", 0.0, 1.0),
        "c": trial.suggest_float("c", 1e-4, 1.0, log=True),
    }
