from dataclasses import replace

import numpy as np
import pytest

import trainables
from trainables.core import errors, state
from trainables.core.detector import NORMAL, TrainData
from trainables.core.task_group import Task, TaskGroup, grouped
from trainables.training.fit import FitJob, plain_fit, validated_fit
from trainables.training.trial import Trial, build

NAMES = ("a", "b", "c")


def images(n: int = 40, seed: int = 0):
    """Three classes of rows around different points, sorted by class."""
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(3), n)
    return (rng.normal(0, 0.3, (3 * n, 3)) + 3 * np.eye(3)[classes]).astype(np.float32), classes


@pytest.fixture
def train():
    X, classes = images()
    tasks = []
    for k, name in enumerate(NAMES):
        rows = np.flatnonzero(classes == k)
        where = slice(int(rows[0]), int(rows[-1]) + 1) if k else rows
        tasks.append(Task(name, where, np.full(len(rows), NORMAL, np.int8)))
    return TrainData(X, np.zeros(len(X), np.int8), tasks=tuple(tasks))


@pytest.fixture
def valid():
    X, classes = images(seed=1)
    return X, (classes[:, None] != np.arange(3)).astype(np.int8)


def member(name="autoencoder", **given):
    small = {"hidden": (8,), "latent": 2, "batch_size": 16, "lr": 1e-2, "epochs": 4}
    return trainables.load(name)(**{**small, **given})


def test_a_member_is_what_it_would_be_alone(train, valid):
    group = grouped(member(), train)
    assert isinstance(group, TaskGroup)
    group.begin(train)
    for _ in range(4):
        group.train_round()
    scores = group.decision_function(valid[0])
    assert scores.shape == (120, 3)
    for k, task in enumerate(train.tasks):
        alone = member().begin(TrainData(train.X[task.rows], task.target))
        for _ in range(4):
            alone.train_round()
        np.testing.assert_array_equal(scores[:, k], alone.decision_function(valid[0]))


def test_a_slice_is_a_view_of_the_one_copy(train):
    group = TaskGroup(member()).begin(train)
    rows = group.members["b"].rows_.numpy()
    assert np.shares_memory(rows, train.X)


def test_data_of_one_task_make_no_group(train):
    alone = member()
    assert grouped(alone, replace(train, tasks=())) is alone


def test_state_resumes_bit_for_bit(train, valid, tmp_path):
    whole = TaskGroup(member()).begin(train)
    losses = [whole.train_round() for _ in range(4)]
    half = TaskGroup(member()).begin(train)
    for _ in range(2):
        half.train_round()
    state.save(half.state_dict(), tmp_path / "s.pt")
    other = TaskGroup(member()).begin(train).load_state_dict(state.load(tmp_path / "s.pt"))
    assert other.rounds_done_ == 2
    assert [other.train_round() for _ in range(2)] == losses[2:]
    np.testing.assert_array_equal(other.decision_function(valid[0]), whole.decision_function(valid[0]))
    cold = TaskGroup(member()).load_state_dict(state.load(tmp_path / "s.pt"))
    assert cold.decision_function(valid[0]).shape == (120, 3)


def test_one_failed_class_fails_the_group_by_name(train):
    broken = train.X.copy()
    broken[45, 1] = np.nan  # in class b
    with pytest.raises(errors.InvalidInput, match=r"class b: .*row 5"):
        TaskGroup(member()).begin(replace(train, X=broken))
    with pytest.raises(errors.NotFitted):
        TaskGroup(member()).train_round()


def test_a_trial_scores_the_mean_and_keeps_every_class(train, valid):
    trial = Trial(build(type(member()), {"hidden": (8,), "latent": 2}, rounds=3, seed=0), train, *valid, "auroc")
    history = trial.run()
    last = history[-1]
    assert set(last.tasks) == {"auroc_a", "auroc_b", "auroc_c"}
    assert last.auroc == pytest.approx(np.mean(list(last.tasks.values())))
    assert last.score == pytest.approx(np.mean([e.auroc for e in history]))
    again = type(last).from_flat(last.flat())
    assert again == last


def test_rows_that_a_task_does_not_have_do_not_count(train, valid):
    X, y = valid
    y = y.copy()
    y[(y[:, 0] == 1) & (np.arange(len(y)) % 2 == 0), 0] = -1
    trial = Trial(member(epochs=1), train, X, y, "auroc")
    last = trial.run()[-1]
    from sklearn.metrics import roc_auc_score

    own = y[:, 0] >= 0
    assert last.tasks["auroc_a"] == pytest.approx(roc_auc_score(y[own, 0], trial.valid_scores[own, 0]))


def test_fits_of_a_group(train, valid):
    params = {"hidden": (8,), "latent": 2, "batch_size": 16}
    job = FitJob("autoencoder", params, 0, 3, metric="auroc", keep_state=True)
    fit = validated_fit(job, train, *valid)
    assert fit.scores["valid"].shape == (120, 3)
    assert set(fit.state["members"]) == set(NAMES)
    plain = plain_fit(job, train, {"test": valid[0]})
    np.testing.assert_array_equal(plain.scores["test"], fit.scores["valid"])
    untrained = plain_fit(replace(job, stop=0), train, {"test": valid[0]})
    assert not np.array_equal(untrained.scores["test"], plain.scores["test"])


def test_collapsed_scores_name_the_class(train, valid):
    from trainables.training.trial import check_scores

    group = TaskGroup(member()).begin(train)
    scores = np.random.default_rng(0).normal(size=(5, 3))
    scores[:, 1] = 2.0
    with pytest.raises(errors.CollapsedScores, match=r"class b: .*2"):
        check_scores(scores, group)


def test_the_scale_of_training_scores_is_that_of_each_task(train, valid):
    fit = plain_fit(FitJob("autoencoder", member().get_params(), 0, 4), train, {"valid": valid[0]}, trained=("valid",))
    group = grouped(member(seed=0), train).begin(train)
    for _ in range(4):
        group.train_round()
    for k, task in enumerate(train.tasks):
        scores = group.decision_function(train.X[task.rows])[:, k]
        np.testing.assert_allclose(
            fit.training_quantiles[k], np.percentile(scores, [*range(10, 96, 5), 97.5, 99]), rtol=1e-6
        )
    np.testing.assert_allclose(fit.scores["valid"], group.decision_function(valid[0]), rtol=1e-6)


def test_labelled_anomalies_do_not_set_the_scale():
    X = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    y = np.arange(200) < 20
    X[y] += 9
    fit = plain_fit(FitJob("iforest", {"n_estimators": 10}, 0, 2), TrainData.from_labels(X, y), {"normal": X[~y]})
    expected = np.percentile(fit.scores["normal"], [*range(10, 96, 5), 97.5, 99])
    np.testing.assert_allclose(fit.training_quantiles, expected[None])


def test_what_was_not_trained_has_no_scale(train, valid):
    """A control gets no threshold: the rows that would say its scale are not scored."""
    fit = plain_fit(FitJob("autoencoder", member().get_params(), 0, 4, 0), train, {"valid": valid[0]})
    assert fit.training_quantiles is None
