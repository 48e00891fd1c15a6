"""Rows of totals, which programs write under a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_WORDS = (
    "(grand |sub)?(totals?|sums?|summe|gesamt(?:summe|ergebnis)?|insgesamt|totaux|somme|totale|suma"
    "|total g[eé]n[eé]ral|totale complessivo|suma końcowa|общий итог|итого|всего|合計|总计|합계"
    "|averages?|means?|mittelwert|moyenne)"
)
TOTALS = re.compile(rf'["\s]*{_WORDS}\s*:?["\s]*([,;|\t]|$)', re.I)
"""The start of a line of totals."""


def is_totals(cells: Sequence[Any]) -> bool:
    """Whether the first cell that holds something says that these are totals."""
    first = next((cell for cell in cells if cell not in (None, "")), "")
    return isinstance(first, str) and bool(TOTALS.fullmatch(first))
