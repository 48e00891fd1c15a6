"""What is loaded, models, states, records: it is data, or code that this home wrote, or it is refused."""

import io
import json
import os
import pickle
import shutil
from types import SimpleNamespace

import joblib
import numpy as np
import pytest
import torch

from analysis import artificial
from launch import predict, serve
from launch.common.errors import UsageError
from launch.evaluation.calibration import HeldOut
from launch.models import logged_trial, model_folder, trusted_code
from tests.launch import test_security
from tests.launch.conftest import table
from tests.launch.toy import TOY
from trainables.core import serving, state
from trainables.core.detector import TrainData
from trainables.core.serving import ServedModel
from trainables.core.sklearn_state import UntrustedState, dump
from trainables.training.fit import FitJob, plain_fit

RUN = test_security.RUN
refused = test_security.refused  # the fixture

# -- pickles -----------------------------------------------------------------------------------


class Evil:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (os.mkdir, (str(self.mark),))


def torch_file(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def joblib_file(value):
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


FORMS = {
    "torch.save": torch_file,
    "torch.save in a state": lambda value: torch_file({"row_shape": [39], "rounds_done": 1, "x": value}),
    "pickle": pickle.dumps,
    "old pickle": lambda value: pickle.dumps(value, protocol=0),
    "joblib": joblib_file,
}


@pytest.fixture(scope="module")
def written(problem, tmp_path_factory):
    """Writes a small model into a home, of a detector by name or by file: `written(home, "random")`."""

    def write(root, detector="random", name="mine"):
        root.mkdir(exist_ok=True)
        full = problem.full()
        job = FitJob(detector, {}, 0, 1, 1, keep_state=True)
        fit = plain_fit(job, TrainData.from_labels(full.X, full.y), {"full": full.X})
        return model_folder.write(
            root / name, fit, problem, quantile=0.97, folds=[HeldOut(full.y, fit.scores["full"])],
            facts={"supervision": "unsupervised", "study": "mine", "trial_number": 0},
            ledger=trusted_code.ledger_of(root),
        )  # fmt: skip

    return write


@pytest.fixture
def rows(tmp_path, problem):
    import pandas as pd

    path = tmp_path / "rows.csv"
    pd.DataFrame(table(5)[0], columns=problem.feature_names).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("form", FORMS)
def test_a_pickle_in_the_place_of_a_state_is_not_run(tmp_path, form):
    mark = tmp_path / "ran"
    data = FORMS[form](Evil(mark))
    with pytest.raises(UntrustedState, match="more than tensors and plain values"):
        state.loads(data)
    assert not mark.exists()
    pickle.loads(pickle.dumps(Evil(mark)))  # it would have left a mark
    assert mark.exists()


@pytest.mark.parametrize("form", FORMS)
def test_a_model_with_a_pickle_in_it_is_refused(refused, written, home, rows, form):
    folder, mark = written(home), home / "ran"
    (folder / "state.pt").write_bytes(FORMS[form](Evil(mark)))
    assert "it is damaged" in refused(predict, folder, rows, "--home", home)
    meta = json.loads((folder / "model.json").read_text())
    meta["state_sha256"] = trusted_code.file_sha256(folder / "state.pt")  # whoever makes a model can say anything of it
    (folder / "model.json").write_text(json.dumps(meta))
    assert "not loaded" in refused(predict, folder, rows, "--home", home)
    assert not mark.exists()


@pytest.mark.parametrize("data", [b"", b"nonsense " * 50, b"PK\x03\x04" + b"\0" * 200, torch_file([1, 2])])
def test_what_is_no_state_is_refused(data):
    with pytest.raises(UntrustedState, match="state"):
        state.loads(data)


def test_half_a_state_is_refused():
    whole = state.dumps({"x": np.arange(1000)})
    np.testing.assert_array_equal(state.loads(whole)["x"], np.arange(1000))
    for length in (100, len(whole) // 2, len(whole) - 20):
        with pytest.raises(UntrustedState):
            state.loads(whole[:length])


def test_an_estimator_of_an_untrusted_type_is_not_built(refused, written, home, rows):
    from sklearn.linear_model import LinearRegression

    folder, mark = written(home, "iforest"), home / "ran"
    content = state.load(folder / "state.pt")
    estimator = LinearRegression()
    estimator.fit_intercept = Evil(mark)
    state.save({**content, "forest": dump(estimator)}, folder / "state.pt")
    meta = json.loads((folder / "model.json").read_text())
    meta["state_sha256"] = trusted_code.file_sha256(folder / "state.pt")
    (folder / "model.json").write_text(json.dumps(meta))
    line = refused(predict, folder, rows, "--home", home)
    assert "mkdir" in line or "Evil" in line
    assert "trusted are sklearn.tree._tree.Tree" in line
    assert not mark.exists()


@pytest.mark.parametrize("suffix", ["joblib", "pkl", "pt"])
def test_a_joblib_file_is_no_model(refused, tmp_path, home, rows, suffix):
    mark, file = tmp_path / "ran", tmp_path / f"model.{suffix}"
    file.write_bytes(joblib_file(Evil(mark)))
    for module, more in ((predict, (rows,)), (artificial, ())):
        assert "run the code of whoever made them" in refused(module, file, *more, "--home", home)
    assert "give a registered name" in refused(serve, file, "--home", home)
    assert not mark.exists()


# -- models that bring code ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"detector": "os:system"},
        {"detector": "trainables.devnet:DevNet"},
        {"detector": "EVIL"},
        {"detector": "EVIL", "detector_file": None},
        {"detector_file": "EVIL"},
        {"detector_file": "../evil.py"},
        {"detector_file": "link.py"},
        {"detector_file": "detector.py"},
        {"detector_file": ["detector.py"]},
        {"detector": 3},
        {"detector": "random", "params": {"unknown": 1}},
        {"threshold": None},
        {"features": None},
    ],
)
def test_a_model_cannot_name_code_elsewhere(refused, written, home, rows, claims):
    """What a model says of itself leads to no import and to no file outside it."""
    mark, evil = home / "ran", home / "evil.py"
    evil.write_text(f"import os\nos.mkdir({str(mark)!r})\n")
    folder = written(home)
    (folder / "link.py").symlink_to(evil)
    (folder / "detector.py").symlink_to(evil)
    meta = json.loads((folder / "model.json").read_text())
    meta |= {k: str(evil) if v == "EVIL" else v for k, v in claims.items()}
    meta["detector_file_sha256"] = trusted_code.file_sha256(evil)
    (folder / "model.json").write_text(json.dumps(meta))
    refused(predict, folder, rows, "--home", home, "--trust-code")
    assert not mark.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "[" * 100_000, '{"detector": "random"}'])
