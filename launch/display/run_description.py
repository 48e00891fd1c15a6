"""The description of a search in MLflow: what came of it, with pictures."""

from __future__ import annotations

from collections.abc import Sequence

from launch.common.invocation import program
from launch.display.metric_table import basis, metric_rows
from launch.display.screen import predict
from launch.evaluation.summary import Summary
from launch.evaluation.verdict.sentences import sentences

NOTE = "mlflow.note.content"
LONGEST_NOTE = 1200
"""Characters of a note about the data."""


def note(summary: Summary, home: str, pictures: Sequence[str] = ()) -> str:
    """Markdown for MLflow's description of a run.

    `home` is the option that says where the record is, or nothing; `pictures` are addresses as MLflow's pages reach
    them.
    """
    first, *others = sentences(summary)
    rows = metric_rows(summary)
    columns = [*rows[0].arms, *rows[0].beside(summary)]
    lines = [
        f"**{first}** {' '.join(others)}",
        "",
        f"| test | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for row in rows:
        cells = [*(row.arms.get(arm, "") for arm in rows[0].arms), *row.beside(summary).values()]
        lines.append(f"| {row.metric.label} | {' | '.join(cells)} |")
    lines += ["", basis(summary)]
    validation = summary.best.validation
    if validation.confirmed.splits:
        score, mean = validation.search_score, validation.confirmed.mean
        lines += ["", f"Search score {score:.4f}, confirmed {mean:.4f}."]
    note_text = brief(summary.dataset.note or "")
    lines += ["", f"Labels seen: {summary.supervision}. Protocol {summary.dataset.protocol}. {note_text}".rstrip()]
    lines += ["", " ".join(f"![{address.rpartition('/')[2]}]({address})" for address in pictures)]
    lines += ["", *(f"    {command}" for command in following(summary, home))]
    return "\n".join(lines)


def following(summary: Summary, home: str) -> list[str]:
    """What a reader may want to do next, as commands."""
    commands = [f"{program('analysis/report.py')} {summary.study}{home}"]
    if summary.mlflow_run_id:
        commands.append(f"{program('launch/replay.py')} {summary.mlflow_run_id}{home}")
    if summary.model_uri:
        commands.append(predict(summary, home))
    return commands


def brief(text: str) -> str:
    """The beginning of a text, so that MLflow, which takes 5,000 characters, takes the whole description."""
    return text if len(text) <= LONGEST_NOTE else text[: LONGEST_NOTE - 1].rstrip() + "…"
