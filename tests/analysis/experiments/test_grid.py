import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis import experiment_names as names
from analysis import grid, plots
from analysis.experiments import grid as experiment
from analysis.experiments import tables, tuned_searches
from analysis.experiments.results import Results
from analysis.experiments.run import unfit
from analysis.experiments.summary import by_level, lines
from analysis.experiments.tasks import Task
from datasets.load import load
from datasets.problems.parts import Part
from datasets.request import Request
from datasets.train_data import train_data
from launch.common.errors import UsageError
from search_spaces.iforest import PUBLISHED
from tests.analysis.experiments.small_table import detector, ledger, read, table
from trainables.training.fit import FitJob, plain_fit


def run(home, *arguments):
    return grid.main([*arguments, "--home", str(home), "--jobs", "2"])


def test_networks_stand_beside_themselves_untrained(tmp_path, capsys):
    """Also on a table; to be scored before training changes nothing of what comes after."""
    path = table(tmp_path / "toy.csv")
    assert run(tmp_path / "home", "deepsvdd,iforest", path, "--max-rounds", "2") == 0
    rows = {row["detector"]: row for row in read(tmp_path / "home")}
    assert set(rows["deepsvdd"]["at"]) == {"0", "2"}
    assert "at" not in rows["iforest"]
    assert "Trained and untrained" in capsys.readouterr().out
    problem = load(Request(path), tmp_path)
    test = problem.sealed.open(tmp_path / "seal.jsonl", study="test", detector="deepsvdd", reason="test")
    prepared = problem.whole(0)
    job = FitJob("deepsvdd", rows["deepsvdd"]["config"], 0, 2)
    scores = plain_fit(job, train_data(prepared.train, "deepsvdd"), {"test": prepared.rows(test.X)}).scores["test"]
    assert rows["deepsvdd"]["auroc"] == pytest.approx(roc_auc_score(test.y, scores), abs=1e-6)


def test_published_epochs(tmp_path, capsys):
    path, home = table(tmp_path / "toy.csv"), tmp_path / "home"
    asked = ("autoencoder,iforest", path, "--published", "pyod", "--max-rounds", "2")
    assert run(home, *asked) == 0
    assert "autoencoder (pyod) 2 of 10. --published-epochs trains" in " ".join(capsys.readouterr().out.split())
    assert run(home, *asked, "--published-epochs") == 0
    assert "--published-epochs trains" not in capsys.readouterr().out
    every = [json.loads(line) for file in (home / "grids").glob("*.jsonl") for line in file.read_text().splitlines()]
    found = {(row["detector"], row["rounds"], row.get("published_epochs")) for row in every}
    assert found == {("autoencoder", 2, 10), ("autoencoder", 10, 10), ("iforest", 2, None)}
    assert run(home, *asked[:2], "--tuned", "2", "--published-epochs") == 2
    assert names.candidate("autoencoder", "pyod").rounds(50) == 10  # no longer than the source


