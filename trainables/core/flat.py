"""One flat buffer for many parameters, so that an optimiser step or a clip is one kernel."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def flatten(parameters: Iterable[nn.Parameter]) -> nn.Parameter:
    """Move parameters and their gradients into one flat parameter, in place.

    Each parameter becomes a view of the result, and so does its `.grad`. Writing to
    either side is seen by the other; `load_state_dict` copies in place and keeps it so.

    Parameters
    ----------
    parameters : iterable of nn.Parameter
        On one device, of one dtype; at least one.

    Returns
    -------
    nn.Parameter of shape (total,)
        Give this to the optimiser instead.
    """
    members = list(parameters)
    flat = nn.Parameter(torch.cat([p.detach().reshape(-1) for p in members]))
    flat.grad = torch.zeros_like(flat)
    start = 0
    for p in members:
        stop = start + p.numel()
        p.data = flat.data[start:stop].view(p.shape)
        p.grad = flat.grad[start:stop].view(p.shape)
        start = stop
    return flat


def clip_(grads: list[Tensor], limit: float) -> None:
    """Scale the gradients so that their joint 2-norm is at most `limit`; no host sync."""
    norms = [torch.linalg.vector_norm(g) for g in grads]
    total = norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
    scale = (limit / (total + 1e-6)).clamp_(max=1.0)
    for g in grads:
        g.mul_(scale)
