"""Whether new rows and their scores are like those that a registered model was trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from analysis import plots
from analysis.options import DriftOptions
from analysis.reports import table
from analysis.statistics.drift_measures import compare, verdict
from datasets.errors import DataError
from datasets.images.folders.rows import ImageRows
from launch.common.errors import UsageError
from launch.common.flags import with_flags
from launch.common.printing import print_line
from launch.config.shared_options import FileOptions
from launch.models.loading import load_model
from launch.models.score_table import AS_FOUND, rows_of
from launch.models.training_profile import coded_categories, image_figures, like, merged
from trainables.core.errors import InvalidInput
from trainables.core.serving import ServedModel

DRIFTED = 4
"""Exit code of `--fail` where something drifted."""
SHOWN = 12


def run(options: DriftOptions, console: Console) -> int:
    """Compare, say, write; 0, or with `--fail` 4 if anything drifted."""
    target = _target(options)
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    said: list[str] = []
    with console.status(f"Scoring {options.data}"):
        then, now = pair(model, options.data, options, said.append)
        measured = compare(then, now)
    for line in said:
        print_line(console, f"How {options.data.name} was read: {with_flags(line)}", "yellow")
    console.print(verdict(measured, now["rows"]), style="bold", highlight=False, soft_wrap=True, markup=False)
    table.show(console, _texts(measured.head(SHOWN)))
    if len(measured) > SHOWN:
        console.print(f"and {len(measured) - SHOWN} more, in the file", style="dim")
    for name, count in now["new_texts"].items():
        text = f"Column {name}: {count:,} cells hold a text that training did not have"
        console.print(text, style="yellow", highlight=False, soft_wrap=True, markup=False)
    text = (
        f"At or above the threshold: {100 * now['anomalous']:.2f} % of the new rows, {100 * then['anomalous']:.2f} % "
        f"when the model was made from {then['rows']:,} rows."
    )
    console.print(text, highlight=False, soft_wrap=True)
    measured.to_csv(target, index=False, float_format="%.6g")
    picture = plots.save(plots.drift(measured, then["score"], now["score"]), target.with_suffix(".png"))
    console.print(f"Written: {target}, {picture}", highlight=False, soft_wrap=True, markup=False)
    return DRIFTED if options.fail and (measured["verdict"] == "drifted").any() else 0


def _target(options: DriftOptions) -> Path:
    """Where the table goes."""
    if not options.data.exists():
        raise UsageError(f"there is no file or folder {options.data}")
    data = options.data if options.data.name else options.data.resolve()
    target = options.output or data.with_name(data.name + ".drift.csv")
    if target.suffix != ".csv" or target.is_dir() or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv file in a folder that exists")
    if target.resolve() == options.data.resolve():
        raise UsageError(f"--output {target} is the file of the new rows")
    return target


def drift(model: ServedModel, path: Path) -> pd.DataFrame:
    """Drift of every feature and of the score, for notebooks: see `analysis.statistics.drift_measures.compare`.

    The model is such as `launch.models.loading.load_model` gives.

    Raises
    ------
    UsageError
        If the model carries nothing to compare with.
    DataError
        If the file cannot be read or scored.
    """
    return compare(*pair(model, path))


def pair(
    model: ServedModel, path: Path, how: FileOptions = AS_FOUND, say: Callable[[str], None] = lambda line: None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The model's reference, and the same of new data over its bins, with `new_texts`: cells by column."""
    then = model.meta.get("reference")
    if not then:
        raise UsageError(
            "this model carries nothing of its training data to compare with: it was registered by an older version; "
            "train it again with launch/retrain.py RUN_ID"
        )
    parts: list[dict[str, Any]] = []
    new: dict[str, int] = {}
    rows = anomalous = 0
    for features, scores in _chunks(model, path, how, say):
        rows += len(scores)
        anomalous += int((scores >= model.threshold).sum())
        binned = {name: like(then["features"][name], values, texts) for name, (values, texts) in features.items()}
        parts.append({"score": like(then["score"], scores, None), "features": binned})
        for name, (values, texts) in features.items():
            if texts is not None and (count := int((values == len(texts)).sum())):
                new[name] = new.get(name, 0) + count
    if not rows:
        raise DataError(f"{path} has no rows")
    return then, {
        "rows": rows,
        "anomalous": anomalous / rows,
        "new_texts": new,
        "score": merged([part["score"] for part in parts]),
        "features": {name: merged([part["features"][name] for part in parts]) for name in then["features"]},
    }


Chunk = tuple[dict[str, tuple[Any, Any]], Any]
"""Values and texts of the categories by feature, and scores."""


def _chunks(model: ServedModel, path: Path, how: FileOptions, say: Callable[[str], None]) -> Iterator[Chunk]:
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


def _texts(measured: pd.DataFrame) -> pd.DataFrame:
    percent = "{:.1f} %".format
    return pd.DataFrame(
        {
            "feature": measured["feature"].astype(str),
            "verdict": measured["verdict"],
            "PSI": measured["psi"].map("{:.3f}".format),
            "distance": measured["distance"].map("{:.3f}".format),
            "p (Holm)": measured["p_holm"].map("{:.2g}".format),
            "missing then": (100 * measured["missing_then"]).map(percent),
            "missing now": (100 * measured["missing_now"]).map(percent),
        }
    )
