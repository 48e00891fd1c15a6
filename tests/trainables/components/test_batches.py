"""Batches: drawn rows, each as often as it should be."""

from __future__ import annotations

import pytest
import torch

from trainables.components.batches import bounded, draw_batches, draw_distinct, gather

CPU = torch.device("cpu")


def test_a_pass_draws_every_row_once_but_for_the_rest():
    index = draw_batches(103, 10, 0, CPU)
    assert index.shape == (10, 10)
    assert len(index.unique()) == 100
    assert draw_batches(7, 10, 0, CPU).shape == (1, 7)
    longer = draw_batches(10, 5, 5, CPU)
    assert longer.shape == (5, 5)
    assert longer.view(-1).bincount().tolist().count(3) == 5  # two passes and a half


def test_batches_are_bounded_by_draws_of_a_label():
    assert bounded(253, 30, 128, 40) == 10  # 40 x 30 / 128 = 9.4
    assert bounded(253, 30, 128, 0) == 253
    assert bounded(253, 30, 128, 10) == bounded(253, 1, 128, 1) == 5  # 2.3 and .01, but five are allowed
    assert bounded(253, 2000, 128, 40) == 253  # 625
    assert bounded(3, 30, 128, 40) == 3


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
