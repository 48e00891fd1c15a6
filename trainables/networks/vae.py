"""An encoder and a decoder of Gaussians around a latent variable; which layers they have is not its business."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainables.components.pixels import Pixels

LEAST_POSTERIOR_VARIANCE = 1e-12
LEAST_VARIANCE = 1e-3


class VariationalAutoencoder(nn.Module):
    """q(z|x) = N(mu, diag sigma^2) and p(x|z) = N(x', diag v).

    Parameters
    ----------
    encoder : nn.Module
        Row to 2 x latent values: mu, then h with sigma^2 = softplus(h), at least 1e-12. As
        exp(h) the far rows of a heavy-tailed table overflow it, or stop at a bound and stay.
    decoder : nn.Module
        Latent to x', or with `learnt_variance` to twice as many values: x', then h with
        v = 1e-3 + softplus(h). Without, v = 1.
    learnt_variance : bool, default=False
        Whether the decoder gives variances too.
    pixels : Pixels, optional
        What scales images to 0 to 1; x' then is behind a sigmoid.
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, learnt_variance: bool = False, pixels: Pixels | None = None
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.learnt_variance, self.pixels = encoder, decoder, learnt_variance, pixels

    def scaled(self, rows: Tensor) -> Tensor:
        """Rows as encoder and decoder know them, shape (n, d); of images c h w values, 0 to 1."""
        return (rows if self.pixels is None else self.pixels(rows)).flatten(1)

    def encode(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """mu and log sigma^2, each of shape (n, latent)."""
        mean, raw = self.encoder(rows).to(torch.float32).chunk(2, dim=-1)
        return mean, F.softplus(raw).clamp(min=LEAST_POSTERIOR_VARIANCE).log()

    def decode(self, z: Tensor) -> tuple[Tensor, Tensor | None]:
        """x' and v; None stands for v = 1."""
        output = self.decoder(z).to(torch.float32)
        if not self.learnt_variance:
            return self._mean(output), None
        mean, raw = output.chunk(2, dim=-1)
        return self._mean(mean), LEAST_VARIANCE + F.softplus(raw)

    def _mean(self, output: Tensor) -> Tensor:
        return output if self.pixels is None else output.sigmoid()

    def forward(self, rows: Tensor) -> Tensor:
        """Reconstruction of the mean: nothing is drawn."""
        return self.decode(self.encode(rows)[0])[0]


def draw(mean: Tensor, logvar: Tensor, noise: Tensor) -> Tensor:
    """mu + sigma noise."""
    return torch.addcmul(mean, (0.5 * logvar).exp(), noise)
