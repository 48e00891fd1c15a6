"""Searches on several machines: joined, submitted, cut off, killed in the middle."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launch.common.environment import ROOT
from tests.launch.backend import cluster_tools
from tests.launch.backend.cluster_tools import Machine, Network
from tests.launch.conftest import HANG, Store, trials_of, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not cluster_tools.possible(), reason="needs root, ip, unshare and nsenter"),
]

TUNE, SUBMIT = str(ROOT / "launch" / "tune.py"), str(ROOT / "launch" / "submit.py")
NO_DASHBOARD = "--include-dashboard=false"

SEEN = '''
"""Says where its trials ran and which devices they were given."""

import json
import os
import socket
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Supervision


class Seen(Detector):
    """One attribute, and a diary."""

    supervision: ClassVar = Supervision.UNSUPERVISED
    fidelity: ClassVar = Fidelity.EPOCHS
    rounds_parameter: ClassVar = "epochs"
    parameter_constraints: ClassVar = {"which": (c.Interval(int, 0, 38),), "epochs": (c.Interval(int, 1, 1000),)}

    def __init__(self, *, which: int = 0, diary: str = "", pause: float = 0.0, epochs: int = 4, seed: int = 0) -> None:
        self.which, self.diary, self.pause, self.epochs, self.seed = which, diary, pause, epochs, seed

    def _begin(self, train: Any) -> None:
        self.id_ = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"

    def _train_round(self) -> dict[str, float]:
        start = time.time()
        time.sleep(self.pause)
        line = {"host": socket.gethostname(), "trial": self.id_, "start": start, "end": time.time(),
                "devices": os.environ.get("CUDA_VISIBLE_DEVICES")}
        with (Path(self.diary) / f"{self.id_}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\\n")
        return {"loss": 1.0}

    def _score(self, X: Any) -> Any:
        return X[:, self.which].astype(float) + 0.01 * np.random.default_rng(self.rounds_done_).normal(size=len(X))

    def _state(self) -> dict[str, Any]:
        return {"id": self.id_}

    def _load_state(self, state: Any) -> None:
        self.id_ = state["id"]


PUBLISHED = {"report": ({"which": 0}, "made for tests")}


def space(trial: Any, data: Any) -> dict[str, Any]:
    return {"which": trial.suggest_int("which", 0, 38)}
'''


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Network]:
    with cluster_tools.network(tmp_path) as one:
        yield one


@pytest.fixture
def seen(tmp_path: Path) -> list[str]:
    """A detector that keeps a diary, and the arguments that name it."""
    (tmp_path / "seen.py").write_text(SEEN)
    (tmp_path / "diary").mkdir()
    return ["seen", "celeba", "--detector-path", str(tmp_path / "seen.py"), "--fix", f"diary={tmp_path / 'diary'}"]


def diary(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in (tmp_path / "diary").iterdir() for line in path.read_text().splitlines()]


def tune(machine: Machine, *arguments: Any, timeout: float = HANG) -> subprocess.CompletedProcess[str]:
    """A search on a machine of the cluster, its folder being nowhere special."""
    return machine.run(sys.executable, TUNE, *arguments, cwd="/", timeout=timeout)


def address(head: Machine) -> str:
    return f"{head.address}:{cluster_tools.PORT}"


def rows(table: str, *hosts: str) -> dict[str, list[str]]:
    """The cells of the preflight's table by host."""
    cells = [[c.strip() for c in line.split("│")[1:-1]] for line in table.splitlines() if line.startswith("│")]
    return {row[0]: row[1:] for row in cells if row[0] in hosts}


