"""The driver is killed at random moments and the search resumed, until it is done."""

import os
import time

import pytest

from tests.faults.audit import Audit
from tests.faults.kills import driver_series, plan_of, worker_fire
from tests.faults.search import ORPHAN_SECONDS, Search

KILLS = int(os.environ.get("FAULTS_DRIVER_KILLS", "50"))


def test_a_search_that_loses_a_worker_and_then_its_driver_loses_nothing(
    tmp_path, data_dir, empty_store, problem, rng, account
):
    """One kill of each in one search; many of them, at every moment, and those of nodes are in the slow tests."""
    options = ("--confirm", 0, "--no-retrain", "--no-report", "--fix", "pause=0.3")
    search = Search(tmp_path / "one", "fire", data_dir, rng.randrange(10, 1000), 6, options).prepare(empty_store)
    found = driver_series(search, problem, rng, ("search",), fire=worker_fire(search, rng, 1, (0.0, 1.0)))
    assert (found.kills["worker"], found.kills["driver"]) == (1, 1)
    search.rest()
    account.close(found)


@pytest.mark.slow
def test_fifty_driver_kills_lose_nothing(tmp_path, data_dir, empty_store, problem, rng, account):
    total, begun = Audit(), time.monotonic()
    made: list[Search] = []
    while total.kills["driver"] < KILLS:
        number = len(made) + 1
        options = ("--confirm", rng.choice((0, 1, 2)), *(() if rng.random() < 0.2 else ("--no-retrain",)))
        trials = rng.randint(6, 10)
        one = Search(tmp_path / f"{number:02d}", f"fire-{number}", data_dir, rng.randrange(10, 1000), trials, options)
        left = KILLS - total.kills["driver"]
        extended = plan_of(rng, 2) if left > 6 and rng.random() < 0.4 else ()
        phases = plan_of(rng, min(5 - len(extended), left))
        found = driver_series(one.prepare(empty_store), problem, rng, phases, extended)
        made.append(one)
        total.add(found)
        account.tell(total)
        kills, passed = total.kills["driver"], time.monotonic() - begun
        print(
            f"{one.name}: {','.join(phases)}; {','.join(extended)}; {kills} kills after {passed:.0f} s {found.words}",
            flush=True,
        )
    total.losses["orphans"] += [words for one in made for words in one.rest(ORPHAN_SECONDS)]
    account.close(total)
    assert total.touched >= 20
    assert total.redone > 0
