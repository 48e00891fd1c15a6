"""The process that writes to MLflow, forked from one that has imported MLflow already: seconds less for each search."""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from launch.tracking import tracker, writer_process
from launch.tracking.writers import carrying

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.launch.writer_preload"])


class ForkedWriter:
    """As much of `subprocess.Popen` as a tracker uses."""

    def __init__(self, spool: Path, uri: str, artifacts: Path | None) -> None:
        orders, end = FORKED.Pipe(duplex=False)
        self.stdin: Any = os.fdopen(os.dup(end.fileno()), "wb")
        self._process = FORKED.Process(target=write, args=(orders, spool))
        self._process.start()
        orders.close()
        end.close()
        tracker.send_orders(self, {"uri": uri, "artifacts": str(artifacts) if artifacts else ""})  # type: ignore[arg-type]

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self) -> int | None:
        self._process.join()
        return self.returncode

    def kill(self) -> None:
        self._process.kill()


class ForkedSharedWriter:
    """What a `SharedWriter` does, by a forked process for each spool."""

    def __init__(self, uri: str, artifacts: Path | None, log: Path) -> None:
        self._store, self._writers = (uri, artifacts), list[ForkedWriter]()

    def carry(self, spool: Path) -> None:
        writer = ForkedWriter(spool, *self._store)
        tracker.send_orders(writer, {"patience": 0}, last=True)  # type: ignore[arg-type]
        self._writers.append(writer)

    def close(self, waiting: Any = None) -> int:
        return max((writer.wait() or 0 for writer in self._writers), default=0)


def write(orders: Connection, spool: Path) -> None:
    """What `python -m launch.tracking.writer_process SPOOL` does."""
    os.setsid()
    with open(spool.with_suffix(".log"), "ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sys.stdin, sys.argv = os.fdopen(orders.fileno(), closefd=False), ["writer_process", str(spool)]
    os.nice = lambda _: 0  # type: ignore[assignment]  # tests wait for it, on cores that they share with others
    sys.exit(writer_process.main())


def fork_writers(patch: pytest.MonkeyPatch) -> None:
    """Have the searches of this process write to MLflow from forked processes."""
    with pytest.MonkeyPatch.context() as settings:
        for name, value in writer_process.SETTINGS.items():
            settings.setenv(name, value)
        forkserver.ensure_running()
    for module in (tracker, carrying):
        patch.setattr(module, "start_writer", ForkedWriter)
    from launch.search.several import side_by_side  # not where writers are forked from

    patch.setattr(side_by_side, "SharedWriter", ForkedSharedWriter)
