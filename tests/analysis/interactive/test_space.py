"""Drawings of the space that was searched: lines go where the values are, also of conditional hyperparameters."""

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from analysis import interactive
from analysis.charts import space
from analysis.interactive import style

DISTRIBUTIONS = {
    "lr": FloatDistribution(1e-4, 1e-2, log=True),
    "net": CategoricalDistribution(["dense", "conv"]),
    "drop": FloatDistribution(0.0, 1.0),
}


@pytest.fixture
def study():
    study = optuna.create_study(direction="maximize")
    for score, params in [
        (0.2, {"lr": 1e-4, "net": "dense", "drop": 0.5}),
        (0.6, {"lr": 1e-2, "net": "conv"}),
        (0.4, {"lr": 1e-3, "net": "dense", "drop": 1.0}),
    ]:
        own = {name: DISTRIBUTIONS[name] for name in params}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=own, value=score))
    return study


def test_parallel_coordinates(study):
    figure = interactive.parallel_coordinates(study, ["lr", "net", "drop"], "AP")
    best = figure.data[-1]
    assert best.name == "best: trial 1"
    # the score is the highest, lr at its upper end, conv the second choice of two, no dropout: below the axes
    assert list(best.y) == [1, 1, 1, -0.14, None]
    lines = {trace.text[0]: list(trace.y)[:4] for trace in figure.data}
    # lr is logarithmic: .001 lies half-way between .0001 and .01
    assert lines["trial 2: 0.4000"] == [0.5, 0.5, 0, 1]
    said = [note.text for note in figure.layout.annotations]
    assert {"dense", "conv", "not used", "0.0001", "0.01"} <= set(said)


def test_slices_stand_two_beside_each_other_and_know_the_scale(study):
    figure = interactive.slices(study, ["lr", "net", "drop"], "AP")
    assert figure.layout.xaxis.type == "log"
    assert list(figure.layout.xaxis2.ticktext) == ["dense", "conv"]
    assert figure.layout.yaxis3.domain[1] < figure.layout.yaxis.domain[0]
    assert list(figure.data[0].y) == [0.2, 0.4, 0.6]


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.001, 0.008, ["0.001", "0.002", "0.005"]),
        (1e-5, 1e-1, ["1e-5", "0.0001", "0.001", "0.01", "0.1"]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_whole_numbers_apart(low, high, texts):
    ticks = style.log_ticks(low, high)
    inside = [t for v, t in zip(ticks["tickvals"], ticks["ticktext"], strict=True) if low * 0.99 <= v <= high * 1.01]
    assert inside == texts


def test_of_a_long_study_the_best_and_a_sample_are_drawn():
    """A contour has as many rows and columns as trials: of ten thousand it would be a gigabyte."""
    study = optuna.create_study(direction="maximize")
    for n in range(1500):
        params = {"lr": 1e-4 * 100 ** (n * 0.618 % 1), "drop": n * 0.414 % 1}
        own = {name: DISTRIBUTIONS[name] for name in params}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=own, value=n * 0.7321 % 1))
    numbers, scores, _ = space.searched(study, ["lr", "drop"])
    assert len(numbers) == space.DRAWN
    values = sorted(trial.value for trial in study.get_trials(deepcopy=False))
    assert scores[-250:].tolist() == values[-250:]
    surface = interactive.contour(study, ["lr", "drop"], "AP").data[0]
    assert 100 < len(surface.z) <= space.INTERPOLATED + 2
    assert len(study.trials) == 1500
