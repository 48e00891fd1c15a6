"""Autoencoder: what cannot be squeezed through a bottleneck and restored is anomalous."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from trainables.bases.minibatch import MinibatchDetector
from trainables.components.reconstruction import ERRORS, reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import Supervision, hyperparameters
from trainables.networks.dense import ACTIVATIONS, dense


@hyperparameters
class Autoencoder(MinibatchDetector):
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
    lr : float, default=1e-3
        Learning rate of Adam.
    weight_decay : float, default=0.0
        L2 in the gradient.
    batch_size : int, default=128
        Rows per batch.
    epochs : int, default=50
        Rounds of a whole training run.
    seed : int, default=0
        Seed of weights, batches, noise and dropout.
    device : str, default="auto"
        "auto", "cpu" or "cuda".

    Raises
    ------
    NonFiniteLoss
        If training diverges.

    Notes
    -----
    Labels are not used: labelled anomalies are trained on like every other row.
    The default network is the fully connected baseline of a public course's face homework
    (12288-128-64-12-3, ReLU). There the output is a Tanh, since images lie in [-1, 1]; the
    columns of a table have no bounds, so the output is linear here. On a table whose width
    is near `latent` the network can copy rows, and the score says little.

    References
    ----------
    Hinton, Salakhutdinov. Reducing the Dimensionality of Data with Neural Networks. Science 2006.
    Sakurada, Yairi. Anomaly Detection Using Autoencoders with Nonlinear Dimensionality Reduction. MLSDA 2014.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    parameter_constraints: ClassVar[dict[str, tuple[c.Constraint, ...]]] = {
        "hidden": (c.Sequence(c.Interval(int, 1, 65536)),),
        "latent": (c.Interval(int, 1, 65536),),
        "score": (c.Options(ERRORS),),
        "noise": (c.Interval(float, 0, math.inf),),
        "activation": (c.Options(tuple(ACTIVATIONS)),),
        "batch_norm": (c.Options((True, False)),),
        "dropout": (c.Interval(float, 0, 1, closed="left"),),
        "lr": (c.Interval(float, 0, 10, closed="right"),),
        "weight_decay": (c.Interval(float, 0, 10),),
        "batch_size": (c.Interval(int, 2, 1_000_000),),
        "epochs": (c.Interval(int, 1, 1_000_000),),
    }

    hidden: Sequence[int] = (128, 64, 12)
    latent: int = 3
    score: Literal["mse", "rmse", "l1"] = "mse"
    noise: float = 0.0
    activation: Literal["relu", "leaky_relu", "tanh"] = "relu"
    batch_norm: bool = False
    dropout: float = 0.0
    lr: float = 1e-3
    weight_decay: float = 0.0
    batch_size: int = 128
    epochs: int = 50
    seed: int = 0
    device: str = "auto"

    def _network(self, row_shape: tuple[int, ...]) -> nn.Module:
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
        return {"loss": nn.functional.mse_loss(self.network_(given), rows)}

    def _score_rows(self, rows: Tensor) -> Tensor:
        rows = rows.flatten(1)
        return reconstruction_error(rows, self.network_(rows), self.score)
