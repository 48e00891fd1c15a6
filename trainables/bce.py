"""BCE: a binary classifier of labelled anomalies against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor
from torch.nn import functional as F

from trainables.bases.labelled_batches import CONSTRAINTS, LabelledBatches
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters


@hyperparameters
class BCE(LabelledBatches):
    """Binary cross-entropy on one logit.

    s = phi(x); the mean over a batch of -y log sigma(s) - (1-y) log(1 - sigma(s)) is minimised,
    y = 1 for labelled anomalies. The score is s.

    Parameters
    ----------
    hidden : sequence of int, default=(100, 50)
        Widths of the hidden layers (ReLU); empty makes it linear.
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
    That code scores sigma(s), which ranks alike until it rounds to 1.

    References
    ----------
    Ruff et al. Rethinking Assumptions in Deep Anomaly Detection. ICML 2021 workshop, arXiv 2006.00339 (2020).
    """

    parameter_constraints: ClassVar[dict[str, tuple[c.Constraint, ...]]] = CONSTRAINTS

    hidden: Sequence[int] = (100, 50)
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
        return F.binary_cross_entropy_with_logits(output.squeeze(1), anomalous.to(output.dtype), reduction="none")

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self.network_(rows.flatten(1)).squeeze(1)
