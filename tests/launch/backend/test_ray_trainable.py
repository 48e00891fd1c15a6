"""A trial as the search sees it: its score, its reports, its checkpoints, what a warm worker forgets."""

from dataclasses import replace

import numpy as np
import pytest

from launch.backend import asha
from search_spaces.devnet import PUBLISHED
from tests.launch.toy import TOY, TOY_SPACE
from trainables.core import metrics
from trainables.core.custom_detectors import load_class
from trainables.core.detector import TrainData
from trainables.training import ray_trainable
from trainables.training.fit import FitJob, plain_fit, validated_fit
from trainables.training.ray_trainable import DetectorTrainable, SearchData
from trainables.training.trial import Trial, build

DEVNET = {**PUBLISHED["report"][0], "batch_size": 256, "dropout": 0.2, "schedule": "cosine"}
FIGURES = ("round", "auroc", "ap", "f1", "threshold", "score", "loss_deviation", "loss")


@pytest.fixture(scope="module")
def toy_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("detector") / "toy_detector.py"
    path.write_text(TOY + TOY_SPACE)
    return str(path)


@pytest.fixture
def data(problem, toy_path):
    split = problem.split(0)
    return SearchData(
        toy_path, TrainData.from_labels(split.train.X, split.train.y), split.valid.X, split.valid.y, "ap", 6, (1, 4)
    )


@pytest.fixture
def trainable(data):
    made = []

    def make(params, seed=0, **changes):
        one = replace(data, **changes)

        class Local(DetectorTrainable):
            def setup(self, config):
                super().setup(config, one)

        made.append(Local(config={"params": params, "seed": seed, "number": 0, "spare": False}))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def to_the_end(trainable):
    results = [trainable.train()]
    while not results[-1]["done"]:
        results.append(trainable.train())
    return results


def plain(history):
    """Everything but the timings."""
    return [{k: v for k, v in row.items() if not k.endswith("_seconds")} for row in history]


# -- the score ---------------------------------------------------------------------


class Scripted:
    """A detector whose validation AUROC after each round is written down beforehand."""

    rounds = 5

    def __init__(self, places):
        self.places, self.rounds_done_ = places, 0

    def begin(self, train):
        self.rounds_done_ = 0
        return self

    def train_round(self):
        self.rounds_done_ += 1
        return {"loss": 1.0}

    def decision_function(self, X):
        # one anomaly (the last row) among 4 normal rows: AUROC is the number of rows it beats, over 4
        scores = np.array([1.0, 2.0, 3.0, 4.0, 0.0])
        scores[-1] = self.places[self.rounds_done_ - 1] + 0.5
        return scores


def test_score_is_the_mean_of_the_last_three_rounds():
    trial = Trial(Scripted([0, 4, 2, 1, 4]), None, np.zeros((5, 1)), np.array([0, 0, 0, 0, 1]), "auroc")
    history = trial.run()
    assert [e.auroc for e in history] == [0.0, 1.0, 0.5, 0.25, 1.0]
    assert [e.score for e in history] == pytest.approx([0, 1 / 2, 1.5 / 3, 1.75 / 3, 1.75 / 3])
    assert [e.round for e in history] == [1, 2, 3, 4, 5]


def test_one_definition_of_the_score_everywhere(local, toy):
    """The study, ASHA's input, the ranking and the history all hold the same number."""
    seen = []
    one = local("mine", "--detector-path", str(toy), "--trials", "6", "--max-rounds", "5", "--metric", "auroc")
    halving = one.plan.halving
    decide = type(asha.scheduler(halving)).on_trial_result

    def spy(self, controller, trial, result):
        seen.append((trial.config["number"], result["round"], result["score"]))
        return decide(self, controller, trial, result)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(asha.scheduler(halving)), "on_trial_result", spy)
        one.search()
    assert one.study.ranked()
    for record in one.study.records.values():
        for i, row in enumerate(record.history):
            assert row["score"] == pytest.approx(np.mean([r["auroc"] for r in record.history[max(0, i - 2) : i + 1]]))
        assert record.score == record.history[-1]["score"]
        assert one.study.study.get_trials()[record.number].value == record.score
    histories = {r.number: r.history for r in one.study.records.values()}
    assert seen
    assert all(histories[number][round_ - 1]["score"] == score for number, round_, score in seen)
    scores = [r.score for r in one.study.ranked()]
    assert scores == sorted(scores, reverse=True)


# -- reports -----------------------------------------------------------------------


def test_reports_hold_every_round_and_stop_at_each_rung(trainable, monkeypatch):
    monkeypatch.setattr(ray_trainable, "REPORT_SECONDS", 1e9)
    results = to_the_end(trainable({"quality": 0.5}))
    assert [[r["round"] for r in result["history"]] for result in results] == [[1], [2, 3, 4], [5, 6]]
    assert [result["round"] for result in results] == [1, 4, 6]
    assert [result["finished"] for result in results] == [False, False, True]
    for result in results:
        assert {k: result[k] for k in result["history"][-1]} == result["history"][-1]
        assert result["peak_memory_mb"] > 10


def test_slow_rounds_are_reported_one_by_one(trainable, monkeypatch):
    monkeypatch.setattr(ray_trainable, "REPORT_SECONDS", 0.0)
    results = to_the_end(trainable({"quality": 0.5}))
    assert [[r["round"] for r in result["history"]] for result in results] == [[n] for n in range(1, 7)]


