"""An encoder with the ball around its embeddings, and batch statistics before any training."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class BallNetwork(nn.Module):
    """An encoder to `rep_dim` values with the centre c and squared radius of its ball, which no gradient trains."""

    def __init__(self, encoder: nn.Module, rep_dim: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.centre: Tensor
        self.radius2: Tensor
        self.register_buffer("centre", torch.zeros(rep_dim))
        self.register_buffer("radius2", torch.zeros(()))

    def forward(self, rows: Tensor) -> Tensor:
        """||phi(x) - c||^2, shape (n,)."""
        return (self.encoder(rows) - self.centre).square().sum(1)


@torch.no_grad()
def estimate_statistics(network: nn.Module, rows: Tensor) -> None:
    """Set the running mean and variance of every batch normalisation to those of `rows` (two or more).

    A fresh network holds 0 and 1: what it embeds in evaluation mode lies elsewhere than
    what it embeds in training.
    """
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    usual, training = [m.momentum for m in norms], network.training
    for m in norms:
        m.momentum = 1.0
    network.train()(rows)
    network.train(training)
    for m, momentum in zip(norms, usual, strict=True):
        m.momentum = momentum
