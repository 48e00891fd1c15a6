"""Which rows form the batches of one epoch, drawn at once: a draw per batch costs more than its step."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

CHUNK_BYTES = 4 << 20
LEAST_BATCHES = 5


def draw_batches(n: int, batch_size: int, batches: int, device: torch.device) -> Tensor:
    """Row numbers below n without replacement, (batches, batch_size), from torch's current random state.

    Fewer rows than `batch_size` make one batch of all of them. 0 batches are one pass; more than a pass start
    the rows over in a new order. A pass leaves out the rows that do not fill a batch; each epoch leaves out others.
    """
    size = min(batch_size, n)
    batches = batches or n // size
    passes = math.ceil(batches * size / n)
    order = torch.cat([torch.randperm(n, device=device) for _ in range(passes)])
    return order[: batches * size].view(batches, size)


def bounded(batches: int, labels: int, per_batch: float, repeats: int) -> int:
    """`batches`, or as many as draw each of the labels `repeats` times, `per_batch` at once; 0 repeats set no bound.

    Few labels are learnt by heart within a hundred updates, and a pass over many rows is more than that. Five batches
    are always allowed.
    """
    return min(batches, max(LEAST_BATCHES, math.ceil(repeats * labels / per_batch))) if repeats else batches


def gather(rows: Tensor, index: Tensor) -> Iterator[Tensor]:
    """Float rows of each batch of `index` (batches, size), copied a few batches at a time from bytes or floats."""
    size = index.shape[1]
    width = math.prod(rows.shape[1:])
    for part in index.split(max(1, CHUNK_BYTES // (4 * size * width))):
        yield from rows.index_select(0, part.reshape(-1)).to(torch.float32).view(*part.shape, *rows.shape[1:])


def draw_distinct(n: int, k: int, draws: int, device: torch.device) -> Tensor:
    """k different numbers below n in random order, `draws` times over, (draws, k); where n < k, they repeat.

    Floyd's algorithm, all draws side by side: k steps whatever n is.
    """
    if n < k:
        return torch.randint(n, (draws, k), device=device)
    chosen = torch.full((draws, k), -1, device=device)
    for i, top in enumerate(range(n - k, n)):
        candidate = torch.randint(top + 1, (draws,), device=device)
        taken = (chosen == candidate[:, None]).any(1)
        chosen[:, i] = torch.where(taken, top, candidate)
    # the set is uniform but its order is not
    return chosen.gather(1, torch.rand(draws, k, device=device).argsort(1))
