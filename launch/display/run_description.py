"""The description of a search in MLflow: what came of it, with pictures."""

from __future__ import annotations

from collections.abc import Sequence

from launch.common.invocation import program
from launch.display.metric_table import basis, metric_rows
from launch.display.screen import predict, verdict
from launch.evaluation.metric_labels import OF_TABLES
from launch.evaluation.summary import Summary

NOTE = "mlflow.note.content"
LONGEST_NOTE = 1200
"""Characters of a note about the data."""


def note(summary: Summary, home: str, pictures: Sequence[str] = ()) -> str:
    """Markdown for MLflow's description of a run.

    `home` is the option that says where the record is, or nothing; `pictures` are addresses as MLflow's pages reach
    them.
    """
    arms = list(summary.test.arms())
    lines = [f"**{verdict(summary)}**", "", f"| test | {' | '.join(arms)} |", "|---" * (len(arms) + 1) + "|"]
    lines += [f"| {row.metric.label} | {' | '.join(row.arms.values())} |" for row in metric_rows(summary, OF_TABLES)]
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
