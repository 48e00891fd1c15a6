"""GANomaly: images are anomalous whose code is not found again in what is made of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.bases.adversarial import AdversarialDetector
from trainables.components.batches import draw_batches, gather
from trainables.components.optimizers import FlatOptimizer
from trainables.components.pixels import Pixels
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.networks.gan.critic import Critic
from trainables.networks.gan.transposed import encoder, features, generator, normal_start
from trainables.networks.image_autoencoder import channels_first

LOST = 1e-5
"""The discriminator's loss below which it starts anew: it has left the generator nothing to learn."""


class Passed(NamedTuple):
    """Codes z, images x' and the codes of x'."""

    code: Tensor
    restored: Tensor
    again: Tensor


class GANomalyNetwork(nn.Module):
    """A generator of encoder, decoder and second encoder, and a discriminator."""

    def __init__(self, image: tuple[int, ...], channels: int, latent: int) -> None:
        super().__init__()
        self.pixels = Pixels("symmetric")
        first, second = (encoder(image, channels, latent) for _ in range(2))
        self.generator = nn.ModuleList([first, generator(image, channels, latent), second])
        self.discriminator = Critic(features(image, channels), bias=False)
        normal_start(self)

    def forward(self, images: Tensor) -> Passed:
        """What the three parts make of scaled images, one after the other."""
        first, decoder, second = self.generator
        restored = decoder(code := first(images))
        return Passed(code, restored, second(restored))


def discriminator_loss(real: Tensor, made: Tensor) -> Tensor:
    """Mean binary cross-entropy of logits, half of it of real images (1) and half of made ones (0)."""
    return 0.5 * (F.softplus(-real).mean() + F.softplus(made).mean())


@hyperparameters
class GANomaly(AdversarialDetector[GANomalyNetwork]):
    """GANomaly: s(x) = mean (E1(x) - E2(G(E1(x))))^2.

    An encoder E1 gives the code z of an image, a decoder G makes an image x' of it, and a second encoder E2 gives
    the code z' of that. They minimise w_adv mean (f(x) - f(x'))^2 + w_con mean |x - x'| + w_enc mean (z - z')^2,
    f being the features of a discriminator that learns by binary cross-entropy to tell x from x'.

    Parameters
    ----------
    channels : int, default=64
        Of the first convolution; each halving of the image doubles them.
    latent : int, default=100
        Length of z.
    weight_adversarial : float, default=1.0
        w_adv.
    weight_context : float, default=50.0
        w_con.
    weight_encoder : float, default=1.0
        w_enc.
    lr : float, default=2e-4
        Learning rate of all networks.
    epochs : int, default=15
        Passes over the images.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats, of any size; all of the normal class. The paper knows no
    tables. A discriminator whose loss falls below 1e-5 starts anew, as in the official code; `restarts` counts it.
    Pixels are scaled to -1 to 1, where the official code standardises those of MNIST and ends in a tanh, too.
    Its published figures take one class as the anomaly and nine as normal, and are the best epoch's on the test
    images: none of them stands beside a result for one normal class.

    References
    ----------
    Akcay, Atapour-Abarghouei, Breckon. GANomaly: Semi-Supervised Anomaly Detection via Adversarial Training. ACCV 2018.
    """

    channels: c.Width = 64
    latent: c.Width = 100
    weight_adversarial: c.Weight = 1.0
    weight_context: c.Weight = 50.0
    weight_encoder: c.Weight = 1.0
    epochs: int = 15

    def _network(self, row_shape: tuple[int, ...]) -> GANomalyNetwork:
        return GANomalyNetwork(channels_first(row_shape), self.channels, self.latent)

    def _optimizers(self) -> dict[str, FlatOptimizer]:
        net = self.network_
        return {"generator": self._adam(net.generator), "discriminator": self._adam(net.discriminator)}

    def _epoch(self) -> dict[str, float]:
        index = draw_batches(len(self.rows_), self.batch_size, self.batches_per_epoch, self.device_)
        losses = torch.zeros(4, device=self.device_)
        restarts = 0
        for rows in gather(self.rows_, index):
            own, judged = self._step_both(self._images(rows))
            losses += torch.cat([own, judged[None]])
            if float(judged) < LOST:
                normal_start(self.network_.discriminator)
                restarts += 1
        names = ("adversarial", "context", "encoder", "discriminator")
        return {
            **{name: float(loss) / len(index) for name, loss in zip(names, losses, strict=True)},
            "restarts": float(restarts),
            **self._measured(),
        }

    def _step_both(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """A step of the generator and one of the discriminator; the three losses of the one, and the other's."""
        net = self.network_
        with self._precision():
            passed = net(images)
            # both of the discriminator as it was, before the generator's step
            real, found = net.discriminator.both(images)
            back = net.discriminator.both(passed.restored)[1]
            judged = discriminator_loss(real.float(), net.discriminator(passed.restored.detach()).float())
        own = torch.stack([
            F.mse_loss(back.float(), found.detach().float()),
            F.l1_loss(passed.restored.float(), images),
            F.mse_loss(passed.again.float(), passed.code.float()),
        ])  # fmt: skip
        weights = (self.weight_adversarial, self.weight_context, self.weight_encoder)
        self._descend_one("generator", (own * torch.tensor(weights, device=own.device)).sum())
        self._descend_one("discriminator", judged)
        return own.detach(), judged.detach()

    @torch.no_grad()
    def _measured(self) -> dict[str, float]:
        real = self._sample()
        # an encoder and decoder that give back one image for all may still score: that is no failure
        return {"diversity": self._diversity(self.network_.eval()(real).restored, real, trained=False)}

    def _score_rows(self, rows: Tensor) -> Tensor:
        code, _, again = self.network_(self._pixels(rows).contiguous())
        return (code - again).float().square().mean(1)

    def _restore(self, images: Tensor) -> Tensor:
        return self.network_(images).restored

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Codes of images (n, h, w, c), shape (n, latent)."""
        return self._gathered(X, lambda rows: self.network_(self._pixels(rows).contiguous()).code)

    def decode(self, Z: NDArray[Any]) -> NDArray[np.float32]:
        """Images (n, h, w, c), 0 to 255, of codes (n, latent)."""
        return self._gathered(np.asarray(Z, np.float32), lambda z: self._pixels.back(self.network_.generator[1](z)))
