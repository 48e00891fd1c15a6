"""MLflow and studies on a real PostgreSQL, started by launch/cluster/mlflow_server.sh."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launch.common.environment import ROOT
from tests.launch.conftest import HANG, run_command, started, wait_for

pytestmark = pytest.mark.slow
SCRIPT = ROOT / "launch" / "cluster" / "mlflow_server.sh"
FINISHED = ("COMPLETE", "PRUNED")
LIKE = {"COMPLETE": ("complete", "FINISHED"), "PRUNED": ("pruned", "FINISHED"), "FAIL": ("failed", "FAILED")}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@dataclass
class Server:
    """A script that runs, and what it started."""

    folder: Path
    port: int
    pg_port: int
    process: subprocess.Popen[str]

    @property
    def tracking(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def database(self, name: str) -> str:
        return f"postgresql://anomaly@127.0.0.1:{self.pg_port}/{name}"

    def rows(self, database: str, query: str, *values: Any, admin: bool = False) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.pg_port, dbname=database, user="postgres" if admin else "anomaly",
            passfile=str(self.folder / ("admin.pgpass" if admin else "pgpass")), autocommit=True,
        ) as connection:  # fmt: skip
            found = connection.execute(query, values)
            return found.fetchall() if found.description else []

    def control(self, *arguments: str) -> None:
        """pg_ctl on the database, as whoever owns it."""
        (binary,) = re.findall(r"^(\S+)/postgres ", (self.folder / "postgres" / "postmaster.opts").read_text())
        owner = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*owner, f"{binary}/pg_ctl", *arguments, "-w", "-D", str(self.folder / "postgres")]
        subprocess.run(
            [*command, "-l", str(self.folder / "postgres.log")], check=True, stdout=subprocess.DEVNULL, cwd="/"
        )

    @property
    def secrets(self) -> list[str]:
        return [(self.folder / name).read_text().strip().split(":")[4] for name in ("pgpass", "admin.pgpass")]


@contextlib.contextmanager
def serving(folder: Path, port: int, pg_port: int, *, killed: bool = False, **environment: str) -> Iterator[Server]:
    """The script until it says that both answer; stopped as a person or systemd would stop it."""
    log = folder.with_suffix(".out")
    with open(log, "w") as out:
        process = subprocess.Popen(
            [SCRIPT, "--folder", folder, "--port", str(port), "--pg-port", str(pg_port), "--workers", "1"],
            stdout=out,
            stderr=out,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHON": sys.executable, **environment},
        )
    try:
        wait_for(lambda: "To search" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield Server(folder, port, pg_port, process)
        if not killed:
            process.terminate()
            assert process.wait(HANG) == 0, log.read_text()
            assert running(folder) == []
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(HANG)


def running(folder: Path) -> list[str]:
    """Command lines that name the folder."""
    return [line for _, line in processes(folder)]


def processes(folder: Path) -> list[tuple[int, str]]:
    return [(pid, line) for pid, line in command_lines().items() if str(folder) in line]


def command_lines() -> dict[int, str]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found[int(path.parent.name)] = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return found


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can enter, unlike pytest's."""
    if not (list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb")):
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="anomaly-pg-"))
    folder.chmod(0o755)
    yield folder
    for pid, _ in processes(folder):  # what a test that failed has left
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[Server]:
    with serving(place / "server", free_port(), free_port()) as one:
        yield one


@pytest.fixture
def search(server, data_dir, tmp_path, monkeypatch):
    """Arguments of a search whose study is in PostgreSQL."""
    monkeypatch.setenv("PGPASSFILE", str(server.folder / "pgpass"))

    def arguments(name, tracking, trials=8, data=data_dir):
        return (
            "devnet", "celeba", "--data-dir", data, "--home", tmp_path / "home", "--name", name, "--trials", trials,
            "--max-rounds", 4, "--confirm", 2,
            "--tracking-uri", tracking, "--study-storage", server.database("studies"),
        )  # fmt: skip

    return arguments


def trials(server: Server, name: str) -> list[tuple[int, str, int, float | None]]:
    """Number, state, and the last round reported with its score, of every trial."""
    if server.rows("studies", "select to_regclass('trials')") == [(None,)]:
        return []  # the first search makes the tables
    return server.rows(
        "studies",
        """select t.number, t.state::text, v.step, v.intermediate_value
           from trials t join studies s using (study_id)
           left join lateral (select step, intermediate_value from trial_intermediate_values i
                              where i.trial_id = t.trial_id order by step desc limit 1) v on true
           where s.study_name = %s order by t.number""",
        name,
    )


def audit(server: Server, database: str, name: str, count: int) -> None:
    """Every trial once in the study and once in MLflow, with the same end and all its rounds."""
    found = trials(server, name)
    assert [number for number, *_ in found] == list(range(count))
    assert {state for _, state, *_ in found} <= set(FINISHED), found
    parents = server.rows(
        database,
        """select r.run_uuid, r.status from runs r join tags k on k.run_uuid = r.run_uuid
           where r.name = %s and k.key = 'kind' and k.value = 'search'""",
        name,
    )
    assert [status for _, status in parents] == ["FINISHED"]
    children = server.rows(
        database,
        """select n.value::int, r.status, s.value, rounds.value::int, r.run_uuid
           from runs r join tags p on p.run_uuid = r.run_uuid and p.key = 'mlflow.parentRunId' and p.value = %s
           join tags n on n.run_uuid = r.run_uuid and n.key = 'trial_number'
           join tags s on s.run_uuid = r.run_uuid and s.key = 'state'
           join tags rounds on rounds.run_uuid = r.run_uuid and rounds.key = 'rounds'
           join tags k on k.run_uuid = r.run_uuid and k.key = 'kind' and k.value = 'trial' order by 1""",
        parents[0][0],
    )
    assert [(number, state, status) for number, status, state, *_ in children] == [
        (number, *LIKE[state]) for number, state, *_ in found
    ]
    for (_, _, step, score), (number, _, _, rounds, run) in zip(found, children, strict=True):
        told = server.rows(database, "select step, value from metrics where run_uuid = %s and key = 'val_score'", run)
        assert sorted(at for at, _ in told) == list(range(1, rounds + 1)), number  # each round, each once
        assert dict(told)[step] == score
        latest = server.rows(
            database, "select step, value from latest_metrics where run_uuid = %s and key = 'val_score'", run
        )
        assert latest == [(step, score)]
    assert server.rows(database, "select name from runs where status = 'RUNNING'") == []


