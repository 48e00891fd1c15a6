"""Columns of a user's table that are texts."""

from __future__ import annotations

import pandas as pd

from trainables.core.preprocessing.cells import spelling_free
from trainables.core.preprocessing.schema import CATEGORICAL, Column


def text_column(name: str, texts: pd.Series) -> tuple[Column | None, str]:
    """The column as texts, unless all cells hold the same."""
    counts = texts.value_counts()
    if len(counts) == 1 and not texts.isna().any():
        return None, f"constant: {counts.index[0]}"
    most = ", ".join(str(text)[:20] for text in counts.index[:3]) + (", …" if len(counts) > 3 else "")
    about = f"{len(counts):,} texts: {most}{_spellings(counts)}"
    return Column(name, CATEGORICAL, tuple(sorted(map(str, counts.index))), any_case=True), about


def _spellings(counts: pd.Series) -> str:
    """What to say of texts that differ in case or blanks alone."""
    by_key: dict[str, list[str]] = {}
    for text in map(str, counts.index):
        by_key.setdefault(str(spelling_free(text, any_case=True)), []).append(text)
    several = [texts for texts in by_key.values() if len(texts) > 1]
    if not several:
        return ""
    shown = " and ".join(map(repr, several[0][:2])) + (", …" if len(several) > 1 or len(several[0]) > 2 else "")
    return f"; told apart as they are spelled: {shown}"
