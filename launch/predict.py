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

from launch.common import command
from launch.common.errors import UsageError
from launch.models.loading import load_model


@dataclass(frozen=True)
class Options:
    """Write score, label and probability of every row.

    A higher score is more anomalous; the label is 1 at or above the model's threshold. The
    table is read in chunks, so it may be larger than memory. Example: predict.py devnet-celeba new.csv
    """

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, a run id, or a model folder."""
    data: Positional[Annotated[Path, arg(metavar="DATA")]]
    """CSV, Parquet or npz with the model's columns, as raw as those it was trained on. For a model of images:
    a folder of image files of any size, one image, or an array in a .npy or .npz file."""
    output: Annotated[Path | None, arg(metavar="FILE")] = None
    """Where to write; .csv or .parquet. Default: DATA with .scores.csv."""
    course: bool = False
    """Images: write the columns ID and score alone, as the face homework wants them."""
    explain: Annotated[str | None, arg(metavar="ROWS")] = None
    """Say which features make rows anomalous: row numbers from 0 (17,203), or `anomalies` for all labelled so."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    trust_code: bool = False
    """Run the detector code that a model brings, even if this home did not write it."""


def work(options: Options, console: Any) -> None:
    """Load, score chunk by chunk, write, and say what came out."""
    from launch.models.model_folder import origin
    from launch.models.score_table import score_file
    from launch.models.scores_file import Asked, target_of

    asked = Asked.of(options.explain)
    if not options.data.exists():
        raise UsageError(f"there is no file or folder {options.data}")
    if options.data.is_file():
        target = target_of(options.data, options.output)
    model = load_model(options.model, options.home, options.tracking_uri, options.trust_code)
    if model.image_shape is not None:
        _images(model, options, console)
        return
    if options.data.is_dir():
        raise UsageError(f"{options.data} is a folder, and the model {options.model} takes a table")
    if options.course:
        raise UsageError("--course is for models of images")
    with console.status(f"Scoring {options.data}"):
        done = score_file(model, options.data, target, asked)
    say = {"highlight": False, "soft_wrap": True, "markup": False}
    console.print(f"Model: {origin(model.meta)}", **say)
    if done.ignored:
        listed = ", ".join(done.ignored[:5]) + (", …" if len(done.ignored) > 5 else "")
        console.print(f"Columns that the model does not know were left aside: {listed}", style="yellow", **say)
    for name, count in done.new.items():
        text = f"Column {name}: {count:,} cells hold a text that training did not have"
        console.print(text, style="yellow", **say)
    console.print(
        f"{done.rows:,} rows scored, {done.anomalous:,} labelled anomalous (score >= {model.threshold:.6g}); "
        f"probability is {done.kind}. Written: {target}",
        **say,
    )
    if asked.wanted:
        _explained(done, console)
    if done.figures:
        f = done.figures
        console.print(
            f"The file has labels: AUROC {f['auroc']:.4f}, AP {f['ap']:.4f}, "
            f"F1 at the threshold {f['f1_threshold']:.4f}. If the model was trained on these rows, that says nothing.",
            **say,
        )


def _images(model: Any, options: Options, console: Any) -> None:
    from launch.models import score_images

    if options.explain is not None:
        raise UsageError("--explain is for tables; the pictures of a search show where images differ")
    target = score_images.target_of(options.data, options.output)
    with console.status(f"Scoring {options.data}"):
        done = score_images.score_images(model, options.data, target, course=options.course)
    score_images.say(model, done, target, console)


def _explained(done: Any, console: Any) -> None:
    """The features that make rows anomalous, highest score first."""
    from rich.table import Table
    from rich.text import Text

    from launch.models.score_table import SHOWN

    table = Table(box=None, pad_edge=False, header_style="bold", title="Why", title_justify="left")
    for name in ("row", "score", "features that raise the score"):
        table.add_column(name, justify="right" if name != "features that raise the score" else "left")
    for row, score, found in sorted(done.reasons, key=lambda one: -one[1])[:SHOWN]:
        words = "; ".join(map(str, found)) or "none: it scores as a typical row does"
        table.add_row(f"{row:,}", f"{score:.4g}", Text(words))
    console.print(table)
    if done.explained > SHOWN:
        console.print(f"… and {done.explained - SHOWN:,} more in the column `reasons` of the file", highlight=False)


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="predict.py"), work))
