"""A detector for tests that fails in every way that has a name: `ail` says how."""

import ctypes
import os
import signal
import time
from typing import Any, ClassVar

import numpy as np

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Supervision

AILS = (
    "none", "nan_loss", "inf_loss", "diverged", "nan_scores", "collapsed", "singular", "singular_torch", "memory",
    "memory_torch", "memory_cuda", "library", "bug", "disk", "sleep", "native", "killed", "setup",
)  # fmt: skip


class Sick(Detector):
    """Sum of the first five attributes; falls ill in its second round."""

    supervision: ClassVar = Supervision.UNSUPERVISED
    fidelity: ClassVar = Fidelity.EPOCHS
    rounds_parameter: ClassVar = "epochs"
    parameter_constraints: ClassVar = {
        "ail": (c.Options(AILS),),
        "x": (c.Interval(float, 0, 1),),
        "batch_size": (c.Interval(int, 4, 1 << 20),),
        "fits": (c.Interval(int, 0, 1 << 20),),
        "epochs": (c.Interval(int, 1, 1000),),
    }

    def __init__(
        self,
        *,
        ail: str = "none",
        x: float = 0.5,
        batch_size: int = 128,
        fits: int = 1 << 20,
        epochs: int = 4,
        seed: int = 0,
    ) -> None:
        self.ail, self.x, self.batch_size, self.fits = ail, x, batch_size, fits
        self.epochs, self.seed = epochs, seed

    def _begin(self, train: Any) -> None:
        if self.ail == "setup":
            raise RuntimeError("never begun")
        if self.batch_size > self.fits:
            raise MemoryError(f"a batch of {self.batch_size}")

    def _train_round(self) -> dict[str, float]:
        loss = 1.0 / (1 + self.rounds_done_)
        return {"loss": float(self._fall_ill()) if self.rounds_done_ == 1 and self.ail != "none" else loss}

    def _fall_ill(self) -> Any:
        import torch

        match self.ail:
            case "nan_loss":
                return float("nan")
            case "inf_loss":
                return float("inf")
            case "diverged":
                return 1e20
            case "singular":
                return np.linalg.inv(np.zeros((3, 3)))
            case "singular_torch":
                return torch.linalg.cholesky(torch.zeros(3, 3))
            case "memory":
                return np.zeros((1 << 45,)).sum()
            case "memory_torch":
                return torch.zeros(1 << 45).sum()
            case "memory_cuda":
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
            case "library":
                import no_such_library  # noqa: F401
            case "bug":
                return {}["missing"]
            case "disk":
                raise OSError(28, "No space left on device")
            case "sleep":
                time.sleep(600)
            case "native":
                libc, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
                libc.pthread_mutex_lock(mutex)
                libc.pthread_mutex_lock(mutex)  # for ever, with Python's lock held: no signal handler runs
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
        return 0.5

    def _score(self, X: Any) -> Any:
        if self.rounds_done_ == 2 and self.ail in ("nan_scores", "collapsed"):
            return np.full(len(X), np.nan if self.ail == "nan_scores" else 7.0)
        noise = np.random.default_rng([self.seed, self.rounds_done_]).normal(size=len(X))
        return X[:, :5].astype(float).sum(1) * (1 + self.x) + noise

    def _state(self) -> dict[str, Any]:
        return {}

    def _load_state(self, state: Any) -> None:
        pass


PUBLISHED = {"report": ({}, "made for tests")}


def space(trial: Any, data: Any) -> dict[str, Any]:
    return {"x": trial.suggest_float("x", 0.0, 1.0)}
