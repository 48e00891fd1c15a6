"""Focal: a binary classifier whose easy rows weigh little."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional as F

from trainables.bases.labelled_batches import LabelledBatches
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters

EPS = 1e-7


def focal_loss(logits: Tensor, anomalous: Tensor, gamma: float) -> Tensor:
    """-(1 - p)^gamma log p of each row, p the probability of its own kind; 1 - p is kept in [1e-7, 1 - 1e-7].

    sigma(logit) is the probability of an anomaly, gamma = 0 makes it cross-entropy.
    """
    cross_entropy = F.binary_cross_entropy_with_logits(logits, anomalous.to(logits.dtype), reduction="none")
    # below gamma = 1 the slope at p = 1 is infinite: hence the bounds
    missing = (-torch.expm1(-cross_entropy)).clamp(EPS, 1.0 - EPS)
    return missing**gamma * cross_entropy


@hyperparameters
class Focal(LabelledBatches):
    """Focal loss on one logit.

    s = phi(x); the mean over a batch of -(1 - p)^gamma log p is minimised, p = sigma(s) for
    labelled anomalies and 1 - sigma(s) for the rest. The score is s.

    Parameters
    ----------
    gamma : float, default=2.0
        How much less the easy rows weigh; 0 is binary cross-entropy.

    Notes
    -----
    Rows that are not labelled anomalies count as normal. What differs from the paper's images, and where
    the schedule is from (liznerski/eoe), stands at `trainables.bce`.
    As there, 1 - p is kept in [1e-7, 1 - 1e-7] and the classes have no weight of their own
    (alpha of Lin et al.). That code scores sigma(s), which ranks alike until it rounds to 1.

    References
    ----------
    Ruff et al. Rethinking Assumptions in Deep Anomaly Detection. ICML 2021 workshop, arXiv 2006.00339 (2020).
    Lin et al. Focal Loss for Dense Object Detection. ICCV 2017.
    """

    gamma: Annotated[float, c.Interval(float, 0, 100)] = 2.0

    def _losses(self, output: Tensor, anomalous: Tensor) -> Tensor:
        return focal_loss(output.squeeze(1), anomalous, self.gamma)
