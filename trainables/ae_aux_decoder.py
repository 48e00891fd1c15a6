"""Residual autoencoder with an auxiliary decoder that learns from what the main one has understood."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from trainables.bases.image_reconstruction import ImageReconstruction
from trainables.components.pixels import Pixels
from trainables.components.reconstruction import reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.convolutions import ConvDecoder
from trainables.networks.image_autoencoder import ImageAutoencoder, bound, channels_first
from trainables.networks.residual import ResidualEncoder


def gate(main: Tensor, sharpness: float) -> Tensor:
    """exp(-sharpness main / mean main), shape (n,): how much each image counts for the auxiliary decoder.

    `main` are the errors of the main decoder, shape (n,); no gradient goes through the gate.
    """
    fixed = main.detach()
    return (-sharpness * fixed / fixed.mean().clamp(min=1e-12)).exp()


class AuxiliaryNetwork(ImageAutoencoder):
    """An `ImageAutoencoder`, whose decoder is the main one, and another decoder of the same code."""

    def __init__(
        self, pixels: Pixels, encoder: nn.Module, decoder: nn.Module, auxiliary: nn.Module, code: tuple[int, ...]
    ) -> None:
        super().__init__(pixels, encoder, decoder, code)
        self.auxiliary = auxiliary


@hyperparameters
class AEAuxiliaryDecoder(ImageReconstruction[AuxiliaryNetwork]):
    """Residual autoencoder with an auxiliary decoder: the auxiliary one's error is the score.

    A residual encoder gives a code; a main decoder restores the image from it by the mean
    squared error m(x). An auxiliary decoder with weights of its own restores it, too; its error a(x)
    counts by g(x) = exp(-k m(x) / mean m), so that it learns from images which the main decoder
    already restores well. L = mean m + mean(g a) / mean(g). The gate carries no gradient. The score
    of an image is its auxiliary error.

    Parameters
    ----------
    channels : sequence of int, default=(32, 64, 128)
        Of the encoder's residual blocks and, in reverse, of the decoders' transposed convolutions.
    latent : int, default=64
        Width of the code.
    sharpness : float, default=1.0
        k: 0 trains the auxiliary decoder on all images alike.
    batch_size : int, default=128
        Images per batch; batch normalisation needs two.

    Raises
    ------
    InvalidInput
        With one training image, or if one is too small to be halved so often.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats; all of the normal class. The homework's
    report says that a residual encoder has a main and an auxiliary decoder, that the main one's
    loss gates the other's, and that the score is the auxiliary's; the widths and the form of the gate are this
    project's. The auxiliary loss reaches the encoder, as there.

    References
    ----------
    Lee, Hung-yi. Machine Learning, homework on anomaly detection, National Taiwan University, 2021-2023.
    He et al. Deep Residual Learning for Image Recognition. CVPR 2016.
    """

    batch_norm: ClassVar[bool] = True  # so one row is refused

    channels: c.Channels = (32, 64, 128)
    latent: c.Width = 64
    sharpness: Annotated[float, c.Interval(float, 0, 100)] = 1.0
    batch_size: c.Batch = 128

    def _network(self, row_shape: tuple[int, ...]) -> AuxiliaryNetwork:
        image = channels_first(row_shape)

        def decoder() -> nn.Module:
            layers = ConvDecoder(image, self.channels, self.latent)
            return nn.Sequential(layers, bound(self.scaling), nn.Unflatten(1, image))

        encoder = ResidualEncoder(image, self.channels, self.latent)
        return AuxiliaryNetwork(Pixels(self.scaling), encoder, decoder(), decoder(), (self.latent,))

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        images = self._net.pixels(rows)
        code = self._net.encode(images)
        main, auxiliary = (
            reconstruction_error(images, self._net.decode(code)),
            reconstruction_error(images, self.network_.auxiliary(code)),
        )
        weights = gate(main, self.sharpness)
        gated = (weights * auxiliary).sum() / weights.sum()
        return {"loss": main.mean() + gated, "main": main.mean(), "auxiliary": gated}

    def _score_rows(self, rows: Tensor) -> Tensor:
        images = self._net.pixels(rows)
        return reconstruction_error(images, self.network_.auxiliary(self._net.encode(images)), self.score)

    def reconstruct(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """What the auxiliary decoder restores of images (n, h, w, c), in the same shape, 0 to 255."""
        net = self._net
        return self._gathered(X, lambda rows: net.pixels.back(self.network_.auxiliary(net.encode(net.pixels(rows)))))

    def decode(self, Z: NDArray[Any]) -> NDArray[np.float32]:
        """Images (n, h, w, c), 0 to 255, that the auxiliary decoder makes of codes (n, latent)."""
        return self._gathered(np.asarray(Z, np.float32), lambda z: self._net.pixels.back(self.network_.auxiliary(z)))
