"""Test rows that are no more than one: they are drawn together when rows are drawn again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datasets.problems.deduplication import pattern_ids
from datasets.problems.parts import Part


def clusters(test: Part) -> NDArray[np.intp] | None:
    """The number of each row's group, where the table has groups, else of its pattern, where rows of a table are equal.

    Returns
    -------
    ndarray of shape (n,) or None
        None where every row stands for itself, for images, and for several tasks.
    """
    if test.X.ndim != 2 or len(test.tasks) > 1:
        return None
    together = pattern_ids(test.X) if test.groups is None else np.unique(test.groups, return_inverse=True)[1]
    return together if together.max() + 1 < len(test) else None
