"""The rows that a search works with, as MLflow has datasets: name, digest, source, schema, and what they are for."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from datasets.problems.problem import Problem
from datasets.request import without_place
from launch.common.redaction import redact, shown
from launch.tracking.events import DataPart
from trainables.core.preprocessing.schema import BOOLEAN, CATEGORICAL, NUMERIC, TIME

CONTEXT = {"train": "training", "valid": "validation", "development": "training", "test": "test"}
"""What the rows of each part are for, in MLflow's words."""
SEARCHED = ("train", "valid")
"""The parts that a trial sees."""
TESTED = ("development", "test")
"""Those of the final runs."""
TYPES = {NUMERIC: "double", BOOLEAN: "boolean", CATEGORICAL: "string", TIME: "datetime"}
LONGEST_SCHEMA = 60_000
"""Characters that every database takes; a table with more columns than that goes without its schema."""


def data_parts(problem: Problem, seed: int) -> list[DataPart]:
    """Training and validation rows of a search with this seed, all development rows, and the test rows."""
    source_type, source = _source(problem.source)
    schema = json.dumps(_schema(problem))
    request = without_place(problem.request) if problem.request else {}
    parts: list[DataPart] = []
    for part, context in CONTEXT.items():
        if part == "test" and problem.cross_validated:
            continue
        split = seed if part in SEARCHED else None
        of_data = [problem.sha256, problem.protocol, problem.outer_split, request]
        identity = json.dumps([*of_data, part, split], sort_keys=True)
        counts = problem.counts[part]
        profile = {"num_rows": counts["rows"], "num_anomalies": counts["anomalies"], "protocol": problem.protocol}
        profile |= {"outer_split": problem.outer_split, "sha256": problem.sha256}
        parts.append(
            {
                "part": part,
                "context": context,
                "name": problem.dataset,
                "digest": hashlib.sha256(identity.encode()).hexdigest()[:8],
                "source_type": source_type,
                "source": source,
                "schema": schema if len(schema) <= LONGEST_SCHEMA else "",
                "profile": json.dumps(profile | ({} if split is None else {"split_seed": split})),
            }
        )
    return parts


def _source(source: str) -> tuple[str, str]:
    """Type and address of where the data are from."""
    if source.startswith(("http://", "https://")):
        return "http", json.dumps({"url": shown(source)})
    return "local", json.dumps({"uri": redact(source)})


def _schema(problem: Problem) -> dict[str, Any]:
    """The columns, or the shape of an image."""
    if problem.modality == "image":
        tensor = {"dtype": str(problem.development.X.dtype), "shape": [-1, *problem.row_shape]}
        return {"mlflow_tensorspec": {"features": json.dumps([{"type": "tensor", "tensor-spec": tensor}])}}
    kinds = {name: NUMERIC for name in problem.feature_names}
    if problem.schema is not None:
        kinds = {column.name: column.kind for column in problem.schema.columns}
    return {"mlflow_colspec": [{"type": TYPES[kind], "name": name, "required": True} for name, kind in kinds.items()]}
