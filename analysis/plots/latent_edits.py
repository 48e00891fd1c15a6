"""What the values of a code mean: images whose code was changed in one place."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.plots import style
from analysis.plots.reconstructions import picture

LINE = 110
"""Characters of a line of the architecture."""


@dataclass(frozen=True)
class LatentEdits:
    """Images, what comes back of them, and what comes back of their edited codes.

    Attributes
    ----------
    architecture : str
        Layers of the detector's networks, see `architecture`.
    originals, restored : ndarray of shape (n, h, w, c)
        Pixels 0 to 255.
    edits : dict of str to ndarray of shape (n, h, w, c)
        By what was done to the code.
    changed : dict of str to ndarray of shape (n,)
        Mean |edit - restored| over an image, in pixels of 0 to 255.
    """

    architecture: str
    originals: NDArray[np.float32]
    restored: NDArray[np.float32]
    edits: dict[str, NDArray[np.float32]]
    changed: dict[str, NDArray[np.float64]]


def latent_edit_data(detector: Any, X: NDArray[Any], rows: Sequence[int]) -> LatentEdits:
    """Edit the codes of some images.

    z[0] is doubled, as the face homework asks; of the other coordinates the one of largest variance
    over all of X is doubled, and it is set to its mean over X. A code of one value has z[0] alone.

    Parameters
    ----------
    detector : Detector
        With `encode` and `decode`, see `trainables.bases.image_reconstruction`.
    X : ndarray of shape (n, h, w, c)
        Pixels 0 to 255.
    rows : sequence of int
        Which of them to edit.

    Notes
    -----
    The third edit, a coordinate at its mean, shows what an image owes to that coordinate.
    """
    codes = np.asarray(detector.encode(X), np.float32)
    widest = 1 + int(codes[:, 1:].var(0).argmax()) if codes.shape[1] > 1 else 0
    mine = codes[list(rows)]
    restored = np.asarray(detector.decode(mine), np.float32)
    edited = {"z[0] doubled": _with(mine, 0, 2 * mine[:, 0])}
    if widest:  # else the code has one value, and that is done already
        edited[f"z[{widest}] doubled (largest variance)"] = _with(mine, widest, 2 * mine[:, widest])
    edited[f"z[{widest}] at its mean"] = _with(mine, widest, np.full(len(mine), codes[:, widest].mean()))
    edits = {name: np.asarray(detector.decode(z), np.float32) for name, z in edited.items()}
    changed = {name: np.abs(images.astype(np.float64) - restored).mean((1, 2, 3)) for name, images in edits.items()}
    originals = np.asarray(X[list(rows)], np.float32)
    return LatentEdits(architecture(detector.network_), originals, restored, edits, changed)


def _with(codes: NDArray[np.float32], j: int, values: NDArray[Any]) -> NDArray[np.float32]:
    other = codes.copy()
    other[:, j] = values
    return other


def architecture(network: Any) -> str:
    """The layers with weights of each part of a network, one line a part: `encoder: 12288-128-64-12-3`.

    Widths of linear layers are joined by dashes; `conv4 3>12` is a convolution 4 x 4 from 3 to 12
    channels, `deconv4` a transposed one. Parts without such layers are left out; of a network without
    parts its own layers are given.
    """
    lines = [f"{name}: {layers}" for name, part in network.named_children() if (layers := _layers(part))]
    return "\n".join(lines) or _layers(network)


def _layers(part: Any) -> str:
    from torch import nn  # by type, not by name: a part of a network may well be called ConvEncoder

    transposed = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
    steps: list[str] = []
    width = None  # of the linear layer before
    for module in part.modules():
        if isinstance(module, nn.Linear):
            if width != module.in_features:
                steps.append(f"{module.in_features}")
            steps[-1] += f"-{module.out_features}"
            width = module.out_features
        elif isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d, *transposed)):
            word = "deconv" if isinstance(module, transposed) else "conv"
            steps.append(f"{word}{module.kernel_size[0]} {module.in_channels}>{module.out_channels}")
            width = None
    return ", ".join(steps)


def latent_edits(data: LatentEdits, *, title: str = "") -> Figure:
    """Architecture, original, reconstruction and one image per edit, with what changed."""
    n, columns = len(data.originals), 2 + len(data.edits)
    if not n:
        return style.message(title, "No images to show.")
    whole = re.sub(r"(conv\d+) ", "\\1\N{NO-BREAK SPACE}", data.architecture)  # lines break between layers
    layers = "\n".join(textwrap.fill(line, LINE) for line in whole.split("\n"))
    lines = layers.count("\n") + 1
    figure = Figure(figsize=(1.9 * columns, 1.3 + 0.2 * lines + 2.05 * n), layout="constrained", facecolor="white")
    figure.suptitle(title or "Edits of the code", fontsize=13, fontweight="bold", parse_math=False)
    axes = figure.subplots(n, columns, squeeze=False)
    for i in range(n):
        panels = [("original", data.originals[i], ""), ("restored", data.restored[i], "")]
        changed = {name: f"L1 to restored: {values[i]:.2f}" for name, values in data.changed.items()}
        panels += [(name, images[i], changed[name]) for name, images in data.edits.items()]
        for ax, (name, image, below) in zip(axes[i], panels, strict=True):
            picture(ax, image)
            if i == 0:
                ax.set_title(name.replace(" (", "\n("), fontsize=style.SMALL)
            ax.set_xlabel(below, fontsize=style.SMALL)
    figure.supxlabel(layers, fontsize=style.SMALL - 1, color=style.GREY, parse_math=False)
    return figure
