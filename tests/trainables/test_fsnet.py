"""FSNet: log odds and episode loss by hand, and the make-up of episodes."""

from __future__ import annotations

import numpy as np
import optuna
import pytest
import torch

from search_spaces import DataInfo
from search_spaces.fsnet import space
from trainables.core.detector import TrainData
from trainables.fsnet import FSNet, episode_loss, log_odds

RNG = np.random.default_rng(0)


def test_log_odds_by_hand():
    z = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    odds = log_odds(z, torch.tensor([0.0, 0.0]), torch.tensor([3.0, 0.0]))
    torch.testing.assert_close(odds, torch.tensor([0.0 - 9.0, 25.0 - 16.0]))


def test_log_odds_are_those_of_the_softmax():
    z, centres = torch.from_numpy(RNG.normal(size=(20, 3))), torch.from_numpy(RNG.normal(size=(2, 3)))
    p = torch.softmax(-((z[:, None] - centres[None]) ** 2).sum(2), 1)
    torch.testing.assert_close(log_odds(z, *centres), torch.log(p[:, 1] / p[:, 0]))


def test_episode_loss_is_the_cross_entropy_of_the_queries():
    z = torch.from_numpy(RNG.normal(size=(2, 7, 3)))
    prototypes = z[:, :3].mean(1)
    queries = z[:, 3:].reshape(8, 3)
    logits = -(torch.cdist(queries, prototypes) ** 2)
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor([0] * 4 + [1] * 4))
    torch.testing.assert_close(episode_loss(z, 3), expected)


def test_episode_loss_by_hand():
    """One shot and one query a class, on a line: prototypes 0 and 2, queries 1 and 2."""
    z = torch.tensor([[[0.0], [1.0]], [[2.0], [2.0]]])
    # query 1 is half-way: log 2; query 2 has distances 4 and 0: log(1 + e^-4)
    torch.testing.assert_close(episode_loss(z, 1), torch.tensor((np.log(2) + np.log1p(np.exp(-4))) / 2).float())


def test_episodes_hold_different_rows_of_each_class():
    rows = np.arange(60, dtype=np.float32)[:, None]
    target = np.where(np.arange(60) < 12, -1, 0).astype(np.int8)
    detector = FSNet(shots=4, queries=8, episodes_per_epoch=25, device="cpu").begin(TrainData(rows, target))
    episodes = list(detector._episodes())
    assert len(episodes) == 25
    for episode in episodes:
        assert episode.shape == (2, 12, 1)
        assert bool((episode[0] >= 12).all())
        assert sorted(episode[1].view(-1).tolist()) == list(range(12))
        assert len(episode[0].unique()) == 12


def test_score_uses_the_prototypes_of_all_training_rows():
    rows = RNG.normal(size=(80, 3)).astype(np.float32)
    y = (np.arange(80) < 9).astype(int)
    rows[:9] += 3.0
    detector = FSNet(hidden=(), rep_dim=2, epochs=2, episodes_per_epoch=20, device="cpu").fit(rows, y)
    layer = detector.network_.embed.layers[0]
    z = rows @ layer.weight.detach().numpy().T + layer.bias.detach().numpy()
    normal, anomalous = z[9:].mean(0), z[:9].mean(0)
    expected = ((z - normal) ** 2).sum(1) - ((z - anomalous) ** 2).sum(1)
    np.testing.assert_allclose(detector.decision_function(rows), expected, rtol=1e-3, atol=1e-3)


def test_rate_halves_at_every_share():
    rows = RNG.normal(size=(40, 2)).astype(np.float32)
    detector = FSNet(lr=8e-3, halve_every=1 / 3, epochs=9, episodes_per_epoch=1, device="cpu")
    detector.begin(TrainData.from_labels(rows, (np.arange(40) < 10).astype(int)))
    rates = []
    for _ in range(9):
        detector.train_round()
        rates.append(detector.optimizer_.lr)
    np.testing.assert_allclose(rates, [8e-3] * 3 + [4e-3] * 3 + [2e-3] * 3)


def test_one_labelled_anomaly_is_enough():
    rows = RNG.normal(size=(50, 2)).astype(np.float32)
    rows[0] = 9.0
    detector = FSNet(hidden=(), epochs=2, episodes_per_epoch=10, device="cpu")
    scores = detector.fit(rows, (np.arange(50) == 0).astype(int)).decision_function(rows)
    assert scores.argmax() == 0


@pytest.mark.parametrize(
    ("anomalies", "shots", "queries"),
    [
        (1, 1, {5}),  # the smallest of each, which repeat rows
        (8, 3, {5}),
        (20, 5, {5, 15}),  # just the published 5 and 15
        (30, 15, {5, 15}),
        (40, 10, {5, 15, 30}),
        (1000, 15, {5, 15, 30, 60}),
    ],
)
def test_space_draws_no_more_anomalies_than_there_are(anomalies, shots, queries):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    configs = [space(study.ask(), DataInfo(rows=2000, features=8, anomalies=anomalies)) for _ in range(200)]
    assert {c["queries"] for c in configs} == queries
    assert {c["shots"] for c in configs} == set(range(1, shots + 1))
    assert max(c["shots"] + c["queries"] for c in configs) <= max(6, anomalies)
