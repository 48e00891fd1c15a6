"""The scores of a trained model on artificial data of the same shape: the source report's second mode."""

from __future__ import annotations

from rich.console import Console

from analysis import plots
from analysis.options import ArtificialOptions
from datasets.load import load
from datasets.request import Request
from datasets.tables import artificial
from datasets.wording import counted
from launch.common.errors import UsageError
from launch.config.shared_options import data_dir
from launch.evaluation import published
from launch.models.loading import load_model
from trainables.core import metrics


def run(options: ArtificialOptions, console: Console) -> None:
    """Draw or read, score, plot."""
    if options.rows < 2:
        raise UsageError(f"--rows must be at least 2, got {options.rows}")
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    if model.image_shape is not None:
        raise UsageError(f"{options.model} is a model of images; artificial data are made for tables")
    asked = model.meta.get("request") or {"dataset": model.meta["dataset"], "protocol": model.meta["protocol"]}
    folder = data_dir(options.data_dir)
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
        what = f"{counted(options.rows, 'row')} of independent {kind}, seed {options.seed}"
    rows = model.prepared(part.X)
    scores = model.detector.decision_function(rows)
    histograms = plots.flattened_histograms(model.prepared(train.X), rows)
    files = [plots.save(histograms, options.output / "flattened_histograms.png")]
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
        figures = ", ".join(f"{value:.4f}" for value in printed)
        text = f"The source report prints {figures} for its own artificial data, which it does not describe."
        console.print(text, highlight=False, soft_wrap=True)
    console.print("Pictures: " + ", ".join(str(f) for f in files), highlight=False, soft_wrap=True)
