"""SIGKILL for a search: its driver in every phase, its workers, its nodes, and the process that writes to MLflow."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import Any

from tests.faults import work, workload
from tests.faults.audit import Audit, Case, Kill, audit, look
from tests.faults.search import Search, slay, title, tree, workers, writers
from tests.launch.conftest import HANG, free_port

PHASES = ("start-up", "ask", "search", "confirm", "refit", "end")

# -- the driver ------------------------------------------------------------------------------


def moment(search: Search, phase: str, rng: random.Random) -> Callable[[], float | None]:
    """A condition to look at again and again; once it holds, the seconds to wait until the kill."""
    count = rng.randint(1, 8)

    def begun(kinds: tuple[str, ...]) -> int:
        return sum(e["event"] in kinds and e.get("key", "").startswith("trial-") for e in search.news())

    def ended() -> int:
        events = map(json.loads, _whole(search.spool))
        return len({e["key"] for e in events if e["event"] == "end" and e["key"].startswith("trial-")})

    def confirming() -> bool:
        return bool(search.news()) and ended() >= search.trials

    readings = len(_whole(search.ledger))
    conditions: dict[str, tuple[Callable[[], bool], float]] = {
        "start-up": (lambda: True, 8.0),
        "ask": (lambda: begun(("run", "reopen")) >= min(count, 3), 0.3),
        "search": (lambda: begun(("metrics",)) >= count, 1.0),
        "confirm": (confirming, 3.0),
        "refit": (lambda: len(_whole(search.ledger)) > readings, 2.5),
        "end": (lambda: any(e.get("key") == "final" for e in search.news()), 3.0),
    }
    holds, spread = conditions[phase]
    wait = rng.uniform(0.0, spread)
    return lambda: wait if holds() else None


def _whole(path: Path) -> list[bytes]:
    data = path.read_bytes() if path.exists() else b""
    return data[: data.rfind(b"\n") + 1].splitlines()


def plan_of(rng: random.Random, kills: int) -> tuple[str, ...]:
    """Phases for the kills of one search, in an order in which all can come."""
    drawn = sorted(rng.choices(PHASES[1:], k=kills), key=PHASES.index)
    return tuple("start-up" if rng.random() < 0.15 else phase for phase in drawn)


def kill_driver(
    search: Search, phase: str, rng: random.Random, fire: Iterable[bool] = (), seconds: float = HANG
) -> bool:
    """Start or resume the search and kill it in a phase, its writer before that now and then; False if it ended.

    Its turn comes when `fire` has killed what it will.
    """
    search.start()
    condition, limit, due = moment(search, phase, rng), time.monotonic() + seconds, None
    others = iter(fire)
    writer = time.monotonic() + rng.uniform(3, 15) if rng.random() < 0.25 else limit
    while search.code is None and time.monotonic() < limit:
        if time.monotonic() > writer and kill_writer(search):
            writer = limit
        burning = next(others, False)
        wait = condition() if due is None and not burning else None
        if wait is not None:
            due = time.monotonic() + wait
        if due is not None and time.monotonic() >= due:
            os.kill(search.pid, signal.SIGKILL)
            search.kills.append(Kill("driver", phase, time.time()))
            search.wait(10)
            return True
        time.sleep(0.02)
    return False


def kill_writer(search: Search) -> bool:
    """Kill the process that writes to MLflow; whether there was one."""
    killed = any([slay(one) for one in writers(search.spool)])
    if killed:
        search.kills.append(Kill("writer", "", time.time()))
    return killed


def driver_series(
    search: Search, problem: Any, rng: random.Random, phases: Sequence[str], extended: Sequence[str] = (),
    fire: Iterable[Kill | None] = (),
) -> Audit:  # fmt: skip
    """Kill a search once in each of the phases, resume it each time, let it come to its end, and audit it.

    Before the first of them, `fire` kills what it will. With `extended` the search is then asked for three more
    trials, and killed again in those phases.
    """
    case = search.case(problem)
    try:
        _series(search, case, rng, phases, _noted(case, fire))
        if extended and not case.unfinished:
            search.trials += 3
            search.more, case.asked, case.conclusions = True, search.trials, 2
            _series(search, case, rng, extended)
        case.orphans += search.tidy()
        return audit(case)
    finally:
        search.stop()


def _noted(case: Case, fire: Iterable[Kill | None]) -> Iterator[bool]:
    """Note each kill, and what the study held then; true as long as there is something to be killed."""
    for kill in fire:
        if kill is not None:
            case.kills.append(kill)
            case.seen.append(look(case.home, case.name))
        yield True


def _series(search: Search, case: Case, rng: random.Random, phases: Sequence[str], fire: Iterable[bool] = ()) -> None:
    for phase in phases:
        if not kill_driver(search, phase, rng, fire):
            break  # it was faster
        case.seen.append(look(search.home, search.name))
        if rng.random() < 0.25:
            kill_writer(search)
        if rng.random() < 0.5:  # else the next driver comes while the workers of this one may still live
            case.orphans += search.tidy()
    else:
        search.start()
    if (code := search.wait(HANG)) != 0:
        last = "\n".join(search.output.strip().splitlines()[-15:])
        case.unfinished.append(f"{search.name}: exit code {code} of start {search.starts}: {last}")


# -- workers and nodes -----------------------------------------------------------------------


def under_fire(search: Search, problem: Any, fire: Iterator[Kill | None], seconds: float = HANG) -> Audit:
    """Start a search and let `fire` kill what it will: the search goes on by itself to its end; then audit it."""
    case = search.case(problem)
    try:
        search.start()
        end, noted = time.monotonic() + seconds, _noted(case, fire)
        while search.code is None and time.monotonic() < end:
            next(noted, None)
            time.sleep(0.05)
        if search.code != 0:
            last = "\n".join(search.output.strip().splitlines()[-15:])
            case.unfinished.append(f"{search.name}: exit code {search.code}: {last}")
        case.orphans += search.tidy()
        return audit(case)
    finally:
        search.stop()


def worker_fire(search: Search, rng: random.Random, kills: int, pause: tuple[float, float]) -> Iterator[Kill | None]:
    """Kill a random worker now and then: mostly one that has begun a round, one in five that starts or waits.

    A round is done between one kill and the next. Without that, a busy machine starts
    workers more slowly than they are killed, and a trial that loses four workers in a row
    before it comes to a round has failed, by what a search promises.
    """
    due, idle, done = 0.0, False, 0
    while kills:
        now, entries = time.monotonic(), work.read(search.work)
        if not due and sum(e["what"] == "end" for e in entries) > done:
            due = now + rng.uniform(*pause)
        if not due or now < due:
            yield None
            continue
        worked = {e["pid"] for e in entries if e["what"] == "start"}
        found = [one for one in workers(search.pid) if (one.pid not in worked) == idle]
        if not found:
            idle = idle and now < due + 2
            yield None
            continue
        one = rng.choice(found)
        words = title(one)
        if slay(one):
            kills -= 1
            phase = "idle" if idle else "job" if words.startswith("ray::call") else "trial"
            yield Kill("worker", phase, time.time())
            due, idle, done = 0.0, rng.random() < 0.2, sum(e["what"] == "end" for e in work.read(search.work))


def _worked(search: Search) -> set[int]:
    """Processes that have begun a round."""
    return {entry["pid"] for entry in work.read(search.work) if entry["what"] == "start"}


class Machines:
    """A Ray cluster on this machine: a head without cores for trials, and nodes that can be killed."""

    def __init__(self, nodes: int, work: Path) -> None:
        from ray.cluster_utils import Cluster

        self.nodes: list[Any] = []
        self.disks: list[str] = []
        os.environ[workload.WORK] = str(work)
        head = {"num_cpus": 0, "include_dashboard": False, "gcs_server_port": free_port()}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        for _ in range(nodes):
            self.add()

    @property
    def address(self) -> str:
        """Where to join."""
        return self.cluster.address

    def add(self) -> None:
        """Start one more node, with a disk of its own: on one disk, a new node deletes the code that others run."""
        self.disks.append(tempfile.mkdtemp(prefix="n-"))
        self.nodes.append(self.cluster.add_node(num_cpus=1, temp_dir=self.disks[-1], wait=False))

    def kill(self, rng: random.Random, worked: Set[int]) -> Kill:
        """A node loses its power: its raylet and all its workers, at once. A new node comes in its place.

        One that is at work is taken if there is one; `worked` are the pids that have begun rounds.
        """
        raylets = {node.all_processes["raylet"][0].process.pid: node for node in self.nodes}
        at_work = [pid for pid in raylets if any(one.pid in worked for one in workers(pid))]
        raylet = rng.choice(at_work or list(raylets))
        for one in tree(raylet):
            slay(one)
        kill = Kill("node", "at work" if at_work else "idle", time.time())
        self.nodes.remove(raylets[raylet])
        self.cluster.remove_node(raylets[raylet], allow_graceful=False)
        self.add()
        return kill

    def close(self) -> None:
        """Stop every node."""
        self.cluster.shutdown()
        for disk in self.disks:
            shutil.rmtree(disk, ignore_errors=True)
        os.environ.pop(workload.WORK, None)


def node_fire(
    search: Search, machines: Machines, rng: random.Random, kills: int, pause: tuple[float, float]
) -> Iterator[Kill | None]:
    """Kill a random node now and then, from the first report on."""
    due = 0.0
    while kills:
        if not any(e["event"] == "metrics" for e in search.news()):
            yield None
            continue
        due = due or time.monotonic() + rng.uniform(*pause)
        if time.monotonic() < due:
            yield None
            continue
        kills -= 1
        yield machines.kill(rng, _worked(search))
        due = time.monotonic() + rng.uniform(*pause)
