"""Everything a person can get wrong: one clear line, exit code 2, before any work."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from launch import tune
from launch.environment import ROOT
from tests.launch.conftest import CSV, TOY, TOY_SPACE, table, write_csv


@pytest.fixture
def refuse(capsys, tmp_path, data_dir, monkeypatch):
    """Runs the command, which must be refused; returns the one line that it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["tune.py"])

    def run(*arguments: object, plain: bool = False, home: Path = tmp_path / "home") -> str:
        given = [str(a) for a in arguments]
        if not plain:
            given += [] if "--data-dir" in given else ["--data-dir", str(data_dir)]
            given += [] if "--home" in given else ["--home", str(home)]
        before = set(tmp_path.rglob("*"))
        code = tune.main(given)
        captured = capsys.readouterr()
        assert code == 2, captured
        lines = captured.err.splitlines()
        assert len(lines) == 1, captured.err
        assert lines[0].startswith("error: ")
        assert "Traceback" not in captured.out + captured.err
        # before any work: no search, no reading of the seal, no store, no cluster
        made = {p.relative_to(tmp_path) for p in set(tmp_path.rglob("*")) - before if p.is_file()}
        assert not made, made
        assert "ray" not in sys.modules or not sys.modules["ray"].is_initialized()
        return lines[0].removeprefix("error: ")

    return run


DEVNET = ("devnet", "celeba")


# -- names --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("devnett", "celeba"), ["'devnett'", "did you mean devnet?", "--list"]),
        (("devnet,iforst", "celeba"), ["'iforst'", "did you mean iforest?"]),
        (("xyzzy", "celeba"), ["'xyzzy'", "--list"]),
        (("devnet", "celebaa"), ["'celebaa'", "did you mean celeba?"]),
        (("devnet", "qqqq"), ["'qqqq'", "--list"]),
        ((), ["a detector and a dataset", "tune.py devnet celeba"]),
        (("devnet",), ["a detector and a dataset"]),
        (("--detector-path", "my.py"), ["say the dataset too"]),
        ((*DEVNET, "--protocol", "rport"), ["'rport'", "did you mean report?", "grouped"]),
    ],
)
def test_unknown_names(refuse, arguments, words):
    line = refuse(*arguments)
    assert all(w in line for w in words), line


def test_an_empty_list_of_detectors(refuse):
    assert "detector" in refuse(",", "celeba")


@pytest.mark.parametrize("arguments", [("--no-such-option",), ("--trials", "many"), ("--sampler", "best")])
def test_what_the_parser_refuses(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as exit_:
        tune.main([*DEVNET, *arguments])
    assert exit_.value.code == 2
    said = capsys.readouterr()
    assert arguments[-1] in said.err + said.out
    assert not list(tmp_path.iterdir())


# -- numbers and contradictions ---------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--trials", "0"), ["--trials", "at least 1", "0"]),
        (("--trials", "-5"), ["--trials", "at least 1", "-5"]),
        (("--max-rounds", "0"), ["--max-rounds", "at least 1"]),
        (("--confirm", "-1"), ["--confirm", "at least 0", "-1"]),
        (("--outer-split", "-1"), ["--outer-split", "-1"]),
        (("--outer-split", "99999999999"), ["outer", "99999999999"]),
        (("--seed", "-1"), ["--seed", "-1"]),
        (("--seed", str(2**32)), ["--seed", str(2**32)]),
        (("--concurrent", "0"), ["--concurrent", "at least 1"]),
        (("--cpus-per-trial", "0"), ["--cpus-per-trial"]),
        (("--cpus-per-trial", "nan"), ["--cpus-per-trial"]),
        (("--cpus-per-trial", "-1"), ["--cpus-per-trial"]),
        (("--gpus-per-trial", "-0.5"), ["--gpus-per-trial"]),
        (("--time-budget", "soon"), ["--time-budget", "'soon'", "15m"]),
        (("--time-budget", "0s"), ["--time-budget", "'0s'"]),
        (("--time-budget", "-5m"), ["--time-budget", "-5m"]),
        (("--time-budget", "1d"), ["--time-budget", "'1d'"]),
        (("--name", "../elsewhere"), ["--name", "'../elsewhere'", "letters"]),
        (("--name", "a/b"), ["--name"]),
        (("--name", "it's"), ["--name"]),
        (("--name", 'say "hi"'), ["--name"]),
        (("--name", "two\nlines"), ["--name"]),
        (("--name", "ends\n"), ["--name"]),
        (("--name", ""), ["--name"]),
        (("--name", "a" * 101), ["--name", "100"]),
        (("--export", "model.joblib", "--no-retrain"), ["--export", "--no-retrain"]),
        (("--local", "--concurrent", "2"), ["--local", "--concurrent"]),
        (("--local", "--address", "auto"), ["--local", "--address"]),
        (("--local", "--gpus-per-trial", "1"), ["--local", "--gpus-per-trial"]),
        (("--export", "nowhere/model.joblib"), ["--export", "folder that exists"]),
        (("--summary", "nowhere/s.json"), ["--summary", "folder that exists"]),
        (("--summary", "."), ["--summary"]),
    ],
)
def test_values_and_contradictions(refuse, arguments, words):
    line = refuse(*DEVNET, *arguments)
    assert all(w in line for w in words), line


