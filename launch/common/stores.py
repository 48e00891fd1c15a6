"""Addresses of MLflow stores: a file of SQLite, a database, a server; each is tried before there is work to lose."""

from __future__ import annotations

import base64
import os
import re
import sqlite3
import urllib.request
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from launch.common.errors import UsageError
from launch.common.redaction import redact, shown
from launch.common.text import brief

DATABASES = ("postgresql", "mysql", "mssql")
SQLITE = ("sqlite:///", "sqlite+pysqlite:///")
CONNECT_SECONDS = 5
WAYS_OUT = (
    "start it, pass --tracking-spool to keep the record in the home until it is back, or leave out --tracking-uri"
)


def sqlite_uri(path: Path) -> str:
    """The URI of a database in a file, whatever its path holds; `UsageError` if there is none."""
    plain = f"sqlite:///{path}"
    if "?" not in plain and unquote(plain) == plain:
        return plain
    from sqlalchemy import URL, make_url  # not before it is needed: most paths are their own URI

    # the driver is named because MLflow makes a folder of the quoted name beside the real one for `sqlite:///`
    uri = URL.create("sqlite+pysqlite", database=str(path)).render_as_string(hide_password=False)
    if make_url(uri).database != str(path):
        raise UsageError(f"{brief(str(path))}: this version of SQLAlchemy has no URI for such a path; take another")
    return uri


def sqlite_path(uri: str) -> Path | None:
    """The file of a database of SQLite; None where the URI is of something else."""
    start = next((start for start in SQLITE if uri.startswith(start)), None)
    if start is None:
        return None
    if "?" not in uri and "%" not in uri:
        return Path(uri.removeprefix(start))
    from sqlalchemy import make_url

    return Path(make_url(uri).database or "")


def checked(given: str, *, spool: bool = False) -> str:
    """The URI of a store that answers, made absolute; with `spool`, a server may be away for now.

    Raises
    ------
    UsageError
        Where it is none, does not answer within seconds, or needs what is not installed.
    """
    if given.startswith(("http://", "https://")):
        _check_address(given)
        if not spool:
            _check_server(given)
        return given
    if given.startswith(SQLITE):
        return _checked_file(given)
    if given.startswith(DATABASES):
        _check_database(given, connect=not spool)
        return given
    raise UsageError(
        f"--tracking-uri {shown(given)}: give a server (http://HOST:PORT) or a database "
        "(sqlite:////PATH/mlflow.db); plain folders are no longer supported by MLflow"
    )


def _checked_file(given: str) -> str:
    query = given.partition("?")[2]
    if query and ("/" in query or "=" not in query):
        raise UsageError(f"--tracking-uri {shown(given)}: write the ? of a path as %3F")
    path = sqlite_path(given)
    assert path is not None
    literal = Path(given[given.index(":///") + 4 :])
    if not path.resolve().parent.is_dir() and literal.resolve().parent.is_dir():
        path = literal  # a folder that is called my%20job
    path = path.resolve()
    if not path.parent.is_dir():
        raise UsageError(f"--tracking-uri {given}: there is no folder {path.parent}")
    check_sqlite(path)
    return f"{sqlite_uri(path)}{given[given.index('?') :]}" if query else sqlite_uri(path)


def check_sqlite(path: Path) -> None:
    """Refuse a file that is there and no database, or cannot be written."""
    if not path.exists():
        return
    try:
        with sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=5) as connection:
            connection.execute("select count(*) from sqlite_master").fetchone()
        if not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except (sqlite3.Error, OSError) as error:
        if "locked" in str(error):
            return  # another search writes: ours waits for it
        raise UsageError(
            f"the tracking database {path} cannot be used ({error}); move it away or pass another --tracking-uri"
        ) from error


def _check_address(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        good = bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", parts.netloc.rpartition("@")[2])
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"--tracking-uri {shown(uri)}: this is no address of a server; give http://HOST:PORT")


def _check_server(uri: str) -> None:
    parts = urlsplit(uri)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    request = urllib.request.Request(bare.rstrip("/") + "/health")
    if parts.password is not None:  # urllib would take it for a part of the host
        secret = base64.b64encode(f"{unquote(parts.username or '')}:{unquote(parts.password)}".encode())
        request.add_header("Authorization", f"Basic {secret.decode()}")
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as answer:
            answer.read()
    except Exception as error:
        raise UsageError(f"no MLflow server answers at {shown(uri)} ({redact(str(error), uri)}); {WAYS_OUT}") from error


def _check_database(uri: str, *, connect: bool) -> None:
    """Connect once, for seconds: MLflow would try ten times, for 100 seconds, and say so after the search."""
    from sqlalchemy import create_engine

    limited = uri.startswith(("postgresql", "mysql"))
    try:
        engine = create_engine(uri, connect_args={"connect_timeout": CONNECT_SECONDS} if limited else {})
    except ImportError as error:
        package = "'anomaly-platform[postgres]'" if uri.startswith("postgresql") else error.name
        raise UsageError(
            f"--tracking-uri {shown(uri)} needs the package {error.name}, which is not installed: pip install {package}"
        ) from error
    except Exception as error:
        raise UsageError(
            f"--tracking-uri {shown(uri)}: this is no address of a database ({redact(str(error), uri)}); "
            "give postgresql://USER@HOST:PORT/DATABASE"
        ) from error
    if not connect:
        return
    try:
        engine.connect().close()
    except Exception as error:
        reason = " ".join(redact(str(getattr(error, "orig", error)), uri).split())
        raise UsageError(f"the database {shown(uri)} cannot be opened ({reason[:300]}); {WAYS_OUT}") from error
    finally:
        engine.dispose()
