"""The one Ray adapter of the detectors: a class trainable around any of them."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from ray import tune

from trainables.core import failures, state
from trainables.core.custom_detectors import load_class
from trainables.core.detector import Detector, TrainData
from trainables.core.errors import InvalidHyperparameter, OutOfMemory
from trainables.training.checkpoints import Checkpoints
from trainables.training.process import peak_memory_mb, set_threads
from trainables.training.repeated_trial import RepeatedTrial, Rows, trial_on
from trainables.training.time_limit import time_limit
from trainables.training.trial import Trial, build

REPORT_SECONDS = 0.5


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
    checkpoints : str or None
        Folder or URI under which each trial keeps its states; None keeps none.
    checkpoint_bytes : int or None
        What one state may have.
    timeout : float or None
        Seconds that a trial may take.
    auto_batch : bool
        Whether a trial that runs out of memory starts again with half its batch.
    more_splits : tuple of (TrainData, ndarray, ndarray)
        Training rows, validation rows and labels of further splits, on which every trial trains too.
    """

    detector: str
    train: TrainData
    valid_X: NDArray[Any]
    valid_y: NDArray[Any]
    metric: str
    max_rounds: int
    rungs: tuple[int, ...]
    threads: int = 1
    checkpoints: str | None = None
    checkpoint_bytes: int | None = None
    timeout: float | None = None
    auto_batch: bool = False
    more_splits: tuple[Rows, ...] = ()

    @property
    def splits(self) -> tuple[Rows, ...]:
        """All splits, the search's first."""
        return (self.train, self.valid_X, self.valid_y), *self.more_splits


def trial_folder(root: str, number: int) -> str:
    """Where a trial keeps its states."""
    return f"{root.rstrip('/')}/trial-{number:05d}"


