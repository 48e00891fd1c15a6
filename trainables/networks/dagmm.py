"""The two networks of DAGMM and the low-dimensional representation between them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from trainables.components.pixels import Pixels


def reconstruction_features(rows: Tensor, restored: Tensor, least_norm: Tensor | float = 1e-12) -> Tensor:
    """||x - x'|| / ||x|| and cos(x, x'), shape (n, 2); norms below `least_norm` count as this much.

    A row of zeros has no relative distance.
    """
    norm = rows.norm(dim=1).clamp(min=least_norm)
    restored_norm = restored.norm(dim=1).clamp(min=least_norm)
    distance = (rows - restored).norm(dim=1) / norm
    return torch.stack([distance, (rows * restored).sum(1) / (norm * restored_norm)], 1)


class DAGMMNetwork(nn.Module):
    """Compression (row to latent and back) and estimation (latent + 2 values to one logit per component) networks.

    With them goes the mixture of the last finished epoch; `pixels` scale images.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        estimation: nn.Module,
        latent: int,
        components: int,
        pixels: Pixels | None = None,
    ) -> None:
        super().__init__()
        self.pixels = pixels
        self.encoder, self.decoder, self.estimation = encoder, decoder, estimation
        d = latent + 2
        self.least_norm: Tensor
        self.weights: Tensor
        self.means: Tensor
        self.covariances: Tensor
        self.register_buffer("least_norm", torch.tensor(1e-12))
        for name, shape in (("weights", ()), ("means", (d,)), ("covariances", (d, d))):
            self.register_buffer(name, torch.zeros(components, *shape, dtype=torch.float64))

    def scaled(self, rows: Tensor) -> Tensor:
        """Rows as the encoder takes them, shape (n, d); of images c h w values, 0 to 1."""
        return (rows if self.pixels is None else self.pixels(rows)).flatten(1)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """x' and z = [z_c, relative distance, cosine], shape (n, latent + 2)."""
        code = self.encoder(rows).to(torch.float32)
        restored = self.decoder(code).to(torch.float32)
        return restored, torch.cat([code, reconstruction_features(rows, restored, self.least_norm)], 1)

    def membership(self, z: Tensor) -> Tensor:
        """gamma, shape (n, components), float64."""
        return self.estimation(z).to(torch.float64).softmax(1)
