"""f-AnoGAN: a Wasserstein GAN of normal images, and an encoder that finds the code of an image in one pass."""

from __future__ import annotations

import copy
import math
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from trainables.bases.adversarial import AdversarialDetector
from trainables.components.batches import draw_batches, gather
from trainables.components.optimizers import FlatOptimizer, RMSprop, Together
from trainables.components.pixels import Pixels
from trainables.components.reconstruction import reconstruction_error
from trainables.components.wasserstein import gradient_penalty, widest_gap
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.core.errors import Diverged
from trainables.networks.gan import fully_connected, residual, upsampling
from trainables.networks.gan.critic import Critic, encoder
from trainables.networks.image_autoencoder import channels_first


def passes(schedule: str, round_: int, epochs: int) -> tuple[bool, bool]:
    """Which of the two passes over the images that are round `round_`, 0 the first, are the GAN's.

    Both schedules have `epochs` passes of the GAN and as many of the encoder.
    """
    if schedule == "alternating":
        return True, False
    return 2 * round_ < epochs, 2 * round_ + 1 < epochs


def starts_anew(schedule: str, round_: int, epochs: int) -> bool:
    """Whether E begins anew before round `round_`, 0 the first: after 2, 4, 8, … rounds, if a quarter is left."""
    doubled = round_ >= 2 and round_ & (round_ - 1) == 0
    return schedule == "alternating" and doubled and 4 * round_ <= 3 * epochs