# -- --fix and --range -------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fix", "margin"), ["--fix 'margin'", "margin=5"]),
        (("--fix", "=5"), ["--fix '=5'"]),
        (("--fix", "margin="), ["--fix 'margin='"]),
        (("--fix", "margn=5"), ["'margn'", "margin", "batch_size"]),
        (("--fix", "margin=-1"), ["--fix margin=-1", "(0"]),
        (("--fix", "margin=wide"), ["margin='wide'"]),
        (("--fix", "margin=NaN"), ["margin=nan"]),
        (("--fix", "margin=Infinity"), ["margin=inf"]),
        (("--fix", "batch_size=2.5"), ["batch_size=2.5", "int"]),
        (("--fix", "optimizer=sgd"), ["optimizer='sgd'", "rmsprop", "adam"]),
        (("--fix", "hidden=(0,)"), ["hidden=(0,)"]),
        (("--fix", "seed=3"), ["'seed'"]),
        (("--fix", "epochs=3"), ["'epochs'"]),
        (("--fix", "lr=0.1", "--fix", "lr=0.2"), ["--fix", "lr"]),
        (("--range", "lr=1e-4:1e-2", "--range", "lr=1e-3:1e-2"), ["--range", "lr"]),
        (("--range", "lr"), ["--range 'lr'", "1e-4:1e-2"]),
        (("--range", "lr=1e-4"), ["--range 'lr=1e-4'", "1e-4:1e-2"]),
        (("--range", "lr=a:b"), ["--range 'lr=a:b'"]),
        (("--range", "lr=1e-4:1e-3:1e-2"), ["--range"]),
        (("--range", "learn=1:2"), ["'learn'", "lr"]),
        (("--range", "lr=1e-2:1e-4"), ["smaller number first"]),
        (("--range", "lr=1e-2:1e-2"), ["smaller number first"]),
        (("--range", "lr=nan:1"), ["lr"]),
        (("--range", "margin=1:inf"), ["margin", "inf"]),
        (("--range", "lr=0:1"), ["lr", "0"]),
        (("--range", "l2=0:0.1"), ["--range l2", "log"]),
        (("--range", "clip_norm=0:5"), ["--range clip_norm", "log"]),
        (("--range", "reference_draws=100:inf"), ["--range reference_draws"]),
        (("--range", "batches_per_epoch=10:inf"), ["--range batches_per_epoch"]),
        (("--range", "batches_per_epoch=10.5:20"), ["--range batches_per_epoch", "10.5"]),
        (("--range", "hidden=1:2"), ["--range hidden"]),
        (("--range", "schedule=1:2"), ["--range schedule"]),
        (("--range", "reference_draws=100:2000"), ["reference_draws", "--fix reference_draws=VALUE"]),
        (("--fix", "lr=0.1", "--range", "lr=1e-4:1e-2"), ["--fix lr", "--range lr", "contradict"]),
    ],
)
def test_overrides(refuse, arguments, words):
    line = refuse(*DEVNET, *arguments)
    assert all(w in line for w in words), line


