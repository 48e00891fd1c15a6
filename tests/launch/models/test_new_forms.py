"""New rows written otherwise than those of training: read where that is certain, else refused by cell."""

import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import trainables
from datasets.errors import DataError
from datasets.request import Request
from datasets.tables import frames, own_table
from launch.models import prediction, scoring_server
from launch.models.score_table import rows_of, score_table
from trainables.core import serving
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.preprocessor import Preprocessor

ROWS = 120
DAYS = pd.date_range("2023-01-01", periods=ROWS, freq="77h")
VALUES = np.random.default_rng(0).normal(size=ROWS).round(2)


def frame():
    """A table in which every column is written its own way."""
    return pd.DataFrame(
        {
            "price": [f"{1000 + value:,.2f}".translate(str.maketrans(",.", ".,")) for value in VALUES],
            "rate": [f"{value + 5:g}%" for value in VALUES],
            "weight": [f"{value + 5:g} kg" for value in VALUES],
            "plain": VALUES,
            "when": DAYS.strftime("%Y-%m-%d"),
            "city": ["Oslo", "Bergen", "New York"] * (ROWS // 3),
            "sold": ["yes", "no"] * (ROWS // 2),
            "label": [1] * 12 + [0] * (ROWS - 12),
        }
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    frame().to_csv(folder / "table.csv", index=False)
    data = own_table.read(folder / "table.csv", Request("table.csv", trend=("when",)))
    preprocessor = Preprocessor(data.schema).fit(data.X)
    detector = trainables.load("hbos")().fit(preprocessor.transform(data.X))
    meta = {
        "detector": "hbos", "params": {}, "features": list(data.schema.names), "threshold": 0.5,
        "label_column": "label",
        "calibration": {"kind": "conformal_p", "reference": [0.0, 1.0]},
    }  # fmt: skip
    serving.save(folder / "model", meta, detector.state_dict(), preprocessor=preprocessor)
    return serving.ServedModel(folder / "model")


def coded(model, path):
    """What `predict.py` makes of a file, in chunks."""
    try:
        return np.concatenate([model.coded(chunk) for chunk in rows_of(model, path)])
    except InvalidInput as error:
        raise DataError(str(error)) from error


TYPED = {
    "price": 1000 + VALUES,
    "weight": VALUES + 5,
    "when": DAYS.normalize(),
}


def test_the_same_rows_in_any_file(model, tmp_path, monkeypatch):
    raw = frame().drop(columns="label")
    expected = model.coded(raw)
    np.testing.assert_allclose(expected[:, 0], 1000 + VALUES)
    raw.to_csv(tmp_path / "a.csv", index=False)
    raw.to_csv(tmp_path / "b.csv", index=False, sep=";")
    raw.to_parquet(tmp_path / "c.parquet")
    raw.assign(**TYPED).to_parquet(tmp_path / "d.parquet")
    for rows in (50_000, 7):
        monkeypatch.setattr(frames.iter_frames, "__defaults__", (rows,))
        for name in ("a.csv", "b.csv", "c.parquet", "d.parquet"):
            np.testing.assert_allclose(coded(model, tmp_path / name), expected, err_msg=name)


@pytest.mark.parametrize(
    ("column", "cells", "words"),
    [
        ("when", ["25.03.2023"], ""),
        ("when", ["2023-01-02", "05.03.2023"], r"column 'when', row 1: '05\.03\.2023' may be 2023-03-05 or 2023-05-03"),
        ("price", ["1.234"], ""),
        ("price", ["1.5"], r"column 'price', row 0: '1\.5' is not a number written as in training \(1\.234,5\)"),
        ("price", ["1,234.5"], r"column 'price', row 0: '1,234\.5' is not a number"),
        ("rate", ["7.5 %"], ""),
        ("rate", ["7.5"], r"row 0: '7\.5' is not a number written as in training \(12\.5 %\)"),
        ("weight", ["7.5"], ""),
        ("weight", ["7.5 g"], r"row 0: '7\.5 g' is not a number"),
        ("plain", ["(1,234.5)"], ""),
        ("plain", ["1.5", "1,5"], "row 1: '1,5' is not a number"),
        ("plain", ["1.5%"], r"row 0: '1\.5%' is not a number"),
    ],
)
def test_another_form_in_a_file(model, tmp_path, column, cells, words):
    raw = frame().drop(columns="label").head(len(cells))
    raw[column] = cells
    raw.to_csv(tmp_path / "new.csv", index=False)
    raw.to_parquet(tmp_path / "new.parquet")
    for name in ("new.csv", "new.parquet"):
        target = tmp_path / f"{name}.scores.csv"
        if not words:
            assert score_table(model, tmp_path / name, target).rows == len(cells)
            continue
        with pytest.raises(DataError, match=words):
            score_table(model, tmp_path / name, target)


def test_categories_in_another_spelling_and_new_ones(model, tmp_path):
    raw = frame().drop(columns="label").head(5)
    raw["city"] = ["OSLO", "new york ", "Paris", "Paris", "Rome"]
    raw["sold"] = [True, False, True, True, False]
    raw.to_parquet(tmp_path / "new.parquet")
    found = coded(model, tmp_path / "new.parquet")
    assert found[:, -2].tolist() == [2, 1, 3, 3, 3]  # Bergen, New York, Oslo
    assert found[:, -1].tolist() == [1, 0, 1, 1, 0]
    result = score_table(model, tmp_path / "new.parquet", tmp_path / "out.csv")
    assert result.new_texts == {"city": {"Paris": 2, "Rome": 1}}
    said = "column 'city': 2 texts that training did not have, in 3 rows, e.g. 'Paris' in 2 rows"
    assert prediction._new_texts("city", result.new_texts["city"]) == said


def test_a_csv_for_the_server_is_read_as_it_stands(model):
    """1.234 is a thousand to this model, and would be a number to pandas."""
    from mlflow.pyfunc import scoring_server as upstream
    from mlflow.types.schema import AnyType, ColSpec, Schema

    server = SimpleNamespace(parse_csv_input=upstream.parse_csv_input)
    scoring_server._read_csv_of_any_type(server)
    raw = frame().drop(columns="label").head(3).assign(price=["1.234", "1.001", "2.500"], plain=[0.1, 2, 1e-3])
    signature = Schema([ColSpec(AnyType(), name) for name in raw.columns])
    found = model.coded(server.parse_csv_input(io.StringIO(raw.to_csv(index=False)), signature))
    assert found[:, 0].tolist() == [1234, 1001, 2500]
    assert found[:, 3].tolist() == [0.1, 2, 1e-3]
    numbers = Schema([ColSpec("double", "a")])
    assert server.parse_csv_input(io.StringIO("a\n1\n"), numbers)["a"].tolist() == [1.0]
