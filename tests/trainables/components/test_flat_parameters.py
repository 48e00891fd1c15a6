"""Flat buffers: views at borders of 64 bytes, padding that stays nothing, states without it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import trainables
from tests.contract import easy
from trainables.bases.torch_detector import TorchDetector
from trainables.components.flat_parameters import ALIGNMENT, clip_, flatten, views
from trainables.components.optimizers import Adadelta, Adam, RMSprop
from trainables.core.detector import make
from trainables.networks.mlp import MLP

SIZES = ((3, 5), (1,), (16,), (7, 7))  # 15, 1, 16 and 49 floats: 16 + 16 + 16 + 64 with padding


@pytest.fixture
def members():
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(size)) for size in SIZES]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_view_starts_at_a_border(members, dtype):
    members = [nn.Parameter(p.detach().to(dtype)) for p in members]
    before = [p.detach().clone() for p in members]
    flatten(members)
    for p, was in zip(members, before, strict=True):
        assert p.data_ptr() % ALIGNMENT == 0
        assert p.grad is not None
        assert p.grad.data_ptr() % ALIGNMENT == 0
        assert torch.equal(p, was)


@pytest.mark.parametrize("kind", [Adam, RMSprop, Adadelta])
def test_padding_stays_zero_and_out_of_the_state(members, kind):
    ours = kind([{"params": members, "weight_decay": 0.1}], 0.1)
    (flat,) = (group["tensor"] for group in ours.groups)
    assert flat.numel() == 112
    for _ in range(3):
        for p in members:
            p.grad.copy_(torch.randn_like(p))
        ours.step()
    used = torch.zeros(112, dtype=torch.bool)
    for start, n in ((0, 15), (16, 1), (32, 16), (48, 49)):
        used[start : start + n] = True
    assert bool((flat[~used] == 0).all())
    assert bool((flat[used] != 0).all())
    for moment in ours.state_dict()["moments"][0]:
        assert moment.shape == (15 + 1 + 16 + 49,)


@pytest.mark.parametrize("kind", [Adam, RMSprop, Adadelta])
def test_state_goes_on_where_it_was(members, kind):
    gradients = [[torch.randn(size) for size in SIZES] for _ in range(4)]
    copies = [nn.Parameter(p.detach().clone()) for p in members]
    ours = kind([{"params": members, "weight_decay": 0.0}], 0.1)
    other = kind([{"params": copies, "weight_decay": 0.0}], 0.1)

    def step(optimizer, parameters, gradient):
        for p, g in zip(parameters, gradient, strict=True):
            p.grad.copy_(g)
        optimizer.step()

    for gradient in gradients[:2]:
        step(ours, members, gradient)
    other.load_state_dict(ours.state_dict())
    for p, q in zip(members, copies, strict=True):
        q.data.copy_(p)
    for gradient in gradients[2:]:
        step(ours, members, gradient)
        step(other, copies, gradient)
    assert all(torch.equal(p, q) for p, q in zip(members, copies, strict=True))


@pytest.mark.parametrize("name", [n for n in trainables.DETECTORS if issubclass(trainables.load(n), TorchDetector)])
def test_networks_in_training_are_aligned(name):
    cls = trainables.load(name)
    detector = make(cls, {"device": "cpu", "epochs": 1}).begin(easy(cls)[0])
    trained = {id(p) for group in detector.optimizer_.groups for p in group["params"]}
    pointers = np.array([p.data_ptr() for p in detector.network_.parameters() if id(p) in trained])
    assert len(pointers)
    assert (pointers % ALIGNMENT == 0).all()


def test_flat_parameters_are_views_both_ways():
    network = MLP(3, (2,))
    flat = flatten(network.parameters())
    flat.data.fill_(0.5)
    flat.grad.fill_(0.25)
    assert all(bool((p == 0.5).all()) and bool((p.grad == 0.25).all()) for p in network.parameters())
    network.load_state_dict({k: torch.zeros_like(v) for k, v in network.state_dict().items()})
    assert all(bool((view == 0).all()) for view in views(flat.data, list(network.parameters())))


def test_clip_scales_to_the_joint_norm():
    a, b = torch.tensor([3.0, 0.0]), torch.tensor([4.0])  # joint norm 5
    clip_([a, b], 1.0)
    torch.testing.assert_close(torch.cat([a, b]), torch.tensor([0.6, 0.0, 0.8]), atol=1e-5, rtol=0)
    clip_([a, b], 2.0)  # already below: untouched
    torch.testing.assert_close(torch.cat([a, b]), torch.tensor([0.6, 0.0, 0.8]), atol=1e-5, rtol=0)
