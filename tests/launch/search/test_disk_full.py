"""Disks that are full: a clear word, nothing corrupted, and on from there when there is space again."""

import errno
import json
import os
import shutil
import subprocess

import optuna
import pytest

from launch.study.journal_file import JournalFile
from launch.study.storage import open_storage
from tests.launch.conftest import Store, run_command, trials_of
from trainables.training.checkpoints import Checkpoints

needs_mount = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")


@pytest.fixture
def small(tmp_path):
    """Makes folders with little space."""
    made = []

    def make(size, name="small"):
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, leave):
    """Take all space but so many bytes; returns the file that does."""
    ballast = folder / "ballast"
    stat = os.statvfs(folder)
    ballast.write_bytes(b"\0" * max(0, stat.f_bavail * stat.f_bsize - leave))
    return ballast


@needs_mount
def test_a_journal_on_a_full_disk_ends_with_a_whole_line(small):
    folder = small("256k")
    path = folder / "s.journal"
    study = optuna.create_study(storage=open_storage(str(path)), study_name="s")
    ballast = fill(folder, 8192)

    def write_on():
        for n in range(1000):
            study.ask().set_user_attr("long", "x" * (100 + n))

    with pytest.raises(OSError, match="No space") as full:
        write_on()
    assert full.value.errno == errno.ENOSPC
    lines = path.read_bytes()
    assert lines.endswith(b"\n")
    assert all(json.loads(line) for line in lines.splitlines())
    ballast.unlink()
    again = optuna.load_study(storage=open_storage(str(path), mend=True), study_name="s")
    known = len(again.trials)
    again.ask()
    assert len(again.trials) == known + 1


def test_half_a_line_and_a_dead_lock_are_taken_away(tmp_path):
    path = tmp_path / "s.journal"
    study = optuna.create_study(storage=open_storage(str(path)), study_name="s")
    study.ask()
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"op_code": 5, "wor')
    os.symlink(path, f"{path}.lock")
    os.utime(f"{path}.lock", (0, 0), follow_symlinks=False)
    again = optuna.load_study(storage=open_storage(str(path), mend=True), study_name="s")
    assert path.read_bytes() == whole
    assert len(again.trials) == 1
    assert not os.path.lexists(f"{path}.lock")
    JournalFile(str(tmp_path / "none.journal")).mend()


@needs_mount
def test_a_full_checkpoint_folder_keeps_what_it_had(small):
    folder = small("256k")
    kept = Checkpoints(str(folder / "trial"), {"trial": 3})
    assert kept.save({"n": 1, "ballast": "x" * 1000}, 0.5)
    fill(folder, 4096)
    assert not kept.save({"n": 2, "ballast": "x" * 100_000}, 0.6)
    assert "No space left on device" in kept.trouble
    assert sorted(p.name for p in (folder / "trial").iterdir()) == ["best.pt", "last.pt"]
    assert Checkpoints(str(folder / "trial"), {"trial": 3}).load()["n"] == 1


@needs_mount
@pytest.mark.slow
def test_a_search_whose_checkpoints_find_no_space_goes_on_and_says_so(small, tmp_path, data_dir, home, toy):
    storage = small("64k")
    fill(storage, 0)
    toy.write_text(toy.read_text().replace("pause: float = 0.0", "pause: float = 1.2"))
    ended = run_command(
        "mine", "celeba", "--detector-path", toy, "--data-dir", data_dir, "--home", home, "--storage", storage,
        "--trials", 3, "--max-rounds", 5, "--confirm", 0, "--no-retrain", "--name", "full", cwd=tmp_path,
    )  # fmt: skip
    assert ended.code == 0, ended
    assert ended.out.count("note: checkpoints cannot be written to") >= 1
    assert "No space left on device" in ended.out
    (parent,) = Store(home / "mlflow.db").kind("search")
    assert "checkpoints cannot be written" in parent["tags"]["notes"]


@needs_mount
@pytest.mark.slow
def test_a_full_home_stops_the_search_and_loses_nothing(small, tmp_path, data_dir, empty_store, toy):
    home = small("16m")
    shutil.copy(empty_store, home / "mlflow.db")
    toy.write_text(toy.read_text().replace("pause: float = 0.0", "pause: float = 0.05"))
    command = (
        "mine", "celeba", "--detector-path", toy, "--data-dir", data_dir, "--home", home, "--trials", 60,
        "--max-rounds", 8, "--confirm", 0, "--no-retrain", "--name", "full", "--sampler", "random",
    )  # fmt: skip
    ballast = fill(home, 220_000)
    ended = run_command(*command, cwd=tmp_path)
    assert ended.code == 1, ended
    assert "cannot be written" in ended.out
    assert "No space left on device" in ended.out
    assert f"--resume full --home {home}" in ended.out
    assert "Traceback" not in ended.out + ended.err
    ballast.unlink()
    before = {t.number: t.user_attrs for t in trials_of(home, "full") if t.state.is_finished()}
    assert 0 < len(before) < 60
    again = run_command("--resume", "full", "--home", home, cwd=tmp_path)
    assert again.code == 0, again
    trials = trials_of(home, "full")
    assert len(trials) == 60
    assert all(trials[n].user_attrs == attrs for n, attrs in before.items())
    runs = Store(home / "mlflow.db").kind("trial")
    assert sorted(int(r["tags"]["trial_number"]) for r in runs) == list(range(60))
    assert not [r for r in runs if r["status"] == "RUNNING"]
