"""Where the best trials sit on an edge of the space, and what is none."""

import random

import pytest
from optuna.trial import create_trial

from launch.study.edges import Edge, edges
from launch.study.overrides import distributions
from search_spaces import DataInfo
from trainables.core.constraints import Interval, Sequence

INFO = DataInfo(rows=1000, features=8, anomalies=50)
ALLOWED = {
    "lr": (Interval(float, 0, 10, closed="right"),),
    "share": (Interval(float, 0, 1, closed="left"),),
    "decay": (Interval(float, 0, 10),),
    "neighbours": (Interval(int, 1, 1_000_000),),
    "batch_size": (Interval(int, 2, 1_000_000),),
    "hidden": (Sequence(Interval(int, 1, 65536)),),
}


def space(trial, data):
    trial.suggest_float("lr", 1e-4, 1e-2, log=True)
    trial.suggest_float("share", 0.0, 0.6, step=0.1)
    trial.suggest_float("decay", 1e-6, 1e-2, log=True)
    trial.suggest_int("neighbours", 1, data.rows // 4)
    trial.suggest_categorical("batch_size", [32, 64, 128])
    trial.suggest_categorical("hidden", ["linear", "20", "100-50"])
    trial.suggest_categorical("kind", ["one", "other"])
    trial.suggest_int("depth_log2", 1, 5)
    return {}


RANGES = distributions(space, INFO)


def found(best, rest, count=(12, 30), origin="sampled", state=None):
    """Edges of a study whose best trials have some values, and whose others have others; what is left is drawn."""
    rng = random.Random(0)
    trials = []
    for group, (values, n) in enumerate(zip((best, rest), count, strict=True)):
        for i in range(n):
            drawn = {
                name: rng.choice(list(one.choices))
                if hasattr(one, "choices")
                else one.to_external_repr(
                    rng.choice([one.low, one.high]) if one.step and name != "share" else rng.uniform(one.low, one.high)
                )
                for name, one in RANGES.items()
            } | {"share": rng.choice([0.0, 0.1, 0.2, 0.3])}
            params = {name: type(drawn[name])(value) for name, value in {**drawn, **values}.items()}
            how = {"state": state} if state else {}
            trials.append(
                create_trial(
                    params=params,
                    distributions=RANGES,
                    value=1.0 - group - i / 100,
                    user_attrs={"origin": origin},
                    **how,
                )
            )
    return edges(trials, space, INFO, ALLOWED)


@pytest.mark.parametrize(
    ("name", "best", "rest", "edge"),
    [
        ("lr", 0.0099, 0.001, Edge("lr", True, 1e-2, 10, 10, "--range lr=0.0001:0.032")),  # 100 ** .25 = 3.16
        ("lr", 0.000101, 0.001, Edge("lr", False, 1e-4, 10, 10, "--range lr=3.2e-05:0.01")),
        ("share", 0.6, 0.2, Edge("share", True, 0.6, 10, 10, "--range share=0:0.9")),
        ("decay", 0.0095, 1e-4, Edge("decay", True, 1e-2, 10, 10, "--range decay=1e-06:0.1")),
        ("batch_size", 32, 64, Edge("batch_size", False, 32, 10, 10, "--fix batch_size=16")),
        ("hidden", "100-50", "20", Edge("hidden", True, "100-50", 10, 10, "--fix 'hidden=(200,100)'")),
        ("depth_log2", 5, 2, Edge("depth_log2", True, 5, 10, 10, "")),  # no hyperparameter of this name
    ],
)
def test_an_edge_is_named_with_the_option_that_goes_beyond(name, best, rest, edge):
    assert edge in found({name: best}, {name: rest})


@pytest.mark.parametrize(
    ("name", "best", "rest"),
    [
        ("lr", 0.005, 0.001),  # in the outer quarter, log10 of 50 of 100, and not at its end
        ("share", 0.0, 0.3),  # cannot be less
        ("decay", 1.01e-6, 1e-4),  # as good as 0
        ("neighbours", 1, 100),
        ("neighbours", 250, 100),  # a quarter of the rows: more would have more
        ("hidden", "linear", "20"),
        ("kind", "other", "one"),  # without order
        ("lr", 0.0099, 0.0099),  # the others are there, too
    ],
)
def test_what_is_no_edge(name, best, rest):
    assert [edge for edge in found({name: best}, {name: rest}) if edge.name == name] == []


def test_ten_complete_trials_of_the_search_itself_are_needed():
    assert found({"lr": 0.0099}, {"lr": 0.001}, count=(5, 4)) == []
    assert found({"lr": 0.0099}, {"lr": 0.001}, origin="paper") == []


class Drawn:
    """A trial whose values are drawn evenly."""

    def __init__(self, rng):
        self.rng, self.params = rng, {}

    def suggest_float(self, name, low, high, *, step=None, log=False):
        even = low * (high / low) ** self.rng.random() if log else self.rng.uniform(low, high)
        return self.params.setdefault(name, self.rng.randrange(7) / 10 if step else even)

    def suggest_int(self, name, low, high):
        return self.params.setdefault(name, self.rng.randint(low, high))

    def suggest_categorical(self, name, choices):
        return self.params.setdefault(name, self.rng.choice(choices))


def test_dimensions_that_do_nothing_are_hardly_ever_named():
    """Of 25 random searches, 1.25 in the mean at a level of .05; 5 and more come in 1 of 140 such lots."""
    rng, said = random.Random(1), 0
    how = {"distributions": RANGES, "user_attrs": {"origin": "sampled"}}
    for _ in range(25):
        drawn = [Drawn(rng) for _ in range(40)]
        for one in drawn:
            space(one, INFO)
        trials = [create_trial(params=one.params, value=rng.random(), **how) for one in drawn]
        said += bool(edges(trials, space, INFO, ALLOWED))
    assert said < 5
