"""The gradient penalty by hand, and against a critic whose slope is known."""

from __future__ import annotations

import pytest
import torch

from trainables.components.wasserstein import gradient_penalty, widest_gap


def test_penalty_of_a_linear_critic_is_that_of_its_weights():
    """D(x) = w x has the gradient w everywhere: (||w|| - 1)^2 with ||(3, 4)|| = 5 is 16."""
    weight = torch.tensor([3.0, 4.0], requires_grad=True)
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    penalty = gradient_penalty(lambda x: x @ weight, real, fake)
    assert penalty.item() == pytest.approx(16.0)
    penalty.backward()
    # d/dw (||w|| - 1)^2 = 2 (||w|| - 1) w / ||w|| = 8 (.6, .8)
    torch.testing.assert_close(weight.grad, torch.tensor([4.8, 6.4]))


def test_penalty_is_taken_between_the_images():
    """D(x) = x^2 / 2 has the slope x: with both kinds at 3 it is 3 whatever is drawn, (3 - 1)^2 = 4."""
    same = torch.full((5, 1, 1, 1), 3.0)
    assert gradient_penalty(lambda x: x.square().sum() / 2, same, same).item() == pytest.approx(4.0)
    slopes = []

    def critic(x):
        slopes.append(x.detach().flatten())
        return x.sum()

    gradient_penalty(critic, torch.ones(1000, 1), -torch.ones(1000, 1))
    assert slopes[0].abs().max() <= 1
    assert float(slopes[0].mean()) == pytest.approx(0, abs=0.1)  # uniform between -1 and 1
    assert float(slopes[0].var()) == pytest.approx(1 / 3, abs=0.05)


def test_penalty_is_in_full_precision_and_has_a_slope_at_zero():
    weight = torch.zeros(2, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        penalty = gradient_penalty(lambda x: torch.nn.functional.linear(x, weight[None]).sum(1), *torch.randn(2, 4, 2))
    assert penalty.dtype == torch.float32
    penalty.backward()
    assert torch.isfinite(weight.grad).all()


def test_widest_gap():
    """784 pixels in -1 to 1 are at most 56 apart; with weight 10 the slope is at most 1 + 56 / 20 = 3.8."""
    assert widest_gap(784, 10.0) == pytest.approx(56 * 3.8)