class TestOneTable:
    """Four detectors on one table, two seeds, then the same command again with one seed more."""

    @pytest.fixture(scope="class")
    def place(self, tmp_path_factory):
        place = tmp_path_factory.mktemp("grid")
        table(place / "toy.csv")
        arguments = (place / "home", "logistic,iforest,kmeans,random", str(place / "toy.csv"), "--max-rounds", "2")
        assert run(*arguments, "--seeds", "2") == 0
        return place, arguments

    def test_a_line_for_each_fit(self, place):
        rows = read(place[0] / "home")
        names = {(row["detector"], row["seed"]) for row in rows}
        assert len(rows) == len(names) == 8
        iforest = next(row for row in rows if row["detector"] == "iforest")
        assert iforest["supervision"] == "unsupervised"
        assert iforest["config"] == PUBLISHED["report"][0]
        assert (iforest["dataset"], iforest["protocol"], iforest["outer_split"]) == ("toy", "holdout", 0)
        assert (iforest["rounds"], iforest["failure"], iforest["labelled_anomalies"]) == (2, None, None)
        assert all(row["fit_seconds"] >= 0 and row["predict_seconds"] >= 0 for row in rows)

    def test_figures_are_those_of_scikit_learn(self, place, tmp_path):
        problem = load(Request(str(place[0] / "toy.csv")), tmp_path)
        test = problem.sealed.open(tmp_path / "seal.jsonl", study="test", detector="iforest", reason="test")
        prepared = problem.whole(1)
        job = FitJob("iforest", PUBLISHED["report"][0], 1, 2)
        scores = plain_fit(job, train_data(prepared.train, "iforest"), {"test": prepared.rows(test.X)}).scores["test"]
        (row,) = (r for r in read(place[0] / "home") if (r["detector"], r["seed"]) == ("iforest", 1))
        assert row["auroc"] == pytest.approx(roc_auc_score(test.y, scores), abs=1e-6)
        assert row["ap"] == pytest.approx(average_precision_score(test.y, scores), abs=1e-6)
        assert row["test"] == {"rows": len(test), "anomalies": int(test.y.sum())}

    def test_test_labels_are_read_once_for_each_detector_and_on_record(self, place):
        found = ledger(place[0] / "home")
        assert sorted(line["detector"] for line in found) == ["iforest", "kmeans", "logistic", "random"]
        assert {(line["dataset"], line["protocol"], line["outer_split"]) for line in found} == {("toy", "holdout", 0)}
        assert all(line["reason"].startswith("grid: published configurations") for line in found)

    def test_tables_and_pictures(self, place):
        (path,) = (place[0] / "home" / "grids").glob("*.csv")
        with open(path, newline="") as file:
            rows = {row["detector"]: row for row in csv.DictReader(file)}
        assert set(rows) == {"logistic", "iforest", "kmeans", "random"}
        for row in rows.values():
            mean = np.mean([r["auroc"] for r in read(place[0] / "home") if r["detector"] == row["detector"]][:2])
            assert float(row["auroc"]) == pytest.approx(mean, abs=1e-6)
            assert float(row["auroc_low"]) < float(row["auroc"]) < float(row["auroc_high"]) + 1e-9
        assert imread(path.with_suffix(".png")).shape[0] > 100

    def test_the_same_command_does_nothing_again(self, place, capsys):
        before = read(place[0] / "home"), ledger(place[0] / "home")
        assert run(*place[1], "--seeds", "2") == 0
        assert (read(place[0] / "home"), ledger(place[0] / "home")) == before
        out = capsys.readouterr().out
        assert "8 of 8 are done already" in out
        assert out.index("unsupervised") < out.index("supervised", out.index("random"))

    def test_more_seeds_do_what_is_missing_also_after_half_a_line(self, place):
        (path,) = (place[0] / "home" / "grids").glob("*.jsonl")
        with open(path, "a") as file:
            file.write('{"key": "cut sh')
        before = path.read_text().count("\n")
        assert run(*place[1], "--seeds", "3") == 0
        whole = [line for line in path.read_text().splitlines() if not line.startswith('{"key": "cut sh')]
        assert (before, len(whole)) == (8, 12)
        assert {json.loads(line)["seed"] for line in whole[8:]} == {2}
        path.write_text("".join(f"{line}\n" for line in whole))


RECORDER = """
    def _begin(self, train):
        np.savez({path!r} + f"/{{self.seed}}.npz", X=train.X, target=train.target)
"""


