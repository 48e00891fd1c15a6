"""Jobs: calls of functions on shared values, and what runs them beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trainables.core import failures


@dataclass(frozen=True)
class Job:
    """One call of a function on shared values."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class JobFailure:
    """A job that ended with an exception, by name."""

    cause: str
    message: str


class JobRunner(Protocol):
    """Runs jobs; every engine is one."""

    def share(self, value: Any) -> Any:
        """A handle to a read-only value that jobs may take as an argument."""

    def map(self, jobs: Sequence[Job], stop: Callable[[], bool]) -> Iterator[tuple[int, Any]]:
        """Run jobs; yields (index, result or JobFailure) as they end."""


def failure_of(error: BaseException) -> JobFailure:
    """The failure that an exception stands for."""
    return JobFailure(*failures.name(error))
