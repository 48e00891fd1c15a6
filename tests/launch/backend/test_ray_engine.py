"""Processes of a Ray of our own: as few as there is work for."""

import os
import time

import psutil
import pytest

from launch.common.jobs import Job


def workers() -> set[int]:
    """Ray's processes that tasks and actors run in."""
    below = psutil.Process().children(recursive=True)
    return {process.pid for process in below if "default_worker.py" in " ".join(process.cmdline())}


@pytest.mark.slow
def test_jobs_run_in_the_processes_that_were_got_ready():
    """As many as run at a time, and no other is started for them, however early they come."""
    from launch.backend.ray_engine import RayEngine
    from launch.backend.ray_worker import call

    engine = RayEngine(address=None, concurrent=2, cpus=1, gpus=0)
    assert engine.started
    try:
        trials = [call.options(num_cpus=1).remote(time.sleep, 1, 3) for _ in range(engine.concurrent)]
        time.sleep(1)
        before = workers()
        engine.warm()
        done = dict(engine.map([Job(os.getpid, ())] * 6, lambda: False))
        assert sorted(done) == list(range(6))
        assert len(workers() - before) <= engine.concurrent
        assert len(set(done.values())) <= engine.concurrent
        del trials
    finally:
        engine.close()
