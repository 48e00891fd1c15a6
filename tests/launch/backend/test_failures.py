"""Every way to fail has a name, a count and a first message, and the search goes on."""

import json
import os
import shutil
from pathlib import Path

import pytest
from optuna.trial import TrialState

from launch.backend import searcher
from tests.launch.conftest import Store, run_here, trials_of

SICK = Path(__file__).with_name("sick.py")
LIMIT = round(2 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
"""Seconds that a trial may take: two on a quiet machine, and more where a healthy trial has to wait for its turn."""

NAMED = {
    "nan_loss": ("non_finite_loss", "loss is nan in round 2"),
    "inf_loss": ("non_finite_loss", "loss is inf in round 2"),
    "diverged": ("diverged", "loss is 1e+20 in round 2"),
    "nan_scores": ("non_finite_scores", "384 scores are not finite"),
    "collapsed": ("collapsed_scores", "every row got the score 7"),
    "singular": ("singular_covariance", "Singular matrix"),
    "singular_torch": ("singular_covariance", "linalg.cholesky"),
    "memory": ("oom", "Unable to allocate"),
    "memory_torch": ("oom", "allocate memory"),
    "memory_cuda": ("oom", "CUDA out of memory"),
    "library": ("missing_library", "No module named 'no_such_library'; try: pip install no_such_library"),
    "bug": ("error", "KeyError: 'missing' (sick.py:"),
    "disk": ("disk_full", "No space left on device"),
    "setup": ("error", "RuntimeError: never begun (sick.py:"),
    "sleep": ("timeout", f"longer than --trial-timeout {LIMIT} s"),
}
KILLS = {
    "native": ("timeout", "deaf to the signal: its worker was killed"),
    "killed": ("worker_lost", "(killed, or crashed); 2 times without a round in between"),
}
LOSSES = 1
"""How often a trial may lose its worker here; three times otherwise, see `tests/faults/test_losses.py`."""


def configurations(folder, ails):
    path = folder / "ails.json"
    path.write_text(json.dumps([{"ail": ail} for ail in ails]))
    return path


def check(trials, named):
    """The trials after the published one failed as they should."""
    found = {t.user_attrs["config"]["ail"]: t for t in trials if "ail" in t.user_attrs["config"]}
    assert set(found) == set(named)
    for ail, (cause, words) in named.items():
        trial = found[ail]
        assert trial.state == TrialState.FAIL, ail
        assert trial.user_attrs["failure"] == cause, (ail, trial.user_attrs)
        assert words in trial.user_attrs["failure_message"], (ail, trial.user_attrs)
        assert "\n" not in trial.user_attrs["failure_message"]


def test_every_failure_has_its_name(local, tmp_path):
    path = configurations(tmp_path, NAMED)
    one = local(
        "sick", "--detector-path", str(SICK), "--enqueue", str(path), "--trials", str(len(NAMED) + 3),
        "--trial-timeout", f"{LIMIT}s", "--max-rounds", "4",
    ).search()  # fmt: skip
    check(one.study.study.get_trials(), NAMED)
    counts = one.study.counts()
    assert counts["failed"] == len(NAMED)
    assert counts["complete"] + counts["pruned"] == 3
    assert counts["causes"]["oom"]["count"] == 3
    assert counts["causes"]["timeout"] == {"count": 1, "first_message": f"longer than --trial-timeout {LIMIT} s"}


@pytest.fixture(scope="module")
def killed(tmp_path_factory, data_dir, empty_store):
    """A real search with a hang in native code, a worker that dies each time, and one deaf only to Python."""
    folder = tmp_path_factory.mktemp("killed")
    home = folder / "home"
    home.mkdir()
    shutil.copy(empty_store, home / "mlflow.db")
    path = configurations(folder, ["sleep", *KILLS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searcher, "LOSSES", LOSSES)
        ended = run_here(
            "sick", "celeba", "--detector-path", SICK, "--data-dir", data_dir, "--home", home, "--name", "k",
            "--enqueue", path, "--trials", 7, "--trial-timeout", f"{LIMIT}s", "--max-rounds", 4, "--confirm", 0,
            "--summary", folder / "s.json", "--no-retrain", "--no-report",
            "--scheduler", "none",  # else what others scored by then may stop the one that loses its worker
            cwd=folder,
        )  # fmt: skip
    return folder, home, ended


def test_a_deaf_trial_is_killed_and_its_slot_freed(killed):
    _, home, ended = killed
    assert ended.code == 0, ended
    trials = trials_of(home, "k")
    check(trials, {"sleep": NAMED["sleep"], **KILLS})
    assert len(trials) == 7
    assert sum(t.state in (TrialState.COMPLETE, TrialState.PRUNED) for t in trials) == 4


def test_failures_are_told_in_the_terminal_in_mlflow_and_in_the_summary(killed):
    folder, home, ended = killed
    causes = json.loads((folder / "s.json").read_text())["trials"]["causes"]
    assert {k: v["count"] for k, v in causes.items()} == {"timeout": 2, "worker_lost": 1}
    for cause, one in causes.items():
        assert f"{one['count']} failed with {cause}: {one['first_message']}" in ended.out
    (parent,) = Store(home / "mlflow.db").kind("search")
    assert json.loads(parent["tags"]["failures"]) == causes
    runs = {r["tags"]["trial_number"]: r for r in Store(home / "mlflow.db").kind("trial")}
    for trial in trials_of(home, "k"):
        if trial.state == TrialState.FAIL:
            run = runs[str(trial.number)]
            assert run["status"] == "FAILED"
            assert run["tags"]["failure"] == trial.user_attrs["failure"]
            assert run["tags"]["failure_message"] == trial.user_attrs["failure_message"]


def test_the_search_stops_when_all_fail_alike(tmp_path, data_dir, home):
    detector = tmp_path / "ill.py"
    detector.write_text(SICK.read_text().replace('ail: str = "none"', 'ail: str = "library"'))
    arguments = ("ill", "celeba", "--detector-path", detector, "--data-dir", data_dir, "--home", home, "--local")
    ended = run_here(*arguments, "--name", "x", "--trials", 40, "--stop-after-failures", 3, cwd=tmp_path)
    assert ended.code == 1
    assert "The first 3 trials all failed with missing_library: No module named 'no_such_library'" in ended.out
    assert "launch/tune.py --resume x" in ended.out
    assert len(trials_of(home, "x")) == 3
    assert {r["status"] for r in Store(home / "mlflow.db").kind("search")} == {"FAILED"}
    never = run_here(
        *arguments, "--name", "y", "--trials", 7, "--stop-after-failures", 0, "--stop-above", 0, cwd=tmp_path
    )
    assert never.code == 1
    assert "every finalist failed on fresh splits" in never.out.lower()
    assert len(trials_of(home, "y")) == 7


def test_half_the_batch_where_memory_is_short(local, tmp_path):
    path = tmp_path / "fits.json"
    path.write_text(json.dumps([{"batch_size": 100, "fits": 30}, {"batch_size": 100, "fits": 2}]))
    arguments = ("sick", "--detector-path", str(SICK), "--enqueue", str(path), "--trials", "3")
    one = local(*arguments, "--auto-batch", "--name", "halved").search()
    halved, refused = one.study.records[1], one.study.records[2]
    assert (halved.state, halved.effective_batch_size, halved.params["batch_size"]) == ("complete", 25, 25)
    # 100, 50, 25, 12, 6, and 3 is fewer than the detector takes
    assert (refused.state, refused.failure, refused.effective_batch_size) == ("failed", "oom", 6)
    trial = one.study.study.get_trials()[1]
    assert trial.user_attrs["effective_batch_size"] == 25
    assert trial.user_attrs["config"]["batch_size"] == 25  # what a confirmation trains
    (tags,) = [e["tags"] for e in one.tracker.of("tags") if e["key"] == "trial-1"]
    assert tags["effective_batch_size"] == 25
    plain = local(*arguments, "--name", "plain").search()
    assert [r.failure for r in plain.study.records.values()] == ["", "oom", "oom"]