def test_an_override_that_no_detector_knows(refuse):
    assert "'margin'" in refuse("random", "celeba", "--fix", "margin=5")


# -- --config ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("trails: 3", ["no option 'trails'", "did you mean trials?"]),
        ("fixed: {}", ["no option 'fixed'"]),
        ("qqqqqq: 3", ["no option 'qqqqqq'"]),
        ("[1, 2]", ["names and values", "trials: 32"]),
        ("just words", ["names and values"]),
        ("", ["names and values"]),
        ("a: b: c", ["cannot be read"]),
        ("trials: many", ["trials", "int", "'many'"]),
        ("trials: 3.5", ["trials", "int", "3.5"]),
        ("trials: true", ["trials", "int", "True"]),
        ("trials: null", ["trials"]),
        ("local: 1", ["local", "bool", "1"]),
        ("detector: 5", ["detector", "5"]),
        ("concurrent: two", ["concurrent", "'two'"]),
        ("sampler: best", ["sampler", "'best'"]),
        ("metric: 3", ["metric", "3"]),
        ("home: 3", ["home", "3"]),
        ("name: [a]", ["name"]),
        ("fix: 5", ["fix", "5"]),
        ("fix: margin=5,", ["fix"]),
        ("range: [3]", ["range", "3"]),
        ("time_budget: [1]", ["time"]),
        ("enqueue: {a: 1}", ["enqueue"]),
    ],
)
def test_config_file(refuse, tmp_path, text, words):
    path = tmp_path / "options.yaml"
    path.write_text(text)
    line = refuse(*DEVNET, "--config", path)
    assert all(w in line for w in words), line


def test_config_file_that_is_not_there(refuse, tmp_path):
    assert "nowhere.yaml" in refuse(*DEVNET, "--config", tmp_path / "nowhere.yaml")
    assert str(tmp_path) in refuse(*DEVNET, "--config", tmp_path)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\x9f")
    assert "bytes.yaml" in refuse(*DEVNET, f"--config={tmp_path}/bytes.yaml")


def test_config_option_without_a_value(capsys):
    with pytest.raises(SystemExit) as exit_:
        tune.main([*DEVNET, "--config"])
    assert exit_.value.code == 2


# -- --enqueue -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{not json", ["is not JSON"]),
        ("", ["is not JSON"]),
        ("[1, 2]", ["list of configurations"]),
        ('"lr"', ["list of configurations"]),
        ('[{"lrr": 0.1}]', ["'lrr'", "lr"]),
        ('[{"lr": -1}]', ["lr=-1"]),
        ('[{"lr": "fast"}]', ["lr='fast'"]),
        ('[{"lr": NaN}]', ["lr=nan"]),
        ('[{"lr": 0.001}, {"hidden": "wide"}]', ["hidden='wide'"]),
    ],
)
def test_enqueue(refuse, tmp_path, text, words):
    path = tmp_path / "first.json"
    path.write_text(text)
    line = refuse(*DEVNET, "--enqueue", path)
    assert "--enqueue" in line
    assert all(w in line for w in words), line


def test_enqueue_file_that_is_not_there(refuse):
    assert "--enqueue nowhere.json: no such file" in refuse(*DEVNET, "--enqueue", "nowhere.json")


# -- --detector-path ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1\n", ["exactly one Detector", "found none"]),
        (TOY + "\n\nclass Second(Toy):\n    pass\n", ["exactly one Detector", "Toy, Second"]),
        ("import no_such_package_here\n", ["cannot be imported", "ModuleNotFoundError", "no_such_package_here"]),
        ("def broken(:\n", ["cannot be imported", "SyntaxError"]),
        ("raise RuntimeError('two\\nlines')\n", ["cannot be imported", "two lines"]),
        ("from trainables.devnet import DevNet\n", ["exactly one Detector", "found none"]),
        (TOY + "\nPUBLISHED = {'p': ({'qualty': 1}, 'x')}\n", ["'qualty'", "quality"]),
        (TOY + "\nPUBLISHED = {'p': ({'quality': 3.0}, 'x')}\n", ["quality=3.0"]),
    ],
)
def test_detector_path(refuse, tmp_path, source, words):
    path = tmp_path / f"mine_{abs(hash(source))}.py"
    path.write_text(source)
    line = refuse("mine", "celeba", "--detector-path", path)
    assert all(w in line for w in words), line


