"""One flat buffer for many parameters, so that an optimiser step or a clip is one kernel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

ALIGNMENT = 64
"""Bytes. Vectorised kernels sum rows that start elsewhere in another order, so that a trained network
and its copy, whose parameters torch aligns by itself, would differ in the last bit."""


def flatten(parameters: Iterable[nn.Parameter]) -> nn.Parameter:
    """Move parameters and their gradients into one flat parameter, in place.

    Each of the parameters, on one device and of one dtype, becomes a view of the result, and so does its
    `.grad`. Writing to either side is seen by the other; `load_state_dict` copies in place and keeps it so.
    Every view starts at a multiple of `ALIGNMENT` bytes; what lies between them is zero, has no gradient and
    stays zero.
    """
    members = list(parameters)
    step = ALIGNMENT // members[0].element_size()
    starts = list(accumulate((-(-p.numel() // step) * step for p in members), initial=0))
    flat = nn.Parameter(members[0].detach().new_zeros(starts[-1]))
    flat.grad = torch.zeros_like(flat)
    for p, start in zip(members, starts[:-1], strict=True):
        stop = start + p.numel()
        flat.data[start:stop] = p.detach().reshape(-1)
        p.data = flat.data[start:stop].view(p.shape)
        p.grad = flat.grad[start:stop].view(p.shape)
    return flat


def views(buffer: Tensor, members: Sequence[nn.Parameter]) -> list[Tensor]:
    """The parts of a buffer, laid out as the flat parameter of `members`, that belong to each of them."""
    return [buffer[p.storage_offset() : p.storage_offset() + p.numel()] for p in members]


def clip_(grads: list[Tensor], limit: float) -> None:
    """Scale the gradients so that their joint 2-norm is at most `limit`; no host sync."""
    norms = [torch.linalg.vector_norm(g) for g in grads]
    total = norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
    scale = (limit / (total + 1e-6)).clamp_(max=1.0)
    for g in grads:
        g.mul_(scale)
