"""Fully connected stacks with a choice of activation, for autograd."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh}


def dense(
    widths: Sequence[int], *, activation: str = "relu", batch_norm: bool = False, dropout: float = 0.0
) -> nn.Sequential:
    """Linear layers of the given widths, input and output included; the last one stays linear.

    Between them come batch normalisation, which needs batches of two rows or more, the activation (the slope of
    the leaky one is .01), and dropout.
    """
    layers: list[nn.Module] = []
    for a, b in pairwise(widths[:-1]):
        layers.append(nn.Linear(a, b))
        if batch_norm:
            layers.append(nn.BatchNorm1d(b))
        layers.append(ACTIVATIONS[activation]())
        if dropout:
            layers.append(nn.Dropout(dropout))
    layers.append(nn.Linear(widths[-2], widths[-1]))
    return nn.Sequential(*layers)