@pytest.mark.parametrize("name", ["../mine", "a/b", "it's", "two\nlines", "a,b", "~"])
def test_a_name_of_ones_own_is_a_file_name_too(refuse, toy, name):
    assert repr(name) in refuse(name, "celeba", "--detector-path", toy)


def test_detector_path_that_is_no_python_file(refuse, tmp_path, toy):
    assert "no such file" in refuse("mine", "celeba", "--detector-path", tmp_path / "nowhere.py")
    other = toy.rename(tmp_path / "detector.txt")
    assert "detector.txt" in refuse("mine", "celeba", "--detector-path", other)


def test_a_detector_for_other_data(refuse, tmp_path):
    path = tmp_path / "pictures.py"
    path.write_text(
        TOY.replace("import Detector, Fidelity", "import Detector, Fidelity, Modality").replace(
            "    fidelity: ClassVar", "    modality: ClassVar = frozenset({Modality.IMAGE})\n    fidelity: ClassVar"
        )
        + TOY_SPACE
    )
    line = refuse("mine", "celeba", "--detector-path", path)
    assert "mine takes image data" in line
    assert "celeba is tabular" in line


# -- homes and stores ---------------------------------------------------------------


def test_home_that_is_a_file(refuse, tmp_path):
    (tmp_path / "file").write_text("")
    line = refuse(*DEVNET, "--home", tmp_path / "file")
    assert str(tmp_path / "file") in line
    assert "--home" in line
    assert "cannot be written" in refuse(*DEVNET, "--home", tmp_path / "file" / "below")