def test_a_damaged_model_is_refused(refused, written, home, rows, content):
    folder = written(home)
    (folder / "model.json").write_text(content)
    refused(predict, folder, rows, "--home", home)


def mine(path, mark):
    path.write_text(f"{TOY}\n\nimport pathlib\n\npathlib.Path({str(mark)!r}).touch()\n")
    return path


def said(options):
    from rich.console import Console

    stream = io.StringIO()
    assert not predict.work(options, Console(file=stream, width=400))
    return stream.getvalue()


def test_a_detector_of_ones_own_is_run_only_where_it_was_written(refused, written, tmp_path, home, rows):
    mark = tmp_path / "ran"
    folder = written(home, str(mine(tmp_path / "mine.py", mark)))
    output = tmp_path / "scores.csv"
    mark.unlink()
    assert "5 rows scored" in said(predict.PredictOptions(str(folder), rows, output=output, home=home))
    assert mark.exists()
    mark.unlink()

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder, elsewhere / "theirs")  # another home did not write it
    shutil.copy(home / "mlflow.db", elsewhere)
    theirs = elsewhere / "theirs"
    line = refused(predict, theirs, rows, "--output", output, "--home", elsewhere)
    assert f"the model {theirs} has code of its own ({theirs / 'detector.py'})" in line
    assert "--trust-code runs it, which is to run the code of whoever made it" in line
    assert not mark.exists()

    # nor is it if somebody changed it and mended the hash that the model has of it
    source = folder / "detector.py"
    source.write_text(source.read_text() + "\n# changed\n")
    meta = json.loads((folder / "model.json").read_text())
    meta["detector_file_sha256"] = trusted_code.file_sha256(source)
    (folder / "model.json").write_text(json.dumps(meta))
    assert "has code of its own" in refused(predict, folder, rows, "--output", output, "--home", home)
    assert not mark.exists()
    options = predict.PredictOptions(str(theirs), rows, output=output, home=elsewhere, trust_code=True)
    assert "5 rows scored" in said(options)
    assert mark.exists()


def test_a_model_without_code_is_data_and_loads_from_anywhere(written, tmp_path, rows):
    folder = written(tmp_path / "one")
    shutil.copytree(folder, tmp_path / "copy")
    options = predict.PredictOptions(str(tmp_path / "copy"), rows, home=tmp_path / "no-home")
    assert "5 rows scored" in said(options)
    assert not (tmp_path / "no-home").exists()


