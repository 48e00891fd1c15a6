"""How a search went: learning curves, history, importance, timeline, score over seconds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.interactive import style

STATES = {
    "complete": (style.BLUE, "complete"),
    "pruned": (style.PALE, "stopped early"),
    "failed": (style.VERMILION, "failed"),
}


def learning_curves(trials: pd.DataFrame, rounds: pd.DataFrame, metric: str) -> go.Figure:
    """Validation score of every trial over its rounds; the best and the published one stand out.

    Parameters
    ----------
    trials : DataFrame
        As `analysis.reports.study_data.StudyData.trials`.
    rounds : DataFrame
        Columns `number`, `round`, `score`.
    metric : str
    """
    if rounds.empty:
        return style.in_words("No trial came to a score.")
    figure = style.canvas("round", f"validation {metric}", height=420)
    by_number: dict[int, pd.DataFrame] = {int(str(n)): group for n, group in rounds.groupby("number")}
    states: dict[int, str] = dict(zip(trials["number"], trials["state"], strict=True))
    for state, (colour, words) in STATES.items():
        numbers = [n for n in by_number if states.get(n) == state]
        if not numbers:
            continue
        x: list[float | None] = []
        y: list[float | None] = []
        for n in numbers:
            x += [*by_number[n]["round"].tolist(), None]
            y += [*(float(f"{v:.5g}") for v in by_number[n]["score"]), None]
        single = max(len(by_number[n]) for n in numbers) == 1
        figure.add_scatter(
            x=x, y=y, mode="lines+markers" if single or len(numbers) < 200 else "lines",
            name=f"{words} ({len(numbers)})",
            line={"color": colour, "width": 1}, marker={"size": 3}, opacity=0.55, hoverinfo="skip",
        )  # fmt: skip
    complete = trials[(trials["state"] == "complete") & trials["score"].notna()]
    best = complete.sort_values(["score", "number"], ascending=[False, True])["number"].tolist()[:1]
    named = [("best", int(n), style.GREEN) for n in best]
    named += [("published", int(n), style.ORANGE) for n in trials.loc[trials["published"], "number"].tolist()[:1]]
    for words, number, colour in named:
        if number in by_number:
            own = by_number[number]
            figure.add_scatter(
                x=own["round"].tolist(), y=own["score"].tolist(), mode="lines+markers", name=f"{words}: trial {number}",
                line={"color": colour, "width": 3}, hovertemplate=f"trial {number}, round %{{x}}: %{{y:.4f}}",
            )  # fmt: skip
    return figure


def optimisation_history(trials: pd.DataFrame, metric: str) -> go.Figure:
    """Score of every trial in the order of its number, with the best complete one so far."""
    scored = trials[trials["score"].notna()].sort_values("number")
    if scored.empty:
        return style.in_words("No trial came to a score.")
    figure = style.canvas("trial", f"validation {metric}", height=380)
    for state, (colour, words) in STATES.items():
        own = scored[scored["state"] == state]
        if len(own):
            figure.add_scatter(
                x=own["number"].tolist(), y=own["score"].round(5).tolist(), mode="markers",
                name=f"{words} ({len(own)})",
                marker={"color": colour, "size": 7, "symbol": "circle" if state == "complete" else "circle-open"},
                hovertemplate="trial %{x}: %{y:.4f}",
            )  # fmt: skip
    complete = scored[scored["state"] == "complete"]
    if len(complete):
        best = complete["score"].cummax().round(5)
        figure.add_scatter(
            x=complete["number"].tolist(), y=best.tolist(), mode="lines", name="best so far",
            line={"color": style.GREEN, "width": 2, "shape": "hv"},
        )  # fmt: skip
    published = scored[scored["published"]]
    if len(published):
        figure.add_scatter(
            x=published["number"].tolist(), y=published["score"].tolist(), mode="markers", name="published",
            marker={"color": style.ORANGE, "size": 12, "symbol": "diamond"},
        )  # fmt: skip
    return figure


def importance_bars(importance: Mapping[str, float]) -> go.Figure:
    """Importance of each hyperparameter, the most important on top."""
    if not importance:
        return style.in_words("Too few trials were complete to tell which hyperparameters matter.")
    ordered = sorted(importance.items(), key=lambda pair: pair[1])
    figure = style.canvas("importance (PED-ANOVA)", height=90 + 26 * len(ordered))
    figure.add_bar(
        x=[v for _, v in ordered], y=[k for k, _ in ordered], orientation="h", marker={"color": style.BLUE},
        hovertemplate="%{y}: %{x:.3f}",
    )  # fmt: skip
    return figure


def timeline(places: pd.DataFrame) -> go.Figure:
    """Which worker did which trial when, a line for each worker of each node.

    Parameters
    ----------
    places : DataFrame
        Columns `number`, `state`, `node`, `worker`, `start`, `end`; seconds from the start of the search.
    """
    if places.empty:
        return style.in_words("Where trials ran was not recorded (a search of an older version).")
    lanes = {key: f"{key[0]} · {key[1]}" for key in sorted(set(zip(places["node"], places["worker"], strict=True)))}
    figure = style.canvas(
        "seconds since the first trial began", height=110 + 34 * min(len(lanes), 24), barmode="overlay"
    )
    for state, (colour, words) in STATES.items():
        own = places[places["state"] == state]
        if own.empty:
            continue
        figure.add_bar(
            base=own["start"].round(2).tolist(), x=(own["end"] - own["start"]).round(3).tolist(),
            y=[lanes[key] for key in zip(own["node"], own["worker"], strict=True)], orientation="h",
            name=words, marker={"color": colour, "line": {"color": "rgba(255,255,255,0.6)", "width": 0.5}},
            customdata=own["number"].tolist(), hovertemplate="trial %{customdata}: %{x:.1f} s",
        )  # fmt: skip
    figure.update_yaxes(type="category")
    return figure


def anytime(curves: Mapping[str, pd.DataFrame], metric: str, unit: str = "CPU") -> go.Figure:
    """Best validation score so far over the seconds that were spent, one line for each search.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        Columns `seconds`, `best`.
    metric, unit : str
    """
    figure = style.canvas(f"{unit} seconds of trials", f"best validation {metric} so far", height=380)
    for k, (name, own) in enumerate(curves.items()):
        if own.empty:
            continue
        figure.add_scatter(
            x=np.round(own["seconds"], 3).tolist(), y=np.round(own["best"], 5).tolist(), mode="lines", name=name,
            line={"shape": "hv", "width": 2, "color": style.CYCLE[k % len(style.CYCLE)]},
            hovertemplate="%{x:.3g} s: %{y:.4f}",
        )  # fmt: skip
    figure.update_xaxes(type="log")
    return figure