class FAnoGANNetwork(nn.Module):
    """Generator, critic, encoder, and where it is wanted a moving average of the generator."""

    def __init__(self, generator: nn.Module, critic: Critic, encoder: nn.Module, averaged: bool) -> None:
        super().__init__()
        self.pixels = Pixels("symmetric")
        self.generator, self.critic, self.encoder = generator, critic, encoder
        self.average = copy.deepcopy(generator).requires_grad_(False) if averaged else None

    @property
    def shown(self) -> nn.Module:
        """The generator that the encoder and the score go by."""
        return self.generator if self.average is None else self.average

    def errors(self, images: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        """Mean squared errors of images and of the critic's features of what comes back of codes, each (n,)."""
        restored = self.shown(code)
        found, back = (self.critic.features(both) for both in (images, restored))
        return reconstruction_error(images, restored), reconstruction_error(found, back)


@hyperparameters
class FAnoGAN(AdversarialDetector[FAnoGANNetwork]):
    """f-AnoGAN: s(x) = mean (x - G(E(x)))^2 + kappa mean (f(x) - f(G(E(x))))^2.

    A generator G and a critic D learn a Wasserstein GAN with gradient penalty of normal images: D minimises
    E D(G(z)) - E D(x) + lambda E (||grad D(x^)|| - 1)^2, x^ between x and G(z), z ~ N(0, I), and G, after every
    `critic_steps` batches, -E D(G(z)). Then, G and D fixed, an encoder E learns to find the z of an image, by
    the loss that is the score ("izi_f"); f are the features of D before its last layer.

    Parameters
    ----------
    network : {"mlp", "conv", "residual"}, default="mlp"
        Fully connected; upsampling and strided convolutions; or the residual networks of the official code.
    width : float, default=1.0
        Factor of the widths of all networks.
    latent : int, default=100
        Length of z.
    lambda_gp : float, default=10.0
        Weight of the gradient penalty.
    critic_steps : int, default=5
        Steps of D for one of G.
    kappa : float, default=1.0
        Weight of the features in the encoder's loss and in the score.
    bn_eps : float, default=0.8
        What G's batch normalisation ("mlp", "conv") and the critic's ("conv") add to the variance. The public
        code has .8, which was meant to be the momentum.
    dropout : float, default=0.25
        Of channels of the critic and the encoder, "conv" alone.
    z_reg : {"tanh", "none"}, default="tanh"
        Whether a tanh bounds E's codes to -1 to 1.
    encoder_noise : float, default=0.0
        Deviation of noise on the images that E is shown in training, in the unit of -1 to 1.
    encoder_lr : float, default=2e-4
        Learning rate of E.
    encoder_optimizer : {"adam", "rmsprop"}, default="adam"
        Optimiser of E.
    ema : float, default=0.0
        E and the score go by a moving average of G's weights that keeps this share at each of its steps, such as
        .999; 0 takes G itself.
    schedule : {"alternating", "two-phase"}, default="alternating"
        A round is two passes over the images. Alternating, one is the GAN's and one the encoder's, so that every
        round has a score that counts, and E begins anew after 2, 4, 8, … rounds; in two phases, as published, all
        passes of the GAN come first, and until then E is untrained.
    lr : float, default=2e-4
        Learning rate of G and D.
    epochs : int, default=20
        Passes of the GAN, and as many of the encoder.
    seed : int, default=0
        Seed of weights, batches and codes.

    Raises
    ------
    Diverged
        If D parts real from generated images by more than ten times what a critic can that heeds its penalty.

    Notes
    -----
    Images (n, h, w, c), pixels 0 to 255, bytes or floats, of any size; all of the normal class. The papers know no
    tables. Pixels are scaled to -1 to 1, and G ends in a tanh.
    The networks of batch normalisation are in evaluation mode while E learns. G makes the images that D is shown
    without a gradient, and the gradient penalty is in float32 on GPUs, too.
    Alternating, E begins anew because images of a young G push its codes to where the tanh is flat: later it would give
    all images one code.
    Reported after each round: `critic_gap`, E D(x) - E D(G(z)); `diversity`, the mean distance of two generated images
    over that of two real ones; `reconstruction`, the encoder's loss; `z_distance`, mean (E(x) - E(G(E(x))))^2.
    Differences from the official code (tSchlegl/f-AnoGAN): smaller images have fewer residual blocks; RMSprop is
    Keras's; noise is Gaussian, where it has dropout of the input. Of the public code in torch (A03ki/f-AnoGAN): batches
    are drawn anew for each pass.

    References
    ----------
    Schlegl et al. f-AnoGAN: Fast Unsupervised Anomaly Detection with Generative Adversarial Networks. Medical Image
    Analysis 54, 2019.
    Gulrajani et al. Improved Training of Wasserstein GANs. NeurIPS 2017.
    """

    network: Literal["mlp", "conv", "residual"] = "mlp"
    width: Annotated[float, c.Interval(float, 0, 8, closed="right")] = 1.0
    latent: c.Width = 100
    lambda_gp: c.Positive = 10.0
    critic_steps: Annotated[int, c.Interval(int, 1, 1000)] = 5
    kappa: c.Weight = 1.0
    bn_eps: Annotated[float, c.Interval(float, 0, 10, closed="right")] = 0.8
    dropout: c.Share = 0.25
    z_reg: Literal["tanh", "none"] = "tanh"
    encoder_noise: c.Weight = 0.0
    encoder_lr: c.Rate = 2e-4
    encoder_optimizer: Literal["adam", "rmsprop"] = "adam"
    ema: c.Share = 0.0
    schedule: Literal["alternating", "two-phase"] = "alternating"
    epochs: int = 20

    def _network(self, row_shape: tuple[int, ...]) -> FAnoGANNetwork:
        image = channels_first(row_shape)
        generator: nn.Module
        if self.network == "mlp":
            generator = fully_connected.generator(image, self.latent, self.width, self.bn_eps)
            bodies = [fully_connected.features(image, self.width) for _ in range(2)]
        elif self.network == "conv":
            generator = upsampling.UpsamplingGenerator(image, self.latent, self.width, self.bn_eps)
            bodies = [upsampling.features(image, self.width, self.bn_eps, self.dropout) for _ in range(2)]
        else:
            generator = residual.ResidualGenerator(image, self.latent, self.width)
            bodies = [residual.features(image, self.width) for _ in range(2)]
        inverse = encoder(bodies[1], self.latent, self.z_reg == "tanh")
        return FAnoGANNetwork(generator, Critic(bodies[0]), inverse, averaged=self.ema > 0)

    def _optimizers(self) -> dict[str, FlatOptimizer]:
        net = self.network_
        if self.encoder_optimizer == "adam":
            of_encoder = self._adam(net.encoder, self.encoder_lr)
        else:
            of_encoder = RMSprop([{"params": list(net.encoder.parameters()), "weight_decay": 0.0}], self.encoder_lr)
        return {"generator": self._adam(net.generator), "critic": self._adam(net.critic), "encoder": of_encoder}

    def _epoch(self) -> dict[str, float]:
        kinds = passes(self.schedule, self.rounds_done_, self.epochs)
        self.network_.shown.eval()  # the average learns nothing itself; the generator is set for each pass
        if starts_anew(self.schedule, self.rounds_done_, self.epochs):
            self._restart_encoder()
        for gan in kinds:
            for part in (self.network_.generator, self.network_.critic):
                part.train(gan)
            index = draw_batches(len(self.rows_), self.batch_size, self.batches_per_epoch, self.device_)
            for i, rows in enumerate(gather(self.rows_, index)):
                if gan:
                    self._learn_images(self._images(rows), i % self.critic_steps == 0)
                else:
                    self._learn_codes(self._images(rows))
        return self._measured(trained=any(kinds))

    def _learn_images(self, real: Tensor, generator_too: bool) -> None:
        """A step of D, and with the same z one of G."""
        net = self.network_
        z = torch.randn(len(real), self.latent, device=self.device_)
        with self._precision():
            with torch.no_grad():
                fake = net.generator(z)
            if net.critic.batch_norm:  # each kind by its own statistics
                gap = (net.critic(real).float() - net.critic(fake).float()).mean()
            else:
                values = net.critic(torch.cat([real, fake.to(real.dtype)])).float()
                gap = values[: len(real)].mean() - values[len(real) :].mean()
        self._descend_one("critic", self.lambda_gp * gradient_penalty(net.critic, real, fake) - gap)
        if generator_too:
            with self._precision():
                loss = -net.critic(net.generator(z)).float().mean()
            self._descend_one("generator", loss)
            if net.average is not None:
                self._follow(net.average)

    @torch.no_grad()
    def _follow(self, average: nn.Module) -> None:
        """A step of the moving average, which keeps less of the first weights."""
        steps = self._generator_steps()
        kept = min(self.ema, steps / (steps + 10.0))
        for mine, other in zip(average.parameters(), self.network_.generator.parameters(), strict=True):
            mine.lerp_(other, 1.0 - kept)
        for kept_buffer, buffer in zip(average.buffers(), self.network_.generator.buffers(), strict=True):
            kept_buffer.copy_(buffer)

    def _restart_encoder(self) -> None:
        assert isinstance(self.optimizer_, Together)
        for layer in self.network_.encoder.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.BatchNorm2d | nn.GroupNorm):
                layer.reset_parameters()
        self.optimizer_.members["encoder"].forget()

    def _learn_codes(self, images: Tensor) -> None:
        net = self.network_
        shown = images + self.encoder_noise * torch.randn_like(images) if self.encoder_noise else images
        with self._precision():
            pixels, features = net.errors(images, net.encoder(shown))
        self._descend_one("encoder", (pixels + self.kappa * features).mean())

    @torch.no_grad()
    def _measured(self, trained: bool) -> dict[str, float]:
        net = self.network_.eval()
        real = self._sample()
        fake = net.generator(torch.randn(len(real), self.latent, device=self.device_))
        gap = float(net.critic(real).mean() - net.critic(fake).mean())
        if abs(gap) > 10 * widest_gap(math.prod(self.row_shape_), self.lambda_gp):
            raise Diverged(f"FAnoGAN: the critic's gap is {gap:g}; raise lambda_gp or lower lr")
        code = net.encoder(real)
        pixels, features = net.errors(real, code)
        return {
            "critic_gap": gap,
            "diversity": self._diversity(fake, real, trained),
            "reconstruction": float((pixels + self.kappa * features).mean()),
            "z_distance": float((code - net.encoder(net.shown(code))).square().mean()),
        }

    def _score_rows(self, rows: Tensor) -> Tensor:
        images = self._pixels(rows).contiguous()
        pixels, features = self.network_.errors(images, self.network_.encoder(images))
        return pixels + self.kappa * features

    def _restore(self, images: Tensor) -> Tensor:
        return self.network_.shown(self.network_.encoder(images))

    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Codes of images (n, h, w, c), shape (n, latent)."""
        return self._gathered(X, lambda rows: self.network_.encoder(self._pixels(rows).contiguous()))

    def decode(self, Z: NDArray[Any]) -> NDArray[np.float32]:
        """Images (n, h, w, c), 0 to 255, of codes (n, latent); of codes drawn from N(0, I), generated ones."""
        return self._gathered(np.asarray(Z, np.float32), lambda z: self._pixels.back(self.network_.shown(z)))

    def z_distance(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Mean (E(x) - E(G(E(x))))^2 of images (n, h, w, c), shape (n,): large where a code is not found again."""

        def distance(rows: Tensor) -> Tensor:
            code = self.network_.encoder(self._pixels(rows).contiguous())
            return (code - self.network_.encoder(self.network_.shown(code))).square().mean(1)

        return self._gathered(X, distance)
