"""What the fault tests share: the launcher's table and empty database, and a report of what was found."""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults import workload
from tests.faults.audit import Audit
from tests.faults.undisturbed import WORKLOAD
from tests.launch.conftest import Ended, data_dir, empty_store, problem, run_here

SEED, ASKED, ROUNDS = 33, 5, 8
"""Of the search that nobody disturbs."""

__all__ = ["data_dir", "empty_store", "problem"]


@pytest.fixture
def rng() -> random.Random:
    """Seeded by FAULTS_SEED, or by the clock; printed either way, so that a failure can be seen again."""
    seed = int(os.environ.get("FAULTS_SEED", time.time_ns() % 1_000_000))
    print(f"\nFAULTS_SEED={seed}")
    return random.Random(seed)


@dataclass
class Account:
    """Where the audit of a test goes: to the terminal, and to the file FAULTS_REPORT."""

    test: str

    def tell(self, found: Audit) -> None:
        """Write down what was found so far."""
        path = os.environ.get("FAULTS_REPORT")
        if path:
            file = Path(path)
            told: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
            told[self.test] = found.report()
            file.write_text(json.dumps(told, indent=2) + "\n")

    def close(self, found: Audit) -> None:
        """Print it, and refuse what is not clean."""
        self.tell(found)
        print(found.table())
        assert found.clean, found.words


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Account:
    """Takes the audit of a test."""
    return Account(request.node.name)


def calmly(folder: Path, *arguments: Any) -> Ended:
    """The command in this process, without pauses, with the home and the work log of a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(workload.WORK, str(folder / "work.jsonl"))
        patch.setenv(workload.PACE, "0")
        return run_here(*arguments, "--home", folder / "home", cwd=folder)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, data_dir: Path, empty_store: Path) -> Path:
    """A finished search of the workload that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    home = folder / "home"
    home.mkdir()
    shutil.copy(empty_store, home / "mlflow.db")
    ended = calmly(
        folder, "workload", "celeba", "--data-dir", data_dir, "--name", "calm", "--detector-path", WORKLOAD,
        "--seed", SEED, "--trials", ASKED, "--max-rounds", ROUNDS, "--confirm", 0, "--no-retrain",
        "--no-report", "--local",
    )  # fmt: skip
    assert ended.code == 0, ended
    return folder
