"""Score a table of any size, one chunk in memory at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.label_words import folded, is_unlabelled
from datasets.problems.dataset import UNLABELLED
from datasets.tables.frames import Reading, iter_frames
from datasets.tables.labels import folded_texts
from launch.config.shared_options import FileOptions
from launch.models.highest_rows import HighestRows
from launch.models.kept_columns import REASONS, ROW, KeptColumns
from launch.models.scores_file import ExplainRequest, Scores, Wanted, few, scores_file
from trainables.core import metrics
from trainables.core.errors import InvalidInput
from trainables.core.explain import Reason
from trainables.core.preprocessing.cells import as_text
from trainables.core.preprocessing.schema import CATEGORICAL
from trainables.core.serving import ServedModel

SHOWN = 20
AS_FOUND = FileOptions()
SCORES_ALONE = Wanted()
LABELS = ("class", "label", "y")


@dataclass
class TableScores(Scores):
    """What scoring a table came to."""

    ignored: list[str] = field(default_factory=list)
    """Columns that the model does not know, and that are not kept."""
    keys: list[str] = field(default_factory=list)
    """Columns that are kept because training left them out as names of rows."""
    new_texts: dict[str, Counter[str]] = field(default_factory=dict)
    """Texts that training did not have, by column."""
    outside: list[str] = field(default_factory=list)
    """Columns whose values lie outside all of training, a sentence for each."""
    said: list[str] = field(default_factory=list)
    """How the file was read, where that is not plain."""
    reasons: list[tuple[int, float, list[Reason]]] = field(default_factory=list)
    """Row, score and reasons of the rows asked for; of `anomalies` of those with the highest scores."""
    explained: int = 0
    """Rows that have reasons in the file."""
    metrics: dict[str, float] = field(default_factory=dict)
    """AUROC and others, where the file has labels of both kinds."""


def score_table(
    model: ServedModel, path: Path, target: Path, wanted: Wanted = SCORES_ALONE, how: FileOptions = AS_FOUND
) -> TableScores:
    """Score every row of a file into another file: its number, what is kept of it, and what the model says of it.

    Raises
    ------
    DataError
        If the file cannot be read, or a cell cannot be scored, with its row in the file.
    """
    result, labels, outside = TableScores(), _FileLabels(model), model.outside()
    kept = KeptColumns(wanted.keep, model.meta.get("keys", ()))
    highest = None if wanted.top is None else HighestRows(wanted.top)
    at_once = replace(wanted.explain, anomalies=False) if highest else wanted.explain
    at_end = wanted.explain.anomalies or ("typical" in model.meta and not wanted.explain.wanted and few(wanted.top))
    scores: list[NDArray[np.float64]] = []
    with scores_file(target) as write:
        as_text = tuple(kept.possible() - labels.possible() - set(model.features))
        for frame, rows in _chunks(model, path, labels, _reading(model, how, result.said.append), as_text):
            beside = kept.of(frame, str(path))
            try:
                scored = model.predict(rows, outside=outside)
                _explain(model, rows, scored, at_once, result)
            except InvalidInput as error:
                # a schema names the row in the file; a model without one is less exact
                rough = result.rows and model.preprocessor is None
                where = f", rows {result.rows:,} to {result.rows + len(rows) - 1:,}" if rough else ""
                raise DataError(f"{path}{where}: {error}") from error
            if not result.rows:
                known = {*model.features, *(kept.names or ())}
                result.ignored = [str(column) for column in rows.columns if str(column) not in known]
                result.keys = [name for name in kept.names or () if name in kept.keys]
            _count_new_texts(model, rows, result)
            scored = pd.concat([beside.set_axis(scored.index), scored], axis=1)
            scored.insert(0, ROW, np.arange(result.rows, result.rows + len(rows)))
            result.count(scored)
            if labels.usable:  # what is not needed is not kept: the file may be larger than memory
                scores.append(scored["score"].to_numpy(np.float64))
            if highest is None:
                write(scored)
            else:
                highest.add(scored, rows if at_end else None)
        if not result.rows:
            raise DataError(f"{path} has no rows")
        missing = sorted(wanted.explain.numbers - {row for row, _, _ in result.reasons})
        if missing:
            raise DataError(f"--explain {missing[0]}: {path} has rows 0 to {result.rows - 1:,}")
        if highest is not None:
            result.highest = highest.scored
            if at_end:
                result.highest[REASONS] = ["; ".join(map(str, of_row)) for of_row in model.explain(highest.rows)]
            write(result.highest)
    result.outside = outside.sentences()
    result.metrics = labels.metrics(np.concatenate(scores), model.threshold) if labels.usable else {}
    return result


def rows_of(
    model: ServedModel, path: Path, how: FileOptions = AS_FOUND, say: Callable[[str], None] = lambda line: None
) -> Iterator[pd.DataFrame]:
    """The rows of a file as a model takes them, chunk by chunk, without a column of labels."""
    return (rows for _, rows in _chunks(model, path, _FileLabels(model), _reading(model, how, say)))


def _reading(model: ServedModel, how: FileOptions, say: Callable[[str], None]) -> Reading:
    """How a file is read: as is said, else as that of training was."""
    asked = model.meta.get("request") or {}
    return Reading(how.encoding, how.sheet or asked.get("sheet"), say)


def _chunks(
    model: ServedModel, path: Path, labels: _FileLabels, reading: Reading, as_text: tuple[str, ...] = ()
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Chunks as they stand in the file, and as the model takes them."""
    for frame in iter_frames(path, as_text=(*_read_as_text(model), *as_text), reading=reading):
        if not frame.empty:
            label = labels.take(frame)
            yield frame, _named(frame if label is None else frame.drop(columns=label), model.features)


