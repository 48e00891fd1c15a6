"""The one Ray adapter of the launcher: start or join a cluster, run a Tuner, run jobs."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import ray
from ray import tune

from datasets.wording import counted
from launch.backend import asha, cluster, ray_private
from launch.backend.ray_worker import call, hold
from launch.backend.watchdog import Watchdog
from launch.common.errors import UsageError
from launch.common.jobs import Job, failure_of
from launch.config.halving import Halving
from trainables.training.ray_trainable import DetectorTrainable, SearchData

if TYPE_CHECKING:
    from launch.backend.searcher import StudySearcher

RESTARTS = 3
LOST_SECONDS = 0.2
"""Between two looks at whether Ray's processes live."""
WARM_SECONDS = 60.0
"""The longest wait for processes that jobs could use; they come without it, too."""


class RayEngine:
    """Runs trials with Ray Tune and jobs as Ray tasks.

    It joins the cluster at an address, or starts one in this machine with room for `data_bytes` that trials share.
    As many trials run at a time as cores and GPUs allow, unless `concurrent` says how many; `cpus` and `gpus` are
    each trial's.
    """

    def __init__(
        self, *, address: str | None, concurrent: int | None, cpus: float, gpus: float, data_bytes: int = 0
    ) -> None:
        self.cpus, self.gpus = cpus, gpus
        self.threads = max(1, int(cpus))
        self.started = not ray.is_initialized()
        self._own = self.started and not address
        self._held: list[Any] = []
        self._closed = threading.Event()
        self._remove_files: Callable[[], None] = lambda: None
        if self.started and address:
            cluster.join(address)
        elif self.started:
            cores = max(os.cpu_count() or 1, round((concurrent or 0) * cpus))
            self._remove_files = cluster.start_local(cores=cores, object_store_memory=max(256 << 20, 6 * data_bytes))
        most = cluster.slots(cpus, gpus)
        if most < 1 and not (address and concurrent):
            total = ray.cluster_resources()
            grows = "; if it grows by itself, say how far with --concurrent" if address else ""
            raise UsageError(
                f"a trial asks for {counted(cpus, 'core')} and {counted(gpus, 'GPU')}, and no node has that "
                f"many (in all "
                f"{total.get('CPU', 0):g} and {total.get('GPU', 0):g}); lower --cpus-per-trial or "
                f"--gpus-per-trial{grows}"
            )
        # a cluster that is joined may grow to what was asked for
        self.concurrent = concurrent if address and concurrent else min(concurrent or most, most)

    def search(self, searcher: StudySearcher, data: SearchData, halving: Halving, stop: Callable[[], bool]) -> None:
        """Run the Tuner until the searcher has no more trials, or `stop` says so.

        Tune keeps nothing that is needed afterwards: states are the trials' own, and the
        study is the record. Where Tune itself breaks, which it may when workers die at bad
        moments, it is started again, and the trials that ran go on.
        """
        logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
        broken = 0
        while True:
            ended = len(searcher.study.records) - len(searcher.study.unfinished)
            try:
                self._tune(searcher, data, halving, stop)
                return
            except Exception as error:
                if searcher.closed or stop():
                    return
                progress = len(searcher.study.records) - len(searcher.study.unfinished) > ended
                broken = 0 if progress else broken + 1
                if broken > RESTARTS or not ray.is_initialized():
                    raise
                last = (str(error).strip() or type(error).__name__).splitlines()[-1]
                searcher.on_note(f"Ray Tune broke and was started again: {last}")
                for number in searcher.study.running:
                    searcher.study.requeue(number)

    def _tune(self, searcher: StudySearcher, data: SearchData, halving: Halving, stop: Callable[[], bool]) -> None:
        trainable = tune.with_resources(
            tune.with_parameters(DetectorTrainable, data=data),
            {"cpu": self.cpus, **({"gpu": self.gpus} if self.gpus else {})},
        )
        with tempfile.TemporaryDirectory(prefix="tune-", ignore_cleanup_errors=True) as scratch:
            tune.Tuner(
                trainable,
                tune_config=tune.TuneConfig(
                    search_alg=searcher,
                    scheduler=asha.scheduler(halving, searcher.study.records.values()),
                    num_samples=-1,
                    max_concurrent_trials=self.concurrent,
                    reuse_actors=True,
                ),
                run_config=tune.RunConfig(
                    name=searcher.study.study.study_name,
                    storage_path=scratch,
                    verbose=0,
                    stop=_Stop(stop),
                    callbacks=[Watchdog(searcher, data.timeout)],
                    failure_config=tune.FailureConfig(max_failures=0),
                    checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
                ),
            ).fit()

    def warm(self) -> None:
        """Start the processes that jobs will use, while the last trials run: they import for two seconds.

        A cluster that was joined starts its own.
        """
        if self._own and not self._held:
            self._held = [hold.remote() for _ in range(self.concurrent)]

    def _release(self, stop: Callable[[], bool]) -> None:
        """Wait until the processes got ready are there and idle: for a job that comes before, Ray starts one more."""
        held, self._held = self._held, []
        _wait(held, stop)
        for task in held:
            ray.cancel(task)
        _wait([task.completed() for task in held], stop)

    def on_lost(self, call: Callable[[str], None]) -> None:
        """Watch Ray's own processes, where they were started here: calls of Ray would wait for them for a minute."""

        def watch() -> None:
            while not self._closed.wait(LOST_SECONDS):
                if (name := ray_private.lost_process()) is not None and not self._closed.is_set():
                    call(name)
                    return

        if self._own:
            threading.Thread(target=watch, name="lost", daemon=True).start()

    def share(self, value: Any) -> Any:
        """One read-only copy in the object store."""
        return ray.put(value)

    def map(self, jobs: Sequence[Job], stop: Callable[[], bool]) -> Iterator[tuple[int, Any]]:
        """Run jobs as tasks, as many at a time as trials."""
        self._release(stop)
        remote = call.options(num_cpus=self.cpus, num_gpus=self.gpus or None, max_retries=3)
        waiting = list(enumerate(jobs))[::-1]
        running: dict[Any, int] = {}
        while waiting or running:
            while waiting and len(running) < self.concurrent:
                index, job = waiting.pop()
                running[remote.remote(job.function, self.threads, *job.arguments)] = index
            ready, _ = ray.wait(list(running), timeout=0.2)
            if stop():
                for reference in running:
                    ray.cancel(reference, force=True)
                return
            for reference in ready:
                index = running.pop(reference)
                try:
                    yield index, ray.get(reference)
                except Exception as error:
                    yield index, failure_of(error)

    def close(self) -> None:
        """Stop the cluster if it was started here."""
        self._closed.set()
        if self.started and ray.is_initialized():
            ray.shutdown()
            self._remove_files()


def _wait(references: list[Any], stop: Callable[[], bool]) -> None:
    """Wait for all, but no longer than `WARM_SECONDS`, or until `stop` says so."""
    until = time.monotonic() + WARM_SECONDS
    while references and time.monotonic() < until and not stop():
        _, references = ray.wait(references, num_returns=len(references), timeout=0.2)


class _Stop(tune.Stopper):
    def __init__(self, stop: Callable[[], bool]) -> None:
        self.stop = stop

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        return False

    def stop_all(self) -> bool:
        return self.stop()

    def __getstate__(self) -> dict[str, Any]:
        return {}
