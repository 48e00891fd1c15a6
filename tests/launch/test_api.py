"""Searching from Python: frames, results, errors, a second run, going on by name."""

import io
import json
import shutil
import threading

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from datasets.errors import DataError
from launch import api
from launch.common.errors import UsageError
from launch.config.options import TuneOptions, check
from launch.config.shared_options import RecordedDataOptions
from launch.search.conclude import NothingToChoose
from launch.search.frame_file import write_frame
from launch.search.mistakes import looking
from launch.search.session import Session
from tests.launch.forked_writer import fork_writers

SMALL = {"trials": 2, "max_rounds": 2, "confirm": 1, "local": True, "no_report": True}
FEW = {"fix": {"n_estimators": 20}}
"""Trees of a forest, in place of hundreds."""


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Without seconds of matplotlib and of importing MLflow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("launch.api.ReportPublisher.pictures", lambda *_: [])
        fork_writers(patch)
        yield


def frame(rows=400, seed=0):
    """Rows with column names of several scripts, a column of texts, missing values and anomalies that stand out."""
    rng = np.random.default_rng(seed)
    y = (np.arange(rows) % 10 == 0).astype(int)
    size = rng.normal(size=rows) + 4 * y
    size[rng.random(rows) < 0.05] = np.nan
    colour = rng.choice(["红", "蓝"], rows)
    return pd.DataFrame({"größe": size, "色": colour, "x": rng.normal(size=rows), "неисправен": y})


@pytest.fixture(scope="module")
def searched(tmp_path_factory, empty_store, quick):
    """A finished search of a frame, and its home."""
    home = tmp_path_factory.mktemp("api")
    shutil.copy(empty_store, home / "mlflow.db")
    return api.search("iforest", frame(), label="неисправен", home=home, name="mine", **FEW, **SMALL), home


def test_metrics_are_those_of_the_sealed_test_rows(searched):
    result, _ = searched
    auroc = result.metrics["auroc"]
    assert 0.7 < auroc.low <= auroc.mean <= auroc.high <= 1
    assert result.summary.plain()["test"]["tuned"]["auroc"]["mean"] == auroc.mean
    assert result.study == "mine"
    assert result.report_path is None
    assert "auroc" in result.output.lower()


def test_the_model_scores_raw_rows(searched):
    result, _ = searched
    rows = frame(seed=1).drop(columns="неисправен")
    rows.loc[0, "色"] = "绿"  # never seen
    scores = result.model.predict(rows)
    assert len(scores) == len(rows)
    assert np.isfinite(scores["score"]).all()
    assert scores["label"].isin([0, 1]).all()


def test_trials_are_a_row_each_with_their_hyperparameters(searched):
    result, _ = searched
    trials = result.trials
    assert list(trials["number"]) == [0, 1]
    assert {"state", "origin", "score", "rounds", "seconds", "n_estimators", "max_samples"} <= set(trials.columns)
    assert trials["score"].notna().all()
    assert dict(result.best_params).keys() <= set(trials.columns)


def test_mistakes_are_held_out_rows_with_their_place_in_the_frame(searched):
    result, _ = searched
    found, rows = result.mistakes, frame()
    assert set(found["mistake"]) <= {"missed anomaly", "false alarm"}
    assert len(found)
    assert (rows["x"].to_numpy()[found["row"]] == found["x"]).all()
    wrong = np.where(found["mistake"] == "missed anomaly", 1, 0)
    assert (rows["неисправен"].to_numpy()[found["row"]] == wrong).all()
    assert ((found["score"] >= found["threshold"]) == (wrong == 0)).all()
    assert result.summary.held_out.missed >= (wrong == 1).sum()


def test_a_terminal_shows_them_too(searched):
    result, home = searched
    console = Console(file=io.StringIO(), width=80)
    looking.of_held_out(home, "mine", console)
    shown = console.file.getvalue()
    held_out = result.summary.held_out
    assert f"{held_out.missed} of {held_out.anomalies} anomalies missed" in shown
    assert all(f"row {row}" in shown for row in result.mistakes["row"])
    assert (home / "studies" / "mine.mistakes.csv").is_file()
    with pytest.raises(UsageError, match="no finished search 'yours'"):
        looking.of_held_out(home, "yours", console)


def test_test_rows_are_shown_after_the_reading_is_written_down(searched):
    """The fit is the one of the final test, so that nothing is said of another AP."""
    result, home = searched
    before = len((home / "seal.jsonl").read_text().splitlines())
    console = Console(file=io.StringIO(), width=400)
    looking.of_test(home, "mine", RecordedDataOptions(), console)
    lines = (home / "seal.jsonl").read_text().splitlines()
    assert len(lines) == before + 1
    assert "looked at" in json.loads(lines[-1])["reason"]
    shown = console.file.getvalue()
    assert f"read {len(lines)} times in this home" in shown
    assert "came out otherwise" not in shown
    rows = pd.read_csv(home / "studies" / "mine.mistakes-test.csv")
    assert not {*rows["row"]} & {*result.mistakes["row"]}
    wrong = np.where(rows["mistake"] == "missed anomaly", 1, 0)
    assert (frame()["неисправен"].to_numpy()[rows["row"]] == wrong).all()


