"""Random scores: the floor under every other detector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.core.detector import Detector, Fidelity, Modality, Supervision, TrainData, hyperparameters


@hyperparameters
class RandomScores(Detector):
    """Scores that know nothing: s ~ uniform(0, 1), one draw per row.

    Expected AUROC is 0.5 and expected average precision is the prevalence. The draws depend
    on the seed and on a row's position in the call, never on its values: the same rows in the
    same call get the same scores.

    Parameters
    ----------
    seed : int, default=0
        Seed of the draws.

    Notes
    -----
    Rows of shape (n, d) or (n, h, w, c), of any scale.

    References
    ----------
    None: a control. The "dummy" row of the CelebA report.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})
    fidelity: ClassVar[Fidelity] = Fidelity.NONE
    control: ClassVar[bool] = True

    seed: int = 0

    def _begin(self, train: TrainData) -> None:
        pass

    def _train_round(self) -> dict[str, float]:
        return {}

    def _score(self, X: NDArray[Any]) -> NDArray[np.float64]:
        return np.random.default_rng(self.seed).uniform(size=len(X))

    def _state(self) -> dict[str, Any]:
        return {}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        pass
