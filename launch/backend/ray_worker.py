"""The function that Ray's workers run for a job; it imports as little as can be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import ray

from launch.common.jobs import failure_of
from trainables.training.process import set_threads


@ray.remote
def call(function: Callable[..., Any], threads: int, *arguments: Any) -> Any:
    """Call a function; an exception comes back as a `JobFailure`."""
    set_threads(threads)
    try:
        return function(*arguments)
    except Exception as error:
        return failure_of(error)


@ray.remote(num_cpus=0, max_retries=0)
def hold() -> Iterator[bool]:
    """Say that this process is there, and keep it from other work until cancelled, for a minute at most."""
    yield True
    until = time.monotonic() + 60
    while time.monotonic() < until:
        time.sleep(0.02)
