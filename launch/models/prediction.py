"""Score a table or images with a model, and say what came out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.text import Text

from launch.common.flags import with_flags
from launch.common.printing import plain_table, print_line
from launch.config.shared_options import FileOptions
from launch.models.kept_columns import REASONS
from launch.models.model_folder import origin
from launch.models.score_images import ImageScores, score_images
from launch.models.score_table import SHOWN, TableScores, score_table
from launch.models.scores_file import MOST_ON_SCREEN, Scores, Wanted
from trainables.core.serving import ServedModel

AS_SHOWN = {"score": "{:.4g}", "probability": "{:.3f}"}


def predict_images(
    model: ServedModel, data: Path, target: Path, console: Console, *, course: bool = False, top: int | None = None
) -> None:
    """Score images; for a course the columns ID and score alone are written, else of so many `top` ones all."""
    with console.status(f"Scoring {data}"):
        result = score_images(model, data, target, course=course, top=top)
    print_line(console, f"Model: {origin(model.meta)}")
    if result.resized:
        print_line(console, _resized(model, result), "yellow")
    for line in result.said:
        print_line(console, line, "yellow")
    _show_highest("images", result, console)
    print_line(console, _summary("images", result, model, target))


def _resized(model: ServedModel, result: ImageScores) -> str:
    assert model.image_shape is not None
    height, width, _ = model.image_shape
    sizes = ", ".join(f"{rows} x {columns}" for rows, columns in sorted(result.sizes)[:3])
    sizes += ", …" if len(result.sizes) > 3 else ""
    return f"{result.resized:,} of {result.rows:,} images had another size ({sizes}): resized to {height} x {width}"


def predict_table(
    model: ServedModel, data: Path, target: Path, console: Console, wanted: Wanted, how: FileOptions
) -> None:
    """Score a table, and show the most anomalous rows, and the reasons of rows, that are wanted."""
    with console.status(f"Scoring {data}"):
        result = score_table(model, data, target, wanted, how)
    print_line(console, f"Model: {origin(model.meta)}")
    for line in result.said:
        print_line(console, f"How {data.name} was read: {with_flags(line)}", "yellow")
    if result.ignored:
        listed = ", ".join(result.ignored[:5]) + (", …" if len(result.ignored) > 5 else "")
        text = f"Columns that the model does not know were left aside: {listed} (--keep NAME writes one out)"
        print_line(console, text, "yellow")
    if result.keys:
        print_line(console, f"Written beside the scores, as names of rows: {', '.join(result.keys)}")
    for name, texts in result.new_texts.items():
        print_line(console, f"Not as in training: {_new_texts(name, texts)}", "yellow")
    for sentence in result.outside:
        print_line(console, f"Not as in training: {sentence}", "yellow")
    _show_highest("rows", result, console)
    print_line(console, _summary("rows", result, model, target))
    if wanted.explain.numbers or (wanted.explain.anomalies and result.highest is None):
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
    own = ", the model's own threshold" if model.threshold == model.meta["threshold"] else ""
    written = "Written" if result.highest is None else f"Written, the {len(result.highest):,} highest scores alone"
    return (
        f"{result.rows:,} {what} scored, {result.anomalous:,} labelled anomalous (score >= {model.threshold:.6g}{own});"
        f" probability is {result.probability_kind}. {written}: {target}"
    )


def _show_highest(what: str, result: Scores, console: Console) -> None:
    """The most anomalous rows, where they alone are written."""
    if result.highest is None:
        return
    shown = result.highest.drop(columns=["probability_kind", "p_value"], errors="ignore").head(MOST_ON_SCREEN)
    shown = shown.rename(columns={REASONS: "features that raise the score"})
    texts = [str(name) for name in shown.columns if shown[name].dtype.kind not in "biuf"]
    table = plain_table(*map(str, shown.columns), left=texts, title=f"The most anomalous {what}", overflow="fold")
    for row in shown.to_dict("records"):
        table.add_row(*(Text(_cell(str(name), value)) for name, value in row.items()))
    console.print(table)
    if len(result.highest) > len(shown):
        console.print(f"… and {len(result.highest) - len(shown):,} more in the file", highlight=False)


def _cell(name: str, value: object) -> str:
    return "" if value is None or value != value else AS_SHOWN.get(name, "{}").format(value)


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
