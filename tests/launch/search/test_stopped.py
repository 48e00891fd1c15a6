"""Ctrl-C on a real Ray search, the same command again, and trials that fail by name."""

import json
import re
import shlex
import shutil
import signal
import time

import pytest
from optuna.trial import TrialState

from tests.launch.conftest import HANG, Store, run_here, started, trials_of, wait_for
from tests.launch.toy import TOY

STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
STATUS = {"complete": "FINISHED", "pruned": "FINISHED", "failed": "FAILED"}

# -- Ctrl-C, and a detector that fails now and then ------------------------------------------


MOODY = (
    TOY.replace(
        '        if self.mode == "named":',
        "        if self.width > 30:\n            raise OutOfPaper('too wide by far')\n"
        '        if self.mode == "named":',
    )
    + """

PUBLISHED = {"report": ({"quality": 0.5, "width": 3, "pause": 0.1}, "made for tests")}


def space(trial: Any, data: Any) -> dict[str, Any]:
    return {
        "quality": trial.suggest_float("quality", 0.0, 1.0),
        "width": trial.suggest_int("width", 1, 60),
        "pause": 0.1,
    }
"""
)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, data_dir, empty_store):
    """A search with workers of a real cluster that is interrupted, and the same command once more, in one process.

    A search that goes on with workers of a cluster is in the faults' `test_driver_kills.py`.
    """
    folder = tmp_path_factory.mktemp("stopped")
    home = folder / "home"
    home.mkdir()
    shutil.copy(empty_store, home / "mlflow.db")
    (folder / "moody.py").write_text(MOODY)
    command = (
        "moody", "celeba", "--data-dir", data_dir, "--home", home, "--name", "go-on", "--detector-path", "moody.py",
        "--trials", 12, "--max-rounds", 4, "--confirm", 0, "--sampler", "random", "--summary", "s.json",
        "--no-retrain", "--no-report",
    )  # fmt: skip

    def closed_trials():
        spool = home / "studies" / "go-on.spool.jsonl"
        return spool.exists() and spool.read_text().count('"event": "end"') >= 3

    with started(*command, cwd=folder) as process:
        wait_for(lambda: closed_trials() or process.poll() is not None)
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANG)
        took = time.monotonic() - asked
    first = {
        "code": process.returncode, "out": out, "err": err, "seconds": took, "trials": trials_of(home, "go-on"),
        "runs": Store(home / "mlflow.db").runs(),
    }  # fmt: skip
    second = run_here(*command, "--local", cwd=folder)
    return folder, home, first, second


def test_ctrl_c_stops_soon_with_130(stopped):
    first = stopped[2]
    assert first["code"] == 130, first
    assert first["seconds"] < 60  # also where ten other programs share the cores
    assert len(first["trials"]) < 12  # soon: those that were left would have taken two seconds
    assert "Traceback" not in first["out"] + first["err"]


def test_ctrl_c_leaves_nothing_running(stopped):
    first = stopped[2]
    assert {r["status"] for r in first["runs"].values()} <= {"FINISHED", "FAILED", "KILLED"}
    (top,) = [r for r in first["runs"].values() if r["tags"]["kind"] == "search"]
    assert top["status"] == "KILLED"
    by_number = {int(r["tags"]["trial_number"]): r for r in first["runs"].values() if r["tags"]["kind"] == "trial"}
    assert set(by_number) == {t.number for t in first["trials"]}
    for trial in first["trials"]:
        open_ = trial.state == TrialState.RUNNING  # it will go on under its number
        assert by_number[trial.number]["status"] == ("KILLED" if open_ else STATUS[STATES[trial.state]])


def test_ctrl_c_reads_no_test_label(stopped):
    first_study_end = stopped[2]["out"]
    assert "read" not in first_study_end.split("Stopping")[-1].split("To go on")[0]
    assert len((stopped[1] / "seal.jsonl").read_text().splitlines()) == 1  # the second run's


def test_ctrl_c_says_how_to_go_on(stopped):
    out = stopped[2]["out"]
    (line,) = [one.strip() for one in out.splitlines() if "launch/tune.py --resume" in one]
    assert "--resume go-on" in line
    assert re.search(r"\d+ finished trials of 12 are kept", out)
    assert shlex.split(line.partition("launch/tune.py")[2])[:2] == ["--resume", "go-on"]


def test_the_same_command_goes_on(stopped):
    _, home, first, second = stopped
    assert second.code == 0, second
    assert "Going on with go-on" in second.out
    kept = [t for t in first["trials"] if t.state != TrialState.RUNNING]
    counted = trials = trials_of(home, "go-on")
    assert not [t for t in trials if t.state == TrialState.RUNNING]
    assert len(kept) >= 3
    assert len(counted) == 12
    for trial in kept:  # not always the first ones: an earlier trial may have been running still
        assert counted[trial.number].user_attrs["config"] == trial.user_attrs["config"]
    configs = [json.dumps(t.user_attrs["config"], sort_keys=True) for t in counted]
    assert len(set(configs)) == 12
    assert [t.user_attrs["origin"] for t in counted].count("report") == 1


def test_trials_that_fail_by_name_are_counted_and_the_search_goes_on(stopped):
    folder, home, _, _ = stopped
    summary = json.loads((folder / "s.json").read_text())
    trials = trials_of(home, "go-on")
    failed = [t for t in trials if t.state == TrialState.FAIL]
    assert failed
    assert all(t.user_attrs["config"]["width"] > 30 for t in failed)
    assert all(t.user_attrs["config"]["width"] <= 30 for t in trials if t.state != TrialState.FAIL)
    assert summary["trials"]["failed"] == len(failed)
    assert summary["trials"]["causes"] == {"out_of_paper": {"count": len(failed), "first_message": "too wide by far"}}
    assert "too wide by far" in stopped[3].out
