"""What can be searched over: one row per detector, loaded only when it is used."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainables.core.detector import Detector

DETECTORS: dict[str, str] = {
    "random": "trainables.random:RandomScores",
    "iforest": "trainables.iforest:IForest",
    "kmeans": "trainables.kmeans:KMeans",
    "devnet": "trainables.devnet:DevNet",
    "logistic": "trainables.logistic:Logistic",
    "gbdt": "trainables.gbdt:GBDT",
}

ALIASES: dict[str, str] = {"baseline": "random", "dummy": "random", "cluster": "kmeans"}


class UnknownDetector(ValueError):
    """No detector has that name."""


def resolve(name: str) -> str:
    """The name in `DETECTORS` for a name or alias.

    Raises
    ------
    UnknownDetector
        With the nearest name.
    """
    key = ALIASES.get(name.lower(), name.lower())
    if key in DETECTORS:
        return key
    near = difflib.get_close_matches(key, [*DETECTORS, *ALIASES], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UnknownDetector(f"unknown detector {name!r}{hint} (--list shows all)")


def load(name: str) -> type[Detector]:
    """The class behind a name, an alias or an import string `module:Class`."""
    target = name if ":" in name else DETECTORS[resolve(name)]
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)
