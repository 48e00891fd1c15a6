"""What a search needs from whatever runs it, and the engine that runs it in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from trainables.core import failures

if TYPE_CHECKING:
    from launch.searcher import StudySearcher
    from launch.study import Record
    from trainables.core.ray_trainable import SearchData


@dataclass(frozen=True)
class Halving:
    """How ASHA stops trials.

    Attributes
    ----------
    max_rounds : int
        Rounds of a full trial.
    grace : int
        Rounds that every trial gets.
    factor : int
        One in `factor` goes on from each rung.
    enabled : bool
    """

    max_rounds: int
    grace: int = 1
    factor: int = 4
    enabled: bool = True

    def rungs(self) -> tuple[int, ...]:
        """Rounds at which trials are stopped."""
        if not self.enabled:
            return ()
        found, rung = [], self.grace
        while rung < self.max_rounds:
            found.append(rung)
            rung *= self.factor
        return tuple(found)

    def scheduler(self, known: Iterable[Record] = ()) -> Any:
        """Ray Tune's scheduler, with what is known of trials in its rungs; its time is our own `round`."""
        from ray.tune.schedulers import FIFOScheduler

        from launch.asha import SparingASHA

        if not self.rungs():
            return FIFOScheduler()
        asha = SparingASHA(
            time_attr="round",
            metric="score",
            mode="max",
            max_t=self.max_rounds,
            grace_period=self.grace,
            reduction_factor=self.factor,
        )
        asha.refill(known)
        return asha


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


class Engine(Protocol):
    """Runs searches and jobs."""

    concurrent: int

    def search(self, searcher: StudySearcher, data: SearchData, halving: Halving, stop: Callable[[], bool]) -> None:
        """Run trials until the searcher has no more, or `stop` says so."""

    def warm(self) -> None:
        """Jobs come soon: get ready for them beside what still runs."""

    def share(self, value: Any) -> Any:
        """A handle to a read-only value that jobs may take as an argument."""

    def map(self, jobs: Sequence[Job], stop: Callable[[], bool]) -> Iterator[tuple[int, Any]]:
        """Run jobs; yields (index, result or JobFailure) as they end."""

    def close(self) -> None:
        """Give everything back."""


def failure_of(error: BaseException) -> JobFailure:
    """The failure that an exception stands for."""
    cause, message = failures.name(error)
    return JobFailure(cause, message)


class LocalEngine:
    """Everything in this process, one trial at a time, no cluster: for a debugger and for tests.

    Parameters
    ----------
    threads : int
        Threads of a trial.
    """

    def __init__(self, threads: int = 1) -> None:
        from trainables.core.process import set_threads

        self.concurrent = 1
        set_threads(threads)

    def search(self, searcher: StudySearcher, data: SearchData, halving: Halving, stop: Callable[[], bool]) -> None:
        """Drive the same trainable by hand, under the same scheduler."""
        from trainables.core.ray_trainable import DetectorTrainable

        class Local(DetectorTrainable):
            """The trainable with its shared data given at once."""

            def setup(self, config: dict[str, Any]) -> None:  # type: ignore[override]
                super().setup(config, data)

        scheduler = halving.scheduler(searcher.study.records.values())
        trainable: Local | None = None
        while not stop():
            trial_id = f"local{len(searcher.numbers)}"
            config = searcher.suggest(trial_id)
            if not isinstance(config, dict):
                break
            trial = _Trial(trial_id, config)
            if trainable is None:
                trainable = Local(config=config)
            else:
                trainable.reset(config)
            scheduler.on_trial_add(None, trial)
            while True:
                result = trainable.train()
                searcher.on_trial_result(trial.trial_id, result)
                if result["done"]:
                    scheduler.on_trial_complete(None, trial, result)
                    break
                if scheduler.on_trial_result(None, trial, result) == "STOP" or stop():
                    break
            if stop() and not result["done"]:
                trainable.cleanup()
            searcher.on_trial_complete(trial.trial_id, result)
        if trainable is not None:
            trainable.stop()

    def warm(self) -> None:
        """Nothing to get ready."""

    def share(self, value: Any) -> Any:
        """The value itself."""
        return value

    def map(self, jobs: Sequence[Job], stop: Callable[[], bool]) -> Iterator[tuple[int, Any]]:
        """One job after another."""
        for index, job in enumerate(jobs):
            if stop():
                return
            try:
                result = job.function(*job.arguments)
            except Exception as error:
                result = failure_of(error)
            yield index, result

    def close(self) -> None:
        """Nothing to give back."""


@dataclass
class _Trial:
    trial_id: str
    config: dict[str, Any]