def no_secret(server: Server, *texts: str, folders: tuple[Path, ...] = ()) -> None:
    """No password in what was said, in what runs, or in what was written."""
    written = [p.read_bytes().decode(errors="replace") for f in folders for p in f.rglob("*") if p.is_file()]
    for text in (*texts, *command_lines().values(), *written):
        assert not [secret for secret in server.secrets if secret in text]


def test_what_is_started(server):
    """Loopback only, no trust, a user who is nobody special, files for the owner alone."""
    assert server.rows("studies", "show listen_addresses") == [("127.0.0.1",)]
    rights = "select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = 'anomaly'"
    assert server.rows("studies", rights) == [(False, False, False)]
    methods = server.rows("postgres", "select distinct auth_method from pg_hba_file_rules", admin=True)
    assert methods == [("scram-sha-256",)]
    for name in ("pgpass", "admin.pgpass"):
        assert (server.folder / name).stat().st_mode & 0o777 == 0o600
    logs = [server.folder.with_suffix(".out"), *server.folder.glob("*.log")]
    no_secret(server, *(log.read_text() for log in logs))
    import psycopg

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.database("studies"), passfile="/dev/null")


def test_search_through_the_server(server, search, tmp_path, data_dir):
    data = os.environ.get("ANOMALY_DATA") or data_dir  # the real table, where there is one
    ended = run_command(*search("served", server.tracking, data=data), cwd=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    audit(server, "mlflow", "served", 8)
    [(source,)] = server.rows("mlflow", "select source from model_versions where name = 'devnet-celeba'")
    assert source.startswith("models:/")
    assert list((server.folder / "artifacts").rglob("MLmodel"))  # through the server, into its folder
    no_secret(server, ended.out, ended.err, folders=(tmp_path,))


def test_search_straight_into_the_database(server, search, tmp_path):
    """Its own database: one that a server uses has noted where that server keeps artifacts."""
    server.rows("postgres", "create database direct owner anomaly", admin=True)
    ended = run_command(*search("direct", server.database("direct")), cwd=tmp_path)
    assert ended.code == 0, ended.out + ended.err
    audit(server, "direct", "direct", 8)
    assert list((tmp_path / "home" / "artifacts").rglob("MLmodel"))
    assert not (ROOT / "mlruns").exists()


def test_database_restarted_in_the_middle(server, search, tmp_path):
    """Every connection breaks and new ones are refused for a while; the search goes on, the record is whole."""
    arguments = search("restarted", server.tracking, trials=16)
    with started(*arguments, cwd=tmp_path) as process:
        wait_for(lambda: sum(state in FINISHED for _, state, *_ in trials(server, "restarted")) >= 3)
        server.control("restart", "-m", "immediate")
        out, err = process.communicate(timeout=HANG)
    assert process.returncode == 0, out + err
    audit(server, "mlflow", "restarted", 16)


def test_script_killed_and_started_again(place):
    """PostgreSQL that dies is started again; a script that dies leaves both, which the next one takes over."""
    folder, port, pg_port = place / "again", free_port(), free_port()
    with serving(folder, port, pg_port, killed=True) as first:
        first.rows("studies", "create table kept (x int)")
        first.control("stop", "-m", "immediate")
        wait_for(lambda: answers(first))
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        assert len(running(folder)) > 1
    with serving(folder, port, pg_port) as second:
        assert second.rows("studies", "select count(*) from kept") == [(0,)]
        assert len([line for line in running(folder) if "bin/postgres -D" in line]) == 1
        told = subprocess.run(
            [SCRIPT, "--folder", folder, "--port", str(free_port())],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHON": sys.executable},
        )
        assert told.stderr == f"error: a server runs in {folder} already; stop it, or give another --folder\n"


def answers(server: Server) -> bool:
    import psycopg

    try:
        return server.rows("studies", "select 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def test_on_a_database_that_exists(server, place):
    """Its URI comes with a password, through the environment, and is seen nowhere."""
    uri = server.database("mlflow").replace("anomaly@", f"anomaly:{server.secrets[0]}@")
    folder, port = place / "other", free_port()
    with serving(folder, port, free_port(), MLFLOW_BACKEND_STORE_URI=uri):
        assert not (folder / "postgres").exists()
        no_secret(server, folder.with_suffix(".out").read_text(), folders=(folder,))


def test_a_database_that_cannot_be_used(server, place):
    folder = place / "wrong"
    uri = f"postgresql+psycopg://anomaly:not-the-password@127.0.0.1:{server.pg_port}/mlflow"
    ended = subprocess.run(
        [SCRIPT, "--folder", folder, "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=HANG,
        env={**os.environ, "PYTHON": sys.executable, "MLFLOW_BACKEND_STORE_URI": uri},
    )
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == f"error: MLflow did not start; see {folder}/mlflow.log"
    assert "not-the-password" not in ended.stdout + ended.stderr
