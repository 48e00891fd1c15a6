"""What runs in a worker process: one fit on one core, its scores, or why there are none."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from numpy.typing import NDArray

from trainables.core import failures
from trainables.core.custom_detectors import load_class
from trainables.core.detector import TrainData
from trainables.training.fit import FitJob, FitResult, staged_fit
from trainables.training.process import set_threads

READY = "ready"


@dataclass(frozen=True)
class Failed:
    """Why there are no scores: a name that is counted, and a line for people."""

    cause: str
    message: str


def fit(
    job: FitJob, train: TrainData, parts: Mapping[str, NDArray[Any]], stages: Sequence[int] = ()
) -> dict[int, FitResult] | Failed:
    """Train and score after each of the stages, which are numbers of rounds (0 is untrained), and at the end.

    The rows of `parts` come without their labels: `test`, and `reference` where a threshold is to be placed.
    """
    try:
        load_class(job.detector)  # its libraries are there before their threads are set
        set_threads(1)
        return staged_fit(job, train, parts, stages)
    except Exception as error:
        return Failed(*failures.name(error))


def serve(connection: Connection, function: Callable[..., Any]) -> None:
    """Call `function` with what arrives until nobody is there any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's business
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    warnings.simplefilter("ignore")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)  # what libraries print would tear the progress bar apart
    os.dup2(silence, 2)
    try:
        connection.send(READY)
        while True:
            connection.send(function(*connection.recv()))
    except (EOFError, OSError):
        return
