"""The optimisers of flat parameters equal torch's."""

from __future__ import annotations

import pytest
import torch

from trainables.components.optimizers import Adadelta, Adam, RMSprop


@pytest.mark.parametrize(
    ("mine", "lr", "theirs"),
    [
        (Adam, 0.01, lambda p, wd: torch.optim.Adam(p, lr=0.01, weight_decay=wd)),
        (Adadelta, 1.0, lambda p, wd: torch.optim.Adadelta(p, lr=1.0, rho=0.95, eps=1e-7, weight_decay=wd)),
        (RMSprop, 0.01, lambda p, wd: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-7, weight_decay=wd)),
    ],
)
def test_optimisers_are_torchs(mine, lr, theirs):
    torch.manual_seed(3)
    start, gradients = torch.randn(50), torch.randn(6, 50)
    flat = torch.nn.Parameter(start.clone())
    ours = mine([{"params": [flat], "weight_decay": 0.1}], lr)
    reference = torch.nn.Parameter(start.clone())
    library = theirs([reference], 0.1)
    for g in gradients:
        flat.grad.copy_(g)
        ours.step()
        reference.grad = g.clone()
        library.step()
    torch.testing.assert_close(flat, reference)