def test_a_result_shows_itself(searched):
    result, _ = searched
    assert "iforest on table-" in repr(result)
    assert "AUROC" in repr(result)
    assert "<table>" in result._repr_html_()
    assert "mine" in result._repr_html_()


def test_the_frame_is_a_file_of_the_home_by_its_content(searched, tmp_path):
    result, home = searched
    (path,) = (home / "tables").iterdir()
    assert result.summary.dataset.source == str(path)
    assert write_frame(frame(), home, "table") == path
    assert write_frame(frame(seed=1), tmp_path, "table").name != path.name
    assert write_frame(frame().rename(columns={"x": "z"}), tmp_path, "table").name != path.name


def test_a_second_search_in_the_same_home_extends_by_name(searched):
    result, home = searched
    given = {**FEW, **SMALL, "trials": 3}
    again = api.search("iforest", frame(), label="неисправен", home=home, name="mine", **given)
    assert list(again.trials["number"]) == [0, 1, 2]
    assert again.trials["score"].head(2).tolist() == result.trials["score"].tolist()


def test_a_search_goes_on_by_its_name(searched):
    _, home = searched
    result = api.resume("mine", home=home)
    assert len(result.trials) >= 2
    assert result.metrics["auroc"].mean > 0.7
    with pytest.raises(UsageError, match="there are mine"):
        api.resume("mien", home=home)


def test_detectors_are_compared(searched):
    _, home = searched
    compared = api.compare(["pca", "ecod"], frame(), label="неисправен", home=home, **{**SMALL, "no_retrain": True})
    assert set(compared.table.index) == {"pca", "ecod"}
    assert compared.table["ap"].is_monotonic_decreasing
    assert compared.results["ecod"].metrics["ap"].mean == compared.table.loc["ecod", "ap"]
    assert "auroc" in repr(compared)
    assert "<table" in compared._repr_html_()
    with pytest.raises(UsageError, match="no_retrain"):
        compared.results["ecod"].model  # noqa: B018


def test_a_search_runs_beside_the_main_thread(home):
    ended = []

    def work():
        ended.append(api.search("ecod", frame(), label="неисправен", home=home, **{**SMALL, "no_retrain": True}))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended[0].metrics["auroc"].mean > 0.7


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (("iforrest",), {}, UsageError, "did you mean iforest"),
        (("iforest",), {"trails": 3}, UsageError, "did you mean trials?"),
        (("iforest",), {"trials": "3"}, UsageError, "trials must be a int"),
        (("iforest",), {"trials": 0}, UsageError, "must be at least 1"),
        (("iforest,random",), {}, UsageError, "is 2 detectors: compare"),
        (("iforest",), {"label": "nothing"}, DataError, "nothing"),
        (("iforest",), {"label": "größe"}, DataError, "größe"),
        (("iforest",), {"list": True}, UsageError, "list is no option here"),
        (("iforest",), {"data_name": "../x"}, UsageError, "data_name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_any_work(tmp_path, arguments, options, error, message):
    with pytest.raises(error, match=message):
        api.search(*arguments, frame(40), home=tmp_path, **{"label": "неисправен", "local": True, **options})


def test_one_class_alone_is_refused(tmp_path):
    rows = frame(100).assign(неисправен=0)
    with pytest.raises((DataError, UsageError), match=r"class|anomal"):
        api.search("iforest", rows, label="неисправен", home=tmp_path, **SMALL)


def test_a_frame_that_is_no_table_is_refused(tmp_path):
    twice = pd.DataFrame([[1, 2, 0]], columns=["a", "a", "y"])
    with pytest.raises(UsageError, match="two columns 'a'"):
        api.search("iforest", twice, label="y", home=tmp_path)
    lists = pd.DataFrame({"a": [{1}, [2]], "y": [0, 1]})
    with pytest.raises(UsageError, match="neither numbers, texts nor times"):
        api.search("iforest", lists, label="y", home=tmp_path)


def test_a_search_without_a_choice_raises(home):
    with pytest.raises(NothingToChoose, match="no trial of iforest has a score"):
        api.search("iforest", frame(), label="неисправен", home=home, time_budget="1s", **SMALL)


def test_compare_takes_a_list():
    with pytest.raises(UsageError, match="takes a list"):
        api.compare("devnet", frame(), label="неисправен")


@pytest.mark.parametrize("started", [None, 0.0])
def test_only_a_command_is_ended_with_its_ray(tmp_path, monkeypatch, started):
    """The end of the process would take a notebook's kernel with it."""
    own = []
    monkeypatch.setattr(Session, "search", lambda session: own.append(session.own_process) or ())
    frame().to_csv(tmp_path / "my.csv", index=False)
    options = TuneOptions("iforest", str(tmp_path / "my.csv"), label_column="неисправен", home=tmp_path / "home")
    api.execute(check(options), Console(quiet=True), started)
    assert own == [started is not None]
