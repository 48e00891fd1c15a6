"""The space that was searched, as Optuna draws it: parallel coordinates, slices, contours."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import optuna
import plotly.graph_objects as go

from analysis.interactive import style


def _first(trial: optuna.trial.FrozenTrial) -> float:
    return float(trial.values[0])


def _drawn(draw: Callable[..., Any], study: optuna.Study, params: Sequence[str], metric: str, height: int) -> go.Figure:
    complete = [t for t in study.get_trials(deepcopy=False) if t.state == optuna.trial.TrialState.COMPLETE]
    known = [p for p in params if any(p in t.params for t in complete)]
    if len(complete) < 2 or not known:
        return style.message("Fewer than two trials were complete: nothing to draw.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of experimental drawing functions
        # with a target of its own Optuna draws high scores pale
        target = _first if len(study.directions) > 1 else None
        figure = draw(study, params=known, target=target, target_name=f"validation {metric}")
    style.finish(figure, height=height, title_text="")
    return figure


def parallel_coordinates(study: optuna.Study, params: Sequence[str], metric: str) -> go.Figure:
    """Complete trials as lines through the values of their hyperparameters, from left to right."""
    figure = _drawn(optuna.visualization.plot_parallel_coordinate, study, params, metric, 440)
    figure.update_layout(margin={"l": 70, "r": 40, "t": 60, "b": 60})
    grey = {"color": style.GREY}  # plotly's own are dark, also on a dark page
    figure.update_traces(selector={"type": "parcoords"}, tickfont=grey, rangefont=grey, labelfont=grey)
    return figure


def slices(study: optuna.Study, params: Sequence[str], metric: str) -> go.Figure:
    """Score over each hyperparameter by itself, darker for later trials."""
    figure = _drawn(optuna.visualization.plot_slice, study, params, metric, 340)
    figure.update_layout(width=None, margin={"l": 60, "r": 20, "t": 20, "b": 60})
    return figure


def contour(study: optuna.Study, params: Sequence[str], metric: str) -> go.Figure:
    """Score over pairs of hyperparameters, between the complete trials interpolated."""
    if len(params) < 2:
        return style.message("There is no pair of hyperparameters to draw.")
    figure = _drawn(optuna.visualization.plot_contour, study, list(params)[:2], metric, 420)
    figure.update_layout(margin={"l": 70, "r": 20, "t": 20, "b": 60})
    return figure
