"""Columns that name rows, or what rows are of, and say nothing else: counters, keys, hashes, addresses, free text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets.problems.dataset import ColumnReport
from datasets.wording import counted

FEWEST_ROWS = 20
FEWEST = 5
"""Fewer rows tell nothing, whatever a name says; fewer than `FEWEST_ROWS` something where it speaks of identifiers."""
NEARLY = 0.95
"""Share of different values from which a column of whole numbers is one of identifiers, if its name says so."""
CLOSE = 4
"""Whole numbers that are all different, in a range of fewer than so many times the rows, number the rows.

Of n numbers drawn from 4 n, some n / 8 are there twice: not so of fewer than `FEWEST_CLOSE`.
"""
FEWEST_CLOSE = 50
NAMES = frozenset(
    {
        "account", "guid", "id", "identifier", "ids", "idx", "index", "invoice", "key", "nr", "num", "number", "ref",
        "reference", "row", "rowid", "rownum", "serial", "ticket", "udi", "uid", "uuid",
        "nummer", "kundennummer", "belegnummer", "numero", "número", "numéro", "matricule", "matrícula", "codigo",
        "código",
    }
)  # fmt: skip
"""Words in names of columns of identifiers."""
OF_THINGS = NAMES - {"index", "num", "number", "row", "reference", "nummer", "numero", "número", "numéro"}
"""Of those, the words that numbers have that are no measurements, however often each is there."""
PATTERNS = {
    "UUIDs": re.compile(r"\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?", re.IGNORECASE),
    "hashes": re.compile(
        r"(0x)?(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])([0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32,128})", re.I
    ),
    "e-mail addresses": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE),
    "web addresses": re.compile(r"(https?://|www\.)\S+", re.IGNORECASE),
}
FREE_TEXT, DROPPED = "free text", "by `drop`"
"""How reports on columns begin that are left out for that."""
WORDS, SHARE_OF_TEXTS = 5, 0.2
"""Free text has so many words on average, and that share of its texts is there once."""


def numbers_rows(name: str, values: NDArray[Any]) -> str | None:
    """Why a column of numbers only numbers the rows; None where it may measure something."""
    there = values[~np.isnan(values)]
    few = len(there) <= (FEWEST if speaks_of_rows(name) else FEWEST_ROWS)
    if few or len(there) < NEARLY * len(values) or (there != np.floor(there)).any():
        return None
    n, different, span = len(there), len(np.unique(there)), float(np.ptp(there)) + 1
    steps = np.diff(there)
    if steps[0] != 0 and (steps == steps[0]).all():
        if steps[0] != 1:
            return f"counts the rows in steps of {steps[0]:g}"
        return "counts the rows" + ("" if there[0] in (0, 1) else f" from {there[0]:.0f}")
    if different == n == span:
        return f"counts the rows from {there.min():.0f}, in another order"
    if different == n >= FEWEST_CLOSE and span < CLOSE * n:
        return f"numbers the rows: {n:,} whole numbers from {there.min():.0f} to {there.max():.0f}, all different"
    if different >= NEARLY * n and speaks_of_rows(name):
        return f"identifiers by the name, and {'all' if different == n else 'nearly all'} are different"
    return None


def names_rows(texts: pd.Series) -> str | None:
    """What texts are that name something and say nothing of it; None where they may be categories."""
    there = texts.dropna()
    different = pd.Series(there.unique(), dtype="string")
    if len(different) <= FEWEST_ROWS:
        return None
    shown = f" in {counted(there, 'row')}, such as {str(different.iloc[0])[:40]!r}"
    for what, pattern in PATTERNS.items():
        if different.str.fullmatch(pattern).mean() > NEARLY:
            return f"{len(different):,} {what}{shown}"
    words = different.str.count(r"\S+")
    if words.mean() >= WORDS and len(different) > SHARE_OF_TEXTS * len(there):
        return f"{FREE_TEXT}: {len(different):,} texts of {words.mean():.0f} words on average{shown}"
    return None


def question(name: str, values: NDArray[Any]) -> str:
    """What to ask of a column of whole numbers that may be identifiers which are there more than once."""
    there = values[~np.isnan(values)]
    few = len(np.unique(there)) <= FEWEST_ROWS
    if few or not words_of(name) & OF_THINGS or (there != np.floor(there)).any():
        return ""
    return (
        "; identifiers? `drop` leaves it out, `group_column` keeps rows of one on one side, `categorical` takes texts"
    )


def speaks_of_rows(name: str) -> bool:
    """Whether a name is one of identifiers, or of an index that pandas wrote."""
    return bool(words_of(name) & NAMES) or re.fullmatch(r"(unnamed: ?\d+|)", name.strip().lower()) is not None


def row_keys(reports: Sequence[ColumnReport], group: str | None = None) -> list[str]:
    """Columns that were left out because they name rows, with that of the groups: what people find a row by."""
    left_out = [report for report in reports if report.kind == "left out"]
    found = [one.name for one in left_out if one.about.endswith(" keeps it") and not one.about.startswith(FREE_TEXT)]
    found += [one.name for one in left_out if one.about == DROPPED and speaks_of_rows(one.name)]
    return [*([] if group is None else [group]), *found]


def words_of(name: str) -> set[str]:
    """The words of a name: `customerID`, `customer_id` and `Customer Id` are two."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return set(re.split(r"[\W_]+", spaced.lower())) - {""}
