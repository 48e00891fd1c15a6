"""Detectors of tables and images keep the contract on images, too."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from tests import contract
from trainables import DETECTORS, load
from trainables.core.detector import Modality

BOTH = [name for name in DETECTORS if load(name).modality == frozenset(Modality)]


class TestEveryDetectorOfBothOnImages(contract.DetectorContract):
    overrides: ClassVar[dict[str, dict[str, Any]]] = {
        "vae": {"network": "conv", "channels": (4,), "latent": 4, "batch_size": 32, "variance": "unit", "lr": 1e-2},
        "deepsvdd": {"channels": (4, 4), "rep_dim": 8, "pretrain_epochs": 1, "scaling": "unit", "batch_size": 64},
        "dagmm": {"hidden": (8,), "components": 2, "batch_size": 128},
        "iforest": {"n_estimators": 20},
        "pca": {"n_components": 5, "score": "reconstruction", "standardise": False},
    }
    learning_rounds: ClassVar[dict[str, int]] = {"vae": 10, "deepsvdd": 3, "dagmm": 10}
    few_rounds = 2

    @pytest.fixture(params=BOTH)
    def name(self, request: pytest.FixtureRequest) -> str:
        return request.param

    @pytest.fixture
    def modality(self) -> Modality:
        return Modality.IMAGE


def test_some_take_both() -> None:
    assert {"vae", "deepsvdd", "dagmm", "pca", "random"} <= set(BOTH)
