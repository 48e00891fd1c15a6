"""Convolutional autoencoder of images: what a narrow network cannot restore is anomalous."""

from __future__ import annotations

from typing import Annotated, Literal

from trainables.bases.image_reconstruction import ImageReconstruction
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.image_autoencoder import ImageAutoencoder, channels_first, pooled, strided


@hyperparameters
class AEConvolutional(ImageReconstruction[ImageAutoencoder]):
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

    Raises
    ------
    InvalidInput
        If an image is too small to be halved so often.

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

    pool: Literal["stride", "max"] = "stride"
    channels: c.Channels = (12, 24, 48)
    latent: Annotated[int, c.Interval(int, 0, 65536)] = 0

    def _network(self, row_shape: tuple[int, ...]) -> ImageAutoencoder:
        build = strided if self.pool == "stride" else pooled
        return build(channels_first(row_shape), self.channels, self.latent, self.scaling)
