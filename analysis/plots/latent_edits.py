"""What the values of a code mean: images whose code was changed in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.plots import style
from analysis.plots.reconstructions import picture


@dataclass(frozen=True)
class LatentEdits:
    """Images, what comes back of them, and what comes back of their edited codes.

    Attributes
    ----------
    architecture : str
        Of the detector's networks, one line each.
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

    z[0] is doubled, as the face homework asks; the coordinate of largest variance over all of X is
    doubled (of the others, where that is z[0]), and it is set to its mean over X.

    Parameters
    ----------
    detector : Detector
        With `encode` and `decode`, see `trainables.core.image_reconstruction`.
    X : ndarray of shape (n, h, w, c)
        Pixels 0 to 255.
    rows : sequence of int
        Which of them to edit.
    """
    codes = np.asarray(detector.encode(X), np.float32)
    variance = codes.var(0)
    order = np.argsort(-variance, kind="stable")
    widest = next((int(j) for j in order if j != 0), 0)
    mine = codes[list(rows)]
    restored = np.asarray(detector.decode(mine), np.float32)
    edited = {
        "z[0] doubled": _with(mine, 0, 2 * mine[:, 0]),
        f"z[{widest}] doubled (largest variance)": _with(mine, widest, 2 * mine[:, widest]),
        f"z[{widest}] at its mean": _with(mine, widest, np.full(len(mine), codes[:, widest].mean())),
    }
    edits = {name: np.asarray(detector.decode(z), np.float32) for name, z in edited.items()}
    changed = {name: np.abs(images.astype(np.float64) - restored).mean((1, 2, 3)) for name, images in edits.items()}
    originals = np.asarray(X[list(rows)], np.float32)
    return LatentEdits(architecture(detector.network_), originals, restored, edits, changed)


def _with(codes: NDArray[np.float32], j: int, values: NDArray[Any]) -> NDArray[np.float32]:
    other = codes.copy()
    other[:, j] = values
    return other


def architecture(network: Any) -> str:
    """The layers with weights of each part of a network: `encoder: 12288-128-64-12-3`."""
    lines = []
    for name, part in network.named_children():
        steps: list[str] = []
        for module in part.modules():
            kind = type(module).__name__
            if kind == "Linear":
                steps += [str(module.in_features)] if not steps or steps[-1] != str(module.in_features) else []
                steps.append(str(module.out_features))
            elif kind.startswith("Conv"):
                what = "deconv" if "Transpose" in kind else "conv"
                steps.append(f"{what}{module.kernel_size[0]} {module.in_channels}>{module.out_channels}")
        if steps:
            lines.append(
                f"{name}: {'-'.join(steps)}" if "conv" not in " ".join(steps) else f"{name}: {', '.join(steps)}"
            )
    return "\n".join(lines)


def latent_edits(data: LatentEdits, *, title: str = "") -> Figure:
    """Architecture, original, reconstruction and one image per edit, with what changed.

    Parameters
    ----------
    data : LatentEdits
    title : str
    """
    n, columns = len(data.originals), 2 + len(data.edits)
    if not n:
        return style.in_words(title, "No images to show.")
    lines = data.architecture.count("\n") + 1
    figure = Figure(figsize=(1.9 * columns, 1.3 + 0.2 * lines + 2.05 * n), layout="constrained", facecolor="white")
    figure.suptitle(title or "Edits of the code", fontsize=13, fontweight="bold", parse_math=False)
    axes = figure.subplots(n, columns, squeeze=False)
    for i in range(n):
        panels = [("original", data.originals[i], ""), ("restored", data.restored[i], "")]
        for name, images in data.edits.items():
            panels.append((name, images[i], f"L1 to restored: {data.changed[name][i]:.2f}"))
        for ax, (name, image, below) in zip(axes[i], panels, strict=True):
            picture(ax, image)
            if i == 0:
                ax.set_title(name.replace(" (", "\n("), fontsize=style.SMALL)
            ax.set_xlabel(below, fontsize=style.SMALL)
    figure.supxlabel(data.architecture, fontsize=style.SMALL - 1, color=style.GREY, parse_math=False)
    return figure