def test_training_sees_no_test_row_and_no_label_that_it_must_not(tmp_path):
    data = table(tmp_path / "toy.csv")
    recorder = detector(tmp_path / "recorder.py", RECORDER.format(path=str(tmp_path)))
    labels = ("--labelled-anomalies", "5", "--contamination", "0.1")
    assert run(tmp_path / "home", recorder, data, "--seeds", "2", *labels) == 0
    problem = load(Request(data, labelled_anomalies=5, contamination=0.1), tmp_path)
    test = problem.sealed.open(tmp_path / "seal.jsonl", study="test", detector="test", reason="test")
    known = []
    for seed in (0, 1):
        with np.load(tmp_path / f"{seed}.npz") as given:
            X, target = given["X"], given["target"]
        rows = {row.tobytes() for row in np.round(problem.whole(seed).rows(test.X), 4)}
        assert len(rows) == len(test)
        assert not rows & {row.tobytes() for row in np.round(X, 4)}
        assert ((target == -1).sum(), (target == 1).sum()) == (5, 0)
        assert len(X) == 160 + 5 + round(160 / 9)
        known.append(X[target == -1].sum())
    assert known[0] != known[1]  # other anomalies are labelled
    assert [row["labelled_anomalies"] for row in read(tmp_path / "home")] == [5, 5]


WAITS = """
    def _train_round(self):
        while not os.path.exists({flag!r}):
            time.sleep(0.05)
        return {{}}
"""

BAD = {
    "hangs": "    def _train_round(self):\n        time.sleep(600)\n",
    "dies": "    def _train_round(self):\n        os.kill(os.getpid(), 9)\n",
    "blind": "    def _score(self, X):\n        return np.zeros(len(X))\n",
    "images": "    modality: ClassVar = frozenset({Modality.IMAGE})\n",
    "broken": "    def _begin(self, train):\n        raise RuntimeError('no\\nluck')\n",
}


def test_what_fails_has_a_name_and_takes_nothing_with_it(tmp_path, capsys):
    data = table(tmp_path / "toy.csv")
    bad = [detector(tmp_path / f"{name}.py", body) for name, body in BAD.items()]
    names = ",".join([*bad, "logistic", "random"])
    arguments = (tmp_path / "home", names, data, "--labelled-anomalies", "0", "--timeout", "1.5")
    assert run(*arguments) == 0
    rows = {row["detector"]: row for row in read(tmp_path / "home")}
    causes = {name: (row["failure"] or {}).get("cause") for name, row in rows.items()}
    assert causes == {
        "hangs": "timeout", "dies": "worker_died", "blind": "collapsed_scores", "images": "modality",
        "broken": "error", "logistic": "missing_anomalies", "random": None,
    }  # fmt: skip
    assert all(row["auroc"] is None for name, row in rows.items() if name != "random")
    assert rows["hangs"]["supervision"] == "few-label"
    assert "signal 9" in rows["dies"]["failure"]["message"]
    # what cannot be fitted never had the test rows opened
    assert not {"images", "logistic"} & {line["detector"] for line in ledger(tmp_path / "home")}
    out = capsys.readouterr().out
    assert "hangs on toy: timeout: took longer than 1.5 s and was killed" in out
    assert "broken on toy: error: RuntimeError: no luck" in out
    done = len(read(tmp_path / "home"))
    assert run(*arguments) == 0  # a dead worker may have been the machine's fault, the rest is as it was
    assert [row["detector"] for row in read(tmp_path / "home")[done:]] == ["dies"]


def test_interrupted_it_keeps_what_is_done_and_goes_on(tmp_path, capsys):
    data = table(tmp_path / "toy.csv")
    waits = detector(tmp_path / "waits.py", WAITS.format(flag=str(tmp_path / "go")))
    home = tmp_path / "home"

    def interrupt():
        while not any((home / "grids").glob("*.jsonl")):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert run(home, f"random,{waits}", data) == 130
    thread.join()
    out = capsys.readouterr().out
    assert [row["detector"] for row in read(home)] == ["random"]
    assert "Interrupted: 1 of 2 are left; the same command goes on with them." in out
    assert "random" in out.partition("Interrupted")[2]  # what is there is shown
    (tmp_path / "go").touch()
    assert run(home, f"random,{waits}", data) == 0
    assert [row["detector"] for row in read(home)] == ["random", "waits"]


