"""AnoGAN: the code of an image is searched for by gradient descent; what no code makes is anomalous."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.bases.adversarial import AdversarialDetector
from trainables.components.batches import draw_batches, gather
from trainables.components.optimizers import Adam, FlatOptimizer
from trainables.components.pixels import Pixels
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.gan.critic import Critic
from trainables.networks.gan.transposed import features, generator, normal_start
from trainables.networks.image_autoencoder import channels_first

SCORING_ROUND = 1 << 32  # beyond every epoch: the codes that a search starts from are nobody else's


class AnoGANNetwork(nn.Module):
    """A generator and a discriminator in the manner of DCGAN."""

    def __init__(self, image: tuple[int, ...], channels: int, latent: int) -> None:
        super().__init__()
        self.pixels = Pixels("symmetric")
        self.generator = generator(image, channels, latent)
        self.discriminator = Critic(features(image, channels), bias=False)
        normal_start(self)


@hyperparameters
class AnoGAN(AdversarialDetector[AnoGANNetwork]):
    """AnoGAN: s(x) = (1 - lambda) sum |x - G(z*)| + lambda sum |f(x) - f(G(z*))|, z* found by minimising it.

    A DCGAN learns to make normal images: a discriminator to tell real from made ones, and a generator G to make
    images of z ~ N(0, I) that it takes for real, both by binary cross-entropy. For each image that is scored, `steps`
    steps of Adam from a drawn z look for the one whose image is nearest, in pixels and in f, the features of the
    discriminator.

    Parameters
    ----------
    channels : int, default=64
        Of the discriminator's first convolution; each halving of the image doubles them. The generator mirrors it.
    latent : int, default=100
        Length of z.
    weight_features : float, default=0.1
        lambda: share of the features in the score.
    steps : int, default=500
        Of the search for z. The time to score grows with it.
    search_lr : float, default=0.02
        Learning rate of the search.
    candidates : int, default=1
        Drawn codes of which the search starts at the one whose image is nearest in pixels; 1, as published, starts
        at one and the same code for all images.
    lr : float, default=2e-4
        Learning rate of both networks.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats, of any size; all of the normal class. The paper knows no
    tables. Images are searched for side by side; the codes to start from depend on `seed` alone, so that a score
    does not depend on which rows come with it. Scoring costs `steps` times forward and backward: it is most of a
    trial's time, and few steps from many candidates are cheaper. The optimiser of z, its rate and the candidates
    are this project's, and 500 steps are recalled from the paper, not checked.

    References
    ----------
    Schlegl et al. Unsupervised Anomaly Detection with Generative Adversarial Networks to Guide Marker Discovery.
    IPMI 2017.
    Radford, Metz, Chintala. Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
    Networks. ICLR 2016.
    """

    channels: c.Width = 64
    latent: c.Width = 100
    weight_features: Annotated[float, c.Interval(float, 0, 1)] = 0.1
    steps: Annotated[int, c.Interval(int, 0, 100_000)] = 500
    search_lr: c.Rate = 0.02
    candidates: Annotated[int, c.Interval(int, 1, 65536)] = 1
    epochs: int = 20

    def _network(self, row_shape: tuple[int, ...]) -> AnoGANNetwork:
        return AnoGANNetwork(channels_first(row_shape), self.channels, self.latent)

    def _optimizers(self) -> dict[str, FlatOptimizer]:
        net = self.network_
        return {"generator": self._adam(net.generator), "discriminator": self._adam(net.discriminator)}

    def _epoch(self) -> dict[str, float]:
        index = draw_batches(len(self.rows_), self.batch_size, self.batches_per_epoch, self.device_)
        losses = torch.zeros(2, device=self.device_)
        for rows in gather(self.rows_, index):
            losses += self._step_both(self._images(rows))
        made, judged = (float(loss) / len(index) for loss in losses)
        return {"generator": made, "discriminator": judged, **self._measured()}

    def _step_both(self, real: Tensor) -> Tensor:
        """A step of the discriminator and one of the generator; the loss of the generator and the other's."""
        net = self.network_
        with self._precision():
            fake = net.generator(torch.randn(len(real), self.latent, device=self.device_))
            judged = F.softplus(-net.discriminator(real).float()).mean()
            judged = judged + F.softplus(net.discriminator(fake.detach()).float()).mean()
        self._descend_one("discriminator", judged)
        with self._precision():
            made = F.softplus(-net.discriminator(fake).float()).mean()
        self._descend_one("generator", made)
        return torch.stack([made.detach(), judged.detach()])

    @torch.no_grad()
    def _measured(self) -> dict[str, float]:
        net = self.network_.eval()
        real = self._sample()
        fake = net.generator(torch.randn(len(real), self.latent, device=self.device_))
        gap = net.discriminator(real).sigmoid().mean() - net.discriminator(fake).sigmoid().mean()
        return {"critic_gap": float(gap), "diversity": self._diversity(fake, real)}

    def _errors(self, images: Tensor, found: Tensor, code: Tensor) -> Tensor:
        """The score of codes for images with features `found`, shape (n,)."""
        made = self.network_.generator(code)
        pixels = (images - made).flatten(1).abs().sum(1)
        apart = (found - self.network_.discriminator.features(made)).abs().sum(1)
        return (1 - self.weight_features) * pixels + self.weight_features * apart

    def _search(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The best codes for scaled images, and their scores."""
        # in full precision: a search follows small slopes
        with torch.inference_mode(False), torch.enable_grad(), torch.autocast(images.device.type, enabled=False):
            images = images.clone()  # one that knows gradients
            found = self.network_.discriminator.features(images).detach()
            code = nn.Parameter(self._starts(images))
            optimizer = Adam([{"params": [code], "weight_decay": 0.0}], self.search_lr)
            for _ in range(self.steps):
                optimizer.grads[0].zero_()
                self._errors(images, found, code).sum().backward(inputs=[code])
                optimizer.step()
            return code.detach(), self._errors(images, found, code).detach()

    @torch.no_grad()
    def _starts(self, images: Tensor) -> Tensor:
        """For each image the drawn code whose image is nearest to it."""
        generator = torch.Generator().manual_seed(self._seed_of(SCORING_ROUND))
        drawn = torch.randn(self.candidates, self.latent, generator=generator).to(images.device)
        if len(drawn) == 1:
            return drawn.repeat(len(images), 1)
        made = self.network_.generator(drawn)
        return drawn[torch.cdist(images.flatten(1), made.flatten(1), p=1).argmin(1)]

    def _score_rows(self, rows: Tensor) -> Tensor:
        return self._search(self._pixels(rows).contiguous())[1]

    def _restore(self, images: Tensor) -> Tensor:
        return self.network_.generator(self._search(images)[0])

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Codes that are found for images (n, h, w, c), shape (n, latent)."""
        return self._gathered(X, lambda rows: self._search(self._pixels(rows).contiguous())[0])

    def decode(self, Z: NDArray[Any]) -> NDArray[np.float32]:
        """Images (n, h, w, c), 0 to 255, of codes (n, latent)."""
        return self._gathered(np.asarray(Z, np.float32), lambda z: self._pixels.back(self.network_.generator(z)))