def test_home_in_a_place_that_cannot_be_written(refuse):
    line = refuse(*DEVNET, "--home", "/proc/nowhere/home")
    assert "/proc/nowhere/home cannot be written" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_home_without_permission(refuse, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "Permission denied" in refuse(*DEVNET, "--home", tmp_path / "locked")


@pytest.mark.parametrize("content", [b"this is no database at all, " * 200, b"SQLite format 3\0" + b"\xff" * 5000])
def test_corrupt_tracking_database(refuse, tmp_path, content):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mlflow.db").write_bytes(content)
    line = refuse(*DEVNET)
    assert "mlflow.db cannot be used" in line
    assert "--tracking-uri" in line
    assert (tmp_path / "home" / "mlflow.db").read_bytes() == content


def test_corrupt_study_journal(refuse, tmp_path):
    (tmp_path / "home" / "studies").mkdir(parents=True)
    (tmp_path / "home" / "studies" / "mine.journal").write_text('{"op_code": 0, "worker_id"\nnonsense\n')
    line = refuse(*DEVNET, "--name", "mine", "--local")
    assert "mine" in line


def test_tracking_server_that_is_not_there(refuse):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = refuse(*DEVNET, "--tracking-uri", f"http://127.0.0.1:{port}")
    assert f"no MLflow server answers at http://127.0.0.1:{port}" in line


@pytest.mark.parametrize("given", ["http://me:hunter2@127.0.0.1:9", "http://me:hunter2@127.0.0.1"])
def test_a_password_is_not_repeated(refuse, given):
    line = refuse(*DEVNET, "--tracking-uri", given)
    assert "hunter2" not in line
    assert "me:***@127.0.0.1" in line


def test_tracking_server_with_a_password_is_asked_with_it(monkeypatch):
    from launch import home

    asked = []

    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers.get("Authorization")))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        home._check_server(f"http://me:hunter2@127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    assert asked == [("/health", "Basic bWU6aHVudGVyMg==")]  # base64 of me:hunter2


@pytest.mark.parametrize("uri", ["mlruns", "/tmp/mlruns", "./folder"])
def test_tracking_folder(refuse, uri):
    line = refuse(*DEVNET, "--tracking-uri", uri)
    assert uri in line
    assert "sqlite:////PATH/mlflow.db" in line


@pytest.mark.parametrize("uri", ["file:///tmp/mlruns", "nonsense://host/db", "sqlite://"])
def test_tracking_uri_of_a_kind_that_mlflow_has_not(refuse, uri):
    assert uri in refuse(*DEVNET, "--tracking-uri", uri)


def test_tracking_database_in_no_folder(refuse, tmp_path):
    assert "there is no folder" in refuse(*DEVNET, "--tracking-uri", f"sqlite:///{tmp_path}/none/mlflow.db")


@pytest.mark.parametrize(
    "url", ["postgresql://me:hunter2@127.0.0.1:1/studies", "sqlite:////no/such/folder/s.db", "nonsense://x"]
)
def test_study_storage(refuse, url):
    line = refuse(*DEVNET, "--local", "--study-storage", url)
    assert "study storage" in line
    assert "hunter2" not in line


# -- data ----------------------------------------------------------------------------


def changed(tmp_path: Path, edit) -> Path:
    folder = write_csv(tmp_path / "changed", *table(300))
    path = folder / CSV
    path.write_text(edit(path.read_text()))
    return folder


def cell(text: str, row: int, column: int, value: str) -> str:
    lines = text.splitlines()
    cells = lines[row + 1].split(",")
    cells[column] = value
    lines[row + 1] = ",".join(cells)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda t: cell(t, 7, 3, ""), ["NaN", "row 7", "column 3", "Bags_Under_Eyes"]),
        (lambda t: cell(t, 7, 3, "inf"), ["infinite", "row 7"]),
        (lambda t: cell(t, 7, 3, "blue"), ["Bags_Under_Eyes", "'blue'"]),
        (lambda t: cell(t, 7, 39, "2"), ["labels other than 0", "2"]),
        (lambda t: cell(t, 7, 39, ""), ["label"]),
        (lambda t: re.sub(r",[01]$", ",0", t, flags=re.M), ["no anomalies"]),
        (lambda t: re.sub(r",[01]$", ",1", t, flags=re.M), ["only anomalies"]),
        (lambda t: t.replace(",class", ",clas"), ["class"]),
        (lambda t: "".join(line.split(",", 1)[1] + "\n" for line in t.splitlines()), ["38", "39"]),
        (lambda t: t.splitlines()[0] + "\n", ["no table of rows"]),
        (lambda t: "", ["cannot be read"]),
        (lambda t: t[:-1] + ",1,1,1\n", ["cannot be read"]),
    ],
)
def test_tables(refuse, tmp_path, edit, words):
    line = refuse(*DEVNET, "--data-dir", changed(tmp_path, edit))
    assert CSV in line
    assert all(w in line for w in words), line


def test_split_without_anomalies(refuse, tmp_path):
    X, y = table(300)
    y[:] = 0
    y[5] = 1
    line = refuse(*DEVNET, "--data-dir", write_csv(tmp_path / "one", X, y))
    assert "no anomalies" in line
    assert "'report'" in line


def npz(tmp_path: Path) -> Path:
    X, y = table(500)
    np.savez_compressed(tmp_path / "8_celeba.npz", X=X.astype(float), y=y)
    return tmp_path / "8_celeba.npz"


def test_archives_that_are_not_the_published_one(refuse, tmp_path):
    path = npz(tmp_path)
    line = refuse(*DEVNET, "--data-dir", tmp_path)  # sound, but another file
    assert "is not the published file" in line
    assert "1cadfdea" in line
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"PK\x03\x04nonsense", bytes(len(whole))):
        path.write_bytes(damaged)
        assert str(path) in refuse(*DEVNET, "--data-dir", tmp_path)


def test_data_that_is_nowhere(refuse, tmp_path, monkeypatch):
    from datasets import files
    from datasets.errors import Unreachable

    def unreachable(url, *rest):
        raise Unreachable(f"could not download {url}: no network")

    monkeypatch.setattr(files, "fetch", unreachable)
    line = refuse(*DEVNET, "--data-dir", tmp_path / "none", "--no-standin")
    assert "8_celeba.npz" in line
    assert "sha256 1cadfdea" in line
    assert "no network" in line
    assert "--data-dir" in line


