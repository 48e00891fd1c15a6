"""The error of a reconstruction: what every autoencoder scores by."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

Error = Literal["mse", "rmse", "l1"]


def reconstruction_error(rows: Tensor, restored: Tensor, kind: str = "mse") -> Tensor:
    """Mean over the values of each row, shape (n,), in float32: of (x - x')^2, its root, or of |x - x'|."""
    difference = (restored.float() - rows.float()).flatten(1)
    if kind == "l1":
        return difference.abs().mean(1)
    error = difference.square().mean(1)
    return error.sqrt() if kind == "rmse" else error
