"""What a benchmark says in the end: a table, and each metric against its aim."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

BUSY = 0.5
"""Load average above which timings are said to be unreliable."""


@dataclass(frozen=True)
class Check:
    """A value against its aim, an upper limit or a lower one; NaN, what could not be measured, never meets it."""

    name: str
    value: float
    aim: float
    at_most: bool = True
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the value meets the aim."""
        return self.value <= self.aim if self.at_most else self.value >= self.aim

    def text(self) -> str:
        """Value, aim and verdict in one line."""
        bound = "at most" if self.at_most else "at least"
        verdict = "met" if self.met else "MISSED"
        return f"{self.name}: {number(self.value)}{self.unit}, aim {bound} {number(self.aim)}{self.unit}: {verdict}"


def number(value: float) -> str:
    """A number with as many digits as a reader needs."""
    if not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def ratio(ours: float, theirs: float) -> float:
    """Ours over theirs.

    Raises
    ------
    ValueError
        If theirs is not a positive number: nothing was measured then.
    """
    if not theirs > 0 or not math.isfinite(theirs):
        raise ValueError(f"cannot divide by {theirs}: the other side was not measured")
    return ours / theirs


def report(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    checks: Sequence[Check],
    notes: Sequence[str],
    started_on: Mapping[str, Any],
    numbers: Mapping[str, Any],
    target: Path | None,
) -> None:
    """Show the table, the verdicts and the notes; write the numbers where that was asked for.

    `started_on` is `machine()` as it was before the first side ran.
    """
    console = Console(width=None if Console().is_terminal else 140)
    table = Table(*columns, title=title)
    for row in rows:
        table.add_row(*(number(cell) if isinstance(cell, float) else str(cell) for cell in row))
    console.print(table)
    for check in checks:
        console.print(check.text(), style="green" if check.met else "red", highlight=False, soft_wrap=True)
    busy = f"the load average was {started_on['load']} at the start: timings are of a busy machine"
    for note in [*notes, *([busy] if started_on["load"] > BUSY else [])]:
        console.print(f"Note: {note}.", style="dim", highlight=False, soft_wrap=True)
    if target is not None:
        verdicts = [{**asdict(c), "met": c.met} for c in checks]
        whole = {"benchmark": title, "machine": started_on, **numbers, "checks": verdicts, "notes": list(notes)}
        target.write_text(json.dumps(whole, indent=2) + "\n")
