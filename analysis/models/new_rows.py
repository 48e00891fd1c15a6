"""New rows as a registered model sees them, counted over the bins of its training rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.images.folders.rows import ImageRows
from launch.common.errors import UsageError
from launch.config.shared_options import FileOptions
from launch.models.score_table import rows_of
from launch.models.training_profile import coded_categories, image_figures, like, merged
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.schema import TIME
from trainables.core.serving import ServedModel

Chunk = tuple[dict[str, tuple[Any, Any]], Any]
"""Values and texts of the categories by feature, and scores."""


def chunks(model: ServedModel, path: Path, how: FileOptions, say: Callable[[str], None]) -> Iterator[Chunk]:
    """Features and scores of a file or a folder, some rows at a time."""
    if model.image_shape is not None:
        for _, X in ImageRows(path, model.image_shape):
            mean, deviation = image_figures(X)
            scores = model.detector.decision_function(model.rows(X))
            yield {"mean intensity": (mean, None), "contrast": (deviation, None)}, scores
        return
    schema = None if model.preprocessor is None else model.preprocessor.schema
    texts = coded_categories(schema)
    names = [c.name for c in schema.columns] if schema else list(model.features)
    for frame in rows_of(model, path, how, say):
        try:
            coded = model.coded(frame)
            scores = model.detector.decision_function(model.prepared(coded))
        except InvalidInput as error:
            raise DataError(f"{path}: {error}") from error
        yield {name: (coded[:, k], texts[k] if texts else None) for k, name in enumerate(names)}, scores


def reference_of(model: ServedModel, time_column: str = "") -> dict[str, Any]:
    """What the model carries of its training rows, without moments: they move on by themselves.

    A column of moments stays where the detector sees how far it has come (`trend`).

    Raises
    ------
    UsageError
        If the model carries nothing.
    """
    then: dict[str, Any] | None = model.meta.get("reference")
    if not then:
        raise UsageError(
            "this model carries nothing of its training data to compare with: it was registered by an older version; "
            "train it again with launch/retrain.py RUN_ID"
        )
    columns = () if model.preprocessor is None else model.preprocessor.schema.columns
    aside = {column.name for column in columns if column.kind == TIME and not column.trend} | {time_column}
    return {**then, "features": {name: own for name, own in then["features"].items() if name not in aside}}


@dataclass
class Tally:
    """Counts of new rows; of rows that are gone only these are kept."""

    reference: dict[str, Any]
    threshold: float
    rows: int = 0
    anomalous: int = 0
    """At or above the threshold."""
    new_texts: dict[str, int] = field(default_factory=dict)
    """Cells that hold a text that training did not have, by column."""
    _score: dict[str, Any] = field(default_factory=dict)
    _features: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, features: Mapping[str, tuple[Any, Any]], scores: NDArray[np.float64]) -> None:
        """Count some rows."""
        self.rows += len(scores)
        self.anomalous += int((scores >= self.threshold).sum())
        self._score = _with(self._score, like(self.reference["score"], scores, None))
        for name, then in self.reference["features"].items():
            values, texts = features[name]
            self._features[name] = _with(self._features.get(name, {}), like(then, values, texts))
            if texts is not None and (count := int((values == len(texts)).sum())):
                self.new_texts[name] = self.new_texts.get(name, 0) + count

    def summary(self) -> dict[str, Any]:
        """The rows as the reference is; `anomalous` is a share."""
        return {
            "rows": self.rows,
            "anomalous": self.anomalous / max(1, self.rows),
            "new_texts": self.new_texts,
            "score": self._score,
            "features": self._features,
        }


def _with(before: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return merged([before, more]) if before else more
