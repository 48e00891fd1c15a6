"""Multi-encoder autoencoder of images: a fully connected and a convolutional view of an image share a decoder."""

from __future__ import annotations

from typing import Annotated, ClassVar

from trainables.bases.image_reconstruction import ImageReconstruction
from trainables.components.pixels import Pixels
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.image_autoencoder import ImageAutoencoder, channels_first
from trainables.networks.multi_encoder import AveragedDecoders, MultiEncoder


@hyperparameters
class AEMulti(ImageReconstruction[ImageAutoencoder]):
    """Multi-encoder autoencoder: the error with which an image comes back through two kinds of code.

    A fully connected encoder (D-1024-256-64, batch normalisation, ReLU, dropout) and a convolutional
    one (4 x 4, stride 2, 128-256-256-128 channels, then linear to 128) see the same image; their
    codes, 64 + 128 = 192 values, go together into a decoder of transposed convolutions. It
    minimises the mean squared error; the score of an image is its own error.

    Parameters
    ----------
    encoders : int, default=1
        Pairs of the two kinds of encoder.
    decoders : int, default=1
        Decoders, whose images are averaged.
    width : float, default=1.0
        Factor of every width; 0.25 is some sixteen times quicker.
    dropout : float, default=0.2
        In the fully connected encoder.
    batch_size : int, default=128
        Images per batch; batch normalisation needs two.
    seed : int, default=0
        Seed of weights, batches and dropout.

    Raises
    ------
    InvalidInput
        With one training image: batch normalisation needs two.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats; all of the normal class. The widths are
    those of the homework's write-up for 64 x 64 x 3 faces; there is one decoder there, and the
    variant with several encoders and decoders takes the mean of images, not of errors. Smaller images are
    halved less often, down to 2 pixels. The decoder's first layer, from the code to the last
    feature map, is this project's.

    References
    ----------
    Lee, Hung-yi. Machine Learning, homework on anomaly detection, National Taiwan University, 2021-2023.
    """

    batch_norm: ClassVar[bool] = True  # so one row is refused

    encoders: Annotated[int, c.Interval(int, 1, 16)] = 1
    decoders: Annotated[int, c.Interval(int, 1, 16)] = 1
    width: Annotated[float, c.Interval(float, 0, 4, closed="right")] = 1.0
    dropout: c.Share = 0.2
    batch_size: c.Batch = 128

    def _network(self, row_shape: tuple[int, ...]) -> ImageAutoencoder:
        image = channels_first(row_shape)
        encoder = MultiEncoder(image, self.encoders, self.width, self.dropout)
        decoder = AveragedDecoders(image, encoder.code, self.decoders, self.width, self.scaling)
        return ImageAutoencoder(Pixels(self.scaling), encoder, decoder, (encoder.code,))
