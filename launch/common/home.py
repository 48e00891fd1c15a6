"""Where the record of all searches lives."""

from __future__ import annotations

import base64
import os
import re
import sqlite3
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from launch.common import locks
from launch.common.errors import UsageError
from launch.common.redaction import redact, shown

DATABASES = ("postgresql", "mysql", "mssql")


@dataclass(frozen=True)
class Home:
    """Paths of a home."""

    root: Path
    """Absolute."""

    @classmethod
    def at(cls, path: Path) -> Home:
        """Make the folder if need be and see that it can be written."""
        root = Path(path).expanduser().resolve()
        try:
            (root / "studies").mkdir(parents=True, exist_ok=True)
            (root / "artifacts").mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=root / "studies") as probe:
                probe.write(b"x" * 65536)
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as error:
            raise UsageError(
                f"the home {root} cannot be written ({error.strerror or error}); pass --home with a folder that can"
            ) from error
        return cls(root)

    @property
    def ledger(self) -> Path:
        """Every reading of test labels."""
        return self.root / "seal.jsonl"

    def artifacts_of(self, uri: str) -> Path | None:
        """Where artifacts of a store go: where its server says, else here."""
        return None if uri.startswith(("http://", "https://")) else self.root / "artifacts"

    def study(self, name: str, suffix: str) -> Path:
        """A file that belongs to a study."""
        return self.root / "studies" / f"{name}.{suffix}"

    def claim(self, name: str) -> Callable[[], None]:
        """Hold a study for this process; returns what gives it free. `UsageError` if another searches it now."""
        path = self.study(name, "lock")
        while True:
            handle = open(path, "ab")  # noqa: SIM115 the caller closes it
            if not locks.take(handle):
                handle.close()
                raise UsageError(
                    f"the study {name} is being searched by another process; wait for it, or take another --name"
                )
            # who gave it free took the file away: hold the one that others will find
            if path.exists() and os.path.samestat(os.fstat(handle.fileno()), path.stat()):
                break
            handle.close()

        def release() -> None:
            path.unlink(missing_ok=True)
            handle.close()

        return release

    def held(self, name: str) -> bool:
        """Whether a process searches a study right now."""
        path = self.study(name, "lock")
        return path.is_file() and locks.held(path)

    def checkpoints(self, storage: str | None) -> str:
        """Under which folder or URI searches keep the states of their trials."""
        if storage is not None and "://" in storage:
            return storage.rstrip("/")
        return str(Path(storage).expanduser().resolve() if storage is not None else self.root / "checkpoints")

    def tracking_uri(self, given: str | None, spool: bool = False) -> str:
        """The MLflow store: the one given, else sqlite here; with `spool`, a server may be away for now."""
        if given is None:
            database = self.root / "mlflow.db"
            _check_sqlite(database)
            return f"sqlite:///{database}"
        if given.startswith(("http://", "https://")):
            _check_address(given)
            if not spool:
                _check_server(given)
        elif given.startswith("sqlite:///"):
            path = Path(given.removeprefix("sqlite:///"))
            if not path.resolve().parent.is_dir():
                raise UsageError(f"--tracking-uri {given}: there is no folder {path.resolve().parent}")
            _check_sqlite(path.resolve())
            return f"sqlite:///{path.resolve()}"
        elif not given.startswith(DATABASES):
            raise UsageError(
                f"--tracking-uri {shown(given)}: give a server (http://HOST:PORT) or a database "
                "(sqlite:////PATH/mlflow.db); plain folders are no longer supported by MLflow"
            )
        return given


def _check_sqlite(path: Path) -> None:
    if not path.exists():
        return
    try:
        with sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=5) as connection:
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
        with urllib.request.urlopen(request, timeout=5) as answer:
            answer.read()
    except Exception as error:
        raise UsageError(
            f"no MLflow server answers at {shown(uri)} ({redact(str(error), uri)}); start it, pass --tracking-spool "
            "to keep the record in the home until it is back, or leave out --tracking-uri"
        ) from error
