"""States on their way: whole or not there, the last or the best, and of this run alone."""

import os

import numpy as np
import pytest

from trainables.training import checkpoints
from trainables.training.checkpoints import BEST, LAST, Checkpoints

ME = {"trial": 3, "params": '{"lr": 0.1}'}


@pytest.fixture(params=["path", "uri"])
def folder(request, tmp_path):
    """A folder, and the same as a bucket's URI would be: through the file system of its scheme."""
    where = tmp_path / "trial-00003"
    return str(where) if request.param == "path" else where.as_uri()


def test_the_last_comes_back(folder):
    one = Checkpoints(folder, ME)
    assert one.load() is None
    assert one.save({"n": 1, "w": np.arange(3.0)}, 0.5)
    assert one.save({"n": 2, "w": np.arange(4.0)}, 0.4)
    found = Checkpoints(folder, ME).load()
    assert found["n"] == 2
    np.testing.assert_array_equal(found["w"], np.arange(4.0))


def test_the_best_is_kept_beside_it_and_is_known_after_a_restart(folder):
    one = Checkpoints(folder, ME)
    for n, score in ((1, 0.5), (2, 0.7), (3, 0.6)):
        one.save({"n": n}, score)
    again = Checkpoints(folder, ME)
    again.load()
    again.save({"n": 4}, 0.65)  # below the 0.7 of before the restart
    assert checkpoints.whole(checkpoints.read(folder, BEST))["n"] == 2
    again.save({"n": 5}, 0.7)
    assert checkpoints.whole(checkpoints.read(folder, BEST))["n"] == 5


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"no state", lambda b: None])
def test_a_damaged_last_gives_way_to_the_best(folder, damage):
    one = Checkpoints(folder, ME)
    one.save({"n": 1, "w": np.zeros(1000)}, 0.5)
    one.save({"n": 2, "w": np.zeros(1000)}, 0.4)
    whole = checkpoints.read(folder, LAST)
    bad = damage(whole)
    if bad is None:  # one bit, in the middle of an array
        at = len(whole) // 2
        bad = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
    checkpoints.write(folder, LAST, bad)
    again = Checkpoints(folder, ME)
    assert again.load()["n"] == 1
    assert "last.pt cannot be read" in again.trouble


def test_what_belongs_to_something_else_is_not_loaded(folder):
    Checkpoints(folder, ME).save({"n": 1}, 0.5)
    assert Checkpoints(folder, {**ME, "trial": 4}).load() is None
    assert Checkpoints(folder, {**ME, "params": "{}"}).load() is None


def test_a_state_over_its_share_is_not_written(tmp_path):
    one = Checkpoints(str(tmp_path / "t"), ME, limit=2000)
    assert one.save({"n": 1}, 0.5) or one.trouble
    assert not one.save({"n": 2, "w": np.zeros(10_000)}, 0.6)
    assert "over its share" in one.trouble
    assert "`checkpoint_quota`" in one.trouble


def test_it_is_due_before_five_seconds_are_at_stake(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    one = Checkpoints(str(tmp_path), ME)
    assert not one.due(coming=0.5)
    now[0] += 3.4
    assert not one.due(coming=0.5)
    now[0] += 0.2  # 3.6 s gone, and 0.5 to come: 4.1 would be at stake
    assert one.due(coming=0.5)
    one.start()
    assert not one.due(coming=0.5)
    assert one.due(coming=9.0)  # a long step is saved each time


def test_writing_takes_a_twentieth_of_the_time_at_most(tmp_path):
    one = Checkpoints(str(tmp_path), ME)
    one.written = 0.1
    assert one.pause == pytest.approx(2.0)


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    one = Checkpoints(str(tmp_path / "t"), ME)
    one.save({"n": 1}, 0.5)
    monkeypatch.setattr(os, "fsync", lambda fd: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert not one.save({"n": 2}, 0.6)
    assert "No space left on device" in one.trouble
    monkeypatch.undo()
    assert sorted(p.name for p in (tmp_path / "t").iterdir()) == [BEST, LAST]
    assert one.load()["n"] == 1
    assert one.save({"n": 3}, 0.6)
    assert one.trouble == ""


def test_removing(folder):
    one = Checkpoints(folder, ME)
    one.save({"n": 1}, 0.5)
    one.remove()
    one.remove()
    assert one.load() is None
