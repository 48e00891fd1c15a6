"""Sections as one HTML file that needs no network, or as Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from analysis import interactive
from analysis.charts.chart import Chart
from analysis.reports import table
from analysis.reports.section import Section
from trainables.core.files import atomic_write

ASSETS = Path(__file__).with_name("assets")


def html(title: str, verdict: str, about: str, sections: Sequence[Section], *, broad: bool = False) -> str:
    """One HTML file with plotly inside, the same bytes for the same sections.

    The verdict is the first sentence that is read; on a broad page wide tables may use a wide screen.
    """
    options: dict[str, Any] = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(loader=FileSystemLoader(ASSETS), undefined=StrictUndefined, **options)
    figures, shown = [], []
    for section in sections:
        drawn = []
        for k, (name, chart) in enumerate(section.figures):
            key, figure = f"{section.id}-{k}", interactive.draw(chart) if isinstance(chart, Chart) else chart
            drawn.append({"key": key, "name": name, "height": figure.layout.height or 380})
            figures.append({"key": key, "figure": json.loads(figure.to_json())})
        shown.append({"section": section, "drawn": drawn, "table": table.html(section.table, section.best)})
    return environment.get_template("report.html").render(
        {"title": title, "verdict": verdict, "about": about, "broad": broad, "sections": shown},
        css=Markup((ASSETS / "report.css").read_text()),
        script=Markup((ASSETS / "report.js").read_text()),
        plotly=Markup(get_plotlyjs()) if figures else "",
        figures=_inline(figures),
        explorers=_inline({s.id: s.explorer for s in sections if s.explorer}),
    )


def _inline(value: Any) -> Markup:
    """JSON that may stand in a script element: nothing in it ends the element."""
    text = json.dumps(value, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def markdown(title: str, verdict: str, sections: Sequence[Section]) -> str:
    """Words and tables as Markdown, without figures."""
    parts = [f"# {title}", verdict]
    for section in sections:
        parts += [f"## {section.title}", *section.text]
        if section.table is not None and not section.table.empty:
            parts.append(table.markdown(section.table))
        if section.code:
            parts.append(f"```\n{section.code}\n```")
    return "\n\n".join(parts) + "\n"


def write(path: Path, text: str) -> Path:
    """Write a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path
