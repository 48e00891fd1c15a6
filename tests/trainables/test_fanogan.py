"""f-AnoGAN: its schedules, its score by hand, exact resume in either phase, and failures by their names."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import search_spaces
from trainables.components.optimizers import Together
from trainables.core.detector import NORMAL, TrainData
from trainables.core.errors import Diverged, ModeCollapse
from trainables.core.state import dumps, loads
from trainables.fanogan import FAnoGAN, passes, starts_anew

SMALL = {"width": 0.03, "latent": 3, "batch_size": 20, "device": "cpu"}


@pytest.fixture
def train():
    rng = np.random.default_rng(0)
    X = np.clip(rng.normal(90, 20, (40, 8, 8, 1)), 0, 255).astype(np.uint8)
    return TrainData(X, np.full(40, NORMAL, np.int8))


def test_schedules():
    assert [passes("alternating", i, 3) for i in range(3)] == [(True, False)] * 3
    assert [passes("two-phase", i, 4) for i in range(4)] == [(True, True)] * 2 + [(False, False)] * 2
    assert [passes("two-phase", i, 3) for i in range(3)] == [(True, True), (True, False), (False, False)]


def test_an_encoder_of_the_alternating_schedule_begins_anew(train):
    assert [i for i in range(20) if starts_anew("alternating", i, 20)] == [2, 4, 8]
    assert [i for i in range(12) if starts_anew("alternating", i, 12)] == [2, 4, 8]
    assert not any(starts_anew("two-phase", i, 20) for i in range(20))
    made = FAnoGAN(epochs=3, encoder_lr=1e-9, **SMALL).begin(train)
    for changed in (False, False, True):
        before = weights(made, "encoder")["encoder"]
        made.train_round()
        assert bool((weights(made, "encoder")["encoder"] - before).abs().max() > 1e-3) is changed
    assert float(made.optimizer_.members["encoder"].steps[0]) == 2  # those of the last round alone


def weights(detector, *names):
    return {name: torch.cat([p.flatten() for p in getattr(detector.network_, name).parameters()]) for name in names}


def moved(before, after):
    return {name for name in before if not torch.equal(before[name], after[name])}


@pytest.mark.parametrize("network", ["mlp", "conv", "residual"])
def test_two_phases_train_one_after_the_other_and_resume_in_either(network, train):
    made = FAnoGAN(network=network, schedule="two-phase", epochs=4, ema=0.9, **SMALL).begin(train)
    parts, states, told = ("generator", "critic", "encoder", "average"), [], []
    for round_ in range(4):
        states.append(dumps(made.state_dict()))
        before = weights(made, *parts)
        told.append(made.train_round())
        gan = round_ < 2
        assert moved(before, weights(made, *parts)) == ({"generator", "critic", "average"} if gan else {"encoder"})
    for start in (1, 3):
        other = made.clone().begin(train).load_state_dict(loads(states[start]))
        assert [other.train_round() for _ in range(start, 4)] == told[start:]
        assert dumps(other.state_dict()) == dumps(made.state_dict())


def test_critic_steps_and_optimisers(train):
    made = FAnoGAN(epochs=1, critic_steps=3, encoder_optimizer="rmsprop", **SMALL | {"batch_size": 8}).begin(train)
    made.train_round()
    assert isinstance(made.optimizer_, Together)
    steps = {name: float(member.steps[0]) for name, member in made.optimizer_.members.items()}
    assert steps == {"critic": 5, "generator": 2, "encoder": 5}  # five batches of eight: the first and the fourth


def test_score_is_that_of_the_paper(train):
    made = FAnoGAN(epochs=2, kappa=2.5, **SMALL).begin(train)
    made.train_round()
    net = made.network_.eval()
    x = torch.from_numpy(train.X[:5]).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        back = net.generator(net.encoder(x))
        expected = (x - back).square().mean((1, 2, 3))
        expected += 2.5 * (net.critic.features(x) - net.critic.features(back)).square().mean(1)
        again = (net.encoder(x) - net.encoder(back)).square().mean(1)
    np.testing.assert_allclose(made.decision_function(train.X[:5]), expected, rtol=1e-5)
    np.testing.assert_allclose(made.z_distance(train.X[:5]), again, rtol=1e-4)
    np.testing.assert_allclose(made.decode(made.encode(train.X[:5])), made.reconstruct(train.X[:5]), atol=1e-3)
    assert made.decode(np.zeros((2, 3))).shape == (2, 8, 8, 1)


def test_a_moving_average_follows(train):
    """After the first step t = 1 it keeps min(.9, 1 / 11) of the weights before."""
    made = FAnoGAN(epochs=1, ema=0.9, **SMALL | {"batch_size": 40}).begin(train)
    before = weights(made, "average")["average"]
    made.train_round()
    now = weights(made, "generator", "average")
    torch.testing.assert_close(now["average"], before / 11 + now["generator"] * 10 / 11)
    assert made.state_dict()["network"].keys() > FAnoGAN(epochs=1, **SMALL).begin(train).state_dict()["network"].keys()


def test_mode_collapse_has_its_name(train):
    made = FAnoGAN(epochs=9, lr=1e-9, **SMALL).begin(train)
    for p in made.network_.generator.parameters():
        torch.nn.init.zeros_(p)
    made.optimizer_.members["generator"].steps[0].fill_(50)
    for _ in range(4):
        assert made.train_round()["diversity"] < 0.01
    resumed = made.clone().begin(train).load_state_dict(loads(dumps(made.state_dict())))
    for one in (made, resumed):
        with pytest.raises(ModeCollapse, match="differ from each other by less than 1%"):
            one.train_round()


def test_images_that_are_all_alike_are_no_collapse():
    X = np.full((20, 8, 8, 1), 90, np.uint8)
    made = FAnoGAN(epochs=1, **SMALL).begin(TrainData(X, np.full(20, NORMAL, np.int8)))
    assert made.train_round()["diversity"] == 1


def test_a_critic_without_bounds_has_diverged(train):
    made = FAnoGAN(epochs=2, **SMALL).begin(train)
    with torch.no_grad():
        made.network_.critic.head.weight.mul_(1e9)
    with pytest.raises(Diverged, match="raise lambda_gp or lower lr"):
        made.train_round()


def test_published_configurations():
    module = search_spaces.load("fanogan")
    assert next(iter(module.PUBLISHED)) == "thesis"
    thesis, official = (module.PUBLISHED[name][0] for name in ("thesis", "official"))
    assert (thesis["latent"], thesis["batch_size"], thesis["lr"], thesis["bn_eps"]) == (100, 64, 1e-4, 0.8)
    assert thesis["schedule"] == official["schedule"] == "two-phase"
    assert (official["lr"], official["encoder_lr"], official["beta1"], official["beta2"]) == (1e-4, 5e-5, 0, 0.9)
    assert module.EPOCHS["official"] == 7
