"""What runs in a worker process: one fit on one core, its scores, or why there are none."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core import failures
from trainables.core.detector import TrainData
from trainables.core.external import load_class
from trainables.core.fit import FitJob, plain_fit
from trainables.core.process import set_threads

READY = "ready"


@dataclass(frozen=True)
class Fitted:
    """Scores of the rows that were given, and how long it took."""

    scores: NDArray[np.float64]
    fit_seconds: float
    predict_seconds: float


@dataclass(frozen=True)
class Failed:
    """Why there are no scores: a name that is counted, and a line for people."""

    cause: str
    message: str


def fit(job: FitJob, train: TrainData, rows: NDArray[Any]) -> Fitted | Failed:
    """Train and score; `rows` come without their labels."""
    try:
        load_class(job.detector)  # its libraries are there before their threads are set
        set_threads(1)
        result = plain_fit(job, train, {"test": rows})
    except Exception as error:
        return Failed(*failures.name(error))
    return Fitted(result.scores["test"], result.fit_seconds, result.predict_seconds)


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
