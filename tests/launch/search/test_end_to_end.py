"""The whole command, on a small table, with a real Ray cluster and a real MLflow store."""

import io
import json
import shutil
import subprocess
import sys

import pytest
from optuna.trial import TrialState
from rich.console import Console

from datasets.tables.celeba import ATTRIBUTES
from launch.common.environment import ROOT
from tests.launch.conftest import HANG, Store, fork_writers, run_command, run_here, table, trials_of
from tests.launch.toy import TOY

STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
STATUS = {"complete": "FINISHED", "pruned": "FINISHED", "failed": "FAILED"}

SUMMARY = {"study", "dataset", "trials", "best", "published", "test", "seconds", "seal_readings"}
SUMMARY |= {"model_uri", "mlflow_run_id"}
INSIDE = {
    "dataset": {"name", "source", "sha256", "protocol", "outer_split", "counts"},
    "trials": {"complete", "pruned", "failed", "causes"},
    "best": {"config", "validation"},
    "published": {"config", "validation"},
    "test": {"tuned", "published", "difference"},
    "seconds": {"total", "search", "confirm", "fit", "predict"},
}
REPRODUCE = (
    "git_commit", "dataset_sha256", "protocol", "seed", "versions", "device", "supervision", "selection", "command",
)  # fmt: skip
FIGURES = ("auroc", "ap", "f1_report", "f1_threshold", "precision_threshold", "recall_threshold")


class Finished:
    """One real search, with what it left behind."""

    def __init__(self, folder, data, store, detector, *more, name="e2e", run=run_command):
        self.folder, self.home, self.data = folder, folder / "home", data
        self.home.mkdir()
        shutil.copy(store, self.home / "mlflow.db")
        self.ended = run(detector, "celeba", "--data-dir", data, "--home", self.home, "--name", name, *more, cwd=folder)
        self.store = Store(self.home / "mlflow.db")


@pytest.fixture(scope="session")
def finished(tmp_path_factory, data_dir, empty_store):
    folder = tmp_path_factory.mktemp("e2e")
    return Finished(
        folder, data_dir, empty_store, "devnet", "--trials", 6, "--max-rounds", 3, "--confirm", 2,
        "--summary", folder / "summary.json", "--export", folder / "model.joblib",
    )  # fmt: skip


@pytest.fixture(scope="session")
def summary(finished):
    assert finished.ended.code == 0, finished.ended
    return json.loads((finished.folder / "summary.json").read_text())


