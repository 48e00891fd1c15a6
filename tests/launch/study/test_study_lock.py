"""One process at a time searches a study in a storage that several homes share."""

import json
import subprocess
import sys
import threading
import time

import optuna
import pytest

from launch.common.errors import UsageError
from launch.study import study_lock
from launch.study.storage import open_storage
from launch.study.study_lock import ATTRIBUTE, StudyLock


@pytest.fixture(params=["sqlite", "journal"])
def opened(request, tmp_path, monkeypatch):
    """Opens the same study once more, as another process would."""
    monkeypatch.setattr(study_lock, "BEAT", 0.02)
    monkeypatch.setattr(study_lock, "WATCH", 0.5)
    monkeypatch.setattr(study_lock, "SETTLE", 0.05)
    where = f"sqlite:///{tmp_path}/s.db" if request.param == "sqlite" else str(tmp_path / "s.journal")
    optuna.create_study(study_name="s", storage=open_storage(where))
    return lambda: optuna.load_study(study_name="s", storage=open_storage(where))


def unexpected(who):
    raise AssertionError(who)


def test_the_second_is_refused_by_name_and_free_is_free(opened):
    first = StudyLock(opened(), "/home/one", unexpected)
    with pytest.raises(
        UsageError, match=rf"the study s is being searched by process {first.own['pid']} on .*/home/one"
    ):
        StudyLock(opened(), "/home/two", unexpected)
    first.release()
    assert opened().user_attrs[ATTRIBUTE] == ""
    StudyLock(opened(), "/home/two", unexpected).release()


def left_behind(study, host, pid, processes=None):
    processes = study_lock._processes() if processes is None else processes
    held = {"token": "x", "host": host, "processes": processes, "pid": pid, "home": "h", "since": "then", "beat": 7}
    study.set_user_attr(ATTRIBUTE, json.dumps(held))


def test_what_a_killed_process_left_holds_nobody_up(opened, monkeypatch):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left_behind(opened(), study_lock.platform.node(), gone.pid)
    monkeypatch.setattr(study_lock, "WATCH", 3600.0)
    StudyLock(opened(), "/home/one", unexpected).release()


@pytest.mark.parametrize(("host", "processes"), [("another-machine", None), (study_lock.platform.node(), "pid:[1]")])
def test_a_holder_elsewhere_is_gone_when_it_gives_no_sign(opened, host, processes):
    """On another machine, or in another container, which does not see the process."""
    left_behind(opened(), host, 2**22 + 1, processes)
    start = time.monotonic()
    StudyLock(opened(), "/home/one", unexpected).release()
    assert time.monotonic() - start >= 0.5


def test_who_was_taken_for_gone_is_told(opened):
    """A machine that slept wakes up: its study has another holder."""
    told, lost = [], threading.Event()
    sleeper = StudyLock(opened(), "/home/one", lambda who: (told.append(who), lost.set()))
    left_behind(opened(), "another-machine", 12)
    assert lost.wait(10.0)
    assert told == ["process 12 on another-machine (home h)"]
    sleeper.release()
    assert json.loads(opened().user_attrs[ATTRIBUTE])["token"] == "x"


def test_of_two_at_once_one_has_it(opened):
    outcomes = []
    studies = [opened(), opened()]

    def claim(study):
        try:
            outcomes.append(StudyLock(study, "/home", lambda who: None))
        except UsageError:
            outcomes.append(None)

    threads = [threading.Thread(target=claim, args=(study,)) for study in studies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = [lock for lock in outcomes if lock is not None]
    assert len(held) <= 1
    for lock in held:
        lock.release()
