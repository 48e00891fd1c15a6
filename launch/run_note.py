"""The description of a search in MLflow: what came of it, with pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from launch.cells import cell
from launch.screen import verdict

NOTE = "mlflow.note.content"
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
    lines += ["", f"Labels seen: {s['supervision']}. Protocol {s['dataset']['protocol']}. {s['dataset']['note']}"]
    lines += ["", " ".join(f"![{address.rpartition('/')[2]}]({address})" for address in pictures)]
    lines += ["", f"    python analysis/report.py {s['study']}{home}"]
    return "\n".join(lines)
