"""Every detector in the table keeps the contract."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.contract import DetectorContract
from trainables import ALIASES, DETECTORS, UnknownDetector, load, resolve


class TestEveryDetector(DetectorContract):
    @pytest.fixture(params=list(DETECTORS))
    def name(self, request: pytest.FixtureRequest) -> str:
        return request.param


def test_detectors_import_no_engine() -> None:
    """One process imports them all: none may bring in an engine or the layers above."""
    code = (
        "import sys, trainables\n"
        "for name in trainables.DETECTORS: trainables.load(name)\n"
        "roots = {m.partition('.')[0] for m in sys.modules}\n"
        "print(*sorted(roots & {'ray', 'optuna', 'mlflow', 'datasets', 'launch', 'search_spaces'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_names() -> None:
    assert {resolve(alias) for alias in ALIASES} <= set(DETECTORS)
    assert load("trainables.random:RandomScores") is load("baseline") is load("random")
    with pytest.raises(UnknownDetector, match="did you mean iforest"):
        resolve("iforrest")
