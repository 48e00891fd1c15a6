"""A search under fire: the command in a session of its own, and how its processes are found and ended."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from launch.common.environment import ROOT
from launch.common.files import whole
from tests.faults import workload
from tests.faults.audit import Case, Kill
from tests.faults.undisturbed import WORKLOAD

GONE_SECONDS, ORPHAN_SECONDS = 15.0, 120.0
"""Processes that work so long after their driver was killed are orphans, and those that only are there, so long."""
WRITER = "launch.tracking.writer_process"
HELPERS = ("ray::DashboardAgent", "ray::RuntimeEnvAgent", "dashboard/agent.py", "runtime_env/agent/main.py",
           "ray::IDLE", "default_worker.py")  # fmt: skip
NOT_WORKERS = HELPERS[:2]


@dataclass
class Session:
    """What a driver led: its pid, and when it lived. Ids are used again; a process of another time is not ours."""

    leader: int
    begun: float
    ended: float = float("inf")

    def processes(self) -> list[psutil.Process]:
        """Those that live."""
        found = []
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                ours = os.getsid(one.pid) == self.leader and self.begun - 1 < one.create_time() < self.ended + 3
                if ours and one.status() != psutil.STATUS_ZOMBIE:
                    found.append(one)
        return found


@dataclass
class Search:
    """One search of the workload, in a home of its own."""

    folder: Path
    name: str
    data: Path
    seed: int
    trials: int
    options: tuple[Any, ...] = ()
    work: Path = Path()
    """Its work log; in its own folder if none is given."""
    checkpoints: Path = Path()
    """Where its states are; in its home if no place is given."""
    more: bool = False
    """Whether it was asked for more trials than at first."""
    kills: list[Kill] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    sessions: list[Session] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.work = self.folder / "work.jsonl" if self.work == Path() else self.work
        self.checkpoints = self.home / "checkpoints" if self.checkpoints == Path() else self.checkpoints
        self.spool = self.home / "studies" / f"{self.name}.spool.jsonl"
        self.ledger = self.home / "seal.jsonl"
        self.summary = self.home / "studies" / f"{self.name}.summary.json"

    def prepare(self, empty_store: Path) -> Search:
        """Make the home, with an empty database in it."""
        self.home.mkdir(parents=True)
        shutil.copy(empty_store, self.home / "mlflow.db")
        return self

    def start(self) -> None:
        """Start the search, or go on with it by its name."""
        first = ("workload", "celeba", "--data-dir", self.data, "--name", self.name, "--detector-path", WORKLOAD,
                 "--seed", self.seed, "--trials", self.trials, "--max-rounds", 8, "--stop-above", 0,
                 *self.options)  # fmt: skip
        kept = (self.home / "studies" / f"{self.name}.options.json").exists()
        command = ("--resume", self.name, *(("--trials", self.trials) if self.more else ())) if kept else first
        self.starts += 1
        self.spooled = whole(self.spool) if self.spool.exists() else 0
        env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ANOMALY_DATA")}
        with open(self.folder / f"output-{self.starts:02d}.log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "launch" / "tune.py"), *map(str, command), "--home", str(self.home)],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=env | {"COLUMNS": "200", workload.WORK: str(self.work)},
            )
        self.sessions.append(Session(self.pid, time.time()))

    @property
    def pid(self) -> int:
        """The driver's."""
        assert self.process is not None
        return self.process.pid

    @property
    def code(self) -> int | None:
        """The exit code, once it has one."""
        assert self.process is not None
        return self.process.poll()

    @property
    def output(self) -> str:
        """What the last command said."""
        return (self.folder / f"output-{self.starts:02d}.log").read_text(errors="replace")

    def news(self) -> list[dict[str, Any]]:
        """Events in the spool since the last start."""
        if not self.spool.exists():
            return []
        with open(self.spool, "rb") as file:
            file.seek(self.spooled)
            data = file.read()
        return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]

    def case(self, problem: Any) -> Case:
        """For the audit."""
        return Case(self.home, self.name, self.work, self.checkpoints, problem, self.trials, self.seed, self.kills)

    def wait(self, seconds: float) -> int | None:
        """The exit code, or None if it did not end in so many seconds."""
        assert self.process is not None
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self._over()

    def _over(self) -> Session:
        """The session of the last driver, which is marked if the driver is gone."""
        last = self.sessions[-1]
        if self.code is not None:
            last.ended = min(last.ended, time.time())
        return last

    def tidy(self) -> list[str]:
        """See that nothing of a driver that is gone still works; what does is killed and returned."""
        last = self._over()
        end = time.monotonic() + GONE_SECONDS
        while (left := [one for one in last.processes() if not harmless(one)]) and time.monotonic() < end:
            time.sleep(0.1)
        return _slain(left)

    def rest(self, seconds: float = 0.0) -> list[str]:
        """Wait for the harmless processes of all drivers too; what is there after that is killed and returned."""
        self._over()
        end = time.monotonic() + seconds
        while (left := [one for session in self.sessions for one in session.processes()]) and time.monotonic() < end:
            time.sleep(0.5)
        return _slain(left)

    def stop(self) -> None:
        """End everything of it, whatever happened."""
        if self.process is None:
            return
        if self.code is None:
            for one in tree(self.pid):
                slay(one)
            self.process.wait()
        for one in writers(self.spool):
            slay(one)


def title(process: psutil.Process) -> str:
    """A process's command line."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def slay(process: psutil.Process) -> bool:
    """SIGKILL; whether it was there. psutil sees that the id is still that process's."""
    with contextlib.suppress(psutil.Error):
        process.kill()
        return True
    return False


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def harmless(process: psutil.Process) -> bool:
    """Whether it works on nothing: one of Ray's helpers, or a worker without a task.

    They end by themselves within a minute or two: they see that their node is gone, and
    then try for a while to tell a head that is gone too.
    """
    words = title(process)
    return not words or any(one in words for one in HELPERS)


def _slain(processes: Sequence[psutil.Process]) -> list[str]:
    words = [f"{one.pid} {title(one)[:160].strip()}" for one in processes]
    for one in processes:
        slay(one)
    return words


def writers(spool: Path) -> list[psutil.Process]:
    """Processes that carry a spool to MLflow."""
    return [one for one in psutil.process_iter() if WRITER in (words := title(one)) and str(spool) in words]


def workers(pid: int) -> list[psutil.Process]:
    """Ray's worker processes below a driver or a raylet that have started, whatever they do."""
    found = [one for one in tree(pid)[1:] if title(one).startswith("ray::")]
    return [one for one in found if not title(one).startswith(NOT_WORKERS)]
