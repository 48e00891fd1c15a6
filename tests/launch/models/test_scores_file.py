"""The file of scores: where it may be, and that it is there when it is whole."""

import contextlib

import pandas as pd
import pytest

from launch.common.errors import UsageError
from launch.models.scores_file import ExplainRequest, scores_file, target_of


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_a_file_is_there_when_it_is_whole(tmp_path, name):
    parts = [pd.DataFrame({"a": [1.5, 2], "reasons": ["", ""]}), pd.DataFrame({"a": [3.0], "reasons": ["x"]})]
    with scores_file(tmp_path / name) as write:
        for part in parts:
            write(part)
            assert not (tmp_path / name).exists()
    found = pd.read_csv(tmp_path / name) if name.endswith("csv") else pd.read_parquet(tmp_path / name)
    assert found["a"].tolist() == [1.5, 2, 3]
    with contextlib.suppress(ZeroDivisionError), scores_file(tmp_path / f"half-{name}") as write:
        write(parts[0])
        raise ZeroDivisionError
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_a_place_that_cannot_be_written(tmp_path, name):
    with (
        pytest.raises(UsageError, match=rf"--output .*{name} cannot be written"),
        scores_file(tmp_path / "no" / name) as write,
    ):
        write(pd.DataFrame({"a": [1.0]}))


def test_targets(tmp_path):
    data = tmp_path / "my.csv.gz"
    assert target_of(data, None) == tmp_path / "my.scores.csv"
    assert target_of(tmp_path / "my.parquet", None) == tmp_path / "my.scores.csv"
    (tmp_path / "folder.csv").mkdir()
    for output in ("folder.csv", "o.xlsx", "none/o.csv"):
        with pytest.raises(UsageError, match="--output"):
            target_of(data, tmp_path / output)
    with pytest.raises(UsageError, match="is the table itself"):
        target_of(tmp_path / "o.csv", tmp_path / "o.csv")
    assert ExplainRequest.parse(None).wanted is False
    assert ExplainRequest.parse("17, 1_203").numbers == {17, 1203}
