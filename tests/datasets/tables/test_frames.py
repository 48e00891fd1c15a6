"""Raw tables from files: every kind, whole and in chunks, and what is wrong with a file in one line."""

import datetime
import decimal
import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.errors import DataError
from datasets.request import is_path
from datasets.tables.frames import Reading, iter_frames, read_frame
from tests.tables import raw, write

TEXT = "a,b,class\n1,x,0\n2.5,y,1\n,,0\n"


def of(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("celeba", False),
        ("celeba.csv", True),
        ("x.CSV", True),
        ("x.csv.gz", True),
        ("a/b", True),
        ("a\\b", True),
        ("x.parquet", True),
        ("x.npz", True),
        ("x.tsv", True),
        ("x.csv.zip", True),
        ("x.xls", True),
        ("nowhere", False),
    ],
)
def test_what_is_a_path(name, path):
    assert is_path(name) is path


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TEXT, "t.csv"),
        (TEXT.replace(",", ";"), "t.csv"),
        (TEXT.replace(",", "\t"), "t.csv"),
        ("\ufeff" + TEXT, "t.csv"),
        (TEXT.replace("\n", "\r\n"), "t.csv"),
        ("\n\n" + TEXT, "t.csv"),
        (TEXT.replace("a,b", " a , b "), "t.csv"),
        (gzip.compress(TEXT.encode(), mtime=0), "t.csv.gz"),
        (gzip.compress(TEXT.encode(), mtime=0), "T.CSV.GZ"),
    ],
)
def test_csv_in_its_forms(tmp_path, text, name):
    frame = read_frame(of(tmp_path, text, name))
    assert list(frame.columns) == ["a", "b", "class"]
    np.testing.assert_array_equal(frame["a"], [1.0, 2.5, np.nan])
    assert frame["b"].tolist()[:2] == ["x", "y"]
    assert frame["b"].isna().tolist() == [False, False, True]
    assert frame["class"].tolist() == [0, 1, 0]


def test_the_separator_is_not_looked_for_inside_quotes(tmp_path):
    frame = read_frame(of(tmp_path, '"price, EUR";b\n1;2\n'))
    assert list(frame.columns) == ["price, EUR", "b"]


def test_a_first_line_of_numbers_is_a_row(tmp_path):
    frame = read_frame(of(tmp_path, "1,2.5,0\n3,4.5,1\n"))
    assert list(frame.columns) == ["x0", "x1", "x2"]
    assert frame["x0"].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,b\n", "no table of rows"),
        ("a,b,a\n1,2,3\n", "more than one column 'a'"),
        ("a,b,a \n1,2,3\n", "more than one column 'a'"),
        ("class,b,class\n1,2,3\n", "more than one column 'class'"),
        ("a,b\n1,2,3\n4,5,6\n", "line 2 has 3 cells and the header names 2"),
        ("a,b\n1,2\n4,5,6\n", "line 3"),
    ],
)
def test_csv_that_is_no_table(tmp_path, text, words):
    path = of(tmp_path, text)
    with pytest.raises(DataError, match=words) as error:
        read_frame(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["t.parquet", "t.npz", "t.csv.gz"])
def test_damaged_files(tmp_path, name):
    with pytest.raises(DataError, match="cannot be read as a table"):
        read_frame(of(tmp_path, b"PAR1 nonsense", name))