# -- a study of the same name --------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("kmeans", "celeba"), "detector"),
        (("random", "celeba", "--seed", "1"), "seed"),
        (("random", "celeba", "--protocol", "raw"), "protocol"),
        (("random", "celeba", "--outer-split", "1"), "outer_split"),
        (("random", "celeba", "--metric", "f1"), "metric"),
        (("random", "celeba", "--max-rounds", "3"), "max_rounds"),
    ],
)
def test_a_study_of_something_else_is_not_continued(local, arguments, name):
    from launch.errors import UsageError

    local("random", "--name", "mine", "--metric", "auroc")
    detector, _, *rest = arguments
    rest += [] if "--metric" in rest else ["--metric", "auroc"]
    with pytest.raises(UsageError, match=rf"the study mine exists with {name}=.*another --name"):
        local(detector, "--name", "mine", *rest)


def test_a_study_on_other_rows_is_not_continued(local, tmp_path):
    from launch.errors import UsageError

    local("random", "--name", "mine")
    with pytest.raises(UsageError, match="dataset_sha256"):
        local("random", "--name", "mine", data=write_csv(tmp_path / "other", *table(seed=1)))


def test_a_refused_study_leaves_nothing_behind(refuse, local, home, data_dir, tmp_path):
    """The contradiction is found before a cluster is started or a run is opened."""
    local("random", "--name", "mine", home=home)
    shutil.copytree(home, tmp_path / "before")
    line = refuse("kmeans", "celeba", "--name", "mine", "--local", "--home", home)
    assert "the study mine exists with detector=random" in line
    with sqlite3.connect(home / "mlflow.db") as database:
        assert database.execute("select count(*) from runs").fetchone() == (0,)


# -- what needs nothing ----------------------------------------------------------------

HEAVY = ("ray", "torch", "mlflow", "optuna", "sklearn", "pandas", "numpy")


def modules_after(argument: str, cwd: Path) -> tuple[int, str, set[str]]:
    code = (
        "import sys, runpy, json\n"
        f"sys.argv = [{str(ROOT / 'launch' / 'tune.py')!r}, {argument!r}]\n"
        "code = 0\n"
        "try:\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit as e:\n"
        "    code = e.code or 0\n"
        "print('\\n' + json.dumps([code, sorted({m.split('.')[0] for m in sys.modules})]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    *out, last = done.stdout.strip().splitlines()
    code_, modules = json.loads(last)
    return code_, "\n".join(out), set(modules)


def test_help_imports_nothing_heavy(tmp_path):
    code, out, modules = modules_after("--help", tmp_path)
    assert code == 0
    assert not modules & set(HEAVY)
    plain = re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;]*m|[│╭╮╰╯─]", "", out))
    for option in (
        "trials", "time-budget", "max-rounds", "confirm", "sampler", "scheduler", "metric", "concurrent",
        "cpus-per-trial", "gpus-per-trial", "seed", "protocol", "home", "data-dir", "address", "storage",
        "tracking-uri", "study-storage", "name", "local", "no-retrain", "list", "fix", "range", "enqueue",
        "config", "dry-run", "detector-path", "export", "summary", "outer-split", "no-standin",
    ):  # fmt: skip
        assert f"--{option}" in plain, option
    for internal in ("--fixed", "--ranges", "--seconds"):
        assert f"{internal} " not in plain
    assert not list(tmp_path.iterdir())


def test_list_shows_everything(capsys, tmp_path, monkeypatch):
    import trainables
    from datasets.catalog import CATALOG

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    assert tune.main(["--list"]) == 0
    out = capsys.readouterr().out
    for name in [*trainables.DETECTORS, *trainables.ALIASES, *CATALOG]:
        assert re.search(rf"\b{re.escape(name)}\b", out), name
    for words in ("few-label", "unsupervised", "epochs", "trees", "rows", "tabular", "202,599 by 39", "report, raw"):
        assert words in " ".join(out.split()), words
    assert not list(tmp_path.iterdir())
