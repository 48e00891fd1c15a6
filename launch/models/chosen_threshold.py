"""Which threshold a model is used with: its own, a score, or a share of rows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from launch.common.errors import UsageError
from trainables.core.serving import read_meta


def chosen(text: str | None, meta: Mapping[str, Any]) -> tuple[float, str]:
    """The threshold that `--threshold` asks for, and what is said of it.

    Parameters
    ----------
    text : str or None
        A score, or a share of rows as in `2.2%`: the score that this share of rows like those of training, which the
        model was not trained on, reaches. None is the model's own threshold.
    meta : mapping
        What the model says of itself.
    """
    own = float(meta["threshold"])
    if text is None:
        return own, f"{own:.6g}, the model's own"
    share = text.strip().endswith("%")
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"--threshold {text!r}: give a score, as in 0.35, or a share of rows, as in 2.2%")
    if not share:
        return value, f"{value:.6g}, by --threshold; the model's own is {own:.6g}"
    if not 0 < value < 100:
        raise UsageError(f"--threshold {text!r}: a share of rows is above 0% and below 100%")
    unseen = np.asarray(meta["calibration"]["reference"], dtype=np.float64)
    score = float(np.quantile(unseen, 1 - value / 100, method="higher"))
    return score, (
        f"{score:.6g}, by --threshold: {value:g} % of rows like those of training reach it; "
        f"the model's own is {own:.6g}"
    )


def put_in(logged: Path, text: str | None) -> tuple[dict[str, Any], str]:
    """Give a logged model, which is a copy, the threshold that is asked for; what it says of itself, and what is said.

    Parameters
    ----------
    logged : Path
        A folder with `MLmodel`, already checked.
    text : str or None
        As in `chosen`.
    """
    folder = next(logged.rglob("model.json")).parent
    meta = read_meta(folder)
    threshold, said = chosen(text, meta)
    if text is not None:
        (folder / "model.json").write_text(json.dumps({**meta, "threshold": threshold}, indent=1))
    return meta, said