def test_the_ledger_only_grows(written, tmp_path):
    root = tmp_path / "home"
    first, second = written(root, name="first"), written(root, "iforest", name="second")
    ledger = trusted_code.ledger_of(root)
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert [line["name"] for line in lines] == ["first", "second"]
    for line, folder in zip(lines, (first, second), strict=True):
        assert line["state"] == trusted_code.file_sha256(folder / "state.pt")
        assert line["model"] == trusted_code.file_sha256(folder / "model.json")
        assert "detector" not in line
    ledger.write_text(ledger.read_text() + '{"detector": "0a", "code": 3}\n{"detector": "0b"\n[1]\n')
    assert trusted_code.known(ledger, "detector") == {"0a"}
    assert trusted_code.known(tmp_path / "none", "detector") == set()


# -- records from elsewhere ---------------------------------------------------------------------


def run_of(path, **more):
    tags = {
        "kind": "trial", "detector": "mine", "detector_path": str(path), "dataset": "celeba", "metric": "ap",
        "dataset_sha256": "0", "protocol": "report", "outer_split": "0", "config": "{}", "max_rounds": "2",
        "request": "{}",
        "split_seed": "0", "train_seed": "0", "supervision": "few-label", "study": "s", "trial_number": "3", **more,
    }  # fmt: skip
    run = SimpleNamespace(data=SimpleNamespace(tags=tags, metrics={}))
    return SimpleNamespace(get_run=lambda _: run)


def test_a_detector_file_that_changed_is_not_run_in_the_name_of_the_old_one(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n")
    client = run_of(path, detector_sha256=trusted_code.file_sha256(path))
    assert logged_trial.read(client, RUN).detector == str(path)
    assert logged_trial.read(client, RUN).trial_number == 3
    path.write_text("x = 2\n")
    with pytest.raises(UsageError, match="has changed since"):
        logged_trial.read(client, RUN)


def test_a_record_from_elsewhere_cannot_have_a_file_run(tmp_path, written, home):
    mark = tmp_path / "ran"
    path = mine(tmp_path / "mine.py", mark)
    one = logged_trial.read(run_of(path), RUN)
    ledger = trusted_code.ledger_of(home)
    with pytest.raises(UsageError, match=r"has code of its own .*--trust-code"):
        logged_trial.check_code(one, ledger, False)
    logged_trial.check_code(one, ledger, True)
    written(home, str(path))
    logged_trial.check_code(one, ledger, False)  # a model of this home carries it


@pytest.mark.parametrize(
    "tags",
    [
        {"config": "{"}, {"outer_split": "x"}, {"trial_number": "1; drop"}, {"max_rounds": "nan"},
        {"detector_path": "", "detector": "os:system"}, {"detector_path": "", "detector": "nobody"},
    ],
)  # fmt: skip
def test_damaged_tags(tmp_path, tags):
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n")
    with pytest.raises(UsageError, match=r"tags of run .* are damaged"):
        logged_trial.read(run_of(path, **tags), RUN)


# -- what a model says of itself ----------------------------------------------------------------


def test_a_model_says_what_it_was_built_from(written, problem, tmp_path, monkeypatch, rows):
    from launch.common import provenance

    monkeypatch.setattr(provenance, "commit", lambda: ("c0ffee" * 6 + "c0ff", True))
    monkeypatch.setattr(provenance, "versions", lambda: {"python": "3.11.9", "torch": "2.13"})
    folder = written(tmp_path / "home")
    assert model_folder.built_from(ServedModel(folder).meta) == {
        "detector": "random",
        "config": "{}",
        "rounds": "1",
        "full_rounds": "1",
        "seed": "0",
        "supervision": "unsupervised",
        "dataset": "celeba",
        "dataset_sha256": problem.sha256,
        "protocol": "report",
        "outer_split": "0",
        "request": "{}",
        "study": "mine",
        "trial_number": "0",
        "git_commit": "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff",
        "git_changed_files": "true",
        "versions": '{"python": "3.11.9", "torch": "2.13"}',
    }
    words = said(predict.PredictOptions(str(folder), rows, home=tmp_path)).splitlines()[0]
    assert words == (
        "Model: random (unsupervised), 1 round, seed 0; every row of celeba "
        f"(sha256 {problem.sha256[:12]}, protocol report); study mine, trial 0; commit c0ffeec0ffee with changed files"
    )


def test_a_model_of_ones_own_names_its_file_and_a_retrained_one_its_run(written, tmp_path):
    path = mine(tmp_path / "mine.py", tmp_path / "mark")
    meta = serving.read_meta(written(tmp_path / "home", str(path)))
    found = model_folder.built_from({**meta, "retrained_from": RUN})
    assert found["detector"] == "mine"
    assert found["detector_file_sha256"] == trusted_code.file_sha256(path)
    assert found["retrained_from"] == RUN
    assert model_folder.built_from({"detector": "x"}) == {"detector": "x"}
    assert model_folder.origin({"detector": "x"}).startswith("x (?), ? rounds")
