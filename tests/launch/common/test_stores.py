"""Addresses of stores: any path is a database of SQLite, and every store is tried before there is work to lose."""

import socket
import sqlite3
import string
import sys

import pytest
from sqlalchemy import create_engine, text

from launch.common import stores
from launch.common.errors import UsageError
from launch.common.home import Home

STRANGE = [character for character in string.printable if character not in "/\0"]
STRANGE += [
    "%20",
    "%2F",
    "%3F",
    "%25",
    "%FF",
    "%%",
    "a?b=c",
    "#x?y",
    "é",
    "中文",
    "😀",
    " lead",
    "file:",
    "u:p@h",
    "\\n",
]
PLAIN = string.ascii_letters + string.digits + " -_.~!$&'()*+,;=:@#"


@pytest.mark.parametrize("name", STRANGE, ids=ascii)
def test_any_path_is_a_database(tmp_path, name):
    """SQLAlchemy opens the very file that is meant."""
    folder = tmp_path / f"h{name}x"
    folder.mkdir()
    uri = stores.sqlite_uri(folder / "mlflow.db")
    assert stores.sqlite_path(uri) == folder / "mlflow.db"
    engine = create_engine(uri)
    with engine.connect() as connection:
        connection.execute(text("create table made (x int)"))
    engine.dispose()
    assert sqlite3.connect(folder / "mlflow.db").execute("select name from sqlite_master").fetchall() == [("made",)]
    assert list(tmp_path.iterdir()) == [folder]
    assert Home.at(folder).tracking_uri(None) == uri
    assert stores.checked(uri) == uri
    if name in PLAIN:  # as in every record of before
        assert uri == f"sqlite:///{folder}/mlflow.db"


def test_mlflow_writes_into_such_a_home_and_nowhere_else(tmp_path, empty_store):
    import mlflow

    folder = tmp_path / "h %20%2F?b=c#é中😀'\"$&;x"
    folder.mkdir()
    (folder / "mlflow.db").write_bytes(empty_store.read_bytes())
    client = mlflow.MlflowClient(stores.sqlite_uri(folder / "mlflow.db"))
    experiment = client.create_experiment("e", artifact_location=(folder / "artifacts" / "e").as_uri())
    run = client.create_run(experiment).info.run_id
    client.log_text(run, "hello", "below/file.txt")
    assert (folder / "artifacts" / "e" / run / "artifacts" / "below" / "file.txt").read_text() == "hello"
    assert sqlite3.connect(folder / "mlflow.db").execute("select run_uuid from runs").fetchall() == [(run,)]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_quoted_address_is_of_the_folder_that_is_there(tmp_path):
    (tmp_path / "my%20job").mkdir()
    given = f"sqlite:///{tmp_path}/my%20job/mlflow.db"
    assert stores.sqlite_path(stores.checked(given)) == tmp_path / "my%20job" / "mlflow.db"
    (tmp_path / "my job").mkdir()
    assert stores.sqlite_path(stores.checked(given)) == tmp_path / "my job" / "mlflow.db"


def test_a_question_mark_in_an_address_is_refused_not_cut(tmp_path):
    (tmp_path / "a?b").mkdir()
    with pytest.raises(UsageError, match=r"write the \? of a path as %3F"):
        stores.checked(f"sqlite:///{tmp_path}/a?b/mlflow.db")
    assert stores.checked(f"sqlite:///{tmp_path}/m.db?timeout=5") == f"sqlite:///{tmp_path}/m.db?timeout=5"


def test_a_home_whose_name_is_not_utf8_is_refused(tmp_path):
    with pytest.raises(UsageError, match="has a name that is not UTF-8"):
        Home.at(tmp_path / "h\udcff")


def test_a_database_that_refuses_is_said_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"postgresql://me:hunter2@127.0.0.1:{free.getsockname()[1]}/mlflow"
    with pytest.raises(UsageError, match=r"the database postgresql://me:\*\*\*@127.0.0.1.* cannot be opened") as raised:
        stores.checked(uri)
    assert "hunter2" not in str(raised.value)
    assert stores.checked(uri, spool=True) == uri


def test_a_database_that_does_not_answer_is_given_up_soon(monkeypatch):
    monkeypatch.setattr(stores, "CONNECT_SECONDS", 2)  # libpq takes no less
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        uri = f"postgresql://me@127.0.0.1:{deaf.getsockname()[1]}/mlflow"
        with pytest.raises(UsageError, match=r"cannot be opened .*timeout"):
            stores.checked(uri)


@pytest.mark.parametrize("spool", [False, True])
def test_a_driver_that_is_not_installed(monkeypatch, spool):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"needs the package psycopg, .*pip install 'anomaly-platform\[postgres\]'"):
        stores.checked("postgresql://me@db/mlflow", spool=spool)
    with pytest.raises(UsageError, match=r"needs the package MySQLdb, .*pip install MySQLdb"):
        stores.checked("mysql://me@db/mlflow", spool=spool)


@pytest.mark.parametrize("uri", ["postgresql://me@db:port/x", "postgresql+nonsense://me@db/x", "mysql:/x"])
def test_an_address_that_is_none(uri):
    with pytest.raises(UsageError, match="this is no address of a database"):
        stores.checked(uri)
