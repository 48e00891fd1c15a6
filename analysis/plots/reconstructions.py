"""What an autoencoder restores: originals, reconstructions and where they differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from analysis.plots import style

GROUPS = ("most normal", "most anomalous", "most wrongly ranked")
ROWS = ("original", "restored", "error")


def chosen(y: ArrayLike, scores: ArrayLike, k: int) -> dict[str, NDArray[np.intp]]:
    """Which rows to show, `k` of each group, fewer where there are fewer; labels and scores as `reconstructions`.

    `most normal` are the lowest scores, `most anomalous` the highest, and of `most wrongly ranked` half
    are normal rows with the highest scores and half anomalies with the lowest. Equal scores stay in
    their order.
    """
    labels, values = np.asarray(y), np.asarray(scores, dtype=np.float64)
    rising = np.argsort(values, kind="stable")
    falling = np.argsort(-values, kind="stable")
    normal, anomalous = falling[labels[falling] == 0], rising[labels[rising] == 1]
    half = (k + 1) // 2
    wrong = np.concatenate([normal[:half], anomalous[: k - half]])
    return {GROUPS[0]: rising[:k], GROUPS[1]: falling[:k], GROUPS[2]: wrong}


def reconstructions(
    X: NDArray[Any],
    restore: Callable[[NDArray[Any]], NDArray[Any]],
    scores: ArrayLike,
    y: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    k: int = 6,
    title: str = "",
) -> Figure:
    """Originals, reconstructions and error maps of the images that tell most.

    Parameters
    ----------
    X : ndarray of shape (n, h, w, c)
        Pixels 0 to 255.
    restore : callable
        From some images to their reconstructions, same shape and unit.
    scores, y : array-like of shape (n,)
        Higher is more anomalous; 1 for anomalies.
    names : sequence of str, optional
        What each image is; else "normal" or "anomaly".
    k : int, default=6
        Images of each group, see `chosen`.
    """
    groups = chosen(y, scores, k)
    rows = np.concatenate(list(groups.values()))
    if not len(rows):
        return style.message(title, "No images to show.")
    labels, values = np.asarray(y), np.asarray(scores, dtype=np.float64)
    images = np.asarray(X[rows], np.float32)
    restored = np.asarray(restore(X[rows]), np.float32)
    errors = np.abs(images - restored).mean(3)
    figure = Figure(figsize=(1.6 + 1.15 * k, 1.0 + 4.15 * len(groups)), layout="constrained", facecolor="white")
    figure.suptitle(title or "Reconstructions", fontsize=13, fontweight="bold", parse_math=False)
    bands = figure.subfigures(len(groups), 1, squeeze=False)[:, 0]
    start, shown = 0, None
    for band, (name, members) in zip(bands, groups.items(), strict=True):
        band.suptitle(name, fontsize=style.TEXT_SIZE + 0.5, color=style.GREY, x=0.01, ha="left")
        axes = band.subplots(3, k, squeeze=False)
        for ax in axes[:, len(members) :].flat:
            ax.set_axis_off()
        for column, i in enumerate(range(start, start + len(members))):
            picture(axes[0, column], images[i])
            picture(axes[1, column], restored[i])
            shown = axes[2, column].imshow(errors[i], cmap="magma", vmin=0, vmax=float(errors.max()) or 1.0)
            _bare(axes[2, column])
            what = names[rows[i]] if names is not None else "anomaly" if labels[rows[i]] else "normal"
            colour = style.ANOMALY_COLOUR if labels[rows[i]] else style.NORMAL_COLOUR
            axes[2, column].set_xlabel(f"{what}\n{values[rows[i]]:.4g}", fontsize=style.SMALL - 1, color=colour)
        for row, word in enumerate(ROWS):
            axes[row, 0].set_ylabel(word, fontsize=style.SMALL)
        if shown is not None:
            bar = band.colorbar(shown, ax=axes[2, :], shrink=0.8, pad=0.01)
            bar.ax.tick_params(labelsize=style.SMALL - 2)
            bar.set_label("|x - x'|", fontsize=style.SMALL - 1)
        start += len(members)
    return figure


def picture(ax: Axes, image: NDArray[Any]) -> None:
    """An image (h, w, c), 0 to 255, without ticks."""
    pixels = np.clip(image, 0, 255) / 255.0
    if pixels.shape[2] == 1:
        ax.imshow(pixels[:, :, 0], cmap="gray", vmin=0, vmax=1)
    else:
        ax.imshow(pixels)
    _bare(ax)


def _bare(ax: Axes) -> None:
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
