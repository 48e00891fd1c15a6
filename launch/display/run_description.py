"""The description of a search in MLflow: what came of it, with pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launch.common.text import cell
from launch.display.screen import predict, verdict

NOTE = "mlflow.note.content"
LONGEST_NOTE = 1200
"""Characters of a note about the data."""
NAMES = {"auroc": "AUROC", "ap": "AP", "f1_report": "F1, 97.8th pct", "f1_threshold": "F1, own cut"}


def note(s: Mapping[str, Any], home: str, pictures: Sequence[str] = ()) -> str:
    """Markdown for MLflow's description of a run.

    Parameters
    ----------
    s : mapping
        A summary.
    home : str
        Option that says where the record is, or nothing.
    pictures : sequence of str
        Addresses of pictures, as MLflow's pages reach them.
    """
    sides = [side for side in ("tuned", "published", "difference") if side in s["test"]]
    lines = [f"**{verdict(s)}**", "", f"| test | {' | '.join(sides)} |", "|---" * (len(sides) + 1) + "|"]
    for key, name in NAMES.items():
        if key in s["test"]["tuned"]:
            cells = [cell(s["test"][side][key], side == "difference") for side in sides]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    best, confirmed = s["best"], s["best"]["validation"]["confirmed"]
    if confirmed["splits"]:
        lines += ["", f"Search score {best['validation']['search_score']:.4f}, confirmed {confirmed['mean']:.4f}."]
    said = brief(s["dataset"]["note"] or "")
    lines += ["", f"Labels seen: {s['supervision']}. Protocol {s['dataset']['protocol']}. {said}".rstrip()]
    lines += ["", " ".join(f"![{address.rpartition('/')[2]}]({address})" for address in pictures)]
    lines += ["", *(f"    {command}" for command in following(s, home))]
    return "\n".join(lines)


def following(s: Mapping[str, Any], home: str) -> list[str]:
    """What a reader may want to do next, as commands."""
    commands = [f"python analysis/report.py {s['study']}{home}"]
    if s.get("mlflow_run_id"):
        commands.append(f"python launch/replay.py {s['mlflow_run_id']}{home}")
    if s.get("model_uri"):
        commands.append(predict(s, home))
    return commands


def brief(text: str) -> str:
    """The beginning of a text, so that MLflow, which takes 5,000 characters, takes the whole description."""
    return text if len(text) <= LONGEST_NOTE else text[: LONGEST_NOTE - 1].rstrip() + "…"
