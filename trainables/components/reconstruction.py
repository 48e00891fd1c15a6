"""The error of a reconstruction: what every autoencoder scores by."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Error = Literal["mse", "rmse", "l1"]


def reconstruction_error(rows: Tensor, restored: Tensor, kind: str = "mse") -> Tensor:
    """Mean over the values of each row, shape (n,), in float32: of (x - x')^2, its root, or of |x - x'|."""
    difference = (restored.float() - rows.float()).flatten(1)
    if kind == "l1":
        return difference.abs().mean(1)
    error = difference.square().mean(1)
    return error.sqrt() if kind == "rmse" else error


def pixel_errors(images: NDArray[Any], restored: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared error of each pixel, (n, h, w), the mean over its channels, of images (n, h, w, c) in one unit."""
    return np.square(restored - images.astype(np.float32)).mean(-1)


def least(errors: Tensor, trim: float) -> Tensor | slice:
    """The rows of a batch that a trimmed loss is taken over: the share 1 - `trim` with the smallest errors.

    Anomalies among the training rows are those that a network restores worst while it is young; a loss without them
    does not learn to restore them. RCA (Liu et al., IJCAI 2021) has two networks that choose for each other; here
    each chooses for itself.

    Parameters
    ----------
    errors : Tensor of shape (n,)
    trim : float
        0 keeps all rows, in their order.

    Returns
    -------
    Tensor or slice
        What selects them along the first axis.
    """
    if not trim:
        return slice(None)
    kept = len(errors) - int(trim * len(errors))
    return torch.topk(errors.detach(), kept, largest=False, sorted=False).indices
