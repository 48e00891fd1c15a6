"""A table of one's own from the command to the served model: searched, scored, explained, replayed, trained again."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from datasets.load import load
from datasets.request import Request
from datasets.tables import frames
from launch import predict, replay, retrain
from launch.common import command
from launch.config.command_line import parse
from launch.models import scoring_server
from tests.launch.conftest import Recorder, Store, run_here
from tests.launch.models.asgi import ask
from tests.tables import raw, write
from trainables.core.serving import ServedModel

FEATURES = ["amount", "count", "colour", "when", "flag", "zone"]


def table(rows=300, anomalies=30, seed=0):
    """`zone` is numbers but for a text far down; `size [cm]` could be taken for rich's markup; `unit` is constant."""
    frame = raw(rows, anomalies, seed)
    zone = np.where(np.arange(rows) < 250, np.arange(rows) % 3, 7).astype(object)
    zone[np.arange(rows) >= rows - 20] = "none/[/b]"
    return frame.assign(zone=zone, unit="cm")


NEW = table(120, 12, seed=4).drop(columns=["shop", "kind", "verdict", "unit"])


class Searched:
    """One local search, with what it left behind."""

    def __init__(self, folder, store):
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        shutil.copy(store, self.home / "mlflow.db")
        write(folder / "my.csv", table())
        self.ended = run_here(
            "devnet", "my.csv", "--label-column", "verdict", "--group-column", "shop", "--type-column", "kind",
            "--unseen", "theft", "--labelled-anomalies", 8, "--local", "--trials", 2, "--max-rounds", 2,
            "--confirm", 1, "--home", self.home, "--name", "own", cwd=folder,
        )  # fmt: skip
        self.model = self.home / "studies" / "own.model"

    def runs(self, kind):
        return Store(self.home / "mlflow.db").kind(kind)


@pytest.fixture(scope="module")
def searched(tmp_path_factory, empty_store):
    done = Searched(tmp_path_factory.mktemp("tables"), empty_store)
    assert done.ended.code == 0, done.ended
    return done


@pytest.fixture(scope="module")
def served(searched):
    return ServedModel(searched.model)


@pytest.fixture
def score(searched, tmp_path, capsys, monkeypatch):
    """predict.py on a table: exit code, what it said, and the scores, if any."""

    def run(frame, *arguments, chunk=None, name="new.csv", output="out.csv", code=0):
        if chunk is not None:
            monkeypatch.setattr(frames, "CHUNK_ROWS", chunk)
            monkeypatch.setattr(frames.iter_frames, "__defaults__", (chunk,))
        path = frame if isinstance(frame, type(tmp_path)) else write(tmp_path / name, frame)
        given = [str(searched.model), str(path), "--output", str(tmp_path / output), "--home", str(searched.home)]
        import tyro

        options = tyro.cli(predict.PredictOptions, args=[*given, *map(str, arguments)])
        assert command.run(lambda: options, predict.work) == code
        said = capsys.readouterr()
        if code:
            assert len(said.err.splitlines()) == 1
            assert not (tmp_path / output).exists()
            assert not list(tmp_path.glob("*.partial"))
            return said.err.removeprefix("error: ").strip()
        reader = pd.read_parquet if output.endswith(".parquet") else pd.read_csv
        return said.out, reader(tmp_path / output)

    return run


# -- the search ----------------------------------------------------------------------


def test_it_says_what_it_found(searched):
    said = searched.ended.out
    for words in (
        "Columns of my.csv",
        "is the anomaly, 'good'",
        "constant: cm",
        "hour and weekday as cycles",
        "Training knows 8 anomalies",
        "theft",
        "unseen",
    ):
        assert words in said, said


