"""Autoencoder: what cannot be squeezed through a bottleneck and restored is anomalous."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from trainables.bases.minibatch import MinibatchDetector
from trainables.components.reconstruction import least, reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import Supervision, hyperparameters
from trainables.networks.dense import dense


@hyperparameters
class Autoencoder(MinibatchDetector[nn.Sequential]):
    """Autoencoder: the error with which a row comes back through a narrow network.

    An encoder D-h1-...-latent and the mirrored decoder minimise the mean of ||x - x'||^2 / D
    over rows. The score of a row is its own error: mean squared, its root, or mean absolute.

    Parameters
    ----------
    hidden : sequence of int, default=(128, 64, 12)
        Widths between row and bottleneck; the decoder has them in reverse.
    latent : int, default=3
        Width of the bottleneck, which is linear.
    score : {"mse", "rmse", "l1"}, default="mse"
        Error of a row: mean squared, its root (which ranks alike), or mean absolute.
    noise : float, default=0.0
        Deviation of the Gaussian noise added to the input in training; the clean row is
        what has to come back (a denoising autoencoder).
    activation : {"relu", "leaky_relu", "tanh"}, default="relu"
        Between layers.
    batch_norm : bool, default=False
        Batch normalisation before each activation.
    dropout : float, default=0.0
        Dropout after each activation.
    trim : float, default=0.0
        Share of a batch, the rows with the largest errors, that the loss leaves out: for training rows that
        hold anomalies. 0 leaves out none.
    batches_per_epoch : int, default=0
        Batches per epoch; 0 means one pass over the rows.
    seed : int, default=0
        Seed of weights, batches, noise and dropout.

    Notes
    -----
    Labels are not used: labelled anomalies are trained on like every other row.
    The default network is the fully connected baseline of a public course's face homework
    (12288-128-64-12-3, ReLU). There the output is a Tanh, since images lie in [-1, 1]; the
    columns of a table have no bounds, so the output is linear here. On a table whose width
    is near `latent` the network can copy rows, and the score says little.
    The anomalies among contaminated training rows are restored, too, the better the longer it trains; `trim` is RCA's
    idea for that, without its second network: each batch's loss leaves out the rows with the largest errors.

    References
    ----------
    Hinton, Salakhutdinov. Reducing the Dimensionality of Data with Neural Networks. Science 2006.
    Sakurada, Yairi. Anomaly Detection Using Autoencoders with Nonlinear Dimensionality Reduction. MLSDA 2014.
    Liu, Wang, Luo, Zhou. RCA: A Deep Collaborative Autoencoder Approach for Anomaly Detection. IJCAI 2021.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED

    hidden: c.Widths = (128, 64, 12)
    latent: c.Width = 3
    score: Literal["mse", "rmse", "l1"] = "mse"
    noise: c.Weight = 0.0
    activation: Literal["relu", "leaky_relu", "tanh"] = "relu"
    batch_norm: bool = False
    dropout: c.Share = 0.0
    trim: c.Trim = 0.0
    batches_per_epoch: c.Batches = 0

    def _network(self, row_shape: tuple[int, ...]) -> nn.Sequential:
        inward = (math.prod(row_shape), *self.hidden, self.latent)
        return nn.Sequential(
            *(
                dense(w, activation=self.activation, batch_norm=self.batch_norm, dropout=self.dropout)
                for w in (inward, inward[::-1])
            )
        )

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        rows = rows.flatten(1)
        given = rows + self.noise * torch.randn_like(rows) if self.noise else rows
        restored = self.network_(given)
        kept = least(reconstruction_error(rows, restored), self.trim)
        return {"loss": nn.functional.mse_loss(restored[kept], rows[kept])}

    def _score_rows(self, rows: Tensor) -> Tensor:
        rows = rows.flatten(1)
        return reconstruction_error(rows, self.network_(rows), self.score)