def _named(frame: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """Columns without names of their own (x0, x1, …) are taken in order; an npz may have its y after them."""
    names, n = [str(column) for column in frame.columns], len(features)
    if names[:n] == [f"x{i}" for i in range(n)] and names[n:] in ([], ["label"]):
        frame = frame.iloc[:, :n].set_axis(features, axis=1)
    return frame


def _read_as_text(model: ServedModel) -> tuple[str, ...]:
    """Columns whose cells are texts, so that a chunk of numbers alone is not read as numbers."""
    columns = () if model.preprocessor is None else model.preprocessor.schema.columns
    return tuple(column.name for column in columns if column.is_text)


def _explain(
    model: ServedModel, frame: pd.DataFrame, scored: pd.DataFrame, request: ExplainRequest, result: TableScores
) -> None:
    """Reasons of the rows of this chunk that are requested, in a column where all anomalies are."""
    if not request.wanted:
        return
    numbers = np.arange(result.rows, result.rows + len(frame))
    chosen = np.isin(numbers, list(request.numbers)) if request.numbers else scored["label"].to_numpy() == 1
    reasons = model.explain(frame[chosen]) if chosen.any() else []
    texts = np.full(len(frame), "", dtype=object)
    texts[chosen] = ["; ".join(map(str, of_row)) for of_row in reasons]
    result.reasons += [
        (int(row), float(score), of_row)
        for row, score, of_row in zip(numbers[chosen], scored["score"].to_numpy()[chosen], reasons, strict=True)
    ]
    scored[REASONS] = texts
    result.explained += int(chosen.sum())
    if request.anomalies:  # the file has them all: of what people see only the highest are kept
        result.reasons = sorted(result.reasons, key=lambda row: -row[1])[:SHOWN]


def _count_new_texts(model: ServedModel, frame: pd.DataFrame, result: TableScores) -> None:
    if model.preprocessor is None:
        return
    schema = model.preprocessor.schema
    for column in schema.columns:
        if column.kind == CATEGORICAL and column.name in frame.columns:
            cells = frame[column.name]
            new = schema.code(column, cells) == len(column.categories)
            if new.any():
                result.new_texts.setdefault(column.name, Counter()).update(map(str, as_text(cells[new])))


class _FileLabels:
    """Labels that a file may have beside its rows: read as 0/1, or not at all."""

    def __init__(self, model: ServedModel) -> None:
        given = model.meta.get("label_column")
        self.names = (given,) if given else LABELS
        self.features = model.features
        request = model.meta.get("request") or {}
        asked = request.get("positive", ())
        positive = model.meta.get("anomaly_texts") or asked
        self.two = not asked
        """Whether the label has two values, so that a third says something else."""
        self.others: set[str] = set()
        self.positive = {folded(text) for text in positive}
        self.normal = {folded(text) for text in model.meta.get("normal_texts", ())}
        self.unlabelled = {
            folded(text) for given in request.get("unlabelled", ()) for text in (given, *given.split(","))
        }
        self.words = bool(request.get("positive")) == bool(request.get("normal"))
        self.labels: list[NDArray[np.int8]] = []
        self.usable = True

    def possible(self) -> set[str]:
        """Names that the column may have in the case that they are known in."""
        return set(self.names)

    def take(self, frame: pd.DataFrame) -> str | None:
        """Keep the labels of a chunk; the name of their column, if there is one."""
        wanted = [name.lower() for name in self.names if name not in self.features]
        others = [str(column) for column in frame.columns if str(column) not in self.features]
        name = next((column for column in others if column.strip().lower() in wanted), None)
        cells = None if name is None else frame[name]
        if cells is None:
            self.usable = False
        elif self.usable:
            self._read(cells)
        return name

    def _read(self, cells: pd.Series) -> None:
        """Labels of a chunk: 1, 0, and -1 where there is none, as training had it."""
        texts = folded_texts(as_text(cells)).astype(object)
        known = texts.notna() & ~texts.isin(self.unlabelled)
        if self.words:
            known &= ~texts.isin([text for text in texts[known].unique() if is_unlabelled(text) and text not in
                                  self.positive | self.normal])  # fmt: skip
        texts = texts[known]
        if not (self.positive or self.normal):
            self.usable = bool(texts.isin(["0", "1", "true", "false"]).all())
        elif not self.normal:
            self.others |= set(texts) - self.positive
            self.usable = len(self.others) < 2 or not self.two
        labels = np.full(len(cells), UNLABELLED, np.int8)
        labels[known] = ~texts.isin(self.normal) if self.normal else texts.isin(self.positive or {"1", "true"})
        self.labels.append(labels)

    def metrics(self, scores: NDArray[np.float64], threshold: float) -> dict[str, float]:
        """Metrics of the scores of rows with a label; none where the labels are of one class."""
        labels = np.concatenate(self.labels) if self.usable and self.labels else np.zeros(0)
        known = labels != UNLABELLED
        both = 0 < (labels == 1).sum() < known.sum()
        return metrics.figures(labels[known], scores[known], threshold) if both else {}
