"""Columns of a user's table that are texts."""

from __future__ import annotations

import pandas as pd

from trainables.core.preprocessing.schema import CATEGORICAL, Column


def text_column(name: str, texts: pd.Series) -> tuple[Column | None, str]:
    """The column as texts, unless all cells hold the same."""
    counts = texts.value_counts()
    if len(counts) == 1 and not texts.isna().any():
        return None, f"constant: {counts.index[0]}"
    most = ", ".join(str(text)[:20] for text in counts.index[:3]) + (", …" if len(counts) > 3 else "")
    return Column(name, CATEGORICAL, tuple(sorted(map(str, counts.index)))), f"{len(counts):,} texts: {most}"