def test_too_few_anomalies_are_told_once_and_tried_again(tmp_path, capsys):
    data = table(tmp_path / "toy.csv")
    arguments = (tmp_path / "home", "logistic,random", data, "--labelled-anomalies", "1000")
    assert run(*arguments) == 1
    assert {row["failure"]["cause"] for row in read(tmp_path / "home")} == {"data"}
    out = capsys.readouterr().out
    assert out.count("--labelled-anomalies 1000: the training rows have 26 anomalies") == 1
    assert "logistic, random on toy" in out
    assert ledger(tmp_path / "home") == []
    assert run(*arguments) == 1
    assert len(read(tmp_path / "home")) == 4


def test_an_edited_table_is_another_task(tmp_path):
    table(tmp_path / "toy.csv"), table(tmp_path / "other.csv", seed=1)
    arguments = (tmp_path / "home", "random", f"{tmp_path}/toy.csv,{tmp_path}/other.csv")
    assert run(*arguments) == 0
    table(tmp_path / "toy.csv", seed=2)
    assert run(*arguments) == 0
    done = [row["dataset"] for row in read(tmp_path / "home")]
    edited = f"toy-{hashlib.sha256((tmp_path / 'toy.csv').read_bytes()).hexdigest()[:4]}"
    assert (sorted(done[:2]), done[2:]) == (["other", "toy"], [edited])
    (picture,) = (tmp_path / "home" / "grids").glob("*.png")
    assert imread(picture).shape[1] > 500


def test_detectors_are_sorted_within_their_level(tmp_path):
    kept = Results(tmp_path, "x")
    keys = []
    for name, ap in (("gbdt", 0.9), ("random", 0.1), ("logistic", 0.95), ("iforest", 0.2), ("kmeans", None)):
        task = Task(names.candidate(name), Request("celeba"), 0, 1)
        row = {**task.row(), "auroc": ap, "ap": ap, "f1_report": ap, "fit_seconds": 1.0, "predict_seconds": 1.0}
        kept.add(row if ap else {**task.row(), "failure": {"cause": "error", "message": "x"}})
        keys.append(task.key)
    found = [name for _, name in by_level(lines(kept, keys))]
    assert found == ["iforest", "random", "kmeans", "logistic", "gbdt"]


def test_a_task_is_known_by_what_it_is():
    first = Task(names.candidate("devnet"), Request("celeba"), 0, 10)
    assert first.key == Task(names.candidate("devnet"), Request("celeba"), 0, 10).key
    others = [
        Task(names.candidate("devnet", "paper"), Request("celeba"), 0, 10),
        Task(names.candidate("devnet"), Request("celeba", labelled_anomalies=5), 0, 10),
        Task(names.candidate("devnet"), Request("celeba", outer_split=1), 0, 10),
        Task(names.candidate("devnet"), Request("celeba"), 1, 10),
        Task(names.candidate("devnet"), Request("celeba"), 0, 11),
        Task(names.candidate("devnet"), Request("celeba"), 0, 10, trials=4),
    ]
    assert len({first.key, *(other.key for other in others)}) == 7
    assert others[0].candidate.config["optimizer"] == "rmsprop"


