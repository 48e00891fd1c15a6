"""Are new data like those of training? `python analysis/drift.py MODEL new.csv`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import FlagCreatePairsOff, Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.models.loading import load_model

if TYPE_CHECKING:
    from trainables.core.serving import ServedModel

DRIFTED = 4
SHOWN = 12


@dataclass(frozen=True)
class Options:
    """Hold new rows and their scores against the rows that a registered model was trained on.

    Labels are not needed. Training is known by shares over bins that the model carries, not by its rows. Scores of
    training rows are in-sample: a detector that memorises its rows gives new ones higher scores even if nothing
    has drifted. Example: drift.py devnet-celeba new.csv --fail
    """

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path, arg(metavar="NEW")]]
    """CSV, Parquet or npz with the model's columns; for a model of images a folder of image files, or .npy or .npz."""
    fail: bool = False
    """Exit with 4 if anything drifted: for a job that runs every night."""
    output: Annotated[Path | None, arg(metavar="FILE")] = None
    """Where the table goes (.csv; the picture beside it); default: NEW with .drift.csv."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    trust_code: bool = False
    """Run the detector code that a model brings, even if this home did not write it."""


def drift(model: ServedModel, path: Path) -> Any:
    """Drift of every feature and of the score, for notebooks.

    Parameters
    ----------
    model : ServedModel
        Such as `launch.common.command.load_model` gives.
    path : Path

    Returns
    -------
    DataFrame
        See `analysis.statistics.drift_measures.compare`.

    Raises
    ------
    UsageError
        If the model carries nothing to compare with.
    DataError
        If the file cannot be read or scored.
    """
    from analysis.statistics.drift_measures import compare

    return compare(*pair(model, path))


def pair(model: ServedModel, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The model's reference, and the same of new data over its bins, with `new_texts`: cells by column."""
    from datasets.errors import DataError
    from launch.models.training_profile import like, merged

    then = model.meta.get("reference")
    if not then:
        raise UsageError(
            "this model carries nothing of its training data to compare with: it was registered by an older version; "
            "train it again with launch/retrain.py RUN_ID"
        )
    parts: list[dict[str, Any]] = []
    new: dict[str, int] = {}
    rows = anomalous = 0
    for features, scores in _chunks(model, path):
        rows += len(scores)
        anomalous += int((scores >= model.threshold).sum())
        found = {name: like(then["features"][name], values, texts) for name, (values, texts) in features.items()}
        parts.append({"score": like(then["score"], scores, None), "features": found})
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


def _chunks(model: ServedModel, path: Path) -> Iterator[Chunk]:
    if model.image_shape is not None:
        from datasets.images.rows import ImageRows
        from launch.models.training_profile import image_figures

        for _, X in ImageRows(path, model.image_shape):
            mean, deviation = image_figures(X)
            scores = model.detector.decision_function(model.rows(X))
            yield {"mean intensity": (mean, None), "contrast": (deviation, None)}, scores
        return
    from datasets.errors import DataError
    from launch.models.score_table import rows_of
    from launch.models.training_profile import coded_categories
    from trainables.core.errors import InvalidInput

    schema = None if model.preprocessor is None else model.preprocessor.schema
    texts = coded_categories(schema)
    names = [c.name for c in schema.columns] if schema else list(model.features)
    for frame in rows_of(model, path):
        try:
            coded = model.coded(frame)
            scores = model.detector.decision_function(model.prepared(coded))
        except InvalidInput as error:
            raise DataError(f"{path}: {error}") from error
        yield {name: (coded[:, k], texts[k] if texts else None) for k, name in enumerate(names)}, scores


def work(options: Options, console: Any) -> int:
    """Compare, say, write."""
    from analysis import plots
    from analysis.statistics.drift_measures import compare, verdict

    if not options.data.exists():
        raise UsageError(f"there is no file or folder {options.data}")
    beside = options.data if options.data.name else options.data.resolve()
    target = options.output or beside.with_name(beside.name + ".drift.csv")
    if target.suffix != ".csv" or target.is_dir() or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv file in a folder that exists")
    if target.resolve() == options.data.resolve():
        raise UsageError(f"--output {target} is the file of the new rows")
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    with console.status(f"Scoring {options.data}"):
        then, now = pair(model, options.data)
        measured = compare(then, now)
    console.print(verdict(measured, now["rows"]), style="bold", highlight=False, soft_wrap=True, markup=False)
    _show(measured, console)
    for name, count in now["new_texts"].items():
        text = f"Column {name}: {count:,} cells hold a text that training did not have"
        console.print(text, style="yellow", highlight=False, soft_wrap=True, markup=False)
    console.print(
        f"At or above the threshold: {100 * now['anomalous']:.2f} % of the new rows, {100 * then['anomalous']:.2f} % "
        f"of training's {then['rows']:,}. Training scores are in-sample: a detector that memorises its rows scores "
        "new ones higher even where nothing has drifted.",
        highlight=False,
        soft_wrap=True,
    )
    measured.to_csv(target, index=False, float_format="%.6g")
    picture = plots.save(plots.drift(measured, then["score"], now["score"]), target.with_suffix(".png"))
    console.print(f"Written: {target}, {picture}", highlight=False, soft_wrap=True, markup=False)
    return DRIFTED if options.fail and (measured["verdict"] == "drifted").any() else 0


def _show(measured: Any, console: Any) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("feature", "verdict", "PSI", "distance", "p (Holm)", "missing then", "missing now"):
        table.add_column(name, justify="left" if name in ("feature", "verdict") else "right")
    for row in measured.head(SHOWN).to_dict("records"):
        shares = [f"{100 * row[k]:.1f} %" for k in ("missing_then", "missing_now")]
        figures = [f"{row['psi']:.3f}", f"{row['distance']:.3f}", f"{row['p_holm']:.2g}"]
        table.add_row(Text(str(row["feature"])), row["verdict"], *figures, *shares)
    console.print(table)
    if len(measured) > SHOWN:
        console.print(f"and {len(measured) - SHOWN} more, in the file", style="dim")


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="drift.py", config=(FlagCreatePairsOff,)), work))
