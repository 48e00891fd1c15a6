"""Homes, stores and studies that cannot be used: one clear line, exit code 2, before any work."""

import os
import shutil
import socket
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pandas as pd
import pytest

from tests.launch.conftest import table, write_csv

DEVNET = ("devnet", "celeba")


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
    from launch.common import stores

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
        stores._check_server(f"http://me:hunter2@127.0.0.1:{server.server_port}")
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
    from launch.common.errors import UsageError

    local("random", "--name", "mine", "--metric", "auroc")
    detector, _, *rest = arguments
    rest += [] if "--metric" in rest else ["--metric", "auroc"]
    with pytest.raises(UsageError, match=rf"the study mine exists with {name}=.*another --name"):
        local(detector, "--name", "mine", *rest)


def test_a_study_on_other_rows_is_not_continued(local, tmp_path):
    from launch.common.errors import UsageError

    local("random", "--name", "mine")
    with pytest.raises(UsageError, match="dataset_sha256"):
        local("random", "--name", "mine", data=write_csv(tmp_path / "other", *table(seed=1)))


@pytest.mark.parametrize("recorded", ["another", None])
def test_a_study_that_read_columns_otherwise_is_not_continued(local, tmp_path, monkeypatch, recorded):
    """An older version took a date for days since 1970: new trials would see other features under the same name."""
    import optuna

    from datasets.problems.problem import Problem
    from launch.common.errors import UsageError
    from launch.study.storage import journal, open_storage

    def with_dates(*arguments):
        rows = 300
        X, y = table(rows)
        day = np.datetime64("2024-01-01") + np.arange(rows)
        frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"]).assign(day=day.astype(str), label=y)
        frame.to_csv(tmp_path / "dated.csv", index=False)
        return local("random", *arguments, dataset=str(tmp_path / "dated.csv"))

    if recorded is None:
        monkeypatch.setattr(Problem, "reading_sha256", None)
    with_dates("--name", "mine").search()
    monkeypatch.undo()
    study = optuna.load_study(study_name="mine", storage=open_storage(journal(tmp_path / "home", "mine")))
    if recorded is not None:
        with_dates("--name", "mine")
        study.set_user_attr("reading_sha256", recorded)
    with pytest.raises(UsageError, match="read otherwise than when the study mine was begun"):
        with_dates("--name", "mine")


def test_a_refused_study_leaves_nothing_behind(refuse, local, home, data_dir, tmp_path):
    """The contradiction is found before a cluster is started or a run is opened."""
    local("random", "--name", "mine", home=home)
    shutil.copytree(home, tmp_path / "before")
    line = refuse("kmeans", "celeba", "--name", "mine", "--local", "--home", home)
    assert "the study mine exists with detector=random" in line
    with sqlite3.connect(home / "mlflow.db") as database:
        assert database.execute("select count(*) from runs").fetchone() == (0,)
