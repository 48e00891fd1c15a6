"""Numbers of things in a sentence."""

from __future__ import annotations

from collections.abc import Sized

PLURALS = {"anomaly": "anomalies", "class": "classes", "search": "searches", "study": "studies", "copy": "copies"}


def verb(things: Sized | float, one: str = "is", many: str = "are") -> str:
    """The verb that goes with so many."""
    return one if (len(things) if isinstance(things, Sized) else things) == 1 else many


def counted(things: Sized | float, what: str) -> str:
    """`1 row`, `2,000 rows`, `2 labelled anomalies`: the last word is what is counted, and may need its plural."""
    n = len(things) if isinstance(things, Sized) else things
    if n == 1:
        return f"1 {what}"
    before, space, last = what.rpartition(" ")
    number = f"{int(n):,}" if n == int(n) else f"{n:g}"
    return f"{number} {before}{space}{PLURALS.get(last, f'{last}s')}"