def test_intervals_count_groups_and_not_their_rows(searched):
    """Rows of a shop say less than as many of other shops, and the screen says how many shops."""
    asked = Request(str(searched.folder / "my.csv"), label_column="verdict", group_column="shop", type_column="kind")
    test = load(asked, searched.folder).sealed.open(searched.folder / "seal.jsonl", study="", detector="", reason="")
    shops = len(np.unique(test.groups[test.y == 1]))
    assert shops < test.anomalies
    assert f", in {shops} groups." in searched.ended.out
    summary = json.loads((searched.home / "studies" / "own.summary.json").read_text())
    assert summary["test"]["anomalies"] == shops


def test_labels_in_the_words_of_training_are_measured_with(score):
    """`bad` was found to be the anomaly, and not told."""
    said, scores = score(table(120, 12, seed=4).drop(columns=["shop", "kind"]))
    words = f"AUROC {roc_auc_score(table(120, 12, seed=4)['verdict'] == 'bad', scores['score']):.4f}"
    assert words in said


def test_the_record_says_what_was_asked(searched):
    asked = {
        "dataset": str(searched.folder / "my.csv"), "label_column": "verdict", "group_column": "shop",
        "type_column": "kind", "unseen": ["theft"], "labelled_anomalies": 8,
    }  # fmt: skip
    for run in [*searched.runs("trial"), *searched.runs("final")]:
        assert json.loads(run["tags"]["request"]) == asked
        assert run["tags"]["protocol"] == "groups"


def test_the_model_takes_the_raw_table(served):
    assert served.features == FEATURES
    kinds = [c.kind for c in served.preprocessor.schema.columns]
    assert kinds == ["numeric", "numeric", "categorical", "time", "boolean", "categorical"]
    assert served.preprocessor.schema.columns[-1].categories == ("0", "1", "2", "7", "none/[/b]")


def test_resume_and_the_record_know_the_file_from_anywhere(searched, monkeypatch, tmp_path):
    from launch.search.planning import load_problem

    monkeypatch.chdir(tmp_path)
    options = parse(["--resume", "own", "--home", str(searched.home)])
    assert options.dataset == str(searched.folder / "my.csv")
    assert options.unseen == ("theft",)
    assert load_problem(options, lambda _: None).counts["train"]["labelled"] == 8


