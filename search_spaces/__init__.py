"""What to try: one file per detector, of the same name.

Each has ``PUBLISHED = {name: (config, source)}``, the configurations of papers and reports, the
reference one first, and ``space(trial, data) -> config``, which samples one configuration from
the ranges around them: `trial`, an optuna.Trial, is asked for values; `data`, a `DataInfo`, is
what is searched on. A configuration holds constructor arguments, never the seed nor the number
of rounds: those belong to the search. A module may say ``FEW_LABELS = name``: which of them is
the reference where training knows a few anomalies only; ``FEW``, of the same form, has configurations for
such training alone. It may say ``NEAREST = {name: {value: other}}``:
what of a range comes nearest in meaning to a value that is not in it, where that is not the nearest
number. One of a detector of tables and images has ``IMAGES`` too, of the same form.
``EPOCHS = {name: number}`` is how many rounds the sources train their configurations, where
they say so and a round here is what an epoch is there.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import trainables
from trainables.core.detector import Detector, Fidelity


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


def published(module: Any, *, few_labels: bool = False, modality: str = "tabular") -> dict[str, dict[str, Any]]:
    """The published configurations by name, the reference first.

    Parameters
    ----------
    module : module
        A search space.
    few_labels : bool
        Whether training knows a few anomalies only.
    modality : str, default="tabular"
        "tabular" or "image"; a module that has ``IMAGES`` has other configurations for images.
    """
    if modality == "image" and hasattr(module, "IMAGES"):
        return {name: dict(config) for name, (config, _) in module.IMAGES.items()}
    first = getattr(module, "FEW_LABELS", None) if few_labels else None
    known = module.PUBLISHED | (getattr(module, "FEW", {}) if few_labels else {})
    names = sorted(known, key=lambda name: name != first)  # stable: the others stay in order
    return {name: dict(known[name][0]) for name in names}


def whole_epochs(module: Any, cls: type[Detector]) -> dict[str, int]:
    """For how many epochs the sources train their configurations, by name; without those that do not say it."""
    return dict(getattr(module, "EPOCHS", {})) if cls.fidelity is Fidelity.EPOCHS else {}


def trained_for(config: Mapping[str, Any], cls: type[Detector], epochs: int) -> dict[str, Any]:
    """A configuration that says for how many epochs it is trained, unless it does already."""
    return {str(cls.rounds_parameter): epochs, **config}
