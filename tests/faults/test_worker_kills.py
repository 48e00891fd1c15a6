"""Workers are killed while the search runs; it goes on by itself. One kill is in `test_driver_kills.py`."""

import os
import time

import pytest

from tests.faults.audit import Audit
from tests.faults.kills import under_fire, worker_fire
from tests.faults.search import ORPHAN_SECONDS, Search

KILLS = int(os.environ.get("FAULTS_WORKER_KILLS", "50"))


@pytest.mark.slow
def test_fifty_worker_kills_lose_nothing(tmp_path, data_dir, empty_store, problem, rng, account):
    total, begun = Audit(), time.monotonic()
    made: list[Search] = []
    while total.kills["worker"] < KILLS:
        number = len(made) + 1
        options = ("--confirm", rng.choice((0, 1)), "--no-retrain")
        one = Search(tmp_path / f"{number:02d}", f"fire-{number}", data_dir, rng.randrange(10, 1000), 16, options)
        one.prepare(empty_store)
        kills = min(10, KILLS - total.kills["worker"])
        found = under_fire(one, problem, worker_fire(one, rng, kills, (0.0, 3.0)))
        made.append(one)
        total.add(found)
        account.tell(total)
        print(
            f"{one.name}: {total.kills['worker']} kills after {time.monotonic() - begun:.0f} s {found.words}",
            flush=True,
        )
        assert found.kills["worker"], "none could be killed"
    total.losses["orphans"] += [words for one in made for words in one.rest(ORPHAN_SECONDS)]
    account.close(total)
    assert total.touched >= 15
    assert total.given_up <= 2
