"""Random states: what is kept while a detector seeds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from trainables.bases import deepod_detector, torch_detector
from trainables.devnet import DevNet


def test_every_gpu_in_use_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    for initialised, kept in ((False, []), (True, [0, 1, 2])):
        monkeypatch.setattr(torch.cuda, "is_initialized", lambda initialised=initialised: initialised)
        assert torch_detector.gpus_to_keep() == kept


def test_training_loading_and_deepods_draws_keep_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, fork = [], torch.random.fork_rng

    def recorded(devices: Any) -> Any:
        asked.append(devices)
        return fork(devices=[])

    monkeypatch.setattr(torch.random, "fork_rng", recorded)
    for module in (torch_detector, deepod_detector):
        monkeypatch.setattr(module, "gpus_to_keep", lambda: [4, 5])
    rows = np.random.default_rng(0).normal(size=(40, 3))
    detector = DevNet(hidden=(4,), epochs=2, device="cpu").fit(rows, np.arange(40) < 5)
    assert asked == [[4, 5]] * 3  # the beginning and two epochs
    detector.clone().load_state_dict(detector.state_dict())
    with deepod_detector.seeded(0):
        torch.rand(1)
    assert asked == [[4, 5]] * 5
