"""Score a table or images with a model, and say what came out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.text import Text

from launch.common.flags import with_flags
from launch.common.printing import plain_table, print_line
from launch.config.shared_options import FileOptions
from launch.models.model_folder import origin
from launch.models.score_images import ImageScores, score_images
from launch.models.score_table import SHOWN, TableScores, score_table
from launch.models.scores_file import ExplainRequest, Scores
from trainables.core.serving import ServedModel


def predict_images(model: ServedModel, data: Path, target: Path, console: Console, *, course: bool) -> None:
    """Score images; for a course the columns ID and score alone are written."""
    with console.status(f"Scoring {data}"):
        result = score_images(model, data, target, course=course)
    print_line(console, f"Model: {origin(model.meta)}")
    if result.resized:
        print_line(console, _resized(model, result), "yellow")
    for line in result.said:
        print_line(console, line, "yellow")
    print_line(console, _summary("images", result, model, target))


def _resized(model: ServedModel, result: ImageScores) -> str:
    assert model.image_shape is not None
    height, width, _ = model.image_shape
    sizes = ", ".join(f"{rows} x {columns}" for rows, columns in sorted(result.sizes)[:3])
    sizes += ", …" if len(result.sizes) > 3 else ""
    return f"{result.resized:,} of {result.rows:,} images had another size ({sizes}): resized to {height} x {width}"


def predict_table(
    model: ServedModel, data: Path, target: Path, console: Console, request: ExplainRequest, how: FileOptions
) -> None:
    """Score a table, and show the reasons of the rows that are requested."""
    with console.status(f"Scoring {data}"):
        result = score_table(model, data, target, request, how)
    print_line(console, f"Model: {origin(model.meta)}")
    for line in result.said:
        print_line(console, f"How {data.name} was read: {with_flags(line)}", "yellow")
    if result.ignored:
        listed = ", ".join(result.ignored[:5]) + (", …" if len(result.ignored) > 5 else "")
        print_line(console, f"Columns that the model does not know were left aside: {listed}", "yellow")
    for name, texts in result.new_texts.items():
        print_line(console, f"Not as in training: {_new_texts(name, texts)}", "yellow")
    for sentence in result.outside:
        print_line(console, f"Not as in training: {sentence}", "yellow")
    print_line(console, _summary("rows", result, model, target))
    if request.wanted:
        _show_reasons(result, console)
    if result.metrics:
        text = "The file has labels: AUROC {auroc:.4f}, AP {ap:.4f}, F1 at the threshold {f1_threshold:.4f}. "
        text += "If the model was trained on these rows, that says nothing."
        print_line(console, text.format(**result.metrics))


def _new_texts(name: str, texts: Counter[str]) -> str:
    """How many texts of a column training did not have, and the most frequent one."""
    text, rows = texts.most_common(1)[0]
    these = f"{len(texts):,} texts" if len(texts) > 1 else "1 text"
    return (
        f"column {name!r}: {these} that training did not have, in {texts.total():,} rows, "
        f"e.g. {text[:60]!r} in {rows:,} row{'s' * (rows != 1)}"
    )


def _summary(what: str, result: Scores, model: ServedModel, target: Path) -> str:
    return (
        f"{result.rows:,} {what} scored, {result.anomalous:,} labelled anomalous (score >= {model.threshold:.6g}); "
        f"probability is {result.probability_kind}. Written: {target}"
    )


def _show_reasons(result: TableScores, console: Console) -> None:
    """The features that make rows anomalous, highest score first."""
    features = "features that raise the score"
    table = plain_table("row", "score", features, left=(features,), title="Why")
    for row, score, reasons in sorted(result.reasons, key=lambda row: -row[1])[:SHOWN]:
        text = "; ".join(map(str, reasons)) or "none: it scores as a typical row does"
        table.add_row(f"{row:,}", f"{score:.4g}", Text(text))
    console.print(table)
    if result.explained > SHOWN:
        console.print(f"… and {result.explained - SHOWN:,} more in the column `reasons` of the file", highlight=False)
