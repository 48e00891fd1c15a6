"""A served model refuses what it cannot score, goes on, and tells no more than it must."""

import io
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from datasets.tables.celeba import ATTRIBUTES
from launch.common.environment import ROOT
from launch.evaluation.calibration import HeldOut
from launch.models import scoring_server, trusted_code
from tests.launch.conftest import HANG, table
from tests.launch.models.asgi import ask
from trainables.core import serving
from trainables.core.detector import TrainData
from trainables.core.errors import DetectorError, InvalidInput
from trainables.training.fit import FitJob, plain_fit

COLUMNS = list(ATTRIBUTES)
ROW = [0.0] * len(COLUMNS)
JSON, CSV = "application/json", "text/csv"
LEAKS = ("Traceback", "site-packages", "stack_trace", "File \\", str(ROOT), "/tmp/")


@pytest.fixture(scope="module")
def folder(problem, tmp_path_factory):
    """A small model as the launcher writes it."""
    from launch.models import model_folder

    full = problem.full()
    job = FitJob("devnet", {}, 0, 2, 2, keep_state=True)
    fit = plain_fit(job, TrainData.from_labels(full.X, full.y), {"full": full.X})
    root = tmp_path_factory.mktemp("served")
    facts = {"supervision": "few-label", "study": "mine", "trial_number": 3}
    return model_folder.write(
        root / "model", fit, problem, quantile=0.97,
        folds=[HeldOut(full.y, fit.scores["full"])], facts=facts, ledger=trusted_code.ledger_of(root),
    )  # fmt: skip


@pytest.fixture(scope="module")
def model(folder):
    return serving.ServedModel(folder)


def frame(**changed):
    return pd.DataFrame([ROW], columns=COLUMNS).assign(**changed)


# -- the model itself -----------------------------------------------------------------------

