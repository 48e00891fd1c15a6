"""Fully connected autoencoder of images: what a narrow network cannot restore is anomalous."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import nn

from trainables.bases.image_reconstruction import CONSTRAINTS, ImageReconstruction
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.image_autoencoder import channels_first, fully_connected


@hyperparameters
class AEFullyConnected(ImageReconstruction):
    """Fully connected autoencoder: the error with which an image comes back through a narrow network.

    Pixels in [-1, 1] are flattened; D-h1-...-latent and the mirrored decoder, ReLU between layers
    and tanh at the end, minimise the mean squared error. The score of an image is its own error:
    mean squared, its root, or mean absolute, over pixels and channels.

    Parameters
    ----------
    hidden : sequence of int, default=(128, 64, 12)
        Widths between image and code; the decoder has them in reverse.
    latent : int, default=3
        Width of the code, which is linear.
    score : {"mse", "rmse", "l1"}, default="mse"
        Error of an image: mean squared, its root (which ranks alike), or mean absolute.
    scaling : {"symmetric", "unit"}, default="symmetric"
        Pixels in -1 to 1 with a tanh, or 0 to 1 with a sigmoid at the end.
    lr : float, default=1e-3
        Learning rate of Adam.
    weight_decay : float, default=0.0
        L2 in the gradient.
    batch_size : int, default=128
        Images per batch.
    epochs : int, default=50
        Rounds of a whole training run.
    seed : int, default=0
        Seed of weights and batches.
    device : str, default="auto"
        "auto", "cpu" or "cuda".

    Raises
    ------
    NonFiniteLoss
        If training diverges.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats; all of the normal class. The widths are
    those of the homework's 64 x 64 x 3 faces (12288-128-64-12-3). Deviation: batches that are not
    full are left out of an epoch, others each time.

    References
    ----------
    Lee, Hung-yi. Machine Learning, homework on anomaly detection, National Taiwan University, 2021-2023.
    Hinton, Salakhutdinov. Reducing the Dimensionality of Data with Neural Networks. Science 2006.
    """

    parameter_constraints: ClassVar[dict[str, tuple[c.Constraint, ...]]] = {
        "hidden": (c.Sequence(c.Interval(int, 1, 65536)),),
        "latent": (c.Interval(int, 1, 65536),),
        **CONSTRAINTS,
    }

    hidden: Sequence[int] = (128, 64, 12)
    latent: int = 3
    score: Literal["mse", "rmse", "l1"] = "mse"
    scaling: Literal["symmetric", "unit"] = "symmetric"
    lr: float = 1e-3
    weight_decay: float = 0.0
    batch_size: int = 128
    epochs: int = 50
    seed: int = 0
    device: str = "auto"

    def _network(self, row_shape: tuple[int, ...]) -> nn.Module:
        return fully_connected(channels_first(row_shape), self.hidden, self.latent, self.scaling)
