"""AnoGAN: the search for codes finds what was made of one, by the score of the paper."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.anogan import AnoGAN
from trainables.core.detector import NORMAL, TrainData

SMALL = {"channels": 2, "latent": 2, "batch_size": 8, "epochs": 1, "device": "cpu"}


@pytest.fixture(scope="module")
def train():
    X = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1)).astype(np.uint8)
    return TrainData(X, np.full(16, NORMAL, np.int8))


def made_by(train, **changes):
    made = AnoGAN(**SMALL | changes).begin(train)
    made.train_round()
    return made


def test_score_of_no_steps_is_that_of_the_code_to_start_from(train):
    made = made_by(train, steps=0, weight_features=0.25)
    code = torch.from_numpy(made.encode(train.X[:3]))
    assert (code == code[0]).all()
    net = made.network_
    x = torch.from_numpy(train.X[:3]).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        back = net.generator(code)
        pixels = (x - back).abs().sum((1, 2, 3))
        apart = (net.discriminator.features(x) - net.discriminator.features(back)).abs().sum(1)
    np.testing.assert_allclose(made.decision_function(train.X[:3]), 0.75 * pixels + 0.25 * apart, rtol=1e-4)


def test_candidates_start_at_the_nearest_image(train):
    made = made_by(train, steps=0, candidates=8, weight_features=0.0)
    codes = torch.randn(8, 2, generator=torch.Generator().manual_seed(made._seed_of(1 << 32)))
    images = made.decode(codes.numpy())
    np.testing.assert_allclose(made.encode(images), codes, atol=1e-6)  # each is nearest to itself
    assert made.decision_function(images).max() < 1e-2


def test_steps_lead_nearer(train):
    """An image that is made of a code: the longer the search, the nearer."""
    images = made_by(train).decode(np.array([[1.5, -1.0], [-0.5, 2.0]]))
    scores = [made_by(train, steps=steps, search_lr=0.1).decision_function(images) for steps in (0, 10, 100)]
    assert (scores[1] < scores[0]).all()
    assert (scores[2] < scores[1]).all()


def test_a_score_does_not_depend_on_the_rows_beside_it(train):
    made = made_by(train, steps=5, candidates=4)
    together = made.decision_function(train.X)
    np.testing.assert_allclose(
        [made.decision_function(train.X[i : i + 1])[0] for i in range(3)], together[:3], rtol=1e-4
    )


def test_searching_leaves_the_networks_alone(train):
    made = made_by(train, steps=3)
    before = {k: v.clone() for k, v in made.state_dict()["network"].items()}
    made.decision_function(train.X)
    assert all(torch.equal(v, before[k]) for k, v in made.state_dict()["network"].items())


def test_a_generator_of_few_steps_has_not_collapsed():
    """One batch a round: its batch normalisation has hardly seen any, and all its images are grey."""
    X = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 1)).astype(np.uint8)
    made = AnoGAN(**SMALL | {"epochs": 7}).begin(TrainData(X, np.full(3, NORMAL, np.int8)))
    told = [made.train_round()["diversity"] for _ in range(7)]
    assert max(told[:5]) < 0.01
