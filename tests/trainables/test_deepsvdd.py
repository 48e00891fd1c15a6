from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from tests.trainables.dependence import tied_columns
from trainables.core.detector import TrainData
from trainables.core.errors import InvalidInput
from trainables.deepsvdd import DeepSVDD, centre_of, soft_boundary_loss
from trainables.networks.ball import BallNetwork

X, SCORED, Y = tied_columns()


def begun(rows: np.ndarray = X, **params) -> DeepSVDD:
    given = {"hidden": (8,), "rep_dim": 3, "batch_size": 64, "pretrain_epochs": 0, "device": "cpu", **params}
    return DeepSVDD(**given).begin(TrainData.from_labels(rows))


def test_distance_by_hand() -> None:
    network = BallNetwork(torch.nn.Identity(), 2)
    network.centre.copy_(torch.tensor([0.0, 1.0]))
    torch.testing.assert_close(network(torch.tensor([[1.0, 2.0], [3.0, -1.0]])), torch.tensor([2.0, 13.0]))


def test_soft_boundary_by_hand() -> None:
    """R^2 = 4, excesses 0, 0, 5: 4 + (5 / 3) / .5."""
    loss = soft_boundary_loss(torch.tensor([1.0, 4.0, 9.0]), torch.tensor(4.0), 0.5)
    torch.testing.assert_close(loss, torch.tensor(4 + 10 / 3))


def test_without_a_radius_and_at_nu_one_the_two_objectives_agree() -> None:
    distance = torch.tensor([1.0, 4.0, 9.0])
    torch.testing.assert_close(soft_boundary_loss(distance, 0.0, 1.0), distance.mean())


def test_centre_keeps_off_zero() -> None:
    z = torch.tensor([[0.05, -0.05, 0.0, 0.3, -0.2], [0.05, -0.05, 0.0, 0.3, -0.2]])
    torch.testing.assert_close(centre_of(z), torch.tensor([0.1, -0.1, 0.1, 0.3, -0.2]))


def test_loss_and_centre_are_deepods() -> None:
    dsvdd = pytest.importorskip("deepod.models.tabular.dsvdd")
    detector = begun(batch_norm=False)
    encoder = detector.network_.encoder
    theirs = dsvdd.DeepSVDD(device="cpu", verbose=0)._set_c(encoder, torch.from_numpy(X).split(100))
    torch.testing.assert_close(detector.network_.centre, theirs)
    rows = torch.from_numpy(X[:50])
    expected = dsvdd.DSVDDLoss(theirs)(encoder(rows))
    torch.testing.assert_close(detector._losses(rows)["loss"], expected)


@pytest.mark.parametrize("batch_norm", [True, False])
def test_centre_is_the_mean_of_the_first_embedding_and_stays(batch_norm: bool) -> None:
    detector = begun(batch_norm=batch_norm, pretrain_epochs=1)
    with torch.no_grad():
        z = detector.network_.eval().encoder(torch.from_numpy(X)).numpy()
    mean = z.mean(0)
    expected = np.where(np.abs(mean) < 0.1, np.where(mean < 0, -0.1, 0.1), mean)
    np.testing.assert_allclose(detector.network_.centre, expected, rtol=1e-5)
    np.testing.assert_allclose(detector.decision_function(X), np.square(z - expected).sum(1), rtol=1e-4)
    detector.pretrain_epochs = 0  # the first round would pre-train, and fix the centre again
    detector.train_round()
    np.testing.assert_allclose(detector.network_.centre, expected, rtol=1e-5)


def test_the_first_round_pre_trains_and_fixes_the_centre_again() -> None:
    detector = begun(pretrain_epochs=2, lr=1e-2)
    first = detector.network_.centre.clone()
    detector.train_round()
    second = detector.network_.centre.clone()
    detector.train_round()
    assert not torch.equal(first, second)
    assert torch.equal(detector.network_.centre, second)


def test_radius_is_the_quantile_at_the_start_of_an_epoch() -> None:
    detector = begun(objective="soft", nu=0.2)
    for _ in range(2):
        radius2 = float(detector.network_.radius2)
        distances = detector.decision_function(X) + radius2
        detector.train_round()
        assert float(detector.network_.radius2) == pytest.approx(np.quantile(distances, 0.8), rel=1e-5)
        assert float(detector.network_.radius2) != radius2


def test_soft_loss_is_that_of_the_quantile_radius() -> None:
    detector = begun(objective="soft", nu=0.2, batch_norm=False, batch_size=len(X))
    d = detector.decision_function(X)
    radius2 = np.quantile(d, 0.8)
    expected = radius2 + np.maximum(d - radius2, 0).sum() / (0.2 * len(d))
    losses = detector.train_round()  # one batch of all rows: the loss before its update
    assert losses["loss"] == pytest.approx(expected, rel=1e-5)
    assert losses["distance"] == pytest.approx(d.mean(), rel=1e-5)


def test_hard_scores_are_distances_and_soft_ones_less_the_radius() -> None:
    assert (begun().decision_function(X) >= 0).all()
    detector = begun(objective="soft")
    detector.train_round()
    inside = (detector.decision_function(X) <= 0).mean()
    assert 0.8 < inside < 1.0  # nu = .1 before the update