def test_a_search_over_three_machines(net, tmp_path, data_dir, home, seen):
    head, one, two = net.cluster("head", "one", "two", head=["--num-cpus=1", NO_DASHBOARD], node=["--num-cpus=1"])
    ended = tune(
        head, *seen, "--address", address(head), "--trials", 24, "--fix", "pause=0.3", "--home", home, "--data-dir",
        data_dir, "--confirm", 0, "--no-retrain", "--name", "three", "--scheduler", "none", "--max-rounds", 2,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = rows(ended.stdout, "head", "one", "two")
    assert {host: row[0] for host, row in found.items()} == {m.name: m.address for m in (head, one, two)}
    assert all(row[3] == "the same" and row[4].startswith("shared, ") for row in found.values())
    assert {line["host"] for line in diary(tmp_path)} == {"head", "one", "two"}
    trials = trials_of(home, "three")
    assert [t.number for t in trials] == list(range(24))
    assert {t.state.name for t in trials} == {"COMPLETE"}
    runs = Store(home / "mlflow.db").kind("trial")
    assert sorted(int(r["tags"]["trial_number"]) for r in runs) == list(range(24))
    assert {r["status"] for r in runs} == {"FINISHED"}
    assert not list((home / "checkpoints").rglob(".preflight-*"))


@pytest.mark.parametrize("how", ["kill", "unplug"])
def test_a_machine_dies_in_the_middle(net, tmp_path, data_dir, home, seen, how):
    """Its trials go on elsewhere under their numbers; nothing is lost and nothing is twice in the record."""
    head, _, two = net.cluster("head", "one", "two", head=["--num-cpus=1", NO_DASHBOARD], node=["--num-cpus=2"])
    search = head.popen(
        sys.executable, TUNE, *seen, "--address", address(head), "--trials", 30, "--fix", "pause=1.0", "--home", home,
        "--data-dir", data_dir, "--confirm", 0, "--no-retrain", "--name", "killed", "--max-rounds", 12,
        "--scheduler", "none", cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        wait_for(lambda: {"one", "two"} <= {line["host"] for line in diary(tmp_path)})
        wait_for(lambda: sum(line["host"] == "two" for line in diary(tmp_path)) >= 6)
        begun = {line["trial"] for line in diary(tmp_path)}
        killed = two.pids()
        assert len(killed) > 5
        getattr(two, how)()
        at = time.time()
        assert how == "unplug" or not two.pids()
        out, _ = search.communicate(timeout=HANG)
    finally:
        if search.poll() is None:
            os.killpg(search.pid, signal.SIGKILL)
            print(search.communicate()[0])
    assert search.returncode == 0, out
    lines = diary(tmp_path)
    moved = min(
        x["start"] for x in lines for y in lines if x["trial"] == y["trial"] and x["host"] != y["host"] == "two"
    )
    print(f"{how}: {len(killed)} processes; after {moved - at:.1f} s a trial of theirs went on elsewhere")
    assert {line["host"] for line in lines if line["start"] > at + 3} == {"head", "one"}
    # a trial of the dead machine goes on from its checkpoint, as itself, somewhere else
    hosts = {t: {line["host"] for line in lines if line["trial"] == t} for t in begun}
    assert [t for t, where in hosts.items() if "two" in where and len(where) > 1], hosts
    trials = trials_of(home, "killed")
    assert [t.number for t in trials] == list(range(30))
    assert {t.state.name for t in trials} == {"COMPLETE"}, [(t.number, t.state, t.user_attrs) for t in trials]
    runs = Store(home / "mlflow.db").kind("trial")
    assert sorted(int(r["tags"]["trial_number"]) for r in runs) == list(range(30))
    assert {r["status"] for r in runs} == {"FINISHED"}


def test_what_a_machine_lacks_is_named_before_the_first_trial(net, tmp_path, data_dir, home):
    """Storage that is not shared, other code, no token: each in one line that names the machine."""
    shared, old = tmp_path / "shared", tmp_path / "old"
    shared.mkdir()
    for package in ("trainables", "datasets", "search_spaces", "launch"):
        (old / package).mkdir(parents=True)
        (old / package / "__init__.py").write_text("")
    custom = tmp_path / "custom"
    custom.mkdir()
    (custom / "sitecustomize.py").write_text(f"import sys; sys.path.insert(0, {str(old)!r})\n")
    head = net.add("head")
    apart = net.add("apart", hidden=[shared])
    stale = net.add("stale", PYTHONPATH=str(custom))
    head.start_ray("--num-cpus=1", NO_DASHBOARD)
    head.wait_for_ray()
    apart.start_ray("--num-cpus=1", head=head)
    apart.wait_for_ray()
    given = [
        "random",
        "celeba",
        "--home",
        home,
        "--data-dir",
        data_dir,
        "--storage",
        shared,
        "--address",
        address(head),
    ]
    ended = tune(head, *given)
    assert ended.returncode == 2
    assert ended.stderr.startswith(
        f"error: node apart ({apart.address}): storage {shared}: it does not see what another"
    )
    assert ended.stderr.count("\n") == 1
    assert rows(ended.stdout, "apart")["apart"][4] == "not shared"
    assert not list(shared.iterdir())
    apart.kill()
    stale.start_ray("--num-cpus=1", head=head)
    stale.wait_for_ray()
    wait_for(lambda: f"node apart ({apart.address})" not in (ended := tune(head, *given)).stderr and ended)
    ended = tune(head, *given)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: node stale ({stale.address}): it imports other code than this machine")
    assert f"from {old}" in ended.stderr
    assert not trials_of_any(home)
    wrong = {**head.env, "RAY_AUTH_TOKEN": "0" * 64}
    refused = head.run(sys.executable, TUNE, *given, cwd="/", env=wrong)
    assert refused.returncode == 2
    assert f"error: the cluster at {address(head)} asks for a token: " in refused.stderr


def trials_of_any(home: Path) -> list[Any]:
    return [t for path in (home / "studies").glob("*.journal") for t in trials_of(home, path.stem)]


def test_several_trials_share_a_gpu(net, tmp_path, data_dir, home, seen):
    """Four at a time on one device, which each of them is told of; Ray does not look whether it is there."""
    head, _ = net.cluster("head", "gpu", head=["--num-cpus=1", NO_DASHBOARD], node=["--num-cpus=8", "--num-gpus=1"])
    ended = tune(
        head, *seen, "--address", address(head), "--gpus-per-trial", 0.25, "--cpus-per-trial", 0.5, "--trials", 12,
        "--fix", "pause=2.0", "--home", home, "--data-dir", data_dir, "--confirm", 0, "--no-retrain", "--name", "gpu",
        "--scheduler", "none", "--max-rounds", 6,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [row[1:3] for row in rows(ended.stdout, "gpu").values()] == [["8", "1"]]
    lines = diary(tmp_path)
    assert {(line["host"], line["devices"]) for line in lines} == {("gpu", "0")}
    at_once = [sum(a["start"] <= b["start"] < a["end"] for a in lines) for b in lines]
    assert max(at_once) == 4


def submit(net: Network, *arguments: Any, **options: Any) -> subprocess.Popen[str]:
    """submit.py on the machine of this process, which is not one of the cluster."""
    env = cluster_tools.environment(net.token)
    return subprocess.Popen(
        [sys.executable, SUBMIT, *map(str, arguments)],
        cwd=net.folder, env={**env, **options}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def finished(process: subprocess.Popen[str], seconds: float = HANG) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        pytest.fail(f"submit.py took over {seconds} s:\n{out[-4000:]}\n{err[-4000:]}")
    return process.returncode, out, err


def url(head: Machine) -> str:
    return f"http://{head.address}:{cluster_tools.JOB_PORT}"


def test_a_search_is_submitted_followed_cut_off_and_stopped(net, tmp_path, data_dir, home, seen):
    head, _ = net.cluster("head", "node", head=["--num-cpus=1", "--dashboard-host=0.0.0.0"], node=["--num-cpus=2"])
    common = ["--address", url(head)]
    search = [*seen, "--home", home, "--data-dir", data_dir, "--confirm", 0, "--no-retrain"]

    # without the token, or with another, nothing is taken
    for token, words in (("0" * 64, "RAY_AUTH_TOKEN is not its"), ("", "auth_token is not its")):
        env = {"RAY_AUTH_TOKEN": token} if token else {"RAY_AUTH_TOKEN_PATH": "", "HOME": str(tmp_path / "nobody")}
        code, _, err = finished(submit(net, *common, "--", *search, **env))
        assert (code, words in err) == (2, True), err

    # a search goes through; its record is in the home, and the exit code is its own
    code, out, err = finished(submit(net, *common, "--", *search, "--trials", 4, "--max-rounds", 2))
    assert code == 0, out + err
    assert re.search(r"Sending [\d,]+ KB of code with seen.py to http://", out)
    job, name = re.search(r"Submitted (\S+), study (\S+) in", out).groups()  # type: ignore[union-attr]
    assert rows(out, "head", "node").keys() == {"head", "node"}
    assert len(trials_of(home, name)) == 4
    assert {line["host"] for line in diary(tmp_path)} <= {"head", "node"}

    # what went wrong there is its exit code here
    code, out, err = finished(submit(net, *common, "--", *search, "--fix", "which=99"))
    assert code == 2, out + err
    assert "which" in out

    # the connection is lost for a while: no line is missing, none is there twice
    long = [*search, "--trials", 12, "--fix", "pause=0.5", "--max-rounds", 4, "--scheduler", "none", "--name", "long"]
    follower = submit(net, *common, "--", *long)
    wait_for(lambda: any(line["start"] for line in diary(tmp_path) if line["end"] - line["start"] > 0.4))
    net.cut_off()
    time.sleep(8)
    net.connect()
    code, out, err = finished(follower)
    assert code == 0, out + err
    assert "Connection lost" in err
    assert "Connected again." in err
    job = re.search(r"Submitted (\S+), study long", out).group(1)  # type: ignore[union-attr]
    code, again, err = finished(submit(net, *common, "--follow", job))
    assert code == 0
    assert out.endswith(again)  # all of the log, and nothing but the log, came over the lost connection
    assert len(trials_of(home, "long")) == 12

    # Ctrl-C leaves, another process stops it, and it is gone on with
    follower = submit(net, *common, "--", *long[:-1], "stopped", "--trials", 60)
    wait_for(lambda: (home / "studies" / "stopped.journal").exists() and len(trials_of(home, "stopped")) > 4)
    follower.send_signal(signal.SIGINT)
    code, out, err = finished(follower)
    assert code == 130
    job = re.search(r"--stop (\S+)", err).group(1)  # type: ignore[union-attr]
    code, out, err = finished(submit(net, *common, "--status", job))
    assert (code, f"{job}: running" in out) == (0, True), out + err
    start = time.monotonic()
    code, out, err = finished(submit(net, *common, "--stop", job))
    assert code == 0
    assert f"{job}: stopped" in out
    assert "-- --resume stopped --home" in out
    print(f"stopped within {time.monotonic() - start:.1f} s")
    done = [t.state.name for t in trials_of(home, "stopped")].count("COMPLETE")
    assert 0 < done < 60
    statuses = {r["status"] for r in Store(home / "mlflow.db").runs().values()}
    assert "RUNNING" not in statuses
    resumed = ["--resume", "stopped", "--home", home, "--trials", done + 3, "--detector-path", seen[3]]
    code, out, err = finished(submit(net, *common, "--", *resumed))
    assert code == 0, out + err
    assert [t.state.name for t in trials_of(home, "stopped")].count("COMPLETE") == done + 3
