"""A stand-in for CelebA: rows drawn from a small shipped table of its attribute statistics.

Per class, every attribute depends on one other attribute (a Chow–Liu tree). Only
`datasets/tables/build_standin.py` makes the table, from the real file; its origin stands in it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.catalog.catalog import CATALOG
from datasets.errors import DataError
from datasets.problems.dataset import Dataset

TABLE = Path(__file__).with_name("celeba_standin.json")
SEED = 20_190_708
NAME = "celeba-standin"


def generate() -> Dataset:
    """Draw the stand-in: always the same 202,599 rows, 4,547 of them anomalies."""
    try:
        table = json.loads(TABLE.read_text(encoding="utf-8"))
        normal, anomalous = (table["classes"][name] for name in ("normal", "anomalous"))
        X, y = draw(normal, anomalous, SEED)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"the table {TABLE} is missing or damaged ({error}); reinstall the project") from error
    digest = hashlib.sha256(X.tobytes())
    digest.update(y.tobytes())
    return Dataset(
        name=NAME,
        X=X,
        y=y,
        feature_names=tuple(table["attributes"]),
        source=f"generated from {TABLE.name} with seed {SEED}",
        sha256=digest.hexdigest(),
        licence=CATALOG[NAME].licence,
        notes=("celeba-standin is generated, not the real CelebA: its scores stand beside no published number",),
    )


def draw(normal: dict[str, Any], anomalous: dict[str, Any], seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
    """Draw both classes and mix them.

    The raw output of PCG64 is used, which numpy promises never to change.

    Parameters
    ----------
    normal, anomalous : dict
        `rows`, and `tree`: for each attribute its parent (None for the root),
        P(1 | parent 0) and P(1 | parent 1).
    seed : int
        Seed of the draw.
    """
    bits = np.random.PCG64(seed)
    total = normal["rows"] + anomalous["rows"]
    order = np.argsort(bits.random_raw(total), kind="stable")
    X = np.empty((total, len(normal["tree"])), np.uint8)
    y = np.zeros(total, np.int8)
    y[order[: anomalous["rows"]]] = 1
    for label, part in ((0, normal), (1, anomalous)):
        X[y == label] = _draw_tree(part["tree"], part["rows"], bits).T
    return X, y


def _draw_tree(tree: list[list[Any]], n: int, bits: np.random.PCG64) -> NDArray[np.uint8]:
    """Rows of one class, attribute by attribute, each after its parent: shape (attributes, n)."""
    columns = np.zeros((len(tree), n), np.uint8)
    for child in _parents_first([parent for parent, _, _ in tree]):
        parent, if_zero, if_one = tree[child]
        chance = np.array([if_zero, if_one]) * 2.0**32
        uniform = bits.random_raw((n + 1) // 2).view(np.uint32)[:n]
        columns[child] = uniform < (chance[0] if parent is None else chance[columns[parent]])
    return columns


def _parents_first(parents: list[int | None]) -> list[int]:
    """The attributes in an order in which each comes after its parent."""
    order = [child for child, parent in enumerate(parents) if parent is None]
    for parent in order:
        order.extend(child for child, its in enumerate(parents) if its == parent)
    if len(order) != len(parents):
        raise ValueError("the parents form no tree")
    return order
