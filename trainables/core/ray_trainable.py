"""The one Ray adapter of the detectors: a class trainable around any of them."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from ray import tune
from ray.tune.result import SHOULD_CHECKPOINT

from trainables.core import state
from trainables.core.detector import TrainData
from trainables.core.errors import DetectorError
from trainables.core.external import load_class
from trainables.core.process import peak_memory_mb, set_threads
from trainables.core.trial import Evaluation, Trial, build

REPORT_SECONDS = 0.5
CHECKPOINT_SECONDS = 5.0


@dataclass(frozen=True)
class SearchData:
    """What every trial of a search shares. It holds no test row and no test label.

    Attributes
    ----------
    detector : str
        Name in `trainables.DETECTORS`, or `path.py` of somebody's own.
    train : TrainData
    valid_X, valid_y : ndarray
    metric : str
        What the score smooths: "ap", "auroc" or "f1".
    max_rounds : int
        Rounds of a full trial, unless its configuration says otherwise.
    rungs : tuple of int
        Rounds at which the scheduler decides; a report is made at each.
    threads : int
        Threads of a trial.
    """

    detector: str
    train: TrainData
    valid_X: NDArray[Any]
    valid_y: NDArray[Any]
    metric: str
    max_rounds: int
    rungs: tuple[int, ...]
    threads: int = 1


class DetectorTrainable(tune.Trainable):
    """Runs one trial after another in one process; `reset_config` starts the next afresh.

    A step trains rounds until a rung of the scheduler, the end, or half a second has
    passed, whichever is first, so that reporting stays a small part of the time. Every
    round's figures travel in the result's `history`. A failure is a result with
    `failure` and `failure_message`, so that the warm process outlives it.
    """

    def setup(self, config: dict[str, Any], data: SearchData) -> None:  # type: ignore[override]
        """Build the trial of `config` (keys `params`, `seed`) on the shared data."""
        self.data = data
        set_threads(data.threads)
        self.cls = load_class(data.detector)
        self._new_trial(config)

    def _new_trial(self, config: Mapping[str, Any]) -> None:
        self.trial: Trial | None = None
        self.config_ = dict(config)
        self.checkpointed = time.monotonic()

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Drop everything of the last trial and take the next configuration."""
        self._new_trial(new_config)
        return True

    def _started(self) -> Trial:
        if self.trial is None:
            data = self.data
            detector = build(self.cls, self.config_["params"], rounds=data.max_rounds, seed=self.config_["seed"])
            trial = Trial(detector, data.train, data.valid_X, data.valid_y, data.metric)
            self.trial = trial.begin()
        return self.trial

    def step(self) -> dict[str, Any]:
        """Train some rounds; the last one's figures, the history of all, and whether it is over."""
        start = time.monotonic()
        news: list[dict[str, float]] = []
        try:
            trial = self._started()
            while not trial.finished:
                news.append(trial.step().flat())
                if len(trial.history) in self.data.rungs or time.monotonic() - start > REPORT_SECONDS:
                    break
        except DetectorError as error:
            return {**_failure(error.cause, str(error)), "history": news}
        except MemoryError as error:
            return {**_failure("oom", str(error) or "out of host memory"), "history": news}
        except Exception as error:  # a bug in a detector must not end the search
            oom = type(error).__name__ == "OutOfMemoryError"
            where = traceback.extract_tb(error.__traceback__)[-1]
            message = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            return {**_failure("oom" if oom else "error", message), "history": news}
        save = not trial.finished and time.monotonic() - self.checkpointed > CHECKPOINT_SECONDS
        last = news[-1] if news else {}
        return {
            **last,
            "history": news,
            "peak_memory_mb": peak_memory_mb(),
            "done": trial.finished,
            "finished": trial.finished,
            **({SHOULD_CHECKPOINT: True} if save else {}),
        }

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write the detector's state and the history."""
        trial = self._started()
        history = [e.flat() for e in trial.history]
        state.save({"detector": trial.detector.state_dict(), "history": history}, Path(checkpoint_dir) / "trial.pt")
        self.checkpointed = time.monotonic()

    def load_checkpoint(self, checkpoint_dir: str) -> None:  # type: ignore[override]
        """Go on from what `save_checkpoint` wrote."""
        saved = state.load(Path(checkpoint_dir) / "trial.pt")
        trial = self._started()
        trial.detector.load_state_dict(saved["detector"])
        trial.history[:] = [evaluation_from(row) for row in saved["history"]]


def _failure(cause: str, message: str) -> dict[str, Any]:
    return {"failure": cause, "failure_message": " ".join(message.split())[:500], "done": True}


def evaluation_from(row: Mapping[str, float]) -> Evaluation:
    """The evaluation behind a flat row of a history."""
    named = {k: v for k, v in row.items() if not k.startswith("loss_")}
    losses = {k.removeprefix("loss_"): v for k, v in row.items() if k.startswith("loss_")}
    return Evaluation(**{**named, "round": int(named["round"])}, losses=losses)  # type: ignore[arg-type]
