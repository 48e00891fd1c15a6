"""The contract's promises of equality hold whatever vector instructions a CPU has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXACT = "state or pickle or determin or resume or begin"


@pytest.mark.slow
@pytest.mark.parametrize("capability", ["default", "avx2"])
def test_equal_bit_for_bit(capability):
    command = [sys.executable, "-m", "pytest", "-k", EXACT, "tests/trainables/test_contract.py"]
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": capability, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert " passed" in ended.stdout
