"""Score a table of any size, one chunk in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datasets.errors import DataError
from datasets.tables.frames import iter_frames
from launch.models.scores_file import Asked, RowsOut
from trainables.core.errors import InvalidInput
from trainables.core.explain import Reason
from trainables.core.table_schema import BOOLEAN, CATEGORICAL, NUMERIC, as_text

if TYPE_CHECKING:
    from trainables.core.serving import ServedModel

SHOWN = 20
LABELS = ("class", "label", "y")


@dataclass
class Scored:
    """What came out.

    Attributes
    ----------
    rows, anomalous : int
    kind : str
        Of probability.
    ignored : list of str
        Columns that the model does not know.
    new : dict of str to int
        Cells with a text that training did not have, by column.
    reasons : list of (row, score, reasons)
        Of the rows asked for; of `anomalies` those with the highest scores.
    explained : int
        Rows that have reasons in the file.
    figures : dict
        AUROC and others, where the file has labels of both kinds.
    """

    rows: int = 0
    anomalous: int = 0
    kind: str = ""
    ignored: list[str] = field(default_factory=list)
    new: dict[str, int] = field(default_factory=dict)
    reasons: list[tuple[int, float, list[Reason]]] = field(default_factory=list)
    explained: int = 0
    figures: dict[str, float] = field(default_factory=dict)


def score_file(model: ServedModel, path: Path, target: Path, asked: Asked) -> Scored:
    """Score every row of a file into another file.

    Raises
    ------
    DataError
        If the file cannot be read, or a cell cannot be scored, with its row in the file.
    """
    done, labels = Scored(), _Labels(model)
    scores: list[Any] = []
    with RowsOut(target) as out:
        for frame in iter_frames(path, as_text=_read_as_text(model)):
            if frame.empty:
                continue
            label = labels.take(frame)
            rows = _named(frame if label is None else frame.drop(columns=label), model.features)
            try:
                scored = model.predict(rows)
                _explain(model, rows, scored, asked, done)
            except InvalidInput as error:
                # a schema names the row in the file; a model without one is less exact
                rough = done.rows and model.preprocessor is None
                words = f", rows {done.rows:,} to {done.rows + len(frame) - 1:,}" if rough else ""
                raise DataError(f"{path}{words}: {error}") from error
            if not done.rows:
                done.ignored = [str(c) for c in rows.columns if str(c) not in model.features]
            _new_texts(model, rows, done)
            done.rows += len(frame)
            done.anomalous += int(scored["label"].sum())
            done.kind = str(scored["probability_kind"].iloc[0]) if len(scored) else done.kind
            if labels.usable:  # what is not needed is not kept: the file may be larger than memory
                scores.append(scored["score"].to_numpy(np.float64))
            out.write(scored)
        if not done.rows:
            raise DataError(f"{path} has no rows")
        missing = sorted(asked.numbers - {row for row, _, _ in done.reasons})
        if missing:
            raise DataError(f"--explain {missing[0]}: {path} has rows 0 to {done.rows - 1:,}")
    done.figures = labels.figures(np.concatenate(scores), model.threshold) if labels.usable else {}
    return done


def rows_of(model: ServedModel, path: Path) -> Iterator[Any]:
    """The rows of a file as a model takes them, chunk by chunk, without a column of labels.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    labels = _Labels(model)
    for frame in iter_frames(path, as_text=_read_as_text(model)):
        if not frame.empty:
            label = labels.take(frame)
            yield _named(frame if label is None else frame.drop(columns=label), model.features)


def _named(frame: Any, features: list[str]) -> Any:
    """Columns without names of their own (x0, x1, …) are taken in order; an npz may have its y after them."""
    names, n = [str(c) for c in frame.columns], len(features)
    if names[:n] == [f"x{i}" for i in range(n)] and names[n:] in ([], ["label"]):
        frame = frame.iloc[:, :n].set_axis(features, axis=1)
    return frame


def _read_as_text(model: ServedModel) -> tuple[str, ...]:
    """Columns whose cells are texts, so that a chunk of numbers alone is not read as numbers."""
    columns = () if model.preprocessor is None else model.preprocessor.schema.columns
    return tuple(column.name for column in columns if column.kind not in (NUMERIC, BOOLEAN))


def _explain(model: ServedModel, frame: Any, scored: Any, asked: Asked, done: Scored) -> None:
    """Reasons of the rows of this chunk that are asked for, in a column where all anomalies are."""
    if not asked.wanted:
        return
    numbers = np.arange(done.rows, done.rows + len(frame))
    chosen = np.isin(numbers, list(asked.numbers)) if asked.numbers else scored["label"].to_numpy() == 1
    found = model.explain(frame[chosen]) if chosen.any() else []
    said = np.full(len(frame), "", dtype=object)
    said[chosen] = ["; ".join(map(str, one)) for one in found]
    done.reasons += [
        (int(row), float(score), one)
        for row, score, one in zip(numbers[chosen], scored["score"].to_numpy()[chosen], found, strict=True)
    ]
    scored["reasons"] = said
    done.explained += int(chosen.sum())
    if asked.anomalies:  # the file has them all: of what people see only the highest are kept
        done.reasons = sorted(done.reasons, key=lambda one: -one[1])[:SHOWN]


def _new_texts(model: ServedModel, frame: Any, done: Scored) -> None:
    if model.preprocessor is None:
        return
    schema = model.preprocessor.schema
    for column in schema.columns:
        if column.kind == CATEGORICAL and column.name in frame.columns:
            count = int((schema.code(column, frame[column.name]) == len(column.categories)).sum())
            if count:
                done.new[column.name] = done.new.get(column.name, 0) + count


class _Labels:
    """Labels that a file may have beside its rows: read as 0/1, or not at all."""

    def __init__(self, model: ServedModel) -> None:
        given = model.meta.get("label_column")
        self.names = (given,) if given else LABELS
        self.features = model.features
        asked = (model.meta.get("request") or {}).get("positive", ())
        self.positive = list(asked or model.meta.get("anomaly_texts", ()))
        self.found: list[Any] = []
        self.usable = True

    def take(self, frame: Any) -> str | None:
        """Keep the labels of a chunk; the name of their column, if there is one."""
        wanted = [name.lower() for name in self.names if name not in self.features]
        others = [str(c) for c in frame.columns if str(c) not in self.features]
        name = next((c for c in others if c.strip().lower() in wanted), None)
        cells = None if name is None else frame[name]
        if cells is None or not (self.positive or cells.isin([0, 1]).all()) or cells.isna().any():
            self.usable = False
        elif self.usable:
            labels = as_text(cells).isin(self.positive) if self.positive else cells
            self.found.append(labels.to_numpy(np.int8))
        return name

    def figures(self, scores: Any, threshold: float) -> dict[str, float]:
        labels = np.concatenate(self.found) if self.usable and self.found else np.zeros(0)
        if not 0 < labels.sum() < len(labels):
            return {}
        from trainables.core import metrics

        return metrics.figures(labels, scores, threshold)