@pytest.fixture(scope="session")
def served(finished, summary, tmp_path_factory):
    """The registered model's and the exported model's answers, from a process that has no repository on its path."""
    import pandas as pd

    X, _ = table(50, seed=7)
    folder = tmp_path_factory.mktemp("served")
    pd.DataFrame(X.astype(float), columns=list(ATTRIBUTES)).to_csv(folder / "new.csv", index=False)
    code = f"""
import json, sys
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///{finished.home}/mlflow.db")
model = mlflow.pyfunc.load_model({summary["model_uri"]!r})
found = model.predict(data := pd.read_csv("new.csv"))
where = sys.modules["trainables"].__file__
modules = sorted(set(m.split(".")[0] for m in sys.modules))
exported = __import__("joblib").load({str(finished.folder / "model.joblib")!r}).score(data[data.columns[::-1]])
print(json.dumps([found.to_dict("list"), where, modules, {{k: list(map(str, v)) for k, v in exported.items()}}]))
"""
    # -P: the working directory is not on the path; an editable install would be, so it is taken off
    prefix = "import sys; sys.meta_path = [f for f in sys.meta_path if '__editable__' not in str(f)]\n"
    prefix += f"sys.path = [p for p in sys.path if p != {str(ROOT)!r} and '__editable__' not in p]\n"
    done = subprocess.run(
        [sys.executable, "-P", "-c", prefix + code], cwd=folder, capture_output=True, text=True, timeout=HANG
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


# -- the summary -----------------------------------------------------------------------


def test_it_ends_well_and_says_so(finished):
    assert finished.ended.code == 0, finished.ended
    assert finished.ended.err == ""
    out = finished.ended.out
    assert "devnet on celeba: test A" in out
    assert "models:/devnet-celeba@champion" in out
    for command in ("launch/predict.py devnet-celeba", "launch/ui.py", "launch/replay.py"):
        assert command in out
    assert "Traceback" not in out
    assert "(6 of 6" in out or "6/6" in out or out.count("trial") >= 6


def test_summary_has_the_documented_keys(summary):
    assert set(summary) >= SUMMARY
    for name, keys in INSIDE.items():
        assert set(summary[name]) >= keys, name
    for side in ("tuned", "published", "difference"):
        assert set(summary["test"][side]) == set(FIGURES)
        for figure in FIGURES:
            interval = summary["test"][side][figure]
            assert set(interval) >= {"mean", "low", "high"}, (side, figure)
            assert interval["low"] <= interval["mean"] <= interval["high"]


@pytest.mark.parametrize("name", sorted(SUMMARY))
def test_summary_has_exactly_those(summary, name):
    """What else it tells is beside them, never in their place."""
    extra = {"detector", "supervision", "selection", "metric", "seed", "rounds", "finalists", "train", "report"}
    extra |= {"kinds", "pareto", "modality", "tasks", "balanced", "controls", "resources", "how"}
    extra |= {"baseline", "held_out", "chosen_for_speed", "portfolio", "edges"}
    assert set(summary) - SUMMARY <= extra
    assert summary[name] is not None


def test_summary_tells_the_truth(finished, summary):
    trials = trials_of(finished.home, "e2e")
    states = [STATES[t.state] for t in trials]
    assert len(trials) == 6
    assert {k: summary["trials"][k] for k in ("complete", "pruned", "failed")} == {
        k: states.count(k) for k in ("complete", "pruned", "failed")
    }
    assert summary["study"] == "e2e"
    assert summary["dataset"]["name"] == "celeba"
    assert summary["dataset"]["protocol"] == "report"
    assert summary["dataset"]["outer_split"] == 0
    counts = summary["dataset"]["counts"]
    assert counts["development"]["rows"] + counts["test"]["rows"] == 2400 - counts["duplicates_dropped"]
    assert counts["train"]["rows"] + counts["valid"]["rows"] == counts["development"]["rows"]
    assert summary["seal_readings"] == 1
    assert summary["published"]["config"]["hidden"] == [100, 50]
    assert summary["test"]["tuned"]["auroc"]["mean"] > 0.85
    seconds = summary["seconds"]
    assert seconds["total"] >= seconds["search"] + seconds["confirm"]
    assert seconds["total"] <= finished.ended.seconds
    assert (finished.home / "studies" / "e2e.summary.json").read_text() == (
        finished.folder / "summary.json"
    ).read_text()


def test_the_seal_was_broken_once(finished, summary):
    (line,) = (finished.home / "seal.jsonl").read_text().splitlines()
    record = json.loads(line)
    assert (record["dataset"], record["protocol"], record["study"]) == ("celeba", "report", "e2e")
    assert record["sha256"] == summary["dataset"]["sha256"]


# -- the record ------------------------------------------------------------------------


def test_every_trial_has_one_run_of_the_same_state(finished, summary):
    (top,) = finished.store.kind("search")
    runs = {int(r["tags"]["trial_number"]): r for r in finished.store.kind("trial")}
    trials = trials_of(finished.home, "e2e")
    assert len(finished.store.kind("trial")) == len(runs) == len(trials)
    for trial in trials:
        run, state = runs[trial.number], STATES[trial.state]
        assert run["tags"]["mlflow.parentRunId"] == top["id"]
        assert run["tags"]["state"] == state
        assert run["status"] == STATUS[state]
        history = trial.user_attrs["history"]
        assert run["metrics"]["val_score"] == [(r["round"], r["score"]) for r in history]
        for name in ("val_auroc", "val_ap", "val_f1", "fit_seconds", "predict_seconds"):
            assert [step for step, _ in run["metrics"][name]] == [r["round"] for r in history], name
        assert json.loads(run["tags"]["config"]) == trial.user_attrs["config"]
        assert set(run["params"]) == set(trial.user_attrs["config"])


def test_every_run_can_be_reproduced_from_its_tags(finished, summary):
    for run in finished.store.runs().values():
        missing = [tag for tag in REPRODUCE if not run["tags"].get(tag)]
        assert not missing, (run["name"], missing)
        assert run["tags"]["dataset_sha256"] == summary["dataset"]["sha256"]
        assert "ray" in json.loads(run["tags"]["versions"])


def test_nothing_is_left_running(finished, summary):
    assert not [r for r in finished.store.runs().values() if r["status"] == "RUNNING"]
    (top,) = finished.store.kind("search")
    assert top["status"] == "FINISHED"
    assert {k: top["metrics"][f"trials_{k}"][0][1] for k in ("complete", "pruned", "failed")} == {
        k: float(summary["trials"][k]) for k in ("complete", "pruned", "failed")
    }


def test_the_final_run_holds_figures_and_pictures(finished, summary):
    (final,) = finished.store.kind("final")
    assert final["id"] == summary["mlflow_run_id"]
    for side in ("tuned", "published", "difference"):
        for figure in FIGURES:
            (step_value,) = final["metrics"][f"test_{side}_{figure}"]
            assert step_value[1] == pytest.approx(summary["test"][side][figure]["mean"])
    pictures = {p.stem for p in (finished.home / "artifacts").rglob("*.png")}
    assert pictures >= {
        "class_frequencies", "score_histograms", "roc", "precision_recall", "learning_curves",
        "optimisation_history", "hyperparameter_importance",
    }  # fmt: skip


def test_the_study_knows_its_runs(finished, summary):
    import optuna

    from launch.study.storage import journal, open_storage

    study = optuna.load_study(study_name="e2e", storage=open_storage(journal(finished.home, "e2e")))
    runs = study.user_attrs["mlflow_runs"]
    assert set(runs) == {"parent", "final", *(f"trial-{n}" for n in range(6))}
    assert set(runs.values()) == set(finished.store.runs())


# -- the model ---------------------------------------------------------------------------


def test_the_champion_serves_without_this_repository(served):
    found, where, modules, _ = served
    assert list(found) == ["score", "label", "probability", "probability_kind", "p_value"]
    assert len(found["score"]) == 50
    assert not where.startswith(str(ROOT / "trainables"))
    assert not {"launch", "datasets", "search_spaces", "ray", "optuna"} & set(modules)
    assert set(found["label"]) <= {0, 1}
    assert all(0 <= p <= 1 for p in found["probability"])
    assert set(found["probability_kind"]) == {"isotonic"}


def test_scores_and_labels_belong_together(served):
    found = served[0]
    labelled = sorted(zip(found["score"], found["label"], found["probability"], strict=True))
    assert [label for _, label, _ in labelled] == sorted(label for _, label, _ in labelled)
    assert [p for _, _, p in labelled] == sorted(p for _, _, p in labelled)


def test_the_export_scores_as_the_registered_model(served):
    found, _, _, exported = served
    assert {k: list(map(str, v)) for k, v in found.items()} == exported


def test_the_registered_model_names_its_origin(finished, summary):
    assert summary["model_uri"] == "models:/devnet-celeba@champion"
    assert finished.store.rows("select name, alias, version from registered_model_aliases") == [
        ("devnet-celeba", "champion", 1)
    ]
    ((run, words),) = finished.store.rows("select run_id, description from model_versions")
    assert run == summary["mlflow_run_id"]
    assert "Trained on every row of celeba" in words


# -- several detectors -----------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory, data_dir, empty_store):
    folder = tmp_path_factory.mktemp("compared")
    return Finished(
        folder, data_dir, empty_store, "random,kmeans", "--local", "--trials", 2, "--max-rounds", 2, "--confirm", 0,
        "--no-retrain", "--summary", folder / "s.json", name="both", run=run_here,
    )  # fmt: skip


def test_two_detectors_are_compared(compared):
    assert compared.ended.code == 0, compared.ended
    (run,) = compared.store.kind("comparison")
    assert run["status"] == "FINISHED"
    assert run["tags"]["detectors"] == "random,kmeans"
    assert set(run["metrics"]) == {f"{d}_{k}" for d in ("random", "kmeans") for k in ("auroc", "ap", "f1_report")}
    assert "Recommended with or without labels: kmeans" in compared.ended.out
    assert len(list((compared.home / "artifacts").rglob("comparison-*.*"))) == 2  # report and chart
    for detector in ("random", "kmeans"):
        summary = json.loads((compared.folder / f"s-{detector}.json").read_text())
        assert summary["study"] == f"both-{detector}"
        value = summary["test"]["tuned"]["auroc"]["mean"]
        assert run["metrics"][f"{detector}_auroc"] == [(0, pytest.approx(value))]
    assert len((compared.home / "seal.jsonl").read_text().splitlines()) == 2
    assert not [r for r in compared.store.runs().values() if r["status"] == "RUNNING"]


def test_when_every_trial_fails(tmp_path, data_dir, home):
    (tmp_path / "broken.py").write_text(
        TOY
        + """

PUBLISHED = {"report": ({"mode": "named"}, "made for tests")}


def space(trial: Any, data: Any) -> dict[str, Any]:
    return {"quality": trial.suggest_float("quality", 0.0, 1.0), "mode": "bug"}
"""
    )
    ended = run_here(
        "broken", "celeba", "--data-dir", data_dir, "--home", home, "--name", "x", "--detector-path", "broken.py",
        "--trials", 4, "--local", cwd=tmp_path,
    )  # fmt: skip
    assert ended.code == 1, ended
    words = " ".join(ended.out.split())
    assert "No trial of broken has a score" in words
    assert "out_of_paper: 1 time, first: the ink ran dry in the middle" in words
    assert "error: 3 times, first: KeyError: 'missing'" in words
    assert "Traceback" not in ended.out + ended.err
    assert not (home / "seal.jsonl").exists()
    assert [t.state for t in trials_of(home, "x")] == [TrialState.FAIL] * 4
    statuses = [r["status"] for r in Store(home / "mlflow.db").runs().values()]
    assert statuses == ["FAILED"] * 5


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["random", "iforest", "kmeans", "logistic", "gbdt"])
def test_every_detector_from_start_to_model(tmp_path, data_dir, home, detector):
    ended = run_command(
        detector, "celeba", "--data-dir", data_dir, "--home", home, "--trials", 4, "--max-rounds", 3, "--confirm", 2,
        "--summary", tmp_path / "s.json", cwd=tmp_path, timeout=HANG,
    )  # fmt: skip
    assert ended.code == 0, ended
    assert json.loads((tmp_path / "s.json").read_text())["model_uri"] == f"models:/{detector}-celeba@champion"


