"""Held-out rows of a real split: their scores, their models, their numbers in the file."""

from types import SimpleNamespace

import numpy as np
import pytest

from datasets.load import load
from datasets.request import Request
from launch.evaluation.calibration import HeldOut
from launch.evaluation.mistakes import finding
from launch.evaluation.mistakes.held_out import held_out
from launch.evaluation.mistakes.record import read
from launch.evaluation.outcome import Arm, Outcome
from tests import tables
from trainables.iforest import IForest

NUMBERS = (1000, 1001, 1002)


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    frame = tables.raw(400, 60)
    frame.insert(0, "order_id", [f"A-{k:05d}" for k in range(400)])
    path = tables.write(tmp_path_factory.mktemp("held") / "shop.csv", frame)
    request = Request(str(path), label_column="verdict", positive=("bad",), type_column="kind", group_column="shop")
    return load(request, path.parent, notify=lambda line: None)


def outcome_of(problem, scores, states=None):
    """An outcome whose winner scored the held-out rows so; the scale is that of the rows themselves."""
    folds = {n: HeldOut(problem.development.y[problem.valid_rows(n)], scores(n)) for n in NUMBERS}
    finalist = SimpleNamespace(folds=folds, states=states or {}, record=SimpleNamespace(params={"n_estimators": 5}))
    arm = Arm(finalist, 1, (0.8,))
    arm.fits[0] = SimpleNamespace(training_quantiles=None)
    plan = SimpleNamespace(problem=problem, cls=IForest)
    return plan, Outcome(finalist, None, 3, SimpleNamespace(shipped=None), {"tuned": arm}, {}, 0)


def test_a_row_has_the_mean_of_the_splits_that_held_it_out(problem):
    rows = held_out(*outcome_of(problem, lambda n: problem.valid_rows(n) + float(n)))
    times = np.zeros(len(problem.development), int)
    for n in NUMBERS:
        times[problem.valid_rows(n)] += 1
    assert rows.splits.tolist() == times[times > 0].tolist()
    assert 2 in rows.splits
    places = np.flatnonzero(times)
    means = [np.mean([n for n in NUMBERS if place in problem.valid_rows(n)]) for place in places]
    assert rows.scores == pytest.approx(places + np.array(means))


def test_rows_know_their_place_in_the_file(problem):
    rows = held_out(*outcome_of(problem, lambda n: np.zeros(len(problem.valid_rows(n)))))
    frame = tables.raw(400, 60)
    kinds = frame["kind"].to_numpy()[rows.part.numbers]
    assert (np.where(rows.y == 1, rows.part.anomaly_types, "none") == kinds).all()
    assert problem.beside["order_id"].iloc[7] == "A-00007"
    assert list(problem.beside) == ["shop", "order_id"]


def test_the_model_of_a_split_scores_rows_that_it_did_not_see(problem):
    states, scores = {}, {}
    for n in NUMBERS:
        split = problem.split(n)
        detector = IForest(n_estimators=5, seed=n).fit(split.train.X)
        states[n], scores[n] = detector.state_dict(), detector.decision_function(split.valid.X)
    plan, outcome = outcome_of(problem, scores.get, states)
    rows = held_out(plan, outcome)
    for n, model in zip(NUMBERS, rows.models, strict=True):
        raw = problem.development.X[problem.valid_rows(n)]
        assert model.score(raw) == pytest.approx(scores[n])
        assert (rows.part.X[model.rows] == raw).all() or np.isnan(raw).any()


def test_everything_is_kept_and_read_again(problem, tmp_path):
    states, scores = {}, {}
    for n in NUMBERS:
        split = problem.split(n)
        detector = IForest(n_estimators=5, seed=n).fit(split.train.X)
        states[n], scores[n] = detector.state_dict(), detector.decision_function(split.valid.X)
    found, frame = finding.find(*outcome_of(problem, scores.get, states))
    (view,) = found.views
    assert view.missed == sum(held_out(*outcome_of(problem, scores.get)).missed)
    assert len(frame) == len(view.rows)
    assert frame["order_id"].str.startswith("A-").all()
    assert {one.column for one in found.effects} == set(problem.feature_names)
    found.write(tmp_path / "mistakes.json")
    assert read(tmp_path / "mistakes.json") == found
    assert read(tmp_path / "nothing.json") is None
    assert found.counted().missed == view.missed


def test_rows_of_another_split_are_refused(problem):
    plan, outcome = outcome_of(problem, lambda n: np.zeros(len(problem.valid_rows(n))))
    fold = outcome.best.folds[NUMBERS[0]]
    outcome.best.folds[NUMBERS[0]] = HeldOut(1 - fold.y, fold.scores)
    with pytest.raises(RuntimeError, match="are not those that were scored"):
        held_out(plan, outcome)
