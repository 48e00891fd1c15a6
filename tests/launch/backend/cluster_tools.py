"""Machines for tests: each with an address, a host name, processes and a /tmp/ray of its own, on one bridge.

They are Linux namespaces, so root is needed; everything is gone when the network is left.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.launch.conftest import HANG

RAY = (sys.executable, "-m", "ray.scripts.scripts")
PORT, JOB_PORT = 6379, 8265

# no name server: names are looked up in a file, and what is not there fails at once
INIT = """
hostname "$1"; mount --bind "$2/hosts" /etc/hosts; mount --bind "$2/resolv.conf" /etc/resolv.conf; shift 2
for folder in "$@"; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /tmp/ray; mount -t tmpfs tmpfs /tmp/ray; touch /tmp/ray/mounted
while true; do sleep 3600 & wait; done
"""


def possible() -> bool:
    """Whether this machine lets us make namespaces."""
    return os.geteuid() == 0 and all(map(shutil.which, ("ip", "unshare", "nsenter")))


def environment(token: Path, **more: str) -> dict[str, str]:
    """What a machine of a cluster has in its environment: not what this test runs with."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RAY_") and k not in ("PYTHONPATH", "ANOMALY_DATA")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ours = {"PATH": path, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token), "RAY_USAGE_STATS_ENABLED": "0"}
    return {**kept, "COLUMNS": "200", **ours, **more}


@dataclass
class Machine:
    """One of the machines; commands are run on it."""

    name: str
    address: str
    space: str
    link: str
    env: dict[str, str]
    folder: Path
    keeper: subprocess.Popen[bytes]
    inner: int
    ray: subprocess.Popen[bytes] | None = None

    def popen(self, *command: Any, **options: Any) -> subprocess.Popen[Any]:
        """Start a command on the machine."""
        enter = ["nsenter", "-t", str(self.inner), "-n", "-m", "-u", "-p", "--"]
        return subprocess.Popen([*enter, *map(str, command)], start_new_session=True, **{"env": self.env, **options})

    def run(self, *command: Any, timeout: float = HANG, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine; its output is text."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = self.popen(*command, **pipes, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"{command} took over {timeout} s:\n{out[-4000:]}\n{err[-4000:]}") from None
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def start_ray(self, *arguments: str, head: Machine | None = None) -> None:
        """Start Ray, as a head or as a node of one; `wait_for_ray` sees it through."""
        place = ["--head", f"--port={PORT}"] if head is None else [f"--address={head.address}:{PORT}"]
        address = f"--node-ip-address={self.address}"
        log = (self.folder / f"{self.name}.log").open("wb")
        self.ray = self.popen(
            *RAY, "start", *place, address, "--block", "--disable-usage-stats", *arguments, stdout=log, stderr=log
        )

    def log(self) -> str:
        """What `ray start` said."""
        return (self.folder / f"{self.name}.log").read_text()

    def wait_for_ray(self, seconds: float = 60) -> None:
        """Until Ray runs here."""
        assert self.ray is not None
        end = time.monotonic() + seconds
        while "Ray runtime started" not in self.log():
            assert self.ray.poll() is None, f"ray start ended on {self.name}:\n{self.log()}"
            assert time.monotonic() < end, f"no Ray on {self.name} after {seconds} s:\n{self.log()}"
            time.sleep(0.1)

    def pids(self) -> list[int]:
        """Every process of the machine, by its id here."""
        spaces = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                spaces[int(entry.name)] = os.readlink(entry / "ns/pid")
        return [pid for pid, space in spaces.items() if space == spaces.get(self.inner)]

    def kill(self) -> None:
        """SIGKILL to every process of the machine, and to nothing else: the kernel ends a space with its first."""
        if self.keeper.poll() is None:
            os.kill(self.inner, signal.SIGKILL)
            self.keeper.wait(10)
        if self.ray is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.ray.pid, signal.SIGKILL)
            self.ray.wait(10)

    def unplug(self) -> None:
        """Pull its cable: nothing is closed, nothing answers any more."""
        _ip("link", "set", self.link, "down")


@dataclass
class Network:
    """Machines on a bridge, on which this process has an address too."""

    folder: Path
    id: str
    prefix: str
    token: Path
    machines: list[Machine] = field(default_factory=list)

    @property
    def here(self) -> str:
        """The address of this process."""
        return f"{self.prefix}.254"

    def add(self, name: str, *, hidden: Sequence[Path] = (), **env: str) -> Machine:
        """A new machine; on it, `hidden` folders are other, empty ones."""
        number = len(self.machines) + 1
        space, link, address = f"{self.id}m{number}", f"{self.id}v{number}", f"{self.prefix}.{number}"
        _ip("netns", "add", space)
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("link", "set", link, "master", f"{self.id}b", "up")
        _ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", space, "link", "set", "eth0", "up")
        _ip("-n", space, "link", "set", "lo", "up")
        _ip("-n", space, "route", "add", "default", "via", self.here)
        unshare = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
        given = ["bash", "-c", INIT, "init", name, str(self.folder), *map(str, hidden)]
        with (self.folder / "hosts").open("a") as hosts:
            hosts.write(f"{address} {name}\n")
        keeper = subprocess.Popen(
            ["ip", "netns", "exec", space, *unshare, *given], start_new_session=True, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 10
        while not (inner := _children(keeper.pid)):
            assert keeper.poll() is None, f"no namespaces for {name}"
            assert time.monotonic() < end
            time.sleep(0.02)
        machine = Machine(name, address, space, link, environment(self.token, **env), self.folder, keeper, inner[0])
        self.machines.append(machine)
        machine.run("sh", "-c", "until test -e /tmp/ray/mounted; do sleep 0.02; done", timeout=10)
        return machine

    def cluster(self, *names: str, head: Sequence[str] = (), node: Sequence[str] = ()) -> list[Machine]:
        """A head and nodes, all running."""
        machines = [self.add(name) for name in names]
        machines[0].start_ray(*head)
        machines[0].wait_for_ray()
        for one in machines[1:]:
            one.start_ray(*node, head=machines[0])
        for one in machines[1:]:
            one.wait_for_ray()
        return machines

    def cut_off(self) -> None:
        """Take this process's address away: the machines still see each other."""
        _ip("addr", "del", f"{self.here}/24", "dev", f"{self.id}b")

    def connect(self) -> None:
        """Give it back."""
        _ip("addr", "add", f"{self.here}/24", "dev", f"{self.id}b")


@contextlib.contextmanager
def network(folder: Path) -> Iterator[Network]:
    """A bridge of our own; machines, links and name spaces go with it."""
    name = f"t{secrets.token_hex(3)}"
    token = folder / "auth_token"
    token.write_text(secrets.token_hex(32))
    token.chmod(0o600)
    (folder / "hosts").write_text("127.0.0.1 localhost\n")
    (folder / "resolv.conf").write_text("")
    net = Network(folder, name, f"10.77.{secrets.randbelow(256)}", token)
    _ip("link", "add", f"{name}b", "type", "bridge")
    try:
        net.connect()
        _ip("link", "set", f"{name}b", "up")
        yield net
    finally:
        for machine in net.machines:
            machine.kill()
            _ip("netns", "del", machine.space)
        _ip("link", "del", f"{name}b")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