# -- the smaller commands, on the record of that search -----------------------------------


def said(work, options) -> str:
    """What a command prints; its code must be 0."""
    stream = io.StringIO()
    assert not work(options, Console(file=stream, width=400))
    return stream.getvalue()


def test_predict_reads_three_formats_alike(finished, summary, tmp_path):
    import numpy as np
    import pandas as pd

    from launch import predict

    X, y = table(60, seed=9)
    frame = pd.DataFrame(X, columns=list(ATTRIBUTES))
    frame.iloc[:, ::-1].to_csv(tmp_path / "rows.csv", index=False)  # columns in another order
    frame.assign(label=y).to_parquet(tmp_path / "rows.parquet")
    np.savez(tmp_path / "rows.npz", X=X, y=y)
    scores = []
    for suffix in ("csv", "parquet", "npz"):
        out = tmp_path / f"{suffix}.csv"
        options = predict.PredictOptions("devnet-celeba", tmp_path / f"rows.{suffix}", output=out, home=finished.home)
        words = said(predict.work, options)
        assert "60 rows scored" in words
        assert ("AUROC" in words) == (suffix != "csv")
        scores.append(pd.read_csv(out))
    pd.testing.assert_frame_equal(scores[0], scores[1])
    pd.testing.assert_frame_equal(scores[0], scores[2])
    frame.drop(columns=ATTRIBUTES[0]).to_csv(tmp_path / "short.csv", index=False)
    with pytest.raises(ValueError, match=f"1 column is missing: {ATTRIBUTES[0]}"):
        said(predict.work, predict.PredictOptions("devnet-celeba", tmp_path / "short.csv", home=finished.home))
    with pytest.raises(ValueError, match="registered here: devnet-celeba"):
        predict.work(predict.PredictOptions("nobody", tmp_path / "rows.csv", home=finished.home), None)


