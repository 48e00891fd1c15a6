"""The bias-free encoder and its pre-training."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.components.flat_parameters import flatten
from trainables.networks.encoder import Encoder, pretrain

CPU = torch.device("cpu")


@pytest.mark.parametrize("batch_norm", [False, True])
def test_encoder_has_no_bias_and_decoder_mirrors_it(batch_norm):
    encoder = Encoder(7, (5, 4), 3, batch_norm)
    assert [tuple(p.shape) for p in encoder.parameters()] == [(5, 7), (4, 5), (3, 4)]
    assert [tuple(p.shape) for p in encoder.decoder().parameters()] == [(4, 3), (5, 4), (7, 5)]
    if not batch_norm:  # without bias terms the zero row stays zero
        assert bool((encoder(torch.zeros(1, 7)) == 0).all())


def test_encoder_by_hand():
    encoder = Encoder(2, (1,), 1)
    encoder.load_state_dict({"layers.0.weight": torch.tensor([[1.0, -2.0]]), "layers.2.weight": torch.tensor([[3.0]])})
    # 1 - 0 = 1 -> 3; 0 - 2 = -2, leaky -.02 -> -.06
    torch.testing.assert_close(encoder(torch.eye(2)), torch.tensor([[3.0], [-0.06]]))


def test_linear_pretraining_finds_the_line_and_writes_in_place():
    """Rows on one line through the origin: an encoder of width 1 can reproduce them exactly."""
    torch.manual_seed(0)
    rows = torch.randn(256, 1) * torch.tensor([[1.0, -2.0, 0.5]])
    encoder = Encoder(3, (), 1)
    buffer = flatten(encoder.parameters())
    loss = pretrain(encoder, rows, epochs=60, lr=0.02, batch_size=32, weight_decay=0.0, device=CPU)
    assert loss < 1e-3
    assert encoder.layers[0].weight.data_ptr() == buffer.data_ptr()
    # to be invertible along the line, the encoder's row must not be orthogonal to it
    assert abs((encoder.layers[0].weight @ torch.tensor([1.0, -2.0, 0.5])).item()) > 0.1


def test_no_epochs_of_pretraining_leave_the_encoder_alone():
    encoder = Encoder(3, (2,), 1)
    before = [p.clone() for p in encoder.parameters()]
    assert np.isnan(pretrain(encoder, torch.ones(4, 3), epochs=0, lr=1, batch_size=2, weight_decay=0, device=CPU))
    assert all(torch.equal(a, b) for a, b in zip(before, encoder.parameters(), strict=True))