class DetectorTrainable(tune.Trainable):
    """Runs one trial after another in one process; `reset_config` starts the next afresh.

    A step trains rounds until a rung of the scheduler, the end, or half a second has
    passed, whichever is first, so that reporting stays a small part of the time. Every
    round's figures travel in the result's `history`. A failure is a result with
    `failure` and `failure_message`, so that the warm process outlives it.

    States are written here, before the report that they belong to, and not by Tune: a
    trial that is started again anywhere, by whichever driver, finds its own.
    """

    def setup(self, config: dict[str, Any], data: SearchData) -> None:  # type: ignore[override]
        """Build the trial of `config` (keys `params`, `seed`, `number`) on the shared data."""
        self.data = data
        set_threads(data.threads)
        self._new_trial(config)

    def _new_trial(self, config: Mapping[str, Any]) -> None:
        self.trial: Trial | RepeatedTrial | None = None
        self.config_ = dict(config)
        self.params = dict(config["params"])
        self.checkpoints = self._checkpoints()
        self.effective_batch: int | None = None
        self.spent = 0.0
        self.at_stake = False

    def _checkpoints(self) -> Checkpoints | None:
        if self.data.checkpoints is None or not load_class(self.data.detector).resumable:
            return None
        number, seed = self.config_["number"], self.config_["seed"]
        identity = {"trial": number, "seed": seed, "params": json.dumps(self.params, sort_keys=True, default=list)}
        return Checkpoints(trial_folder(self.data.checkpoints, number), identity, self.data.checkpoint_bytes)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Drop everything of the last trial and take the next configuration."""
        self._new_trial(new_config)
        return True

    def _started(self) -> Trial | RepeatedTrial:
        if self.trial is None:
            self.trial = trial_on(self.data.splits, self._detector, self.data.metric).begin()
        return self.trial

    def _detector(self) -> Detector:
        cls = load_class(self.data.detector)
        return build(cls, self.params, rounds=self.data.max_rounds, seed=self.config_["seed"])

    def _resume(self) -> list[dict[str, float]]:
        """Go on from the last state, if there is one; the rounds that it holds."""
        saved = self.checkpoints.load() if self.checkpoints is not None else None
        if saved is None:
            return []
        if saved["batch"] is not None:
            self._take_batch(saved["batch"])
        self.spent = saved["spent"]
        self._restore(saved)
        return list(saved["history"])

    def step(self) -> dict[str, Any]:
        """Train some rounds; the last one's figures, the history of all, and whether it is over."""
        start = time.monotonic()
        news: list[dict[str, float]] = []
        timeout = self.data.timeout
        left = None if timeout is None else timeout - self.spent
        try:
            with time_limit(left, f"longer than `trial_timeout` {timeout or 0:g} s"):
                while True:
                    try:
                        self._rounds(start, news)
                        break
                    except Exception as error:
                        if not self._halve(error):
                            raise
                        news.clear()
        except Exception as error:  # a bug in a detector must not end the search
            cause, message = failures.name(error)
            self.at_stake = False
            return {"failure": cause, "failure_message": message, "done": True, "history": news, **self._extras()}
        trial = self._started()
        self.spent += time.monotonic() - start
        checkpoints = self.checkpoints
        self.at_stake = not trial.finished
        # rounds that are done again are kept at once, so that a trial which loses worker after worker gets on
        again = len(trial.history) <= self.config_.get("told", 0)
        if checkpoints is not None and not trial.finished and (again or checkpoints.due(time.monotonic() - start)):
            self._write(checkpoints)
        last = news[-1] if news else {}
        return {**last, "history": news, "done": trial.finished, "finished": trial.finished, **self._extras()}

    def _rounds(self, start: float, news: list[dict[str, float]]) -> None:
        if self.trial is None:
            news += self._resume()
        trial = self._started()
        if not trial.history and self.checkpoints is not None:
            self.checkpoints.start()
        pause = max(REPORT_SECONDS, self.checkpoints.pause if self.checkpoints is not None else 0.0)
        while not trial.finished:
            news.append(trial.step().flat())
            if len(trial.history) in self.data.rungs or time.monotonic() - start > pause:
                break

    def _extras(self) -> dict[str, Any]:
        extras: dict[str, Any] = {"peak_memory_mb": peak_memory_mb()}
        if self.effective_batch is not None:
            extras["effective_batch_size"] = self.effective_batch
        if self.checkpoints is not None:
            extras["checkpointed"] = self.checkpoints.exist
            if self.checkpoints.trouble:
                extras["checkpoint_trouble"] = self.checkpoints.trouble
        return extras

    def _halve(self, error: Exception) -> bool:
        """After running out of memory: start the trial again with half the batch, if that is wanted and possible."""
        if not self.data.auto_batch or failures.name(error)[0] != OutOfMemory.cause:
            return False
        cls = load_class(self.data.detector)
        if "batch_size" not in cls.parameter_names():
            return False
        size = int(self.params.get("batch_size") or cls().get_params()["batch_size"]) // 2
        if size < 1:
            return False
        try:
            build(cls, {**self.params, "batch_size": size}, rounds=None, seed=self.config_["seed"])
        except InvalidHyperparameter:
            return False
        self._take_batch(size)
        return True

    def _take_batch(self, size: int) -> None:
        self.trial, self.effective_batch = None, size
        self.params["batch_size"] = size
        gc.collect()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _content(self) -> dict[str, Any]:
        return {**self._started().state_dict(), "batch": self.effective_batch, "spent": self.spent}

    def _write(self, checkpoints: Checkpoints) -> None:
        history = self._started().history
        if checkpoints.save(self._content(), history[-1].score if history else None):
            self.at_stake = False

    def _restore(self, saved: Mapping[str, Any]) -> None:
        self._started().load_state_dict(saved)

    def cleanup(self) -> None:
        """Write what is at stake: the search was asked to stop."""
        if self.at_stake and self.checkpoints is not None and self.trial is not None:
            self._write(self.checkpoints)

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Write the detector's state and the history."""
        state.save(self._content(), Path(checkpoint_dir) / "trial.pt")

    def load_checkpoint(self, checkpoint_dir: str) -> None:  # type: ignore[override]
        """Go on from what `save_checkpoint` wrote."""
        self._restore(state.load(Path(checkpoint_dir) / "trial.pt"))
