"""The space that was searched: parallel coordinates, slices, pairs of hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from matplotlib.tri import Triangulation

from analysis.charts import space
from analysis.charts.space import Axis
from analysis.plots import style

if TYPE_CHECKING:  # plots are quick to import: neither the launcher nor Optuna comes with them
    from launch.study.storage import OptunaStudy

MAP = "viridis"


def slices(study: OptunaStudy, params: Sequence[str], metric: str) -> Figure:
    """Score of complete trials over each hyperparameter by itself, brighter for later trials.

    Parameters
    ----------
    study : optuna.Study
        Its first value is the score.
    params : sequence of str
        Those that matter most first.
    metric : str
        What the score is, for the axis.
    """
    numbers, scores, known = space.searched(study, params)
    if not known:
        return style.message("Slices", space.NOTHING)
    figure, axes = style.canvas("Score over each hyperparameter", len(known), width=max(5.0, 3.1 * len(known)))
    for ax, own in zip(axes, known, strict=True):
        dots = ax.scatter(own.at, scores, c=numbers, cmap=MAP, s=26, edgecolors="white", linewidths=0.5)
        _label(own, ax, "x")
        if ax is not axes[0]:
            ax.sharey(axes[0])
            ax.tick_params(labelleft=False)
    axes[0].set_ylabel(f"validation {metric}")
    figure.colorbar(dots, ax=axes, label="trial", fraction=0.03)
    return figure


def contour(study: OptunaStudy, params: Sequence[str], metric: str) -> Figure:
    """Score over the first two hyperparameters that vary: complete trials as dots, between them interpolated.

    Parameters are those of `slices`.
    """
    _, scores, known = space.searched(study, params)
    known = [own for own in known if own.varies()]
    if len(known) < 2:
        return style.message("Two hyperparameters", "There is no pair to draw.")
    figure, (ax,) = style.canvas(f"Score over {known[0].name} and {known[1].name}")
    x, y = known[:2]
    both = ~np.isnan(x.at) & ~np.isnan(y.at)
    scale = Normalize(scores.min(), scores.max())
    places = np.unique(np.stack([x.shares()[both], y.shares()[both]], 1), axis=0)
    if np.linalg.matrix_rank(places - places.mean(0), tol=1e-6) == 2 and scores.max() > scores.min():
        mesh = Triangulation(x.at[both], y.at[both], Triangulation(x.shares()[both], y.shares()[both]).triangles)
        ax.tricontourf(mesh, scores[both], levels=12, cmap=MAP, norm=scale, alpha=0.75)
    dots = ax.scatter(x.at, y.at, c=scores, cmap=MAP, norm=scale, s=30, edgecolors="white", linewidths=0.8)
    ax.use_sticky_edges = False
    ax.margins(0.04)
    _label(x, ax, "x")
    _label(y, ax, "y")
    figure.colorbar(dots, ax=ax, label=f"validation {metric}")
    return figure


def parallel_coordinates(study: OptunaStudy, params: Sequence[str], metric: str) -> Figure:
    """Complete trials as lines through the values of their hyperparameters, the best on top.

    Parameters are those of `slices`, the hyperparameters from left to right.
    """
    _, scores, known = space.searched(study, params)
    if not known:
        return style.message("Parallel coordinates", space.NOTHING)
    figure, (ax,) = style.canvas("Parallel coordinates", width=max(7.2, 1.7 * len(known)))
    scale = Normalize(scores.min(), scores.max())
    shares = np.stack([own.shares() for own in known], 1)
    for row, score in zip(shares, scores, strict=True):
        ax.plot(range(len(known)), row, color=colormaps[MAP](scale(score)), linewidth=1.4, alpha=0.85, marker=".")
    for k, own in enumerate(known):
        ax.axvline(k, color=style.GREY, linewidth=0.8, zorder=1)
        for share, text in zip((-0.05, 1.05), _ends(own), strict=True):
            ax.text(k, share, text, ha="center", va="center", fontsize=style.SMALL, parse_math=False)
    ax.set_xticks(range(len(known)), [own.name.replace("_", "_\u200b") for own in known], parse_math=False)
    if len(known) > 4:
        ax.tick_params(axis="x", labelrotation=20)
    ax.set_yticks([])
    ax.set_ylim(-0.1, 1.1)
    ax.spines["left"].set_visible(False)
    figure.colorbar(ScalarMappable(scale, MAP), ax=ax, label=f"validation {metric}")
    return figure


def _ends(own: Axis) -> tuple[Any, Any]:
    """What stands at the lower and upper end of an axis."""
    if own.choices:
        return own.choices[0][:14], own.choices[-1][:14] if len(own.choices) > 1 else ""
    return f"{np.nanmin(own.at):.3g}", f"{np.nanmax(own.at):.3g}"


def _label(own: Axis, ax: Axes, which: str) -> None:
    """Name and ticks of an axis."""
    axis = getattr(ax, f"{which}axis")
    getattr(ax, f"set_{which}label")(own.name, parse_math=False)
    if own.choices:
        texts = [text[:14] for text in own.choices]
        axis.set_ticks(range(len(texts)), texts, parse_math=False)
        if which == "x" and sum(map(len, texts)) > 16:
            ax.tick_params(axis="x", labelrotation=40)
    elif own.log:
        getattr(ax, f"set_{which}scale")("log")
        low, high = np.nanmin(own.at), np.nanmax(own.at)
        ticks = np.geomspace(low, high, 3) if high > low else np.array([low])
        axis.set_ticks(ticks, [f"{v:.2g}" for v in ticks])
        axis.set_minor_formatter(NullFormatter())
