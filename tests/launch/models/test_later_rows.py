"""Time moves on: what a model with a column of dates says of the same rows half a year later."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from datasets.load import load
from datasets.request import Request
from datasets.train_data import train_data
from launch.config.shared_options import FileOptions
from launch.evaluation.calibration import HeldOut
from launch.models import model_folder, prediction, scoring_server, trusted_code
from launch.models.scores_file import Wanted
from tests.launch.models.asgi import ask
from trainables.core import serving
from trainables.training.fit import FitJob, plain_fit

RANDOM = np.random.default_rng(5)
WHEN = pd.date_range("2023-01-01", "2023-06-30 19:00", freq="5h")
NORMAL = pd.DataFrame(
    {
        "when": WHEN.strftime("%Y-%m-%d %H:%M:%S"),
        "temperature": (20 + 5 * np.sin(2 * np.pi * WHEN.hour / 24) + RANDOM.normal(size=len(WHEN))).round(2),
        "load": RANDOM.normal(size=len(WHEN)).round(3),
    }
)
FRAME = NORMAL.assign(label=(np.arange(len(WHEN)) % 20 == 7).astype(int))
FRAME["load"] += 6 * FRAME["label"]
LATER = NORMAL.assign(when=(WHEN + pd.Timedelta("26W")).strftime("%Y-%m-%d %H:%M:%S"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of a model, by the options of its table."""
    models = {}

    def make(detector="knn", **asked):
        key = (detector, *asked.items())
        if key not in models:
            folder = tmp_path_factory.mktemp("later")
            FRAME.to_csv(folder / "table.csv", index=False)
            problem = load(Request(str(folder / "table.csv"), **asked), folder)
            split = problem.split(1)
            held = plain_fit(FitJob(detector, {}, 1, 1, 1), train_data(split.train, detector), {"valid": split.valid.X})
            prepared = problem.everything(0)
            fit = plain_fit(FitJob(detector, {}, 0, 1, 1, keep_state=True), train_data(prepared.train, detector), {})
            models[key] = model_folder.write(
                folder / "model", fit, problem, quantile=0.95,
                folds=[HeldOut(split.valid.y, held.scores["valid"], held.training_quantiles)],
                facts={"supervision": "unsupervised"}, ledger=trusted_code.ledger_of(folder),
                preprocessor=prepared.preprocessor,
            )  # fmt: skip
        return models[key]

    return make


def flagged(folder, rows):
    return float(serving.ServedModel(folder).predict(rows)["label"].mean())


@pytest.mark.parametrize("detector", ["knn", "iforest", "mahalanobis"])
def test_the_same_rows_half_a_year_later_are_no_more_anomalous(made, detector):
    now, later = flagged(made(detector), NORMAL), flagged(made(detector), LATER)
    assert now <= 0.15
    assert abs(later - now) <= 0.02


def test_with_the_trend_they_are(made):
    folder = made(trend=("when",))
    assert flagged(folder, NORMAL) <= 0.15
    assert flagged(folder, LATER) >= 0.5


def predicted(folder, rows, tmp_path, name="new.csv"):
    rows.to_csv(tmp_path / name, index=False)
    console = Console(file=io.StringIO(), width=300)
    prediction.predict_table(
        serving.ServedModel(folder), tmp_path / name, tmp_path / "out.csv", console, Wanted(), FileOptions()
    )
    return console.file.getvalue()


def test_predict_names_columns_outside_all_of_training(made, tmp_path):
    said = predicted(made(), LATER.assign(temperature=LATER["temperature"] + 40), tmp_path)
    low, high = FRAME["temperature"].agg(["min", "max"])
    n = len(LATER)
    assert f"column 'temperature': {n:,} of {n:,} rows lie outside training's {low:.5g} to {high:.5g}" in said
    assert "column 'when'" in said
    assert "the model does not mind" in said
    assert "'load'" not in said
    assert "Not as in training" not in predicted(made(), NORMAL, tmp_path)


def test_explanations_name_the_column_and_the_weekday(made):
    reasons = serving.ServedModel(made(trend=("when",))).explain(LATER.tail(1))[0]
    when = next(reason for reason in reasons if reason.feature == "when")
    assert when.value == "2023-12-29T15:00:00 (Fri)"


def test_the_server_names_them_in_a_header(made, tmp_path):
    import mlflow
    from mlflow.pyfunc import scoring_server as upstream

    path = tmp_path / "logged"
    mlflow.pyfunc.save_model(path, loader_module="trainables.core.serving", data_path=str(made()), pip_requirements=[])
    app = scoring_server.Guard(upstream.init(mlflow.pyfunc.load_model(str(path))))

    def header(rows):
        body = json.dumps({"dataframe_split": rows.to_dict("split")}).encode()
        status, headers, answer = ask(app, body, "application/json")
        assert status == 200, answer
        assert len(json.loads(answer)["predictions"]) == len(rows)
        return headers.get(b"x-outside-training")

    remarks = json.loads(header(NORMAL.head(5).assign(temperature=80.0, load=0.0)))
    assert len(remarks) == 1
    assert remarks[0].startswith("column 'temperature': 5 of 5 rows lie outside training's")
    assert header(NORMAL.head(5).assign(load=0.0)) is None
