"""The drift check from a model to its exit code: tables with a schema, images, and what cannot be compared."""

import io
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import tyro
from rich.console import Console

import trainables
from analysis import plots
from analysis.models import drift
from analysis.options import DriftOptions
from analysis.statistics import drift_measures as of
from datasets import request
from datasets.errors import DataError
from datasets.load import load
from datasets.tables import frames
from datasets.train_data import train_data
from launch.common import command
from launch.common.errors import UsageError
from launch.evaluation.calibration import HeldOut
from launch.models import model_folder, training_profile
from tests.tables import raw, write
from trainables.core import serving
from trainables.training.fit import FitJob, plain_fit

SHAPE = (8, 8, 1)
MARKUP = "size [/b] $^$"
"""rich would take it for markup, matplotlib for a formula, and both fail."""


def table(seed=0, rows=600):
    """A raw table; `fee` is zero in nine rows of ten."""
    generator = np.random.default_rng([7, seed])
    fee = np.where(generator.random(rows) < 0.9, 0, generator.exponential(size=rows)).round(3)
    frame = raw(rows, rows // 10, seed).drop(columns=["shop", "kind"])
    return frame.assign(fee=fee, **{MARKUP: generator.normal(size=rows).round(3)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return model_of(table(), tmp_path_factory.mktemp("drift"))


def model_of(frame, root):
    """A model of a raw table, as the launcher writes it."""
    asked = request.Request(str(write(root / "my.csv", frame)), label_column="verdict", positive=("bad",))
    problem = load(asked, root)
    prepared, full = problem.everything(0), problem.full()
    train = train_data(prepared.train, "devnet")
    fit = plain_fit(FitJob("devnet", {}, 0, 2, 2, keep_state=True), train, {"full": prepared.rows(full.X)})
    return model_folder.write(
        root / "model", fit, problem, quantile=0.9, folds=[HeldOut(full.y, fit.scores["full"], fit.training_quantiles)],
        facts={"supervision": "few-label", "study": "mine", "trial_number": 3}, preprocessor=prepared.preprocessor,
    )  # fmt: skip


@pytest.fixture(scope="module")
def served(folder):
    return serving.ServedModel(folder)


@pytest.fixture
def check(folder, tmp_path, capsys):
    """drift.py on a table: exit code, what it said, and its figures by feature."""

    def run(new, *arguments, code=0, of_model=folder):
        path = new if not isinstance(new, pd.DataFrame) else write(tmp_path / "new.csv", new)
        given = [str(of_model), str(path), "--home", str(tmp_path), *arguments]
        options, said = tyro.cli(DriftOptions, args=given), io.StringIO()
        console = Console(file=said, width=150)
        assert command.run(lambda: options, lambda o, _: drift.run(o, console)) == code
        error = capsys.readouterr().err
        target = tmp_path / "new.csv.drift.csv"
        if code == 2:
            assert len(error.splitlines()) == 1
            assert not target.exists()
            return error
        assert not error
        return said.getvalue(), pd.read_csv(target).set_index("feature")

    return run


def test_the_same_data_are_stable(check, tmp_path):
    said, found = check(table(), "--fail")
    assert set(found["verdict"]) == {"stable"}
    assert found["psi"].max() < 1e-6
    assert "600 new rows: no drift found" in said
    assert "when the model was made from 600 rows" in said
    assert (tmp_path / "new.csv.drift.png").read_bytes().startswith(b"\x89PNG")
    assert list(found.index[:1]) == ["score"]
    assert found["psi"].iloc[1:].is_monotonic_decreasing


def test_other_rows_of_the_same_kind_are_not_drifted(served, tmp_path):
    found = drift.drift(served, write(tmp_path / "new.csv", table(seed=5)))
    assert not (found["verdict"] == "drifted").any()


def test_a_shifted_column_is_drifted(check):
    frame = table()
    frame["amount"] += 2
    said, found = check(frame, "--fail", code=drift.DRIFTED)
    assert found.loc["amount", "verdict"] == "drifted"
    assert set(found.drop(index=["amount", "score"])["verdict"]) == {"stable"}
    assert "amount" in said.splitlines()[0]
    check(frame)  # without --fail a drift is news, not a failure


def test_names_that_look_like_markup(check):
    said, found = check(table().assign(**{MARKUP: 5.0}))
    assert found.loc[MARKUP, "verdict"] == "drifted"
    assert MARKUP in said.splitlines()[0]


def test_a_column_that_is_mostly_zero(check):
    """Its quantiles are all zero: without a bin above them nothing would be seen."""
    _, found = check(table().assign(fee=1.5))
    assert found.loc["fee", "verdict"] == "drifted"


def test_a_column_that_has_one_value():
    then = training_profile.of_numbers(np.full(500, 3.0))
    assert then["shares"] == [0, 1, 0]
    assert training_profile.like(then, np.array([2.9, 3.1, 3.0, 3.0]), None)["shares"] == [0.25, 0.5, 0.25]


def test_bins_of_a_value_that_is_many_quantiles():
    """Half are 0, the rest 1 to 50: five quantiles are 0, and the next value is 1."""
    found = training_profile.of_numbers(np.concatenate([np.zeros(50), np.arange(1, 51)]))
    assert found["edges"][0] == 0.5
    assert found["shares"][0] == 0.5
    assert len(found["edges"]) < training_profile.BINS
    assert sum(found["shares"]) == pytest.approx(1)


def test_missing_cells_and_new_texts(check, served):
    frame = table()
    frame.loc[: len(frame) // 2, "amount"] = np.nan
    frame["colour"] = frame["colour"].mask(frame.index % 2 == 0, "mauve")
    said, found = check(frame)
    assert found.loc["amount", "verdict"] == "drifted"
    assert found.loc["amount", "missing_now"] > 0.5 > found.loc["amount", "missing_then"]
    assert found.loc["colour", "verdict"] == "drifted"
    assert found.loc["colour", "kind"] == "category"
    assert "Column colour: 300 cells hold a text that training did not have" in said


def test_chunks_make_no_difference(served, tmp_path, monkeypatch):
    path = write(tmp_path / "new.csv", table(seed=5))
    whole = drift.drift(served, path)
    monkeypatch.setattr(frames.iter_frames, "__defaults__", (37,))
    pd.testing.assert_frame_equal(drift.drift(served, path), whole, atol=1e-4, rtol=1e-3)


def test_shares_above_the_threshold(served, tmp_path):
    then, now = drift.pair(served, write(tmp_path / "new.csv", table()))
    assert now["anomalous"] == pytest.approx(then["anomalous"])
    scored = served.predict(table().drop(columns="verdict"))
    assert now["anomalous"] == pytest.approx(scored["label"].mean())


def test_what_cannot_be_compared(check, folder, tmp_path):
    assert "'fee'" in check(table().drop(columns=["fee"]), code=2)
    assert "not a number" in check(table().assign(count="many"), code=2)
    assert "new.csv" in check(table().iloc[:0], code=2)
    (tmp_path / "empty.csv").write_text("")
    assert "empty" in check(tmp_path / "empty.csv", code=2)
    assert "no file" in check(tmp_path / "gone.csv", code=2)
    assert "--output" in check(table(), "--output", str(tmp_path / "out.txt"), code=2)
    assert "the file of the new rows" in check(tmp_path / "new.csv", "--output", str(tmp_path / "new.csv"), code=2)
    older = shutil.copytree(folder, tmp_path / "older")
    meta = json.loads((older / "model.json").read_text())
    (older / "model.json").write_text(json.dumps({k: v for k, v in meta.items() if k != "reference"}))
    assert "launch/retrain.py" in check(table(), code=2, of_model=older)


def test_what_is_kept_is_small_and_no_row(folder):
    kept = json.loads((folder / "model.json").read_text())["reference"]
    for one in [kept["score"], *kept["features"].values()]:
        most = training_profile.MOST_CATEGORIES if one["kind"] == "category" else training_profile.BINS
        assert len(one["shares"]) <= most + 1
        assert sum(one["shares"]) == pytest.approx(1, abs=1e-4)
    assert kept["rows"] == 600
    assert set(kept["features"]) == {*table().columns} - {"verdict"}


def test_categories_beyond_fifty_are_others():
    codes = np.repeat(np.arange(60.0), np.arange(60, 0, -1))
    found = training_profile.of_categories(codes, [f"t{k}" for k in range(60)])
    assert (len(found["values"]), found["values"][0], found["values"][-1]) == (51, "t0", "(other)")
    assert found["shares"][-1] == pytest.approx(sum(range(1, 11)) / len(codes), abs=1e-6)


def test_holm_by_hand():
    """Smallest of two p-values twice itself; the other not below it."""
    shares = {"kind": "number", "missing": 0.0, "edges": [0.0], "rows": 100, "known": 100}
    then = {**shares, "shares": [0.5, 0.5]}
    now = {**shares, "shares": [0.3, 0.7]}
    found = of.compare({"score": then, "features": {"x": then}}, {"score": now, "features": {"x": then}})
    found = found.set_index("feature")
    assert found.loc["score", "p_holm"] == pytest.approx(2 * found.loc["score", "p"])
    assert found.loc["x", "p_holm"] == 1


def image_model(folder, images):
    detector = trainables.load("random")(seed=0).fit(images)
    then = {
        "rows": len(images),
        "anomalous": 0.5,
        "score": training_profile.of_numbers(detector.decision_function(images)),
    }
    meta = {
        "detector": "random", "params": {"seed": 0}, "features": [], "image_shape": list(SHAPE), "threshold": 0.5,
        "calibration": {"kind": "conformal_p", "reference": [0.1, 0.9]},
        "reference": {**then, "features": training_profile.of_images(images)},
    }  # fmt: skip
    serving.save(folder, meta, detector.state_dict())
    return serving.ServedModel(folder)


def test_images_that_became_dark(tmp_path):
    images = np.random.default_rng(0).integers(100, 256, (200, *SHAPE), dtype=np.uint8)
    served = image_model(tmp_path / "model", images)
    np.save(tmp_path / "same.npy", images)
    same = drift.drift(served, tmp_path / "same.npy").set_index("feature")["verdict"]
    assert same[["mean intensity", "contrast"]].eq("stable").all()
    np.save(tmp_path / "dark.npy", images // 2)
    dark = drift.drift(served, tmp_path / "dark.npy").set_index("feature")["verdict"]
    assert dark[["mean intensity", "contrast"]].eq("drifted").all()


def test_a_folder_of_images_from_within(tmp_path, monkeypatch, capsys):
    from PIL import Image

    images = np.random.default_rng(0).integers(0, 256, (30, *SHAPE), dtype=np.uint8)
    served = image_model(tmp_path / "model", images)
    (tmp_path / "new").mkdir()
    for k, one in enumerate(images):
        Image.fromarray(one[..., 0]).save(tmp_path / "new" / f"{k}.png")
    monkeypatch.chdir(tmp_path / "new")
    options = tyro.cli(DriftOptions, args=[str(tmp_path / "model"), ".", "--home", str(tmp_path)])
    assert command.run(lambda: options, drift.run) == 0
    assert served.image_shape == SHAPE
    assert "30 new rows" in capsys.readouterr().out
    found = pd.read_csv(tmp_path / "new.drift.csv").set_index("feature")
    assert found.loc[["mean intensity", "contrast"], "psi"].max() < 1e-6


def test_of_images_the_normal_ones_are_summed_up():
    """Two classes in turn, dark and bright; the scores are of held-out images, of which some are normal."""
    X = np.repeat(np.array([10, 20, 200, 210, 90], np.uint8), 4).reshape(5, 2, 2, 1)
    y = np.array([[0, 1], [0, 1], [1, 0], [1, 0], [-1, 0]], np.int8)
    held_out = np.array([0, 1, 0, 1]), np.array([1.0, 8.0, 2.0, 9.0])
    of_one = training_profile.reference(images_of(X, y), *held_out, 2.0, 0)
    assert (of_one["rows"], of_one["anomalous"]) == (2, 0.5)
    assert of_one["features"]["mean intensity"]["edges"] == [20]
    assert of_one["score"]["edges"] == [2]
    other = training_profile.reference(images_of(X, y), *held_out, 5.0, 1)
    assert (other["rows"], other["anomalous"]) == (3, 0)
    assert other["features"]["mean intensity"]["edges"] == [200, 210]
    alone = training_profile.reference(images_of(X, y[:, 1]), *held_out, 5.0)
    assert alone == other


def images_of(X, y):
    part = SimpleNamespace(X=X, y=y)
    return SimpleNamespace(modality="image", full_reference=lambda: part)


def test_intensity_and_contrast_by_hand():
    mean, contrast = training_profile.image_figures(np.array([[[[0], [255]]], [[[10], [10]]]], np.uint8))
    assert (mean.tolist(), contrast.tolist()) == ([127.5, 10.0], [127.5, 0.0])


def test_picture_of_a_score_with_one_bin():
    one = training_profile.of_numbers(np.array([]))
    measured = of.compare({"score": one, "features": {}}, {"score": one, "features": {}})
    assert plots.drift(measured, one, one).axes


@pytest.mark.parametrize("content", ["amount\n", "a,b\n1,2\n"])
def test_for_notebooks(served, tmp_path, content):
    (tmp_path / "new.csv").write_text(content)
    with pytest.raises(DataError):
        drift.drift(served, tmp_path / "new.csv")
    older = type("Older", (), {"meta": {}})()
    with pytest.raises(UsageError, match="retrain"):
        drift.drift(older, tmp_path / "new.csv")
