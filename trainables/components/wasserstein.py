"""The losses of a Wasserstein GAN with gradient penalty."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
    """Mean of (||grad D(x^)|| - 1)^2 over x^ = a x + (1 - a) x', a uniform for each image; in float32 always.

    Half precision loses the gradient of a gradient.
    """
    with torch.autocast(real.device.type, enabled=False):
        real, fake = real.detach().float(), fake.detach().float()
        share = torch.rand(len(real), *[1] * (real.ndim - 1), device=real.device)
        between = torch.lerp(fake, real, share).requires_grad_()
        (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
        # 1e-12: the root of a sum of squares has no slope at 0
        return ((slope.flatten(1).square().sum(1) + 1e-12).sqrt() - 1.0).square().mean()


def widest_gap(values: int, weight: float) -> float:
    """The largest E D(x) - E D(x') of a critic that pays for its slope, over images of so many values in -1 to 1.

    Two images are at most W = 2 sqrt(values) apart. A critic of slope k gains k W and pays weight (k - 1)^2, which
    is best at k = 1 + W / (2 weight): beyond k W the penalty no longer holds it.
    """
    farthest = 2.0 * math.sqrt(values)
    return farthest * (1.0 + farthest / (2.0 * weight))
