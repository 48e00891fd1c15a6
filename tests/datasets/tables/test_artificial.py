import numpy as np
import pytest

from datasets.errors import DataError
from datasets.problems.parts import Part
from datasets.tables.artificial import from_csv, independent_bits


@pytest.fixture
def train():
    X = (np.random.default_rng(0).random((4000, 5)) < [0.1, 0.3, 0.5, 0.9, 0.0]).astype(np.uint8)
    X[:, 1] = X[:, 0]  # dependent in training, independent when artificial
    return Part(X, np.zeros(4000, np.int8))


def test_independent_bits(train):
    made = independent_bits(train, 50_000, seed=1)
    assert made.X.dtype == np.uint8
    assert made.y.dtype == np.int8
    assert made.anomalies == 1100
    assert np.abs(made.X.mean(0) - train.X.mean(0)).max() < 0.01
    both = np.corrcoef(np.column_stack([made.X[:, :4], made.y]).T.astype(float))
    assert np.abs(both - np.eye(5)).max() < 0.03


def test_same_seed_same_rows(train):
    first, again, other = (independent_bits(train, 100, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.X, again.X)
    np.testing.assert_array_equal(first.y, again.y)
    assert not np.array_equal(first.X, other.X)


def test_other_features_keep_their_values():
    train = Part(np.array([[1.5, 7], [2.5, 8], [3.5, 9]], np.float32), np.zeros(3, np.int8))
    made = independent_bits(train, 500, 0)
    assert made.X.dtype == np.float32
    assert set(made.X[:, 0]) == {1.5, 2.5, 3.5}
    assert set(made.X[:, 1]) == {7, 8, 9}


def test_labels_have_both_classes_however_few(train):
    assert independent_bits(train, 2, 0).anomalies == 1
    assert independent_bits(train, 2, 0, contamination=0.999).anomalies == 1
    for n, contamination in ((1, 0.5), (10, 0.0), (10, 1.0)):
        with pytest.raises(DataError, match="artificial data needs"):
            independent_bits(train, n, 0, contamination)


@pytest.mark.parametrize("name", ["class", "label", "y", " Label"])
@pytest.mark.parametrize("place", [0, 2])
def test_csv_with_labels(tmp_path, name, place):
    header, rows = ["a", "b"], [["0", "1"], ["1", "1"]]
    header.insert(place, name)
    for row, label in zip(rows, "01", strict=True):
        row.insert(place, label)
    (tmp_path / "t.csv").write_text("\n".join(",".join(line) for line in [header, *rows]))
    part = from_csv(tmp_path / "t.csv", 2)
    assert part.X.tolist() == [[0, 1], [1, 1]]
    assert part.X.dtype == np.uint8
    assert part.y.tolist() == [0, 1]
    assert part.labelled


@pytest.mark.parametrize("text", ["a,b\n1.5,2\n3,4\n", "1.5,2\n3,4", "\ufeffa,b\r\n1.5,2\r\n3,4\r\n"])
def test_csv_without_labels_with_and_without_header(tmp_path, text):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    part = from_csv(tmp_path / "t.csv", 2)
    assert part.X.tolist() == [[1.5, 2], [3, 4]]
    assert part.X.dtype == np.float32
    assert part.y.tolist() == [-1, -1]
    assert not part.labelled


def test_a_header_that_counts_the_columns_is_no_row(tmp_path):
    (tmp_path / "t.csv").write_text("0,1,2\n1,0,1\n")
    assert from_csv(tmp_path / "t.csv", 3).X.tolist() == [[1, 0, 1]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\n1\n", "has 1 feature columns, expected 2"),
        (b"a,b,z\n1,1,0\n", "has 3 feature columns, expected 2; name the label column"),
        (b"a,b,y\n1,1,2\n", "labels other than 0 .* found 2"),
        (b"a,b,y,class\n1,1,0,0\n", "2 label columns"),
        (b"a,b\n1,\n", r"NaN\) in row 0, column 1 \('b'\)"),
        (b"a,b\n1,2\nx,3\n", r"column 'a': row 1 \(counted from 0\) holds 'x'"),
        (b"1,\n2,3\n", r"NaN\) in row 0, column 1"),
        (b"a,b\n1,inf\n", "infinite"),
        (b"a,b\n", "no table of rows"),
        (b"", "cannot be read as a CSV"),
        (b"a,b\n1,2\n1,2,3,4\n", "cannot be read as a CSV"),
        (b"a,b\n\xff\xfe,1\n", "cannot be read as a CSV"),
    ],
)
def test_bad_csv_is_named(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        from_csv(tmp_path / "t.csv", 2)
    assert "t.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_csv(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        from_csv(tmp_path / "none.csv", 2)
    with pytest.raises(DataError, match="cannot be read"):
        from_csv(tmp_path, 2)