def test_no_file_and_other_kinds(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        read_frame(tmp_path / "none.csv")
    with pytest.raises(DataError, match="a folder without a table in it"):
        read_frame(tmp_path)
    with pytest.raises(DataError, match=r"t.xlsx cannot be read as a table .it is not an Excel workbook"):
        read_frame(of(tmp_path, b"PK\x00\x01", "t.xlsx"))


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
@pytest.mark.parametrize("rows", [1, 7, 300, 1000])
def test_chunks_are_the_whole_in_order(tmp_path, name, rows):
    path = write(tmp_path / name, raw(50))
    whole, chunks = read_frame(path), list(iter_frames(path, rows))
    assert max(map(len, chunks)) <= rows
    together = pd.concat(chunks)
    assert together.index.tolist() == list(range(50))  # the row in the file
    pd.testing.assert_frame_equal(together.astype(str), whole.astype(str))


@pytest.mark.parametrize("name", ["t.jsonl", "t.json", "t.xlsx", "t.feather", "t.csv.zip", "parts"])
@pytest.mark.parametrize("rows", [1, 7, 300])
def test_chunks_of_other_formats_are_the_whole_in_order(tmp_path, name, rows):
    frame = pd.DataFrame({"a": range(20), "b": ["x", "y"] * 10, "c": np.arange(20) / 4})
    path = tmp_path / name
    if name == "parts":
        path.mkdir()
        for k in range(3):
            frame.iloc[7 * k : 7 * k + 7].to_csv(path / f"{k}.csv", index=False)
    else:
        write = {"jsonl": frame.to_json, "json": frame.to_json, "xlsx": frame.to_excel, "feather": frame.to_feather}
        options = {"jsonl": {"orient": "records", "lines": True}, "xlsx": {"index": False}, "zip": {"index": False}}
        suffix = name.rpartition(".")[2]
        write.get(suffix, frame.to_csv)(path, **options.get(suffix, {}))
    chunks = list(iter_frames(path, rows))
    assert max(map(len, chunks)) <= rows
    for found in (pd.concat(chunks), read_frame(path)):
        assert found.index.tolist() == list(range(20))
        pd.testing.assert_frame_equal(found.astype(str), frame.astype(str))


def test_rows_of_json_have_all_columns_in_every_chunk(tmp_path):
    path = of(tmp_path, '{"a": 1}\n{"b": 2}\n', "t.jsonl")
    assert [list(chunk.columns) for chunk in iter_frames(path, 1)] == [["a", "b"], ["a", "b"]]


def test_what_was_found_does_not_depend_on_the_chunk(tmp_path):
    text = "a,b\n" + "1,x\n" * 30 + "a,b\n" + "2,y\n" * 30 + "Total,60\n"
    path = of(tmp_path, text)
    told = [[], []]
    whole = read_frame(path, Reading(say=told[0].append))
    chunks = list(iter_frames(path, 7, reading=Reading(say=told[1].append)))
    assert told[0] == told[1]
    assert len(told[0]) == 2
    assert len(whole) == sum(map(len, chunks)) == 60


def test_a_column_of_texts_is_read_as_texts_in_every_chunk(tmp_path):
    path = of(tmp_path, "a,b\n01,1\n2,2\nx,3\n")
    chunks = list(iter_frames(path, 2, as_text=("a", "not there")))
    assert [c["a"].tolist() for c in chunks] == [["01", "2"], ["x"]]
    assert chunks[0]["b"].tolist() == [1, 2]


def test_parquet_types(tmp_path):
    days = [datetime.date(2020, 1, 1), None]
    table = pa.table(
        {
            "whole": pa.array([1, None]),
            "text": pa.array(["u", "v"]).dictionary_encode(),
            "money": pa.array([decimal.Decimal("1.50"), decimal.Decimal("2.25")]),
            "day": pa.array(days),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")
    for frame in (read_frame(tmp_path / "t.parquet"), next(iter_frames(tmp_path / "t.parquet", 10))):
        assert list(frame.columns) == ["whole", "text", "money", "day"]
        assert frame["whole"].isna().tolist() == [False, True]
        assert frame["text"].astype(str).tolist() == ["u", "v"]


X, Y = np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([0, 1, 0])


def npz(tmp_path, **arrays):
    np.savez(tmp_path / "t.npz", **arrays)
    return tmp_path / "t.npz"


@pytest.mark.parametrize("y", [Y, Y[:, None], Y.astype(bool), Y.astype(float)])
def test_npz(tmp_path, y):
    frame = read_frame(npz(tmp_path, X=X, y=y))
    assert list(frame.columns) == ["x0", "x1", "label"]
    np.testing.assert_array_equal(frame["x1"], [2, 4, 6])
    assert frame["label"].astype(int).tolist() == [0, 1, 0]
    chunks = list(iter_frames(tmp_path / "t.npz", 2))
    assert [len(c) for c in chunks] == [2, 1]
    assert chunks[1].index.tolist() == [2]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": X[:, :, None], "y": Y}, r"one row per case .* shape \(3, 2, 1\)"),
        ({"X": X.astype(object), "y": Y}, "X holds Python objects"),
        ({"X": X * 1j, "y": Y}, "complex128"),
        ({"data": X}, "must hold an array X, found data"),
        ({"X": X, "y": Y[:2]}, "3 rows and y is of shape"),
        ({"X": X[:0], "y": Y[:0]}, "no table of rows"),
        ({"X": X, "y": Y, "feature_names": ["q", "q"]}, "more than one column 'q'"),
        ({"X": X, "y": Y, "feature_names": ["q"]}, "feature_names names 1"),
    ],
)
def test_npz_that_is_no_table(tmp_path, arrays, words):
    with pytest.raises(DataError, match=words):
        read_frame(npz(tmp_path, **arrays))