@pytest.mark.parametrize(
    ("mode", "cause", "words"),
    [
        ("named", "out_of_paper", "the ink ran dry in the middle"),
        ("nan", "non_finite_scores", "384 scores are not finite"),
        ("collapsed", "collapsed_scores", "every row got the score 7"),
        ("bug", "error", "KeyError: 'missing' (toy_detector.py:"),
        ("memory", "oom", "out of host memory"),
    ],
)
def test_a_failure_is_a_result_and_the_worker_lives_on(trainable, mode, cause, words):
    one = trainable({"mode": mode})
    result = one.train()
    assert result["done"]
    assert result["failure"] == cause
    assert words in result["failure_message"]
    assert "\n" not in result["failure_message"]
    assert "score" not in result
    assert one.reset({"params": {"quality": 0.5}, "seed": 0})
    assert to_the_end(one)[-1]["finished"]


def test_a_configuration_that_the_detector_refuses(trainable):
    result = trainable({"quality": 7.0}).train()
    assert result["failure"] == "invalid_hyperparameter"
    assert "quality=7.0" in result["failure_message"]


# -- checkpoints and warm workers ---------------------------------------------------


@pytest.mark.parametrize("rounds", [1, 3])
def test_restored_elsewhere_it_goes_on_bit_for_bit(trainable, tmp_path, monkeypatch, rounds):
    monkeypatch.setattr(ray_trainable, "REPORT_SECONDS", 0.0)
    whole = trainable(DEVNET, seed=3, detector="devnet")
    history = [row for result in to_the_end(whole) for row in result["history"]]
    first = trainable(DEVNET, seed=3, detector="devnet")
    for _ in range(rounds):
        first.train()
    (tmp_path / "c").mkdir()
    first.save(str(tmp_path / "c"))
    second = trainable(DEVNET, seed=3, detector="devnet")
    second.restore(str(tmp_path / "c"))
    assert plain(e.flat() for e in second.trial.history) == plain(history[:rounds])
    rest = [row for result in to_the_end(second) for row in result["history"]]
    assert plain(rest) == plain(history[rounds:])
    assert plain(e.flat() for e in second.trial.history) == plain(history)
    np.testing.assert_array_equal(second.trial.valid_scores, whole.trial.valid_scores)


def test_models_of_several_splits_go_on_bit_for_bit(trainable, data, problem, tmp_path, monkeypatch):
    monkeypatch.setattr(ray_trainable, "REPORT_SECONDS", 0.0)
    other = problem.split(1)
    more = ((TrainData.from_labels(other.train.X, other.train.y), other.valid.X, other.valid.y),)
    first, second = (trainable(DEVNET, detector="devnet", max_rounds=2, more_splits=more) for _ in range(2))
    first.train()
    (tmp_path / "c").mkdir()
    first.save(str(tmp_path / "c"))
    second.restore(str(tmp_path / "c"))
    goes_on, elsewhere = (plain(to_the_end(one)[-1]["history"]) for one in (first, second))
    assert len(goes_on) == 1
    assert goes_on == elsewhere


def test_a_warm_worker_brings_nothing_from_one_trial_into_the_next(trainable):
    cold = to_the_end(trainable(DEVNET, seed=3, detector="devnet"))
    warm = trainable({**PUBLISHED["paper"][0], "batches_per_epoch": 2}, seed=9, detector="devnet")
    warm.train()
    warm.reset({"params": DEVNET, "seed": 3})
    assert [plain(r["history"]) for r in to_the_end(warm)] == [plain(r["history"]) for r in cold]
    warm.reset({"params": DEVNET, "seed": 4})
    other = to_the_end(warm)
    assert plain(other[-1]["history"]) != plain(cold[-1]["history"])


def test_a_reset_worker_does_not_save_the_last_trial(trainable, tmp_path):
    warm = trainable({"quality": 1.0})
    to_the_end(warm)
    warm.reset({"params": {"quality": 0.0}, "seed": 0})
    (tmp_path / "c").mkdir()
    warm.save_checkpoint(str(tmp_path / "c"))
    assert warm.trial.history == []


# -- fits outside the search ----------------------------------------------------------


def test_a_confirmation_trains_exactly_as_a_trial_does(trainable, data):
    results = to_the_end(trainable(DEVNET, seed=3, detector="devnet"))
    job = FitJob("devnet", DEVNET, 3, 6)
    fit = validated_fit(job, data.train, data.valid_X, data.valid_y)
    rounds = [row for r in results for row in r["history"]]
    assert plain(fit.history[-1:]) == plain(rounds[-1:])
    assert [row["ap"] for row in fit.history] == [row["ap"] for row in rounds[-3:]]  # whose mean the score is
    assert fit.fit_seconds > sum(row["fit_seconds"] for row in fit.history)


def test_a_refit_stops_early_on_the_same_path(data):
    job = FitJob("devnet", DEVNET, 3, 6, stop=2, keep_state=True)
    with_labels = validated_fit(job, data.train, data.valid_X, data.valid_y)
    without = plain_fit(job, data.train, {"valid": data.valid_X})
    np.testing.assert_array_equal(without.scores["valid"], with_labels.scores["valid"])
    assert without.history == []
    assert without.state["rounds_done"] == 2


def test_rounds_belong_to_the_search_unless_the_configuration_says(toy_path):
    cls = load_class(toy_path)
    assert build(cls, {}, rounds=6, seed=5).rounds == 6
    assert build(cls, {"epochs": 2}, rounds=6, seed=5).rounds == 2
    assert build(cls, {"seed": 1}, rounds=6, seed=5).seed == 5


def test_the_threshold_of_a_round_is_where_f1_is_best(trainable, data):
    one = trainable({"quality": 1.0})
    row = to_the_end(one)[-1]["history"][-1]
    predicted = one.trial.valid_scores >= row["threshold"]
    truth = data.valid_y == 1
    f1 = 2 * (predicted & truth).sum() / (predicted.sum() + truth.sum())
    assert f1 == pytest.approx(row["f1"])
    assert row["f1"] == metrics.ranking(data.valid_y, one.trial.valid_scores)["f1"]
