"""The engine of one process: no Ray cluster, one trial after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from launch.backend import asha
from launch.backend.searcher import StudySearcher
from launch.common.jobs import Job, failure_of
from launch.config.halving import Halving
from trainables.training.process import set_threads
from trainables.training.ray_trainable import DetectorTrainable, SearchData


class LocalEngine:
    """Everything in this process, one trial at a time, no cluster: for a debugger and for tests."""

    def __init__(self, threads: int = 1) -> None:
        self.concurrent = 1
        self.trainable: type[DetectorTrainable] = DetectorTrainable
        set_threads(threads)

    def search(self, searcher: StudySearcher, data: SearchData, halving: Halving, stop: Callable[[], bool]) -> None:
        """Drive the same trainable by hand, under the same scheduler."""

        class Local(self.trainable):  # type: ignore[name-defined]
            """The trainable with its shared data given at once."""

            def setup(self, config: dict[str, Any]) -> None:
                super().setup(config, data)

        scheduler: Any = asha.scheduler(halving, searcher.study.records.values())
        trainable: Local | None = None
        while not stop():
            trial_id = f"local{len(searcher.numbers)}"
            config = searcher.suggest(trial_id)
            if not isinstance(config, dict):
                break
            trial = SimpleNamespace(trial_id=trial_id, config=config)
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

    def on_lost(self, call: Callable[[str], None]) -> None:
        """There is none."""

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
