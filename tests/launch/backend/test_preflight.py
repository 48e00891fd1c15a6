"""Nodes that differ are named before the first trial; two real raylets that do not differ pass."""

from __future__ import annotations

import http.server
import io
import json
import os
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from launch.backend import cluster as backend_cluster
from launch.backend import node_probe, preflight
from launch.backend.cluster import Node
from launch.common.environment import ROOT
from launch.common.errors import UsageError
from tests.launch.conftest import HANG, free_port

HERE = Node("a" * 56, "head", "10.0.0.1", 4.0, 0.0, (), 1_000_000_000, True)
THERE = Node("b" * 56, "worker-3", "10.0.0.3", 2.0, 1.0, (), 1_000_000_000, True)


class Fake:
    """A cluster whose nodes answer as this process would, changed as a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.nodes = [HERE, THERE]
        self.change: Any = lambda node, facts: facts
        self.calls = 0
        monkeypatch.setattr(backend_cluster, "nodes", lambda: self.nodes)
        monkeypatch.setattr(backend_cluster, "on_nodes", self.on_nodes)

    def on_nodes(self, function: Any, arguments: dict[str, tuple[Any, ...]], seconds: float) -> dict[str, Any]:
        self.calls += 1
        answers = {node: function(*given) for node, given in arguments.items()}
        return {n: self.change(n, facts) if function is node_probe.probe else facts for n, facts in answers.items()}

    def other(self, **facts: Any) -> None:
        """The second node says something else."""
        self.change = lambda node, said: {**said, **facts} if node == THERE.id else said


@pytest.fixture
def cluster(monkeypatch):
    return Fake(monkeypatch)


def check(storage: Path | str, **needs: Any) -> tuple[list[preflight.NodeReport], str]:
    console = Console(file=io.StringIO(), width=200)
    reports = preflight.check(console, preflight.Needs(str(storage), **needs))
    return reports, console.file.getvalue()  # type: ignore[attr-defined]


def refused(storage: Path | str, **needs: Any) -> str:
    with pytest.raises(UsageError) as caught:
        check(storage, **needs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nodes_that_are_alike_pass_and_nothing_stays_on_the_storage(cluster, tmp_path):
    reports, shown = check(tmp_path, data_bytes=1000)
    assert [(r.name, r.problem) for r in reports] == [("head (10.0.0.1)", ""), ("worker-3 (10.0.0.3)", "")]
    assert not list(tmp_path.iterdir())
    line = next(line for line in shown.splitlines() if "worker-3" in line)
    assert [cell.strip() for cell in line.split("│")[1:6]] == ["worker-3", "10.0.0.3", "2", "1", "the same"]
    assert "shared, " in line
    assert "sent through the object store" in line
    assert "tracking" not in shown


def test_a_library_of_another_version_is_named_with_the_way_out(cluster, tmp_path, monkeypatch):
    ours = {"Python": "3.11", "ray": "2.60.0", "torch": "2.13.0", "pandas": "3.1.1"}
    monkeypatch.setattr(node_probe, "versions", lambda: dict(ours))
    cluster.other(versions=ours | {"torch": "2.12.1", "pandas": None})
    assert refused(tmp_path) == (
        "node worker-3 (10.0.0.3): it has torch 2.12.1, pandas missing, and this machine torch 2.13.0, pandas 3.1.1; "
        "there: pip install torch==2.13.0 pandas==3.1.1"
    )
    cluster.other(versions=ours | {"Python": "3.12"})
    assert refused(tmp_path).endswith("start its Ray with Python 3.11")


def test_a_build_of_the_same_version_is_no_difference(monkeypatch):
    built = {"torch": "2.13.0+cu130", "ray": "2.60.0"}
    monkeypatch.setattr(node_probe, "LIBRARIES", tuple(built))
    monkeypatch.setattr("importlib.metadata.version", built.__getitem__)
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert node_probe.versions() == {"Python": python, "torch": "2.13.0", "ray": "2.60.0"}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"code": "f" * 64, "where": "/opt/old"}, "it imports other code than this machine, from /opt/old; remove"),
        ({"code": None, "where": "ModuleNotFoundError: No module named 'pooch'"}, "cannot import this code (ModuleNot"),
        ({"storage": "it cannot write there (PermissionError: x)"}, "it cannot write there (PermissionError: x); give"),
    ],
)
def test_other_code_and_storage_that_is_not_shared(cluster, tmp_path, facts, words):
    cluster.other(**facts)
    assert words in refused(tmp_path)


def test_a_node_that_fails_or_does_not_answer_is_named(cluster, tmp_path):
    cluster.change = lambda node, said: TimeoutError("no answer within 60 s") if node == THERE.id else said
    line = refused(tmp_path)
    assert line.startswith("node worker-3 (10.0.0.3): no answer within 60 s; ")
    cluster.change = lambda node, said: ValueError("out of\nluck")
    assert refused(tmp_path).startswith("node head (10.0.0.1): a first task failed there (out of luck); ")
    assert refused(tmp_path).endswith("(1 more in the table)")


def test_a_node_whose_files_nobody_sees_is_named(cluster, tmp_path, monkeypatch):
    real = node_probe.read

    def blind(storage: str, name: str, patience: float = 0.0) -> bytes:
        if name.endswith(THERE.id):
            raise FileNotFoundError(name)
        return real(storage, name, patience)

    monkeypatch.setattr(node_probe, "read", blind)
    assert refused(tmp_path) == (
        f"node worker-3 (10.0.0.3): storage {tmp_path}: this machine does not see what it wrote there; "
        "give --storage a path or bucket that every node shares"
    )


def test_a_node_that_does_not_see_its_neighbour_is_named(cluster, tmp_path, monkeypatch):
    real = cluster.on_nodes

    def on_nodes(function: Any, arguments: dict[str, tuple[Any, ...]], seconds: float) -> dict[str, Any]:
        found = real(function, arguments, seconds)
        return found if function is node_probe.probe else {**found, THERE.id: FileNotFoundError("gone")}

    monkeypatch.setattr(backend_cluster, "on_nodes", on_nodes)
    assert "node worker-3 (10.0.0.3)" in (line := refused(tmp_path))
    assert "it does not see what another node wrote there; give --storage" in line


def test_a_detector_file_must_be_the_same_everywhere(cluster, tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("x = 1\n")
    storage = tmp_path / "shared"
    assert [r.problem for r in check(storage, detector=str(mine))[0]] == ["", ""]
    cluster.other(detector=None)
    assert f"it has no {mine}; put it where every node sees it" in refused(storage, detector=str(mine))
    cluster.other(detector="0" * 64)
    assert f"it has another {mine}; " in refused(storage, detector=str(mine))


def test_data_that_an_object_store_cannot_hold(cluster, tmp_path):
    cluster.nodes = [HERE, replace(THERE, store=100_000_000)]
    assert [r.problem for r in check(tmp_path, data_bytes=70_000_000)[0]] == ["", ""]
    assert refused(tmp_path, data_bytes=71_000_000) == (
        "node worker-3 (10.0.0.3): its object store has 100 MB, too little for 71 MB of data; "
        "start it anew: ray start --object-store-memory 142000000"
    )


def test_storage_that_this_machine_cannot_write(cluster, tmp_path):
    (tmp_path / "file").write_text("")
    line = refused(tmp_path / "file")
    assert line.startswith(f"--storage {tmp_path / 'file'} cannot be written from this machine: ")
    assert cluster.calls == 0


def test_a_uri_is_storage_too(cluster, tmp_path):
    assert [r.problem for r in check(f"file://{tmp_path}/bucket")[0]] == ["", ""]
    assert not list((tmp_path / "bucket").iterdir())


def test_a_tracking_server_that_is_out_of_reach_is_a_warning(cluster, tmp_path):
    class Locked(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization")))
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    asked: list[tuple[str, str | None]] = []
    server = http.server.HTTPServer(("127.0.0.1", 0), Locked)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    uri = f"http://me:secret@127.0.0.1:{server.server_port}"
    reports, shown = check(tmp_path, tracking_uri=uri)
    assert [r.cells["tracking"] for r in reports] == ["answers", "answers"]
    assert asked == [("/health", None)] * 2  # an answer is an answer, and no secret travels
    server.shutdown()
    server.server_close()
    reports, shown = check(tmp_path, tracking_uri=uri)
    assert all(r.cells["tracking"].startswith("not from here") and not r.problem for r in reports)
    assert "secret" not in shown
    assert "tracking" in shown


def test_nodes_of_one_machine_are_told_apart(cluster, tmp_path):
    cluster.nodes = [HERE, replace(HERE, id="c" * 56)]
    assert [r.name for r in check(tmp_path)[0]] == ["head (10.0.0.1) aaaaaa", "head (10.0.0.1) cccccc"]


def test_the_hash_of_the_code_sees_every_source_and_nothing_else(tmp_path):
    def code(*change: tuple[str, str]) -> str:
        for name, text in change:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        script = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        script += (
            f"exec(open({str(ROOT / 'launch/backend/node_probe.py')!r}).read())\nimport json; print(json.dumps(code()))"
        )
        out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        found: dict[str, str] = json.loads(out)
        assert found["where"] == str(tmp_path)
        return found["code"]

    first = code(*((f"{name}/__init__.py", "") for name in node_probe.CODE), ("launch/a.py", "x = 1"))
    assert len(first) == 64
    assert code(("launch/.hidden/b.py", "x = 2"), ("launch/notes.txt", "no source")) == first
    assert len({first, code(("launch/a.py", "x = 2")), code(("launch/a.py", "x = 1"), ("datasets/b.py", ""))}) == 3


def test_trials_are_counted_node_by_node(cluster):
    cluster.nodes = [replace(HERE, cores=3.0), THERE, replace(THERE, cores=64.0, alive=False)]
    assert [backend_cluster.slots(cpus, 0) for cpus in (1, 2, 3, 4)] == [5, 2, 1, 0]
    assert [backend_cluster.slots(0.5, gpus) for gpus in (0.25, 0.1, 1, 2)] == [4, 4, 1, 0]


def test_the_token_is_for_this_user_alone(tmp_path, monkeypatch):
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("HOME", str(tmp_path))
    backend_cluster.ensure_token()
    path = tmp_path / ".ray" / "auth_token"
    token = path.read_text()
    assert len(bytes.fromhex(token)) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)  # as Ray writes it
    backend_cluster.ensure_token()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == token
    assert [p.name for p in path.parent.iterdir()] == ["auth_token"]


def test_a_home_that_cannot_be_written_has_a_token_for_the_process(tmp_path, monkeypatch):
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    (tmp_path / ".ray").write_text("not a folder")
    monkeypatch.setenv("HOME", str(tmp_path))
    backend_cluster.ensure_token()
    assert len(bytes.fromhex(os.environ["RAY_AUTH_TOKEN"])) == 32
    del os.environ["RAY_AUTH_TOKEN"]  # monkeypatch would put it back


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ray://head:10001", "give HOST:PORT of the head"),
        ("head", "give HOST:PORT of the head"),
        ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1"),
    ],
)
def test_an_address_where_no_cluster_is(address, words):
    with pytest.raises(UsageError, match=words):
        backend_cluster.join(address)


@pytest.fixture(scope="module")
def raylets():
    """Two real raylets on this machine, joined by this process."""
    import ray
    from ray.cluster_utils import Cluster

    assert not ray.is_initialized()
    backend_cluster.ensure_token()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)  # the code has to travel
        patch.chdir("/")
        head = {"num_cpus": 1, "include_dashboard": False, "gcs_server_port": free_port()}
        two = Cluster(initialize_head=True, head_node_args=head)
        try:
            two.add_node(num_cpus=1, num_gpus=1)
            backend_cluster.join(two.address)
            yield two.address
        finally:
            ray.shutdown()
            two.shutdown()


def test_two_raylets(raylets, tmp_path, toy):
    reports, shown = check(tmp_path / "shared", data_bytes=1000, detector=str(toy))
    assert [(r.problem, r.node.cores, r.node.gpus) for r in reports] == [("", 1, 0), ("", 1, 1)]
    assert not list((tmp_path / "shared").iterdir())
    assert shown.count("the same") == shown.count("sent through the object store") == 2


def test_what_runs_on_a_node_is_the_code_that_was_sent(raylets):
    (where,) = backend_cluster.on_nodes(node_probe.code, {backend_cluster.nodes()[1].id: ()}, 60).values()
    assert where["where"] != str(ROOT)
    assert "working_dir_files" in where["where"]
    assert where["code"] == node_probe.code()["code"]


def test_a_node_that_takes_too_long_is_given_up(raylets):
    node = backend_cluster.nodes()[1].id
    start = time.monotonic()
    (answer,) = backend_cluster.on_nodes(asleep, {node: ()}, 1.0).values()
    assert isinstance(answer, TimeoutError)
    assert time.monotonic() - start < ASLEEP


ASLEEP = 30.0


def asleep() -> None:
    time.sleep(30)  # ASLEEP; the node imports no test


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"RAY_AUTH_TOKEN": "wrong"}, "the one in RAY_AUTH_TOKEN is not its; take the head's"),
        ({"RAY_AUTH_MODE": "disabled"}, "RAY_AUTH_MODE is disabled here; set it to token"),
    ],
)
def test_a_cluster_takes_nobody_without_its_token(raylets, variables, words):
    script = f"from launch.backend.cluster import join; join({raylets!r})"
    env = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 1
    assert f"UsageError: the cluster at {raylets} asks for a token: {words}" in done.stderr
