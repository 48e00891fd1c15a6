"""RoSAS: a scorer that is taught by mixtures of rows with continuous targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import numpy as np

from trainables.bases.deepod_detector import FewLabelDeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters


@hyperparameters
class RoSAS(FewLabelDeepODDetector):
    """Contamination-resilient continuous supervision: scores of mixtures are mixtures of targets.

    psi embeds a row and s = tanh(g(psi(x))) scores it; unlabelled rows have target -1,
    anomalies +1. Of a batch of triplets (u, u', a), rows are mixed, x~ = l x_i + (1-l) x_j and
    y~ = l y_i + (1-l) y_j with l ~ Beta(alpha, alpha), and

    L = 1/2 max(0, ||psi(u) - psi(u')|| - ||psi(u) - psi(a)|| + margin)
      + 1/2 [h(s(x~), y~) + h(s(x~), l s(x_i) + (1-l) s(x_j))]

    is minimised, where h is the smooth L1 loss. The score of a row is s.

    Parameters
    ----------
    hidden : sequence of int, default=(32,)
        Widths of the hidden layers of psi.
    rep_dim : int, default=32
        Width of psi(x); g has one hidden layer of half of that.
    activation : {"ReLU", "LeakyReLU", "Sigmoid", "Tanh"}, default="LeakyReLU"
        After each hidden layer of psi.
    bias : bool, default=False
        Whether hidden layers have a bias.
    margin : float, default=5.0
        Margin of the triplet loss.
    alpha : float, default=0.5
        Parameter of the Beta distribution of l.
    batch_size : int, default=128
        Triplets per batch; at most as many as there are unlabelled rows.
    seed : int, default=0
        Seed of weights, triplets and mixtures.

    Notes
    -----
    Network and loss are DeepOD 0.4.1's. DeepOD has no batch at all, and fails, where there are
    fewer rows than `batch_size`: here there is a smaller one. `steps_per_epoch` bounds what
    DeepOD does in one epoch: the default is bounded for speed, the search space's PUBLISHED holds
    the published values. Deviation of DeepOD from the paper: the two halves of L have equal weights,
    which the paper adapts to how fast each falls. Mixtures are of two rows.

    References
    ----------
    Xu, Wang, Pang, Jian, Liu, Wang. RoSAS: Deep Semi-Supervised Anomaly Detection with
    Contamination-Resilient Continuous Supervision. Information Processing & Management, 2023.
    """

    model: ClassVar[str] = "rosas:RoSAS"
    label_share: ClassVar[float] = 1.0

    hidden: c.Widths = (32,)
    rep_dim: Annotated[int, c.Interval(int, 2, 65536)] = 32
    bias: bool = False
    margin: c.Positive = 5.0
    alpha: Annotated[float, c.Interval(float, 0.01, 100)] = 0.5
    lr: float = 0.005
    batch_size: int = 128

    def _batches(self, rng: np.random.Generator) -> Iterator[Any]:
        size = min(self.batch_size, len(self.others_))
        for _ in range(self.steps_):
            anchors, alike = (rng.choice(self.others_, size, replace=False) for _ in range(2))
            yield self._take(np.stack([anchors, alike, rng.choice(self.anomalies_, size)], 1))