def test_replay_is_the_same_score(searched, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    for run in searched.runs("final") + searched.runs("trial")[-1:]:
        options = replay.ReplayOptions(run["id"], home=searched.home)
        assert command.run(lambda options=options: options, replay.work) == 0
        assert "the same" in capsys.readouterr().out


def test_retrain_gives_the_same_model(searched, served, capsys, monkeypatch):
    class Told(Recorder):
        def __init__(self, *_):
            super().__init__()
            told.append(self)

        def close(self):
            return {"model_version": "1"}

    told = []
    monkeypatch.setattr("launch.tracking.tracker.Tracker", Told)  # whose writer takes seconds
    options = retrain.RetrainOptions(searched.runs("final")[0]["id"], home=searched.home, name="again", folds=1)
    assert command.run(lambda: options, retrain.work) == 0
    assert "registered as again, version 1" in capsys.readouterr().out
    folder = next((searched.home / "studies").glob("retrain-again-*.model"))
    np.testing.assert_array_equal(ServedModel(folder).predict(NEW)["score"], served.predict(NEW)["score"])
    event = told[0].of("model")[0]
    assert (event["path"], event["features"]) == (str(folder), FEATURES)
    assert json.loads(event["tags"]["request"])["label_column"] == "verdict"


def test_a_file_that_has_changed_is_not_taken_for_the_one_that_was_used(searched, capsys):
    path = searched.folder / "my.csv"
    before = path.read_bytes()
    options = replay.ReplayOptions(searched.runs("final")[0]["id"], home=searched.home)
    try:
        path.write_bytes(before.replace(b"red", b"sky", 1))
        assert command.run(lambda: options, replay.work) == 2
        assert "give the file as it was (--moved-to PATH)" in capsys.readouterr().err
        path.unlink()
        assert command.run(lambda: options, replay.work) == 2
        assert f"there is no {path}" in (said := capsys.readouterr().err)
        assert "say where it is now: --moved-to PATH" in said
        (moved := searched.folder / "moved.csv").write_bytes(before)
        assert command.run(lambda: replace(options, moved_to=str(moved)), replay.work) == 0
        assert "the same" in capsys.readouterr().out
        moved.write_bytes(before + b"\n")
        assert command.run(lambda: replace(options, moved_to=str(moved)), replay.work) == 2
        assert "moved.csv has " in capsys.readouterr().err
        assert command.run(lambda: replace(options, moved_to="celeba"), replay.work) == 2
        assert "--moved-to celeba: give a file or folder" in capsys.readouterr().err
    finally:
        path.write_bytes(before)


# -- scoring files -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["new.csv", "new.csv.gz", "new.parquet"])
def test_chunks_score_as_the_whole(score, served, name):
    """The first chunk of `zone` is all numbers in a CSV, the last all text."""
    expected = served.predict(NEW)
    frame = NEW.assign(zone=NEW["zone"].astype(str)) if name.endswith("parquet") else NEW
    _, whole = score(frame, name=name)
    said, chunks = score(frame, chunk=7, name=name)
    assert len(chunks) == 120
    for found in (whole, chunks):
        np.testing.assert_allclose(found["score"], expected["score"], rtol=1e-5, atol=1e-6)
        assert found["label"].tolist() == expected["label"].tolist()
    assert "120 rows scored" in said
    assert "training did not have" not in said
    assert "left aside" not in said


def test_new_texts_and_extra_columns_are_said(score):
    frame = NEW.assign(colour=NEW["colour"].where(NEW.index < 100, "violet"), note="x", id=range(120))
    said, _ = score(frame, chunk=50)
    assert "Columns that the model does not know were left aside: note, id" in said
    assert "column 'colour': 1 text that training did not have, in 20 rows, e.g. 'violet' in 20 rows" in said


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda f: f.drop(columns="count"), "1 column is missing: 'count'"),
        (lambda f: f[["amount"]], "5 columns are missing: 'count', 'colour', 'when', 'flag', 'zone'"),
        (lambda f: f.assign(count=f["count"].astype(object).where(f.index != 77, "many")), "'count', row 77: 'many'"),
        (lambda f: f.assign(amount=f["amount"].where(f.index != 77, np.inf)), "'amount', row 77: 'inf' is infinite"),
        (lambda f: f.assign(amount=f["amount"].where(f.index != 77, 1e300)), "row 77: '1e+300' is infinite, or too"),
        (lambda f: f.assign(flag=f["flag"].astype(object).where(f.index != 77, "maybe")), "'flag', row 77: 'maybe'"),
        (lambda f: f.assign(when=f["when"].where(f.index != 77, "12:30")), "'when', row 77: '12:30' is not a date"),
        (lambda f: f.iloc[:0], "has no rows"),
        (lambda f: pd.concat([f, f[["count"]]], axis=1), "more than one column 'count'"),
    ],
)
@pytest.mark.parametrize("chunk", [25, 1000])
def test_what_cannot_be_scored_names_the_row_in_the_file(score, edit, words, chunk):
    line = score(edit(NEW.copy()), chunk=chunk, code=2)
    assert words in line
    assert "new.csv" in line


def test_files_that_are_no_tables(score, tmp_path):
    (tmp_path / "e.csv").write_text("")
    assert "is empty" in score(tmp_path / "e.csv", code=2)
    (tmp_path / "e.parquet").write_bytes(b"PAR1")
    assert "cannot be read as a table" in score(tmp_path / "e.parquet", code=2)
    assert "there is no file" in score(tmp_path / "none.csv", code=2)


def test_explained_rows(score, served):
    frame = NEW.assign(amount=NEW["amount"].where(NEW.index != 63, 60.0))
    said, scores = score(frame, "--explain", "63,0", chunk=50, output="out.parquet")
    assert "amount = 60 (typical " in said
    assert scores["reasons"].ne("").sum() <= 2
    assert scores["reasons"][63].startswith("amount = 60 (typical ")
    found = served.explain(frame.iloc[[63]])[0][0]
    usual = frame.iloc[[63]].assign(amount=float(found.typical))
    both = served.predict(pd.concat([frame.iloc[[63]], usual]))["score"].to_numpy()
    assert found.effect == pytest.approx(both[0] - both[1], abs=1e-3)  # the typical value is shown with five digits