def test_rows_of_images():
    part = Part(np.zeros((4, 2, 2, 1), np.uint8), np.zeros(4, np.int8))
    assert unfit(names.candidate("logistic"), part) is not None
    assert unfit(names.candidate("iforest"), part) is None  # takes both
    assert unfit(names.candidate("nowhere:Nothing"), part)[0] == "missing_library"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("celeba", "devnet"), "the other way round: grid.py DETECTORS DATASETS"),
        (("devnett", "celeba"), "did you mean devnet?"),
        (("devnet", "celebaa"), "did you mean celeba?"),
        (("devnet", "nowhere.csv"), "there is no file"),
        (("nowhere.py", "celeba"), "there is no detector file"),
        ((",", "celeba"), "say detectors and datasets"),
        (("devnet", "celeba", "--contamination", "0.1"), "say --labelled-anomalies too"),
        (("devnet", "celeba", "--seeds", "0"), "--seeds must be at least 1"),
        (("devnet", "celeba", "--timeout", "0"), "--timeout must be above 0"),
        (("devnet", "celeba", "--name", "a/b"), "--name 'a/b'"),
        (("devnet", "celeba", "--protocol", "rport"), "did you mean report?"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, capsys, arguments, words):
    assert grid.main([*arguments, "--home", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_names():
    assert len(names.dataset_names("tables,celeba,annthyroid")) == 13
    assert names.detector_names("cluster,kmeans,baseline") == ["kmeans", "random"]
    made = experiment.default_name(
        grid.GridOptions(detectors="all", datasets="celeba", labelled_anomalies=30, contamination=0.02)
    )
    assert made.startswith("grid-all-celeba-labelled30-hidden0.02-")
    again = grid.GridOptions(
        detectors="all", datasets="celeba", labelled_anomalies=30, contamination=0.02, seeds=5, jobs=1
    )
    assert experiment.default_name(again) == made
    assert experiment.default_name(grid.GridOptions(detectors="all", datasets="celeba")) != made
    with pytest.raises(UsageError):
        names.detector_names("nothing")


class TestTuned:
    task = Task(names.candidate("devnet"), Request("celeba", protocol="raw", labelled_anomalies=30), 1, 5, trials=4)

    def test_the_command_is_one_that_tune_takes(self, tmp_path):
        from launch.config.command_line import parse

        line = tuned_searches.command(self.task, tmp_path, tmp_path, 2, 10.5, tmp_path / "s.json")
        told = parse(line[2:])
        assert (told.detector, told.dataset, told.trials, told.seed, told.max_rounds) == ("devnet", "celeba", 4, 1, 5)
        assert (told.protocol, told.labelled_anomalies, told.contamination) == ("raw", 30, None)
        assert (told.timeout_seconds, told.concurrent, told.no_retrain, told.no_standin) == (11, 2, True, True)
        assert (told.summary, told.home, told.detector_path) == (tmp_path / "s.json", tmp_path, None)

    def test_a_search_that_fails_says_its_error(self, tmp_path):
        log = tmp_path / "x.log"
        log.write_text("something\nerror: devnet needs labels\nlast\n")
        assert tuned_searches.last_words(log) == "devnet needs labels"
        assert (
            tuned_searches.command(Task(names.candidate("a:B"), Request("celeba"), 0, 1, 4), *[tmp_path] * 2, 1, 1, log)
            is None
        )


def test_a_map_of_detectors_by_datasets():
    values = {("a", "x"): (0.9, 0.5), ("a", "y"): (0.5, 1.0), ("b", "x"): (1.0, 0.031)}
    figure = plots.detector_grid([("unsupervised", "a"), ("supervised", "b")], ["x", "y"], values)
    auroc, ap = figure.axes
    assert [t.get_text() for t in auroc.texts] == [".90", ".50", "1.00", "-"]
    assert [t.get_text() for t in ap.texts] == [".50", "1.00", ".03", "-", "unsupervised", "supervised"]
    assert [t.get_text() for t in auroc.get_yticklabels()] == ["a", "b"]
    assert np.ma.getmaskarray(auroc.images[0].get_array()).tolist() == [[False, False], [False, True]]
    assert "No detectors" in plots.detector_grid([], [], {}).axes[0].texts[0].get_text()


def test_scripts_start_from_anywhere():
    script = Path(grid.__file__)
    done = subprocess.run([sys.executable, str(script), "--help"], capture_output=True, text=True, cwd="/")
    assert (done.returncode, "DETECTORS" in done.stdout) == (0, True), done.stderr


def test_classes_of_one_dataset_share_their_name_in_the_title():
    assert tables.shared(["mnist-0", "mnist-1"]) == "mnist-"
    assert (
        tables.shared(["faces64-blur", "mnist-1"])
        == tables.shared(["mnist-0"])
        == tables.shared(["wilt", "vowels"])
        == ""
    )