BAD_ROWS = {
    "a column is missing": (frame().drop(columns="Young"), "1 column is missing: Young"),
    "a column twice": (pd.concat([frame(), frame()[["Young"]]], axis=1), "'Young' is given more than once"),
    "text": (frame(Young="abc"), "must be numbers"),
    "nothing": (frame(Young=None), "must be numbers|NaN or infinite"),
    "NaN": (frame(Young=np.nan), "NaN or infinite"),
    "infinity": (frame(Young=np.inf), "NaN or infinite"),
    "too large": (frame(Young=1e300), "NaN or infinite"),
    "an integer too large": (frame(Young=10**400), "must be numbers"),
    "too far": (np.full((2, len(ROW)), 3e38), "row 0 is too far from anything to have a score"),
    "a time": (frame(Young=pd.Timestamp("2020-01-01")), "must be numbers"),
    "complex numbers": (np.ones((1, len(ROW)), complex), "must be numbers"),
    "lists": (frame(Young=[[1, 2]]), "must be numbers"),
    "no rows": (frame().iloc[:0], "n, d > 0"),
    "an empty list": ([], "n, d > 0"),
    "a number": (3.0, "n, d > 0"),
    "ragged rows": ([ROW, ROW[1:]], "as many in each"),
    "too few values": ([ROW[1:]], r"rows of shape \(39,\), got \(38,\)"),
    "a dictionary": ({"a": 1}, "must be numbers"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_rows_that_cannot_be_scored(model, name):
    data, words = BAD_ROWS[name]
    with pytest.raises(InvalidInput, match=words):
        model.predict(data)


def test_other_columns_are_left_aside_and_order_does_not_matter(model):
    X, _ = table(20, seed=3)
    rows = pd.DataFrame(X, columns=COLUMNS)
    expected = model.predict(X)
    pd.testing.assert_frame_equal(model.predict(rows[rows.columns[::-1]].assign(id="x")), expected)
    pd.testing.assert_frame_equal(model.predict(rows.astype(str)), expected)


@pytest.mark.parametrize("name", BAD_ROWS)
def test_mlflow_is_told_that_it_is_the_clients_mistake(folder, name):
    from mlflow.exceptions import MlflowException

    served = serving._load_pyfunc(str(folder))
    with pytest.raises(MlflowException) as error:
        served.predict(BAD_ROWS[name][0])
    assert error.value.get_http_status_code() == 400
    assert set(json.loads(error.value.serialize_as_json())) <= {"error_code", "message", "sqlstate", "error_class"}


def test_mlflow_is_told_no_more_of_our_own_mistakes(folder, monkeypatch, caplog):
    from mlflow.exceptions import MlflowException

    served = serving._load_pyfunc(str(folder))
    monkeypatch.setattr(type(served.detector), "_score", lambda *_: 1 / 0)
    with pytest.raises(MlflowException, match="the server's log says how") as error:
        served.predict(frame())
    assert error.value.get_http_status_code() == 500
    assert "division" not in error.value.serialize_as_json()
    assert "ZeroDivisionError" in caplog.text


def test_without_mlflow_the_errors_are_our_own(folder, monkeypatch):
    monkeypatch.delitem(sys.modules, "mlflow.exceptions", raising=False)
    served = serving._load_pyfunc(str(folder))
    with pytest.raises(InvalidInput, match="NaN"):
        served.predict(frame(Young=np.nan))
    monkeypatch.setattr(type(served.detector), "_score", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        served.predict(frame())


def test_serving_needs_no_mlflow(folder):
    code = f"""
import sys
from trainables.core.serving import ServedModel
print(ServedModel({str(folder)!r}).score([[0.0] * {len(ROW)}])["label"], "mlflow" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=HANG)
    assert done.stdout.strip() == "[0] False", done.stderr[-2000:]


# -- what comes over the wire -----------------------------------------------------------------


def split(data, columns=COLUMNS, **more):
    return json.dumps({"dataframe_split": {"columns": columns, "data": data}, **more}).encode()


def csv(*rows, header=COLUMNS):
    return "\n".join(",".join(map(str, row)) for row in (header, *rows)).encode() + b"\n"


GOOD = ("POST", "/invocations", split([ROW]), JSON)
REQUESTS = {
    "a column is missing": (400, split([ROW[1:]], COLUMNS[1:]), JSON),
    "a column twice": (400, split([[*ROW, 1]], [*COLUMNS, "Young"]), JSON),
    "one column many times": (400, split([ROW], ["Young"] * len(ROW)), JSON),
    "text in a number column": (400, split([["abc", *ROW[1:]]]), JSON),
    "a list in a cell": (400, split([[[1, 2], *ROW[1:]]]), JSON),
    "an object in a cell": (400, split([[{"a": 1}, *ROW[1:]]]), JSON),
    "null": (400, split([[None, *ROW[1:]]]), JSON),
    "NaN": (400, split([[float("nan"), *ROW[1:]]]), JSON),
    "Infinity": (400, split([[float("inf"), *ROW[1:]]]), JSON),
    "1e300": (400, split([[1e300, *ROW[1:]]]), JSON),
    "scores that overflow": (400, split([[3e38] * len(ROW)]), JSON),
    "an integer of 400 digits": (400, split([[10**400, *ROW[1:]]]), JSON),
    "an integer of 5,000 digits": (400, split([ROW]).replace(b"0.0", b"9" * 5000, 1), JSON),
    "no rows": (400, split([]), JSON),
    "an empty list": (400, b"[]", JSON),
    "no records": (400, b'{"dataframe_records": []}', JSON),
    "no instances": (400, b'{"instances": []}', JSON),
    "ragged rows": (400, split([ROW, ROW[1:]]), JSON),
    "ragged instances": (400, json.dumps({"instances": [ROW, ROW[1:]]}).encode(), JSON),
    "a number": (400, b'{"inputs": 3}', JSON),
    "a path": (400, b'{"inputs": "/etc/passwd"}', JSON),
    "records of many kinds": (400, b'{"dataframe_records": [{"a": 1}, 3]}', JSON),
    "columns that are none": (400, split([ROW], 3), JSON),
    "two forms at once": (400, split([ROW], instances=[ROW]), JSON),
    "a chat": (400, b'{"messages": [{"role": "user", "content": "x"}]}', JSON),
    "no JSON": (400, b"{nope", JSON),
    "null alone": (400, b"null", JSON),
    "nothing": (400, b"", JSON),
    "no UTF-8": (400, b"\xff\xfe{}", JSON),
    "brackets without end": (400, b"[" * 200_000, JSON),
    "deep nesting": (400, b'{"instances":' + b"[" * 5000 + b"]" * 5000 + b"}", JSON),
    "another type": (415, b"<x/>", "application/xml"),
    "another charset": (415, GOOD[2], f"{JSON}; charset=latin-1"),
    "no type": (415, GOOD[2], None),
    "CSV of other columns": (400, csv([1, 2], header=["a", "b"]), CSV),
    "CSV with text": (400, csv(["x", *ROW[1:]]), CSV),
    "CSV with holes": (400, csv(["", *ROW[1:]]), CSV),
    "CSV with a row too long": (400, csv([*ROW, 1, 1]), CSV),
    "CSV with a row too short": (400, csv(ROW[1:]), CSV),
    "CSV without UTF-8": (400, b"\xff\xfe\x00", CSV),
    "CSV without anything": (400, b"", CSV),
    "CSV with 2,500,000 columns": (400, b"abc," * 2_500_000, CSV),
    "no Parquet": (400, b"PAR1garbage", "application/vnd.apache.parquet"),
    "10 MB of garbage": (400, b"\x80\x01abc" * 2_000_000, JSON),
    "40 MB": (413, b"x" * 40_000_000, JSON),
}


def is_clean(name, status, body):
    expected = REQUESTS[name][0]
    assert status == expected, (name, status, body[:300])
    assert not [leak for leak in LEAKS if leak in body], body
    said = json.loads(body)
    assert said["error_code"] == "BAD_REQUEST"
    assert 0 < len(said["message"]) <= scoring_server.LONGEST_MESSAGE
    assert "\n" not in said["message"]


@pytest.fixture(scope="module")
def guarded(folder, tmp_path_factory):
    """MLflow's own application behind the guard, in this process: sends a request, returns status and body."""
    import mlflow
    from mlflow.models.signature import ModelSignature
    from mlflow.pyfunc import scoring_server as upstream
    from mlflow.types.schema import ColSpec, Schema

    path = tmp_path_factory.mktemp("package") / "model"
    signature = ModelSignature(Schema([ColSpec("double", name) for name in COLUMNS]))
    mlflow.pyfunc.save_model(
        path, loader_module="trainables.core.serving", data_path=str(folder), signature=signature, pip_requirements=[]
    )
    app = scoring_server.Guard(upstream.init(mlflow.pyfunc.load_model(str(path))))

    def send(method, where, body, kind, parts=1):
        status, _, answer = ask(app, body, kind, method=method, path=where, parts=parts)
        return status, answer.decode()

    return send


@pytest.mark.parametrize("name", REQUESTS)
def test_malformed_requests(guarded, name):
    _, body, kind = REQUESTS[name]
    is_clean(name, *guarded("POST", "/invocations", body, kind))


def test_unknown_places_and_methods(guarded):
    assert guarded("GET", "/nothing", b"", None)[0] == 404
    assert guarded("GET", "/invocations", b"", None)[0] == 405
    assert guarded("DELETE", "/invocations", b"", None)[0] == 405
    assert guarded("GET", "/ping", b"", None)[0] == 200


def test_good_requests(guarded, model):
    X, _ = table(30, seed=5)
    expected = model.predict(X).to_dict("records")
    rows = X.tolist()
    for body, kind in (
        (split(rows), JSON),
        (json.dumps({"dataframe_records": [dict(zip(COLUMNS, row, strict=True)) for row in rows]}).encode(), JSON),
        (split([[*row, "x"] for row in rows], [*COLUMNS, "another"]), JSON),
        (csv(*rows), CSV),
    ):
        for parts in (1, 7):
            status, answer = guarded("POST", "/invocations", body, kind, parts)
            assert status == 200, answer
            assert json.loads(answer) == {"predictions": expected}


def test_our_own_mistake_is_a_500_that_says_nothing(guarded, monkeypatch):
    def broken(*_):
        raise DetectorError(f"secret of {ROOT}")

    from trainables.devnet import DevNet

    monkeypatch.setattr(DevNet, "_score", broken)
    status, body = guarded(*GOOD)
    assert status == 500
    assert json.loads(body) == {
        "error_code": "INTERNAL_ERROR",
        "message": "the model failed on these rows; the server's log says how",
    }


def test_the_application_may_be_asked_for_twice(monkeypatch):
    """As uvicorn does: a CSV of columns of any type is read the same."""
    from mlflow.pyfunc import scoring_server as server
    from mlflow.types.schema import AnyType, ColSpec, Schema

    monkeypatch.setattr(server, "parse_csv_input", server.parse_csv_input)
    for _ in range(2):
        scoring_server._read_csv_of_any_type(server)
    schema = Schema([ColSpec(AnyType(), "a"), ColSpec(AnyType(), "b")])
    assert server.parse_csv_input(io.StringIO("a,b\n1,x\n"), schema).to_dict("records") == [{"a": "1", "b": "x"}]