def test_all_anomalies_are_explained_and_texts_are_shown_as_they_are(score):
    rows = NEW.assign(amount=NEW["amount"].where(NEW.index % 10 > 0, 60.0))
    said, scores = score(rows, "--explain", "anomalies", chunk=50)
    anomalous = scores["label"] == 1
    assert anomalous.any()
    assert scores["reasons"][~anomalous].isna().all()
    assert "Why" in said


@pytest.mark.parametrize("rows", ["120", "-1", "a", "1,,2", ""])
def test_rows_to_explain_that_are_not_there(score, rows):
    assert "--explain" in score(NEW, "--explain", rows, code=2)


# -- MLflow --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pyfunc(searched):
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{searched.home / 'mlflow.db'}")
    return mlflow.pyfunc.load_model("models:/devnet-my@champion")


@pytest.mark.parametrize(
    "frame",
    [
        NEW,
        NEW.astype({"count": "Int64", "colour": "category", "flag": object}),
        NEW.assign(when=pd.to_datetime(NEW["when"]), flag=NEW["flag"].astype(int), zone=NEW["zone"].astype(str)),
        NEW.assign(colour=NEW["colour"].astype(object).where(NEW["colour"].notna(), None), more=1)[
            [*FEATURES[::-1], "more"]
        ],
    ],
)
def test_pyfunc_scores_a_raw_frame(pyfunc, served, frame):
    found = pyfunc.predict(frame)
    np.testing.assert_array_equal(found["score"], served.predict(NEW)["score"])
    assert list(found.columns) == ["score", "label", "probability", "probability_kind", "p_value"]


def test_pyfunc_takes_rows_of_nothing_and_refuses_wrong_ones(pyfunc):
    from mlflow.exceptions import MlflowException

    empty = pd.DataFrame([dict.fromkeys(FEATURES)])
    assert np.isfinite(pyfunc.predict(empty)["score"]).all()
    for frame, words in (
        (NEW.drop(columns="zone"), "missing inputs .*zone"),
        (NEW.assign(count="many"), "column 'count', row 0: 'many' is not a number"),
    ):
        with pytest.raises(MlflowException, match=words):
            pyfunc.predict(frame)


def test_the_scoring_server_takes_json_and_csv(pyfunc, served, monkeypatch):
    from mlflow.pyfunc import scoring_server as upstream

    monkeypatch.setattr(upstream, "parse_csv_input", upstream.parse_csv_input)  # put back afterwards
    scoring_server._read_csv_of_any_type(upstream)
    app = scoring_server.Guard(upstream.init(pyfunc))

    def send(body, kind):
        status, _, answer = ask(app, body, kind)
        return status, json.loads(answer)

    expected = served.predict(NEW)["score"].tolist()
    split = json.loads(NEW.to_json(orient="split", index=False))
    for body, kind in (
        (json.dumps({"dataframe_split": split}).encode(), "application/json"),
        (NEW.to_json(orient="records").join(('{"dataframe_records": ', "}")).encode(), "application/json"),
        (NEW.to_csv(index=False).encode(), "text/csv"),
    ):
        status, answer = send(body, kind)
        assert status == 200, answer
        assert [row["score"] for row in answer["predictions"]] == pytest.approx(expected)
    for body, kind, words in (
        (NEW.assign(count="many").to_csv(index=False).encode(), "text/csv", "'many' is not a number"),
        (json.dumps({"instances": [[1, 2, "red", "2020-01-01", True, 0]]}).encode(), "application/json", ""),
        (NEW.drop(columns="zone").to_csv(index=False).encode(), "text/csv", "zone"),
    ):
        status, answer = send(body, kind)
        assert status == 400, answer
        assert words in answer["message"]
