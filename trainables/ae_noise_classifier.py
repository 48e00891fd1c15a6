"""Denoising autoencoder with an extra classifier that knows clean images from noised and restored ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.bases.image_reconstruction import ImageReconstruction
from trainables.components.reconstruction import reconstruction_error
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.convolutions import convolutions, halved
from trainables.networks.image_autoencoder import ImageAutoencoder, channels_first, strided


def classifier_loss(clean: Tensor, noised: Tensor, restored: Tensor) -> Tensor:
    """Mean binary cross-entropy of logits: half for clean images (0), a quarter each for noised and restored (1)."""
    return 0.5 * F.softplus(clean).mean() + 0.25 * (F.softplus(-noised).mean() + F.softplus(-restored).mean())


class NoiseClassifierNetwork(nn.Module):
    """An autoencoder and beside it a small convolutional classifier of images (c, h, w)."""

    def __init__(self, autoencoder: ImageAutoencoder, image: tuple[int, ...], channels: Sequence[int]) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        h, w = halved((image[1], image[2]), len(channels))[-1]
        head = nn.Linear(math.prod((channels[-1], h, w)), 1)
        self.classifier = nn.Sequential(convolutions(image, channels), nn.Flatten(), head)

    def logit(self, images: Tensor) -> Tensor:
        """How sure the classifier is that scaled images are not clean, shape (n,)."""
        return self.classifier(images).squeeze(1).float()


@hyperparameters
class AENoiseClassifier(ImageReconstruction[NoiseClassifierNetwork]):
    """Denoising autoencoder with an extra classifier: s(x) = error(x) + lambda C(x).

    x~ = x + sigma eps, eps ~ N(0, I), goes through a convolutional autoencoder A that is to give the
    clean x back, by the mean squared error. A classifier C, the sigmoid of a small convolutional
    network's logit, learns by binary cross-entropy to tell clean images (0) from noised ones x~ and from
    restored ones A(x~) (1). Both losses are minimised together; C's gradient does not reach
    A. An image that is badly restored, or that C does not take for a clean normal one, scores high.

    Parameters
    ----------
    sigma : float, default=0.1
        Deviation of the noise, in the unit of scaled pixels (their range is 2, or 1).
    lambda_classifier : float, default=1.0
        Weight of C in the score. It changes no training: 0 is the denoising autoencoder alone.
    channels : sequence of int, default=(12, 24, 48)
        Of the autoencoder's and the classifier's convolutions, 4 x 4 of stride 2.
    latent : int, default=0
        Width of a dense code; 0 takes the last feature map.
    seed : int, default=0
        Seed of weights, batches and noise.

    Raises
    ------
    InvalidInput
        If an image is too small to be halved so often.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats; all of the normal class. Scoring adds no
    noise. The homework's report says what the parts are (random noise, an extra classifier, and
    a score of error and classifier); the classifier's network, its targets' weights (half clean, half not) and
    that its gradient stops before A are this project's.

    References
    ----------
    Lee, Hung-yi. Machine Learning, homework on anomaly detection, National Taiwan University, 2021-2023.
    Vincent et al. Extracting and Composing Robust Features with Denoising Autoencoders. ICML 2008.
    """

    sigma: Annotated[float, c.Interval(float, 0, 10)] = 0.1
    lambda_classifier: Annotated[float, c.Interval(float, 0, 1e6)] = 1.0
    channels: c.Channels = (12, 24, 48)
    latent: Annotated[int, c.Interval(int, 0, 65536)] = 0

    def _network(self, row_shape: tuple[int, ...]) -> NoiseClassifierNetwork:
        image = channels_first(row_shape)
        autoencoder = strided(image, self.channels, self.latent, self.scaling)
        return NoiseClassifierNetwork(autoencoder, image, self.channels)

    @property
    def _net(self) -> ImageAutoencoder:
        return self.network_.autoencoder

    def _losses(self, rows: Tensor) -> dict[str, Tensor]:
        images = self._net.pixels(rows)
        noised = images + self.sigma * torch.randn_like(images)
        restored = self._net(noised)
        reconstruction = reconstruction_error(images, restored).mean()
        # one pass over all three: a pass costs more than its images
        clean, dirty, back = self.network_.logit(torch.cat([images, noised, restored.detach()])).chunk(3)
        classifier = classifier_loss(clean, dirty, back)
        return {"loss": reconstruction + classifier, "reconstruction": reconstruction, "classifier": classifier}

    def _score_rows(self, rows: Tensor) -> Tensor:
        images = self._net.pixels(rows)
        error = reconstruction_error(images, self._net(images), self.score)
        if not self.lambda_classifier:
            return error
        return error + self.lambda_classifier * self.network_.logit(images).sigmoid()