def test_replay_gives_the_same_score_and_dry_run_reads_nothing(finished, summary, tmp_path):
    from launch import replay

    options = replay.ReplayOptions(summary["mlflow_run_id"], data_dir=finished.data, home=finished.home)
    assert "the same" in said(replay.work, options)
    home = tmp_path / "home"
    ended = run_here("devnet", "celeba", "--data-dir", finished.data, "--home", home, "--dry-run", cwd=tmp_path)
    assert ended.code == 0
    assert "Nothing was recorded" in ended.out
    assert not [p for p in home.rglob("*") if p.is_file()]


def test_retrain_registers_the_next_champion_and_artificial_data_are_chance(finished, summary, tmp_path, monkeypatch):
    from analysis.models import artificial
    from launch import retrain
    from launch.tracking.client import connect

    fork_writers(monkeypatch)
    kept = {"data_dir": finished.data, "home": finished.home}
    words = said(retrain.work, retrain.RetrainOptions(summary["mlflow_run_id"], folds=2, name="again", **kept))
    assert "registered as again, version 1, alias champion" in words
    client = connect(finished.home, None)
    assert client.get_model_version_by_alias("again", "champion").version in (1, "1")
    words = said(artificial.run, artificial.ArtificialOptions("again", rows=4000, output=tmp_path / "a", **kept))
    assert abs(float(words.split("AUROC ")[1].split(",")[0]) - 0.5) < 0.12  # 88 anomalies: 3.8 standard errors
    assert {p.name for p in (tmp_path / "a").iterdir()} == {"flattened_histograms.png", "score_histograms.png"}
