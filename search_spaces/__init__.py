"""What to try: one file per detector, of the same name.

Each has ``PUBLISHED = {name: (config, source)}``, the configurations of papers and reports, the
reference one first, and ``space(trial, data) -> config``, the ranges around them. A
configuration holds constructor arguments, never the seed nor the number of rounds: those
belong to the search.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType

import trainables


@dataclass(frozen=True)
class DataInfo:
    """What a search space may know of the data.

    Parameters
    ----------
    rows : int
        Training rows.
    features : int
        Columns, or values of one image.
    anomalies : int
        Labelled anomalies among the training rows.
    modality : str, default="tabular"
        "tabular" or "image".
    """

    rows: int
    features: int
    anomalies: int
    modality: str = "tabular"


def load(name: str) -> ModuleType:
    """The search space of a detector, by name or alias.

    Raises
    ------
    trainables.UnknownDetector
        With the nearest name.
    """
    return importlib.import_module(f"{__name__}.{trainables.resolve(name)}")
