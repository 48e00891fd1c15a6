"""Scored rows by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from datasets.problems.parts import Part
from launch.evaluation.mistakes.held_out import ScoredRows, SplitModel


def scored(X: Any, y: Any, scores: Any, threshold: float, names: tuple[str, ...], **more: Any) -> ScoredRows:
    """Rows of columns of numbers, with these scores; `score` is that of a model which saw none of them."""
    part = Part(np.asarray(X, float), np.asarray(y, np.int8), numbers=np.arange(len(y)) * 10, **more.pop("part", {}))
    model = more.pop("score", None)
    beside = more.pop("beside", None)
    problem: Any = SimpleNamespace(
        modality="tabular", schema=more.pop("schema", None), feature_names=names, development=part,
        beside=None if beside is None else pd.DataFrame(beside),
    )  # fmt: skip
    models = () if model is None else (SplitModel(np.arange(len(y)), model),)
    values = np.asarray(scores, float)
    return ScoredRows(problem, part, part.y, values, np.ones(len(y), int), threshold, models)
