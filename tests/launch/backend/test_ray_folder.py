"""Where Ray's files are: short, private, and gone afterwards."""

import os
import tempfile

import pytest

from launch.backend import ray_folder
from launch.common import locks
from launch.common.errors import UsageError

SOCKET = "session_2026-11-30_14-32-03_934243_1234567/sockets/plasma_store"


@pytest.fixture
def temporary(monkeypatch):
    monkeypatch.delenv("RAY_TMPDIR", raising=False)

    def set_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        monkeypatch.setattr(tempfile, "gettempdir", lambda: str(folder))
        return folder

    return set_to


@pytest.fixture
def short():
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        yield ray_folder.Path(folder)


def test_it_is_private_and_goes(temporary, short):
    temporary(short)
    folder, remove = ray_folder.make()
    assert folder.parent.parent == short
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    folder.mkdir()
    (folder / "session").mkdir()
    remove()
    assert list(short.iterdir()) == []


def test_what_dead_processes_left_goes_too_and_nothing_else(temporary, short):
    temporary(short)
    for name in ("ray-dead0000", "ray-live0000"):
        (short / name).mkdir()
        (short / name / "owner.lock").write_bytes(b"")
    (short / "ray-12345").mkdir()  # of somebody else's making
    with locks.waiting(short / "ray-live0000" / "owner.lock"):
        _, remove = ray_folder.make()
        assert {"ray-live0000", "ray-12345"} < {path.name for path in short.iterdir()}
        assert not (short / "ray-dead0000").exists()
        remove()


def test_another_search_never_finds_one_that_is_not_held_yet(temporary, short, monkeypatch):
    temporary(short)
    take, others = locks.take, []

    def slowly(file):
        monkeypatch.setattr(locks, "take", take)
        others.append(ray_folder.make()[1])  # a search that starts at this very moment
        return take(file)

    monkeypatch.setattr(locks, "take", slowly)
    folder, remove = ray_folder.make()
    assert (folder.parent / "owner.lock").exists()
    remove()
    others[0]()
    assert list(short.iterdir()) == []


def test_one_that_another_search_removes_meanwhile(temporary, short, monkeypatch):
    temporary(short)
    (short / "ray-dead0000").mkdir()
    (short / "ray-dead0000" / "owner.lock").write_bytes(b"")

    def gone(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr(locks, "held", gone)
    _, remove = ray_folder.make()
    remove()


def test_what_cannot_be_removed_now_is_found_by_the_next_search(temporary, short, monkeypatch):
    temporary(short)
    folder, remove = ray_folder.make()
    folder.mkdir()
    with monkeypatch.context() as busy:
        busy.setattr(ray_folder.shutil, "rmtree", lambda path, ignore_errors: None)
        remove()
    assert (folder.parent / "owner.lock").exists()
    ray_folder.make()[1]()
    assert list(short.iterdir()) == []


def test_a_long_one_is_left_for_a_short_one_and_said(temporary, tmp_path, capsys):
    long = temporary(tmp_path / ("l" * 60))
    assert ray_folder.place() == ray_folder.Path("/tmp")
    ray_folder.say_where()
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"note: {long} is no place for Ray's sockets; its temporary files go to /tmp"
    folder, remove = ray_folder.make()
    remove()
    assert len(os.fsencode(folder / SOCKET)) <= 107


def test_the_longest_that_fits(temporary, short):
    fits = temporary(short / ("f" * (ray_folder.LONGEST - len(str(short)) - 1)))
    assert ray_folder.place() == fits
    folder, remove = ray_folder.make()
    remove()
    assert len(os.fsencode(folder / SOCKET)) == 107


def test_none_at_all(temporary, tmp_path, monkeypatch):
    temporary(tmp_path / ("l" * 60))
    monkeypatch.setattr(ray_folder, "OTHERS", (tmp_path / "none",))
    with pytest.raises(UsageError, match="set TMPDIR to a shorter one"):
        ray_folder.place()
