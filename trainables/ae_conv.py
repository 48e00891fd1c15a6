"""Convolutional autoencoder of images: what a narrow network cannot restore is anomalous."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from torch import nn

from trainables.bases.image_reconstruction import CONSTRAINTS, ImageReconstruction
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.image_autoencoder import channels_first, pooled, strided


@hyperparameters
class AEConvolutional(ImageReconstruction):
    """Convolutional autoencoder: the error with which an image comes back through a narrow network.

    Each layer of the encoder halves the image: a convolution 4 x 4 of stride 2 with ReLU
    ("stride"), or 3 x 3 with ReLU and 2 x 2 max-pooling ("max"). The decoder mirrors it with
    transposed convolutions, 4 x 4 or 2 x 2, of stride 2. They minimise the mean squared error; the
    score of an image is its own error: mean squared, its root, or mean absolute.

    Parameters
    ----------
    pool : {"stride", "max"}, default="stride"
        How an image is halved.
    channels : sequence of int, default=(12, 24, 48)
        Outputs of the encoder's layers.
    latent : int, default=0
        Width of a dense code behind the convolutions; 0 takes the last feature map itself.
    score : {"mse", "rmse", "l1"}, default="mse"
        Error of an image.
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
    InvalidInput
        If an image is too small to be halved so often.
    NonFiniteLoss
        If training diverges.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats; all of the normal class. With the default
    widths a code has a quarter of the values of a 64 x 64 x 3 image (3-12-24-48), which is what the
    homework has. The imbalance report says "2 conv + max-pool, 2 transposed" and not how wide; its
    configuration here has 16 and 4 channels, as the tutorials of its time have.

    References
    ----------
    Lee, Hung-yi. Machine Learning, homework on anomaly detection, National Taiwan University, 2021-2023.
    Masci et al. Stacked Convolutional Auto-Encoders for Hierarchical Feature Extraction. ICANN 2011.
    """

    parameter_constraints: ClassVar[dict[str, tuple[c.Constraint, ...]]] = {
        "pool": (c.Options(("stride", "max")),),
        "channels": (c.Sequence(c.Interval(int, 1, 4096), min_length=1),),
        "latent": (c.Interval(int, 0, 65536),),
        **CONSTRAINTS,
    }

    pool: Literal["stride", "max"] = "stride"
    channels: Sequence[int] = (12, 24, 48)
    latent: int = 0
    score: Literal["mse", "rmse", "l1"] = "mse"
    scaling: Literal["symmetric", "unit"] = "symmetric"
    lr: float = 1e-3
    weight_decay: float = 0.0
    batch_size: int = 128
    epochs: int = 50
    seed: int = 0
    device: str = "auto"

    def _network(self, row_shape: tuple[int, ...]) -> nn.Module:
        build = strided if self.pool == "stride" else pooled
        return build(channels_first(row_shape), self.channels, self.latent, self.scaling)
