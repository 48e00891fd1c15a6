"""Numbers of things in a sentence."""

from __future__ import annotations

PLURALS = {"anomaly": "anomalies", "class": "classes", "search": "searches", "study": "studies", "copy": "copies"}


def counted(n: int, what: str) -> str:
    """`1 row`, `2,000 rows`, `2 labelled anomalies`: the last word of what is counted may need its plural."""
    if n == 1:
        return f"1 {what}"
    before, space, last = what.rpartition(" ")
    return f"{n:,} {before}{space}{PLURALS.get(last, f'{last}s')}"
