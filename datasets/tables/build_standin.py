"""Build `datasets/tables/celeba_standin.json` from the real CelebA file.

    python datasets/tables/build_standin.py --data-dir data

Per class a Chow–Liu tree: the spanning tree of largest mutual information between
attributes, with P(1 | parent) at each edge, from counts smoothed by half a row each.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from datasets.catalog import catalog
from datasets.problems.dataset import Dataset
from datasets.tables import standin
from datasets.tables.named import load

DIGITS = 5


def build(dataset: Dataset) -> dict[str, Any]:
    """The table of attribute statistics, with its origin."""
    row = catalog.find("celeba")
    return {
        "origin": {
            "file": row.files[0].name,
            "sha256": dataset.sha256,
            "repository": row.url,
            "licence": row.licence,
            "made": "datasets/tables/build_standin.py: per class a Chow-Liu tree; for each attribute its parent, "
            f"P(1 | parent 0) and P(1 | parent 1), counts smoothed by one half, {DIGITS} digits",
        },
        "attributes": list(dataset.feature_names),
        "classes": {
            name: {"rows": int((dataset.y == label).sum()), "tree": chow_liu(dataset.X[dataset.y == label])}
            for label, name in enumerate(("normal", "anomalous"))
        },
    }


def chow_liu(X: NDArray[np.uint8]) -> list[list[Any]]:
    """For each attribute its parent (None for the first), P(1 | parent 0) and P(1 | parent 1)."""
    n, d = X.shape
    ones = X.astype(np.float64)
    both = ones.T @ ones
    single = np.diag(both)
    gain = _mutual_information(both, single, n)
    parents: list[int | None] = [None] * d
    inside, best = [0], gain[0].copy()
    nearest = np.zeros(d, int)
    while len(inside) < d:
        best[inside] = -np.inf
        new = int(np.argmax(best))
        parents[new] = int(nearest[new])
        closer = gain[new] > best
        best[closer], nearest[closer] = gain[new][closer], new
        inside.append(new)
    return [_edge(child, parent, both, single, n) for child, parent in enumerate(parents)]


def _mutual_information(both: NDArray[np.float64], single: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Between every two attributes, in nats, from smoothed counts."""
    rows, columns = single[:, None], single[None, :]
    cells = np.stack([both, rows - both, columns - both, n - rows - columns + both]) + 0.5
    cells /= n + 2
    one, zero = cells[0] + cells[1], cells[2] + cells[3]
    other_one, other_zero = cells[0] + cells[2], cells[1] + cells[3]
    independent = np.stack([one * other_one, one * other_zero, zero * other_one, zero * other_zero])
    return np.asarray((cells * np.log(cells / independent)).sum(axis=0))


def _edge(child: int, parent: int | None, both: NDArray[Any], single: NDArray[Any], n: int) -> list[Any]:
    """Parent and conditional probabilities of one attribute."""
    if parent is None:
        chance = round(float((single[child] + 0.5) / (n + 1)), DIGITS)
        return [None, chance, chance]
    if_one = (both[child, parent] + 0.5) / (single[parent] + 1)
    if_zero = (single[child] - both[child, parent] + 0.5) / (n - single[parent] + 1)
    return [parent, round(float(if_zero), DIGITS), round(float(if_one), DIGITS)]


def render(table: dict[str, Any]) -> str:
    """As JSON with one attribute a line."""
    text = json.dumps({**table, "classes": "@"}, indent=1)
    classes = ",\n".join(
        f'  "{name}": {{"rows": {part["rows"]}, "tree": [\n'
        + ",\n".join("   " + json.dumps(edge) for edge in part["tree"])
        + "\n  ]}"
        for name, part in table["classes"].items()
    )
    return text.replace('"@"', f"{{\n{classes}\n }}") + "\n"


def main() -> None:
    """Write the table into the package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("ANOMALY_DATA", "data")))
    dataset = load("celeba", parser.parse_args().data_dir, allow_standin=False)
    standin.TABLE.write_text(render(build(dataset)), encoding="utf-8")
    print(f"wrote {standin.TABLE} from {dataset.source}")


if __name__ == "__main__":
    main()
