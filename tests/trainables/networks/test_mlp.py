"""The gradient that is written out equals autograd's."""

from __future__ import annotations

import pytest
import torch

from trainables.networks.mlp import MLP, dropout_


@pytest.mark.parametrize("hidden", [(), (7,), (8, 5)])
@pytest.mark.parametrize("bias", [True, False])
def test_written_out_gradient_is_autograds(hidden, bias):
    torch.manual_seed(1)
    network = MLP(6, hidden, bias=bias)
    x, out_gradient = torch.randn(30, 6), torch.randn(30, 1)
    network(x).backward(out_gradient)
    expected = [p.grad.clone() for p in network.parameters()]
    for p in network.parameters():
        p.grad.fill_(99.0)
    output, inputs = network.forward_trace(x)
    network.backpropagate(inputs, out_gradient)
    torch.testing.assert_close(output, network(x))
    for p, e in zip(network.parameters(), expected, strict=True):
        torch.testing.assert_close(p.grad, e)


def test_written_out_gradient_with_dropout_is_autograds_for_the_same_mask():
    torch.manual_seed(2)
    network = MLP(6, (9,), dropout=0.25)  # a multiple of 1/256, so kept exactly
    x, out_gradient = torch.randn(40, 6), torch.randn(40, 1)
    _, inputs = network.forward_trace(x)
    for p in network.parameters():
        p.grad = torch.zeros_like(p)
    network.backpropagate(inputs, out_gradient)
    mine = [p.grad.clone() for p in network.parameters()]
    mask = (inputs[1] != 0).float() / 0.75
    first, second = network.layers
    for p in network.parameters():
        p.grad = None
    second(torch.relu(first(x)) * mask).backward(out_gradient)
    for p, m in zip(network.parameters(), mine, strict=True):
        torch.testing.assert_close(p.grad, m)


def test_dropout_drops_its_share_and_keeps_the_mean():
    torch.manual_seed(0)
    x = dropout_(torch.ones(1000, 1000), 0.25)
    torch.testing.assert_close(x.unique(), torch.tensor([0.0, 4 / 3]))
    assert abs(float((x == 0).float().mean()) - 0.25) < 0.002  # four standard errors of a million draws
    columns = (x == 0).float().mean(0).view(-1, 8).mean(0)  # each byte of a word alike
    assert float((columns - 0.25).abs().max()) < 0.006
