"""Worker processes that can be killed: a fit that hangs or dies takes nothing with it.

`Engine.map` is not used here: a local engine cannot end a fit that hangs, and Ray takes longer to start than
most experiments take (six fits of iforest, ecod and hbos: 16 s here, 62 s with Ray, on two busy cores).
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from analysis.experiments.worker import READY, Failed, serve

POLL_SECONDS = 0.2
MOST_FALSE_STARTS = 3
PRELOAD = ["analysis.experiments.worker", "sklearn.ensemble", "sklearn.linear_model"]


@dataclass(frozen=True)
class Job:
    """Arguments for the pool's function, and whatever the caller needs to know the result again."""

    arguments: tuple[Any, ...]
    about: Any


class Pool:
    """A few processes that call one function.

    Parameters
    ----------
    function : callable
        Of a module, so that a process can find it.
    size : int
        Calls at a time.
    timeout : float
        Seconds after which a call is ended by killing its process.
    """

    def __init__(self, function: Callable[..., Any], size: int, timeout: float) -> None:
        self.function, self.size, self.timeout = function, size, timeout
        # a server that has imported the heavy libraries forks workers in a moment
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOAD)
        self._false_starts = 0

    def map(self, jobs: Iterator[Job], stop: Callable[[], bool]) -> Iterator[tuple[Job, Any]]:
        """Results as they come, `Failed` for what was killed or died; jobs are drawn when a worker is free.

        Returns early, what runs being killed, once `stop` says so.

        Raises
        ------
        RuntimeError
            If processes end before they begin, again and again.
        """
        workers = [self._start() for _ in range(self.size)]
        more = True
        try:
            while not stop():
                for worker in workers:
                    if more and worker.idle:
                        job = next(jobs, None)
                        more = job is not None
                        worker.give(job, self.timeout)
                if not more and all(worker.job is None for worker in workers):
                    return
                heard = wait([worker.connection for worker in workers], POLL_SECONDS)
                for place, worker in enumerate(workers):
                    job, result = worker.job, self._result(worker, worker.connection in heard)
                    if worker.killed:
                        workers[place] = self._start()
                    if job is not None and result is not None:
                        yield job, result
        finally:
            for worker in workers:
                worker.kill()

    def _start(self) -> _Worker:
        return _Worker(self._context, self.function)

    def _result(self, worker: _Worker, heard: bool) -> Any:
        """What came of a worker's job, or None."""
        if heard:
            try:
                result = worker.receive()
            except (EOFError, OSError):
                self._false_starts += not worker.ready
                if self._false_starts >= MOST_FALSE_STARTS:
                    raise RuntimeError("worker processes end before they begin; what they say stands above") from None
                return Failed("worker_died", worker.last_words())
            return result
        if worker.job is not None and time.monotonic() > worker.deadline:
            worker.kill()
            return Failed("timeout", f"took longer than {self.timeout:g} s and was killed")
        return None


class _Worker:
    """One process, what it does now, and until when it may."""

    def __init__(self, context: Any, function: Callable[..., Any]) -> None:
        ours, theirs = context.Pipe()
        self.connection: Connection = ours
        self.process = context.Process(target=serve, args=(theirs, function), daemon=True)
        self.process.start()
        theirs.close()
        self.ready = self.killed = False
        self.job: Job | None = None
        self.deadline = float("inf")

    @property
    def idle(self) -> bool:
        return self.ready and self.job is None

    def give(self, job: Job | None, timeout: float) -> None:
        if job is not None:
            self.job, self.deadline = job, time.monotonic() + timeout
            try:
                self.connection.send(job.arguments)
            except OSError:
                self.process.kill()  # it died idle: the end of the connection tells the rest

    def receive(self) -> Any:
        result = self.connection.recv()
        if not self.ready and isinstance(result, str) and result == READY:
            self.ready = True
            return None
        self.job = None
        return result

    def last_words(self) -> str:
        """How the process ended, of itself."""
        self.process.join(5)
        code = self.process.exitcode
        self.kill()
        if code is None or code >= 0:
            return f"its process ended with exit code {code}"
        return f"its process ended with signal {-code}" + (" (out of memory?)" if code == -9 else "")

    def kill(self) -> None:
        if not self.killed:
            self.killed = True
            self.process.kill()
            self.process.join(5)
            self.connection.close()
