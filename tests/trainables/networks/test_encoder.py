"""The bias-free encoder, its pre-training, and the drawing of batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.components.batches import draw_batches, draw_distinct, gather
from trainables.components.flat_parameters import flatten
from trainables.components.optimizers import Adadelta
from trainables.components.schedules import stepped
from trainables.networks.encoder import Decoder, Encoder, pretrain

CPU = torch.device("cpu")


@pytest.mark.parametrize("batch_norm", [False, True])
def test_encoder_has_no_bias_and_decoder_mirrors_it(batch_norm):
    encoder = Encoder(7, (5, 4), 3, batch_norm)
    assert [tuple(p.shape) for p in encoder.parameters()] == [(5, 7), (4, 5), (3, 4)]
    assert [tuple(p.shape) for p in encoder.decoder().parameters()] == [(4, 3), (5, 4), (7, 5)]
    assert isinstance(encoder.decoder(), Decoder)
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


def test_a_pass_draws_every_row_once_but_for_the_rest():
    index = draw_batches(103, 10, 0, CPU)
    assert index.shape == (10, 10)
    assert len(index.unique()) == 100
    assert draw_batches(7, 10, 0, CPU).shape == (1, 7)
    longer = draw_batches(10, 5, 5, CPU)
    assert longer.shape == (5, 5)
    assert longer.view(-1).bincount().tolist().count(3) == 5  # two passes and a half


def test_gather_gives_the_rows_of_each_batch(monkeypatch):
    monkeypatch.setattr("trainables.components.batches.CHUNK_BYTES", 64)
    rows = torch.arange(60, dtype=torch.uint8).view(20, 3)
    index = draw_batches(20, 4, 0, CPU)
    for numbers, batch in zip(index, gather(rows, index), strict=True):
        assert batch.dtype == torch.float32
        torch.testing.assert_close(batch, rows[numbers].float())


@pytest.mark.parametrize(("n", "k"), [(6, 6), (7, 3), (500, 4)])
def test_distinct_draws_are_distinct_and_uniform_in_every_place(n, k):
    torch.manual_seed(0)
    draws = 30_000
    drawn = draw_distinct(n, k, draws, CPU)
    ordered = drawn.sort(1).values
    assert bool((ordered[:, 1:] > ordered[:, :-1]).all())
    assert 0 <= int(drawn.min()) <= int(drawn.max()) < n
    for place in range(k):
        counts = drawn[:, place].bincount(minlength=n).float()
        # chi-squared with n - 1 degrees of freedom: mean n - 1, variance 2 (n - 1)
        chi2 = float(((counts - draws / n) ** 2 / (draws / n)).sum())
        assert abs(chi2 - (n - 1)) < 5 * (2 * (n - 1)) ** 0.5


def test_fewer_numbers_than_asked_repeat():
    assert set(draw_distinct(2, 9, 4, CPU).unique().tolist()) <= {0, 1}


def test_steps_are_shares_of_the_run():
    rates = [stepped(1.0, (0.5, 0.75), epoch, 8) for epoch in range(8)]
    np.testing.assert_allclose(rates, [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
    assert [stepped(1.0, (1 / 3,), epoch, 150) for epoch in (49, 50)] == [1.0, pytest.approx(0.1)]
    assert stepped(1.0, (), 7, 8) == 1.0


def test_adadelta_is_torchs():
    torch.manual_seed(3)
    start, gradients = torch.randn(50), torch.randn(6, 50)
    flat = torch.nn.Parameter(start.clone())
    ours = Adadelta([{"params": [flat], "weight_decay": 0.1}], 1.0)
    reference = torch.nn.Parameter(start.clone())
    library = torch.optim.Adadelta([reference], lr=1.0, rho=0.95, eps=1e-7, weight_decay=0.1)
    for g in gradients:
        flat.grad.copy_(g)
        ours.step()
        reference.grad = g.clone()
        library.step()
    torch.testing.assert_close(flat, reference)
