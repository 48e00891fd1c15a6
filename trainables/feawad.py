"""FeaWAD: a scorer on what an autoencoder codes and what it misses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from trainables.bases.deepod_detector import Activation, FewLabelDeepODDetector
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters

TINY = 1e-12


def feawad_loss(scores: Tensor, errors: Tensor, anomalous: Tensor, margin: float) -> Tensor:
    """FeaWAD's loss, one value per row: (1-y)(|s| + e) + y (max(0, a - s) + max(0, a - e)).

    Parameters
    ----------
    scores, errors : Tensor of shape (n,)
        Scores s and reconstruction errors e.
    anomalous : Tensor of bool of shape (n,)
        y = 1.
    margin : float
        The margin a.

    Raises
    ------
    ValueError
        If the shapes differ: a (n, 1) against a (n,) would broadcast to (n, n).
    """
    if not scores.shape == errors.shape == anomalous.shape:
        raise ValueError(f"{tuple(scores.shape)}, {tuple(errors.shape)}, {tuple(anomalous.shape)} must be one shape")
    pushed = (margin - scores).clamp(min=0.0) + (margin - errors).clamp(min=0.0)
    return torch.where(anomalous, pushed, scores.abs() + errors)


@hyperparameters
class FeaWAD(FewLabelDeepODDetector):
    """Feature encoding with autoencoders for weakly supervised anomaly detection.

    An autoencoder gives the code h(x) and the residual r = x' - x with e = ||r||_2; the score
    is s = g([r / e; h(x)]), and anomalies are pushed beyond a margin a in both:
    L = mean[(1-y)(|s| + e) + y (max(0, a - s) + max(0, a - e))].

    Parameters
    ----------
    hidden : sequence of int, default=(100, 50)
        Widths of the hidden layers of the encoder; the decoder mirrors them.
    rep_dim : int, default=128
        Width of h(x).
    bias : bool, default=False
        Whether layers have a bias.
    margin : float, default=5.0
        The margin a.
    batch_size : int, default=64
        Rows per batch; each is an anomaly with probability 1/2.

    Notes
    -----
    The network is DeepOD 0.4.1's (g has hidden layers of 256 and 32), the loss is not, since
    there it goes wrong in three ways. It meets (n, 1) scores with (n,) labels and broadcasts to
    (n, n), so that all rows of a batch get one gradient. It takes the norm of the residual
    after that was scaled to norm 1, so that the autoencoder is never asked to reconstruct. And
    r / e is NaN for a row that is reconstructed exactly, as a row of zeros is without a bias;
    here e is at least 1e-12 there. An epoch of DeepOD is one batch; here it is as long as one
    pass over the rows. Deviations from the paper that stay: g does not see e, and the
    autoencoder is not trained beforehand.

    References
    ----------
    Zhou, Song, Zhang, Liu, Zhu, Liu. Feature Encoding with AutoEncoders for Weakly-supervised
    Anomaly Detection. IEEE TNNLS, 2021.
    """

    model: ClassVar[str] = "feawad:FeaWAD"
    label_share: ClassVar[float] = 0.5

    hidden: c.Widths = (100, 50)
    rep_dim: c.Width = 128
    activation: Activation = "ReLU"
    bias: bool = False
    margin: c.Positive = 5.0

    def _batches(self, rng: np.random.Generator) -> Iterator[Any]:
        for _ in range(self.steps_):
            anomalous = rng.random(self.batch_size) < 0.5
            index = rng.choice(self.others_, self.batch_size)
            index[anomalous] = rng.choice(self.anomalies_, int(anomalous.sum()))
            yield self._take(index), torch.from_numpy(anomalous).to(self.device_)

    def _forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and reconstruction errors, each of shape (n,)."""
        reconstruction, code = self.model_.net.AEmodel(rows)
        residual = reconstruction - rows
        errors = torch.linalg.vector_norm(residual, dim=1)
        direction = residual / errors.clamp(min=TINY).unsqueeze(1)
        return self.model_.net.LinearModel(torch.cat([direction, code], 1)).squeeze(1), errors

    def _loss(self, batch: Any) -> Tensor:
        rows, anomalous = batch
        return feawad_loss(*self._forward(rows), anomalous, self.margin).mean()

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self._forward(rows)[0]
