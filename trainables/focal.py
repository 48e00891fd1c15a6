"""Focal: a binary classifier whose easy rows weigh little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from trainables.bases.labelled_batches import CONSTRAINTS, LabelledBatches
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters

EPS = 1e-7


def focal_loss(logits: Tensor, anomalous: Tensor, gamma: float) -> Tensor:
    """-(1 - p)^gamma log p of each row, p the probability of its own kind; 1 - p is kept in [1e-7, 1 - 1e-7].

    Parameters
    ----------
    logits : Tensor of shape (n,)
        s; sigma(s) is the probability of an anomaly.
    anomalous : Tensor of bool of shape (n,)
        Whether a row is an anomaly.
    gamma : float
        0 makes it cross-entropy.
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
    hidden : sequence of int, default=(100, 50)
        Widths of the hidden layers (ReLU); empty makes it linear.
    gamma : float, default=2.0
        How much less the easy rows weigh; 0 is binary cross-entropy.
    lr : float, default=1e-3
        Learning rate of Adam.
    milestones : sequence of float, default=(0.5, 0.75)
        Shares of `epochs` after which the learning rate falls to a tenth.
    weight_decay : float, default=0.0
        L2 in the gradient.
    anomaly_share : float, default=0.5
        Share of labelled anomalies in a batch (drawn with replacement).
    batch_size : int, default=256
        Rows per batch.
    batches_per_epoch : int, default=0
        Batches per epoch; 0 means as many as one pass over the rows takes.
    epochs : int, default=200
        Rounds of a whole training run.
    seed : int, default=0
        Seed of weights and batches.
    device : str, default="auto"
        "auto", "cpu" or "cuda".

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.
    NonFiniteLoss
        If training diverges.

    Notes
    -----
    Rows that are not labelled anomalies count as normal. The paper's setting is images with
    outlier exposure, batches of 128 normal and 128 exposed ones; here the labelled anomalies
    of a table stand in for the exposed images and an MLP for the convolutional network. Adam
    1e-3, 200 epochs and a tenth of the rate after half and three quarters of them are those of
    the authors' code (liznerski/eoe).
    As there, 1 - p is kept in [1e-7, 1 - 1e-7] and the classes have no weight of their own
    (alpha of Lin et al.). That code scores sigma(s), which ranks alike until it rounds to 1.

    References
    ----------
    Ruff et al. Rethinking Assumptions in Deep Anomaly Detection. ICML 2021 workshop, arXiv 2006.00339 (2020).
    Lin et al. Focal Loss for Dense Object Detection. ICCV 2017.
    """

    parameter_constraints: ClassVar[dict[str, tuple[c.Constraint, ...]]] = {
        **CONSTRAINTS,
        "gamma": (c.Interval(float, 0, 100),),
    }

    hidden: Sequence[int] = (100, 50)
    gamma: float = 2.0
    lr: float = 1e-3
    milestones: Sequence[float] = (0.5, 0.75)
    weight_decay: float = 0.0
    anomaly_share: float = 0.5
    batch_size: int = 256
    batches_per_epoch: int = 0
    epochs: int = 200
    seed: int = 0
    device: str = "auto"

    def _width(self) -> int:
        return 1

    def _losses(self, output: Tensor, anomalous: Tensor) -> Tensor:
        return focal_loss(output.squeeze(1), anomalous, self.gamma)

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self.network_(rows.flatten(1)).squeeze(1)
