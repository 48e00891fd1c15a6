"""LeSiNN: the distance to the nearest row of small subsamples, averaged."""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 1024


def lesinn(rows: Tensor, subsamples: Tensor) -> Tensor:
    """s(x) = 1/m sum_i min over z in S_i of ||x - z||_2, shape (n,).

    Rows x are (n, d), bytes or floats, the subsamples S_1..S_m of k rows each (m, k, d), floats.

    References
    ----------
    Pang, Ting, Albrecht. LeSiNN: Detecting Anomalies by Identifying Least Similar Nearest
    Neighbours. ICDM workshops 2015.
    """
    members, size, width = subsamples.shape
    points = subsamples.reshape(-1, width)
    scores = []
    for part in rows.split(CHUNK):
        # not by a matrix product: its cancellation makes small distances noise
        distance = torch.cdist(part.to(points.dtype), points, compute_mode="donot_use_mm_for_euclid_dist")
        scores.append(distance.view(-1, members, size).amin(2).mean(1))
    return torch.cat(scores)
