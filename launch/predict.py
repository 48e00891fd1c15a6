"""Score rows with a registered model: `python launch/predict.py devnet-celeba new.csv`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import Positional, arg

from launch import command
from launch.errors import UsageError


@dataclass(frozen=True)
class Options:
    """Write score, label and probability of every row.

    A higher score is more anomalous; the label is 1 at or above the model's threshold.
    Example: predict.py devnet-celeba new.csv
    """

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path, arg(metavar="DATA")]]
    """CSV, Parquet or npz with the model's columns."""
    output: Annotated[Path | None, arg(metavar="FILE")] = None
    """Where to write; .csv or .parquet. Default: DATA with .scores.csv."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    trust_code: bool = False
    """Run the detector code that a model brings, even if this home did not write it."""


def work(options: Options, console: Any) -> None:
    """Load, score, write, and say what came out."""
    from datasets.rows import read_rows

    frame, labels = read_rows(options.data)
    target = options.output or options.data.with_suffix(".scores.csv")
    if target.suffix not in (".csv", ".parquet") or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv or .parquet file in a folder that exists")
    from launch.model import origin

    model = command.load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    scored = model.predict(named(frame, model.features))
    if target.suffix == ".parquet":
        scored.to_parquet(target, index=False)
    else:
        scored.to_csv(target, index=False)
    console.print(f"Model: {origin(model.meta)}", highlight=False, markup=False, soft_wrap=True)
    found = int(scored["label"].sum())
    console.print(
        f"{len(scored):,} rows scored, {found:,} labelled anomalous (score >= {model.threshold:.6g}); "
        f"probability is {scored['probability_kind'].iloc[0]}. Written: {target}",
        highlight=False,
        soft_wrap=True,
    )
    if labels is not None and 0 < labels.sum() < len(labels):
        from analysis import metrics

        f = metrics.figures(labels, scored["score"].to_numpy(), model.threshold)
        console.print(
            f"The file has labels: AUROC {f['auroc']:.4f}, AP {f['ap']:.4f}, "
            f"F1 at the threshold {f['f1_threshold']:.4f}. "
            "If the model was trained on these rows, that says nothing.",
            highlight=False,
            soft_wrap=True,
        )


def named(frame: Any, features: list[str]) -> Any:
    """Columns without names of their own (x0, x1, …) are taken in order."""
    if list(frame.columns) == [f"x{i}" for i in range(len(features))]:
        frame = frame.set_axis(features, axis=1)
    return frame


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="predict.py"), work))
