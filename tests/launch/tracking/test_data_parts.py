"""The parts of a search's data, as MLflow shows them."""

import json
from dataclasses import replace

from launch.tracking.data_parts import LONGEST_SCHEMA, SEARCHED, TESTED, data_parts


def test_each_part_has_its_rows_and_a_digest_of_its_own(problem):
    parts = {part["part"]: part for part in data_parts(problem, seed=3)}
    assert set(parts) == {*SEARCHED, *TESTED}
    assert len({part["digest"] for part in parts.values()}) == 4
    assert [part["context"] for part in parts.values()] == ["training", "validation", "training", "test"]
    profiles = {name: json.loads(part["profile"]) for name, part in parts.items()}
    for name, profile in profiles.items():
        assert profile["num_rows"] == problem.counts[name]["rows"]
    assert profiles["train"]["split_seed"] == 3
    assert "split_seed" not in profiles["test"]
    columns = json.loads(parts["test"]["schema"])["mlflow_colspec"]
    assert [column["name"] for column in columns] == list(problem.feature_names)
    assert {column["type"] for column in columns} == {"double"}


def test_a_digest_is_the_same_for_the_same_rows(problem):
    """Another split has other training rows and the same test rows; other data have others of each."""
    digests = [{part["part"]: part["digest"] for part in data_parts(problem, seed)} for seed in (0, 0, 1)]
    assert digests[0] == digests[1]
    assert {name for name in digests[0] if digests[0][name] != digests[2][name]} == set(SEARCHED)
    other = {part["part"]: part["digest"] for part in data_parts(replace(problem, sha256="0" * 64), 0)}
    assert not set(other.values()) & set(digests[0].values())


def test_a_source_with_a_secret_is_not_told(problem):
    parts = data_parts(replace(problem, source="https://me:secret@host/t.csv?sig=hidden"), 0)
    assert parts[0]["source_type"] == "http"
    assert "secret" not in parts[0]["source"]
    assert "hidden" not in parts[0]["source"]


def test_a_table_of_many_columns_goes_without_its_schema(problem):
    names = tuple(f"column {k}" for k in range(LONGEST_SCHEMA // 40))
    assert data_parts(replace(problem, feature_names=names), 0)[0]["schema"] == ""
