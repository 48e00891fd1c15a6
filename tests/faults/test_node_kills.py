"""Nodes of a cluster lose their power while the search runs; it goes on by itself on those that are left."""

import os
import time

import pytest

from tests.faults.audit import Audit
from tests.faults.kills import Machines, node_fire, under_fire
from tests.faults.search import Search

KILLS = int(os.environ.get("FAULTS_NODE_KILLS", "10"))


@pytest.fixture
def machines(tmp_path):
    """Two nodes and a head."""
    made = Machines(2, tmp_path / "work.jsonl")
    yield made
    made.close()


def search_on(machines, tmp_path, data_dir, number, rng, trials, *options):
    storage = tmp_path / "shared" / str(number)
    given = ("--address", machines.address, "--storage", storage, "--no-retrain", *options)
    search = Search(
        tmp_path / f"{number:02d}", f"fire-{number}", data_dir, rng.randrange(10, 1000), trials, given,
        work=tmp_path / "work.jsonl", checkpoints=storage,
    )  # fmt: skip
    return search


@pytest.mark.slow
def test_a_search_that_loses_a_node_goes_on_and_loses_nothing(
    tmp_path, data_dir, empty_store, problem, rng, account, machines
):
    """Three nodes on one machine take their time; a worker that is lost, with its node or alone, goes the same way,
    and `test_driver_kills.py` kills one in the default run.
    """
    search = search_on(machines, tmp_path, data_dir, 1, rng, 6, "--confirm", 0, "--fix", "pause=0.3")
    search.prepare(empty_store)
    found = under_fire(search, problem, node_fire(search, machines, rng, 1, (0.0, 1.5)))
    assert found.kills["node"] == 1
    account.close(found)


@pytest.mark.slow
def test_ten_node_kills_lose_nothing(tmp_path, data_dir, empty_store, problem, rng, account, machines):
    total, number, begun = Audit(), 0, time.monotonic()
    while total.kills["node"] < KILLS:
        number += 1
        one = search_on(machines, tmp_path, data_dir, number, rng, 16, "--confirm", rng.choice((0, 1)))
        one.prepare(empty_store)
        kills = min(5, KILLS - total.kills["node"])
        found = under_fire(one, problem, node_fire(one, machines, rng, kills, (2.0, 9.0)))
        total.add(found)
        account.tell(total)
        print(
            f"{one.name}: {total.kills['node']} kills after {time.monotonic() - begun:.0f} s {found.words}", flush=True
        )
        assert found.kills["node"], "none could be killed"
    account.close(total)
    assert total.touched >= 3
