"""Ranges that the autoencoders of images share."""

from __future__ import annotations

from typing import Any

from search_spaces._training import training

LARGE = 3 * 32 * 32
"""Values of an image above which the widest networks take minutes an epoch on a CPU."""


def common(trial: Any, data: Any) -> dict[str, Any]:
    """Rate, decay, batch and error of an image; batches of 512 and 1,024 from 5,000 images on."""
    sizes = [32, 64, 128, 256] if data.rows < 5000 else [32, 64, 128, 256, 512, 1024]
    return {
        "score": trial.suggest_categorical("score", ["mse", "rmse", "l1"]),
        **training(trial, sizes),
    }


def latent(trial: Any, least: int = 2, most: int = 10) -> int:
    """Width of a code, 4 to 1024 by default, in powers of two."""
    return int(2 ** trial.suggest_int("latent_log2", least, most))


def channels(trial: Any, data: Any) -> tuple[int, ...]:
    """Channels that double from layer to layer.

    Three layers at most where an image survives as many halvings, from 768 values on; else two. Images of more than
    3,072 values leave out the widest.
    """
    deepest = 3 if data.features >= 3 * 16 * 16 else 2
    depth = trial.suggest_int("depth", 1, deepest)
    first = trial.suggest_categorical("width", [4, 8, 12, 16] if data.features > LARGE else [4, 8, 12, 16, 32])
    return tuple(first << i for i in range(depth))
