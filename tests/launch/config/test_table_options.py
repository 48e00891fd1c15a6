"""Tables of one's own on the command line: options, config files, what is refused, where scores are written."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from launch.common.errors import UsageError
from launch.config.command_line import parse
from launch.config.data_options import request_of
from launch.models.score_table import _Labels, _named
from launch.models.scores_file import Asked, RowsOut, target_of
from tests.tables import raw, write


def test_a_config_file_has_the_options_of_tables(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(
        "label_column: verdict\npositive: [bad]\ngroup-column: shop\ntype_column: kind\nunseen: [theft]\n"
        "drop: [unit]\ncategorical: [count]\nmissing: ['-']\nscale: robust\nduplicates: keep\n"
        "labelled_anomalies: 30\ncontamination: 0.02\n"
    )
    found = parse(["devnet", "my.csv", "--config", str(path)])
    words = (
        "devnet my.csv --label-column verdict --positive bad --group-column shop --type-column kind --unseen theft "
        "--drop unit --categorical count --missing - --scale robust --duplicates keep --labelled-anomalies 30 "
        "--contamination 0.02"
    )
    given = parse(words.split(" "))
    assert request_of(found) == request_of(given)
    assert request_of(found).contamination == 0.02


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("positive: bad", "positive must be a list of texts"),
        ("duplicates: merge", "duplicates must be group, drop or keep"),
        ("scale: log", "scale must be one of standard"),
        ("labelled_anomalies: many", "labelled_anomalies must be a int"),
        ("contamination: true", "contamination must be a float"),
        ("label_colum: y", "did you mean label_column?"),
    ],
)
def test_config_files_that_are_wrong(refuse, tmp_path, line, words):
    (tmp_path / "c.yaml").write_text(line)
    assert words in refuse("devnet", "my.csv", "--config", tmp_path / "c.yaml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.csv"], "there is no file none.csv"),
        (["my.csv"], "--label-column NAME (the last ones are"),
        (["my.csv", "--label-column", "verdit"], "did you mean verdict?"),
        (["my.csv", "--label-column", "colour"], "has no label"),
        (["my.csv", "--label-column", "shop"], "say which are anomalies, --positive VALUE"),
        (["my.csv", "--label-column", "verdict", "--positive", "worse"], "--positive worse: label column 'verdict'"),
        (["my.csv", "--label-column", "verdict", "--drop", "nothing"], "--drop nothing: my.csv has no column"),
        (["my.csv", "--label-column", "verdict", "--labelled-anomalies", "999"], "ask for fewer"),
        (["my.csv", "--label-column", "verdict", "--contamination", "0.02"], "say --labelled-anomalies too"),
        (["my.csv", "--label-column", "verdict", "--labelled-anomalies", "0"], "learns from labelled anomalies"),
        (["my.csv", "--label-column", "verdict", "--unseen", "theft"], "--type-column"),
        (["my.csv", "--label-column", "verdict", "--protocol", "time"], "unknown protocol 'time'"),
        (["celeba", "--label-column", "y"], "--label-column is for a table of your own"),
        (["bad.parquet"], "cannot be read as a table"),
    ],
)
def test_what_is_refused_before_any_work(refuse, tmp_path, arguments, words):
    write(tmp_path / "my.csv", raw())
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 junk")
    assert words in refuse("devnet", *arguments)


# -- labels beside the rows to score --------------------------------------------------


def test_labels_of_a_file_are_read_as_the_search_read_them():
    def figures(cells, **meta):
        labels = _Labels(SimpleNamespace(meta={"label_column": "y", **meta}, features=["a"]))
        assert labels.take(pd.DataFrame({"a": [1, 2, 3, 4], "y": cells})) == "y"
        return labels.figures(np.array([4.0, 3, 2, 1]), 2.5)

    assert figures([1, 1, 0, 0])["auroc"] == 1
    assert figures([True, True, False, False])["auroc"] == 1
    assert figures([1, 1, 0, 0], request={"positive": ["0"]})["auroc"] == 0
    assert figures(["worn", "torn", "ok", "ok"], request={"positive": ["worn", "torn"]})["auroc"] == 1
    assert figures(["bad", "bad", "ok", "ok"]) == {}
    assert figures([1, None, 0, 0]) == {}
    upper = _Labels(SimpleNamespace(meta={"label_column": "Y"}, features=["y"]))
    assert upper.take(pd.DataFrame({"y": [1, 2], "Y": [0, 1]})) == "Y"
    assert upper.take(pd.DataFrame({"y": [1, 2]})) is None


def test_an_npz_has_no_names():
    frame = pd.DataFrame([[1.0, 2, 0]], columns=["x0", "x1", "label"])
    assert list(_named(frame, ["a", "b"]).columns) == ["a", "b"]
    assert list(_named(frame.drop(columns="label"), ["a", "b"]).columns) == ["a", "b"]
    assert list(_named(frame, ["a"]).columns) == ["x0", "x1", "label"]


# -- what is written -----------------------------------------------------------------


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_a_file_is_there_when_it_is_whole(tmp_path, name):
    parts = [pd.DataFrame({"a": [1.5, 2], "reasons": ["", ""]}), pd.DataFrame({"a": [3.0], "reasons": ["x"]})]
    with RowsOut(tmp_path / name) as out:
        for part in parts:
            out.write(part)
            assert not (tmp_path / name).exists()
    found = pd.read_csv(tmp_path / name) if name.endswith("csv") else pd.read_parquet(tmp_path / name)
    assert found["a"].tolist() == [1.5, 2, 3]
    cut_short = RowsOut(tmp_path / f"half-{name}")
    cut_short.write(parts[0])
    cut_short.__exit__(ZeroDivisionError, None, None)
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["o.csv", "o.parquet"])
def test_a_place_that_cannot_be_written(tmp_path, name):
    with pytest.raises(UsageError, match=rf"--output .*{name} cannot be written"), RowsOut(tmp_path / "no" / name) as o:
        o.write(pd.DataFrame({"a": [1.0]}))


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
    assert Asked.of(None).wanted is False
    assert Asked.of("17, 1_203").numbers == {17, 1203}
