"""Score a trained model on artificial data: `python analysis/artificial.py devnet-celeba`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.models.loading import load_model


@dataclass(frozen=True)
class Options:
    """The report's second mode: a trained model on artificial data of the same shape.

    Without a file the data are independent bits with the training marginals, and labels
    drawn at 2.2 % that depend on nothing, so AUROC .5 is what to expect.
    """

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path | None, arg(metavar="[DATA]")]] = None
    """CSV of the same shape, with or without a label column."""
    rows: int = 23_023
    """Rows to draw where there is no file."""
    seed: int = 0
    """Seed of the draw."""
    output: Annotated[Path, arg(metavar="DIR")] = Path("artificial")
    """Where the histograms go."""
    data_dir: Annotated[Path | None, arg(metavar="DIR")] = None
    """Where dataset files are; default: $ANOMALY_DATA, else data/."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    trust_code: bool = False
    """Run the detector code that a model brings, even if this home did not write it."""


def work(options: Options, console: Any) -> None:
    """Draw or read, score, plot."""
    from analysis import plots
    from datasets.load import load
    from datasets.request import Request
    from datasets.tables import artificial
    from launch.config.options import data_dir
    from launch.evaluation import published
    from trainables.core import metrics

    if options.rows < 2:
        raise UsageError(f"--rows must be at least 2, got {options.rows}")
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    if model.image_shape is not None:
        raise UsageError(f"{options.model} is a model of images; artificial data are made for tables")
    asked = model.meta.get("request") or {"dataset": model.meta["dataset"], "protocol": model.meta["protocol"]}
    folder = data_dir(options)  # type: ignore[arg-type]
    problem = load(Request.from_plain(asked), folder, allow_standin=False, notify=console.print)
    train = problem.development
    if model.preprocessor is not None and options.data is not None:
        raise UsageError("DATA is for tables of plain numbers; launch/predict.py scores a raw table with this model")
    if options.data is not None:
        part = artificial.from_csv(options.data, len(model.features))
        what = str(options.data)
    else:
        part = artificial.independent_bits(train, options.rows, options.seed)
        kind = "bits" if model.preprocessor is None else "columns"
        what = f"{options.rows:,} rows of independent {kind}, seed {options.seed}"
    rows = model.prepared(part.X)
    scores = model.detector.decision_function(rows)
    options.output.mkdir(parents=True, exist_ok=True)
    files = [
        plots.save(
            plots.flattened_histograms(model.prepared(train.X), rows), options.output / "flattened_histograms.png"
        )
    ]
    text = f"{options.model} on {what}: "
    if part.labelled and 0 < part.y.sum() < len(part.y):
        f = metrics.figures(part.y, scores)
        text += f"AUROC {f['auroc']:.4f}, AP {f['ap']:.4f}, F1 (97.8th pct) {f['f1_report']:.4f}"
        title = f"{model.meta['detector']} on artificial data"
        files.append(plots.save(plots.score_histograms(part.y, scores, title), options.output / "score_histograms.png"))
    else:
        text += f"scored, without labels; mean score {scores.mean():.4g}"
    console.print(text, highlight=False, soft_wrap=True)
    printed = [published.figure(model.meta["detector"], "celeba-artificial", k) for k in ("auroc", "ap", "f1_report")]
    if all(p is not None for p in printed) and problem.dataset == "celeba":
        a, b, c = printed
        console.print(
            f"The report prints {a:.4f}, {b:.4f}, {c:.4f} for its own artificial data, which it does not describe.",
            highlight=False,
            soft_wrap=True,
        )
    console.print("Pictures: " + ", ".join(str(f) for f in files), highlight=False, soft_wrap=True)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="artificial.py", args=argv), work)


if __name__ == "__main__":
    sys.exit(main())
