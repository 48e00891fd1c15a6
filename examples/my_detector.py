"""A detector of one's own with its search space, in one file.

    python launch/tune.py mine celeba --detector-path examples/my_detector.py

The same from Python: `search("mine", rows, label="y", detector_path="examples/my_detector.py")`.
The file travels with the registered model, so that whoever loads it needs no copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Supervision, TrainData, hyperparameters


@hyperparameters
class SampledNeighbours(Detector):
    """Distance to the nearest of a few training rows, mean over several draws.

    s(x) = 1/m sum_i min_{z in S_i} |x - z|, where each S_i is a random sample of the training rows.
    A small sample rarely holds an anomaly, so that anomalies do not hide each other.

    Parameters
    ----------
    subset : int, default=20
        Rows of each sample; all of them where there are fewer.
    samples : int, default=10
        How many samples, m.
    seed : int, default=0

    References
    ----------
    Sugiyama, Borgwardt. Rapid distance-based outlier detection via sampling. NIPS 2013.
    """

    # what it sees of labels, and what a round buys: nothing, it is fitted at once
    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    fidelity: ClassVar[Fidelity] = Fidelity.NONE

    # values outside are refused with one clear message, before anything is trained
    subset: Annotated[int, c.Interval(int, 1, 100_000)] = 20
    samples: Annotated[int, c.Interval(int, 1, 1000)] = 10
    seed: int = 0

    def _begin(self, train: TrainData) -> None:
        """Keep what training needs; nothing is learned yet."""
        self.rows_ = train.X.reshape(len(train.X), -1)
        self.drawn_: NDArray[Any] = np.empty((0, 0, self.rows_.shape[1]))

    def _train_round(self) -> dict[str, float]:
        """The one round: draw the samples. What is returned is recorded for each round."""
        rng = np.random.default_rng(self.seed)
        size = min(self.subset, len(self.rows_))
        draws = [rng.choice(len(self.rows_), size, replace=False) for _ in range(self.samples)]
        self.drawn_ = self.rows_[np.array(draws)].astype(np.float64)
        return {"rows": float(size)}

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """A finite number for each row, higher for what is more anomalous."""
        rows = X.reshape(len(X), -1).astype(np.float64)
        nearest = [NearestNeighbors(n_neighbors=1).fit(sample).kneighbors(rows)[0][:, 0] for sample in self.drawn_]
        return np.mean(nearest, axis=0)

    def _state(self) -> dict[str, Any]:
        """All that scoring needs, as arrays and numbers: it is what a model's folder holds."""
        return {"drawn": self.drawn_}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        self.drawn_ = np.asarray(state["drawn"])


PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": ({"subset": 20, "samples": 1}, "Sugiyama, Borgwardt 2013: one sample of 20"),
}
"""Configurations with their source, tried first; the search must beat the first of them."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration; `data` has `rows`, `features` and `anomalies` of the training rows."""
    return {
        # anomalies hide in large samples; more than a tenth of the rows is no small sample
        "subset": trial.suggest_int("subset", 2, max(4, min(1000, data.rows // 10)), log=True),
        "samples": trial.suggest_int("samples", 1, 50, log=True),
    }
