"""How a search went: learning curves, optimisation history, importances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from analysis.plots import style

Trial = Mapping[str, Any]
STATES = ("complete", "pruned", "failed")


def learning_curves(trials: Sequence[Trial], metric: str) -> Figure:
    """The validation figure of every trial over its rounds.

    The published configuration and the best complete trial stand out and are named;
    a pruned trial ends in a dot, a failed one in a cross.

    Parameters
    ----------
    trials : sequence of mapping
        Each with `number`, `rounds` and `values` (equally long, may be empty), `state`
        ("complete", "pruned" or "failed") and `published` (bool). The best is the
        complete trial whose last value is highest.
    metric : str
        What the values are, for the axis.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a state is unknown.
    """
    title = "Learning curves"
    counts = _count(trials)
    drawn = [t for t in trials if np.isfinite(_floats(t["values"])).any()]
    if not drawn:
        return style.in_words(title, _nothing(trials))
    figure, (ax,) = style.canvas(title, width=8.2)
    complete = [t for t in drawn if t["state"] == "complete"]
    best = max(complete, key=_last, default=None)
    looks: dict[str, dict[str, Any]] = {
        "complete": {"color": style.SKY, "linewidth": 1.1, "alpha": 0.75, "zorder": 3, "marker": ""},
        "pruned": {"color": style.PALE, "linewidth": 0.9, "alpha": 0.8, "zorder": 2, "marker": "o"},
        "failed": {"color": style.VERMILION, "linewidth": 0.9, "alpha": 0.9, "zorder": 4, "marker": "X"},
    }
    named = []
    for trial in drawn:
        look, values = looks[trial["state"]], _floats(trial["values"])
        finite = np.flatnonzero(np.isfinite(values))
        if trial is best or trial["published"]:
            colour = style.BLUE if trial is best else style.ORANGE
            look = look | {"color": colour, "linewidth": 2.6, "alpha": 1.0, "zorder": 6 if trial is best else 5}
            words = ["best"] * (trial is best) + ["published"] * bool(trial["published"])
            named.append((_last(trial), f"trial {trial['number']} ({', '.join(words)})\n{_last(trial):.4f}", colour))
        if len(finite) == 1:
            look = look | {"marker": look["marker"] or "o"}
        ax.plot(trial["rounds"], values, markevery=[int(finite[-1])], markersize=4.5, markeredgewidth=0, **look)
    for state in STATES:
        if counts[state]:
            ax.plot([], [], label=f"{state} ({counts[state]})", **looks[state])
    style.whole_numbers(ax, (number for trial in drawn for number in trial["rounds"]))
    ax.set_xlabel("round")
    ax.set_ylabel(f"validation {metric}")
    ax.set_ylim(ax.get_ylim())
    style.end_labels(ax, named)
    style.legend_below(figure, ax)
    return figure


def optimisation_history(trials: Sequence[Trial], metric: str) -> Figure:
    """The score of every trial in the order they were started, with the best so far.

    Parameters
    ----------
    trials : sequence of mapping
        Each with `number`, `value` (None or NaN for a failed trial), `state` and
        `published`, as in `learning_curves`. Only complete trials count for the best.
    metric : str
        What the values are, for the axis; higher is better.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If a state is unknown.
    """
    title = "Optimisation history"
    counts = _count(trials)
    ordered = sorted(trials, key=lambda t: t["number"])
    numbers = np.array([t["number"] for t in ordered])
    values = _floats([t["value"] for t in ordered])
    states = np.array([t["state"] for t in ordered])
    finite = np.isfinite(values)
    if not finite.any():
        return style.in_words(title, _nothing(trials))
    figure, (ax,) = style.canvas(title, width=8.2)
    complete = finite & (states == "complete")
    pruned = finite & (states == "pruned")
    failed = states == "failed"
    marks: dict[str, Any] = {"s": 28, "linewidths": 1.2}
    if complete.any():
        best = np.maximum.accumulate(values[complete])
        line = (np.append(numbers[complete], numbers[-1]), np.append(best, best[-1]))
        ax.plot(*line, drawstyle="steps-post", color=style.BLUE, linewidth=2, label="best so far", zorder=2)
        ax.scatter(
            numbers[complete], values[complete], color=style.SKY, label=f"complete ({counts['complete']})", **marks
        )
    if pruned.any():
        label = f"pruned ({counts['pruned']})"
        ax.scatter(
            numbers[pruned], values[pruned], facecolors="none", edgecolors=style.GREY, alpha=0.6, label=label, **marks
        )
    if failed.any():
        ax.scatter(
            numbers[failed],
            np.full(failed.sum(), 0.02),
            transform=ax.get_xaxis_transform(),
            marker="x",
            color=style.VERMILION,
            label=f"failed ({counts['failed']}), on the axis",
            **marks,
        )
    published = finite & np.array([bool(t["published"]) for t in ordered])
    if published.any():
        look: dict[str, Any] = {"marker": "D", "s": 60, "color": style.ORANGE, "edgecolors": "black", "zorder": 5}
        ax.scatter(numbers[published], values[published], label="published configuration", **look)
    style.whole_numbers(ax, numbers.tolist())
    ax.margins(y=0.1)
    ax.set_xlabel("trial")
    ax.set_ylabel(f"validation {metric}")
    ax.set_ylim(ax.get_ylim())
    if complete.any():
        winner = numbers[complete][int(np.argmax(values[complete]))]
        style.end_labels(ax, [(best[-1], f"trial {winner}\n{best[-1]:.4f}", style.BLUE)])
    style.legend_below(figure, ax)
    return figure


def importances(importance: Mapping[str, float]) -> Figure:
    """Importance of each hyperparameter for the score, most important on top.

    Parameters
    ----------
    importance : mapping of str to float
        By hyperparameter, as Optuna's `get_param_importances` returns them.

    Returns
    -------
    Figure
    """
    title = "Importance of the hyperparameters"
    if not importance:
        return style.in_words(title, "No importances: too few trials completed.")
    ordered = sorted(importance.items(), key=lambda pair: -pair[1])
    figure, (ax,) = style.canvas(title, height=max(2.4, 1.4 + 0.36 * len(ordered)))
    at = np.arange(len(ordered))
    values = [value for _, value in ordered]
    bars = ax.barh(at, values, 0.68, color=style.BLUE)
    ax.bar_label(bars, fmt="%.3f", fontsize=style.SMALL, padding=3)
    ax.set_yticks(at, [name for name, _ in ordered])
    ax.set_ylim(len(ordered) - 0.5, -0.5)
    ax.set_xlim(0, 1.12 * max(*values, 1e-3))
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x", color="#E6E6E6", linewidth=0.8)
    ax.set_xlabel("importance (share of the total)")
    ax.set_ylabel("hyperparameter")
    return figure


def _floats(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _last(trial: Trial) -> float:
    """The last finite value of a trial."""
    values = _floats(trial["values"])
    return float(values[np.isfinite(values)][-1])


def _count(trials: Sequence[Trial]) -> dict[str, int]:
    """Trials per state.

    Raises
    ------
    ValueError
        If a state is unknown.
    """
    counts = dict.fromkeys(STATES, 0)
    for trial in trials:
        if trial["state"] not in counts:
            raise ValueError(
                f"trial {trial['number']}: unknown state {trial['state']!r}, it is one of {', '.join(STATES)}"
            )
        counts[trial["state"]] += 1
    return counts


def _nothing(trials: Sequence[Trial]) -> str:
    """Why there is no curve."""
    return f"None of the {len(trials)} trials has a score." if trials else "No trials to show."