def test_no_bias_anywhere() -> None:
    """With one, the encoder could map every row onto c."""
    assert all(p.ndim == 2 for p in begun(batch_norm=True).network_.parameters())
    detector = begun(batch_norm=False)
    np.testing.assert_allclose(
        detector.decision_function(np.zeros((1, X.shape[1]))), np.square(detector.network_.centre).sum(), rtol=1e-6
    )


def test_without_pretraining_the_statistics_of_batch_normalisation_are_the_rows() -> None:
    """With the initial mean 0 and variance 1 the centre of unscaled rows would lie far from all of them."""
    rows = 50 + 10 * X
    detector = begun(rows, batch_norm=True)
    norm = detector.network_.encoder.layers[1]
    with torch.no_grad():
        first = detector.network_.encoder.layers[0](torch.from_numpy(rows))
    torch.testing.assert_close(norm.running_mean, first.mean(0), rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(norm.running_var, first.var(0), rtol=1e-3, atol=1e-3)
    assert norm.momentum == 0.1
    first_loss = detector.train_round()["loss"]
    assert first_loss < 2 * detector.rep_dim


def test_pretraining_is_an_autoencoders() -> None:
    """One linear unit that is to restore five columns learns the one that varies most."""
    rows = (np.random.default_rng(0).normal(size=(600, 5)) * [1, 1, 4, 1, 1]).astype(np.float32)
    made = {"hidden": (), "rep_dim": 1, "batch_norm": False, "lr": 0.03, "pretrain_weight_decay": 0.0}

    def alignment(detector: DeepSVDD) -> float:
        weight = next(detector.network_.parameters()).detach().numpy()[0]
        return abs(weight[2]) / np.linalg.norm(weight)

    pretrained = begun(rows, **made, pretrain_epochs=30)
    torch.manual_seed(0)
    pretrained._pretrain()
    assert alignment(pretrained) > 0.97
    assert alignment(begun(rows, **made)) < 0.9


def test_pretraining_gets_its_hyperparameters(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {}
    monkeypatch.setattr("trainables.deepsvdd.pretrain", lambda encoder, rows, **arguments: given.update(arguments))
    made = {"pretrain_weight_decay": 0.02, "milestone": 0.6, "lr": 0.03, "batch_size": 50, "epochs": 9}
    for epochs, expected_epochs in ((7, 7), (None, 9)):
        begun(pretrain_epochs=epochs, **made).train_round()
        expected = {"epochs": expected_epochs, "lr": 0.03, "batch_size": 50, "weight_decay": 0.02, "milestone": 0.6}
        assert given == expected | {"device": torch.device("cpu"), "decoder": None, "target": None}
    begun(pretrain_epochs=None, pretrain_share=7 / 3, pretrain_milestone=5 / 7, **made | {"epochs": 150}).train_round()
    assert (given["epochs"], given["milestone"]) == (350, 5 / 7)


def test_learning_rate_falls_at_the_milestone() -> None:
    detector = begun(epochs=6, milestone=1 / 3, lr=0.01)
    rates = []
    for _ in range(6):
        detector.train_round()
        rates.append(detector.optimizer_.lr)
    np.testing.assert_allclose(rates, [0.01] * 2 + [0.001] * 4)


@pytest.mark.parametrize("milestone", [0.0, 1.0])
def test_rate_that_never_falls(milestone: float) -> None:
    detector = begun(epochs=3, milestone=milestone, lr=0.01)
    for _ in range(3):
        detector.train_round()
        assert detector.optimizer_.lr == 0.01


def test_training_pulls_rows_to_the_centre() -> None:
    detector = begun(lr=1e-3)
    before = detector.decision_function(X).mean()
    losses = [detector.train_round()["loss"] for _ in range(10)]
    assert losses[-1] < 0.5 * losses[0]
    assert detector.decision_function(X).mean() < 0.5 * before


@pytest.mark.parametrize("objective", ["hard", "soft"])
def test_training_finds_what_ties_the_columns(objective: str) -> None:
    detector = begun(objective=objective, hidden=(16,), rep_dim=8, batch_norm=False, lr=5e-3, milestone=0.0)
    untrained = roc_auc_score(Y, detector.decision_function(SCORED))
    for _ in range(40):
        detector.train_round()
    assert roc_auc_score(Y, detector.decision_function(SCORED)) > 0.9 > untrained + 0.2


def test_radius_and_statistics_resume_bit_for_bit() -> None:
    arguments = {"objective": "soft", "batch_norm": True, "pretrain_epochs": 2, "epochs": 4}
    whole = begun(**arguments)
    for _ in range(2):
        whole.train_round()
    taken = whole.state_dict()
    losses = [whole.train_round() for _ in range(2)]
    other = begun(**arguments).load_state_dict(taken)
    assert [other.train_round() for _ in range(2)] == losses
    np.testing.assert_array_equal(other.decision_function(SCORED), whole.decision_function(SCORED))


def test_labels_are_not_looked_at() -> None:
    arguments = {"hidden": (8,), "rep_dim": 3, "epochs": 2, "device": "cpu"}
    without, with_ = (DeepSVDD(**arguments).fit(X, y) for y in (None, np.arange(len(X)) % 2))
    np.testing.assert_array_equal(without.decision_function(SCORED), with_.decision_function(SCORED))


def test_batch_normalisation_needs_two_rows() -> None:
    with pytest.raises(InvalidInput, match="two training rows"):
        begun(X[:1])
