import json
import math
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.benchmarks import fit, image_training, memory, overhead, saturation, scale, search_vs_fit
from analysis.benchmarks.arms import deepod_fit, overhead_record
from analysis.benchmarks.arms.search_driver import EveryRound, artificial_problem
from analysis.benchmarks.checks import Check, number, ratio, report
from analysis.benchmarks.common import BenchmarkFailed, environment, interval, timed
from launch.tracking.tracker import NullTracker

FOLDER = Path(search_vs_fit.__file__).parent
SCRIPTS = sorted(path for path in FOLDER.rglob("*.py") if '__name__ == "__main__"' in path.read_text("utf-8"))


def test_every_script_is_seen():
    assert len(SCRIPTS) > 15


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_help(path, monkeypatch, capsys):
    """Each as a script from another folder, in this process: what they import is imported once."""
    script = str(path)
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    monkeypatch.setattr(sys, "path", [str(path.parent), *sys.path])
    monkeypatch.chdir("/")
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(script, run_name="__main__")
    assert not ended.value.code
    assert "usage:" in capsys.readouterr().out


def test_help_in_a_process_of_its_own():
    command = [sys.executable, str(FOLDER / "search_vs_fit.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


def test_ratio():
    assert ratio(3.0, 2.0) == 1.5
    assert ratio(math.inf, 2.0) == math.inf
    for nothing in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="not measured"):
            ratio(1.0, nothing)


def test_a_verdict():
    assert Check("seconds", 0.1, 0.1, unit=" s").met
    assert not Check("seconds", 0.11, 0.1).met
    assert Check("auroc", 0.955, 0.955, at_most=False).met
    assert not Check("auroc", 0.95, 0.955, at_most=False).met
    assert not Check("seconds", math.nan, 0.1).met
    assert not Check("auroc", math.nan, 0.1, at_most=False).met
    assert Check("seconds", 0.2, 0.1, unit=" s").text() == "seconds: 0.2 s, aim at most 0.1 s: MISSED"
    assert Check("auroc", 0.96, 0.955, at_most=False).text() == "auroc: 0.96, aim at least 0.955: met"


def test_numbers_as_people_read_them():
    assert [number(v) for v in (12345.6, 12.3456, 0.000123456, math.nan)] == ["12,346", "12.35", "0.0001235", "none"]


def test_a_shortened_fit_is_scaled_by_its_epochs_alone():
    assert deepod_fit.scaled(12.0, 10.0, 10, full=100) == pytest.approx(102.0)
    assert deepod_fit.scaled(12.0, 10.0, 100, full=100) == 12.0


def test_the_faster_fit_counts():
    slow, fast = {"full_seconds": 9.0}, {"full_seconds": 3.0}
    assert search_vs_fit.better([slow, fast]) is fast


def test_the_rate_of_few_trials_stands_for_many():
    # start-up of 3 s, 2 s a trial, 1 s to finish
    assert overhead_record.extrapolated([5.0, 7.0, 9.0], 10.0, 200) == pytest.approx(3 + 2 * 200 + 1)
    assert overhead_record.extrapolated([5.0, 7.0, 9.0], 10.0, 3) == pytest.approx(10.0)
    with pytest.raises(ValueError, match="at least two"):
        overhead_record.extrapolated([5.0], 6.0, 200)


def test_share_of_tracking():
    assert overhead.share(10.0, 9.0) == pytest.approx(0.1)
    assert overhead.share(9.0, 10.0) < 0
    assert overhead.middle([{"a": 1}, {"a": 5}, {"a": 2}]) == {"a": 2.0}


def test_growth_is_over_the_dataset():
    small, large = {"dataset": 1.0, "after": 100.0}, {"dataset": 11.0, "after": 105.0}
    assert memory.growth(small, large, "after") == pytest.approx(0.5)


def test_memory_of_this_process():
    found = memory.memory(trimmed=True)
    assert 1 < found["written"] <= found["uss"] * 1.5


def test_a_target_that_is_not_reached_takes_for_ever():
    runs = [{"train_seconds": 2.0, "reached": True}, {"train_seconds": 1.0, "reached": False}]
    assert fit.seconds(runs) == [2.0, math.inf]


def test_an_interval_in_words():
    assert interval([0.5]) == "0.5000"
    assert interval([0.4, 0.6]).startswith("0.5000 ± ")


def test_sides_of_image_training_take_turns_after_one_that_warms_up():
    turns = []
    rates = image_training.measure({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, 100, 2)
    assert turns == ["a", "b"] * 3
    assert [len(of) for of in rates.values()] == [2, 2]


def test_ratio_of_image_training_and_its_bound():
    rates = {"engine": [90.0, 80.0, 100.0], "DataLoader": [40.0, 50.0, 45.0], "network alone": [120.0, 100.0, 130.0]}
    found = image_training.figures(rates)
    assert found["ratio"] == pytest.approx(90 / 45)
    assert found["spread"] == pytest.approx([80 / 50, 90 / 40])
    assert found["bound"] == pytest.approx(120 / 45)
    assert found["share"] == pytest.approx(90 / 120)
    assert image_training.cells(found) == ["90", "45", "-", "120", "2.00 (1.60-2.25)", "2.67", "-", "75 %"]
    found = image_training.figures({**rates, "DataLoader with workers": [30.0, 20.0, 25.0]})
    assert found["workers_ratio"] == pytest.approx(90 / 25)
    assert found["workers_spread"] == pytest.approx([3.0, 4.0])


def test_both_sides_of_image_training_train_every_image_that_fills_a_batch(monkeypatch):
    X = np.random.default_rng(0).integers(0, 256, (20, 16, 16, 1), dtype=np.uint8)
    seen = []
    made = image_training.detector(8, "cpu")
    network = made._network((16, 16, 1))
    network.register_forward_hook(lambda module, given, restored: seen.append((given[0].shape, given[0].aminmax())))
    monkeypatch.setattr(type(made), "_network", lambda self, shape: network)
    for epoch in (image_training.engine(X, 8, "cpu"), image_training.plain(X, 8, "cpu", 0)):
        before = [p.detach().clone() for p in network.parameters()]
        epoch()
        assert [tuple(shape) for shape, _ in seen] == [(8, 1, 16, 16)] * 2
        for _, (low, high) in seen:
            assert (float(low), float(high)) == pytest.approx((-1, 1), abs=0.05)
        assert all(not torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
        seen.clear()


def test_a_side_gets_its_own_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert "OMP_NUM_THREADS" not in environment()
    assert environment(2)["OMP_NUM_THREADS"] == "2"
    assert environment(data_dir="/tmp/x")["ANOMALY_DATA"] == "/tmp/x"


def test_a_side_that_fails_says_why():
    with pytest.raises(BenchmarkFailed, match="no luck"):
        timed([sys.executable, "-c", "raise SystemExit('no luck')"], environment())
    seconds, output = timed([sys.executable, "-c", "print('fine')"], environment())
    assert seconds > 0
    assert output == "fine\n"


def test_pieces_for_driving_the_launcher():
    assert EveryRound(4, enabled=False).rungs() == (1, 2, 3, 4)
    tracker = NullTracker()
    tracker.log("run", key="trial-0")
    assert tracker.close() == {}
    problem = artificial_problem("noop", 400)
    assert problem.counts["rows"] == 400
    assert problem.split(0).valid.anomalies > 0


def test_a_report_is_shown_and_written(tmp_path, capsys):
    target = tmp_path / "numbers.json"
    checks = [Check("ratio", 0.5, 1.0), Check("AP", 0.3, 0.36, at_most=False)]
    started = {"load": 3.0}
    report("A title", ("side", "seconds"), [["ours", 1.5]], checks, ["a note"], started, {"ours": 1.5}, target)
    shown = capsys.readouterr().out
    for words in ("A title", "1.5", "MISSED", "a note", "busy machine"):
        assert words in shown
    written = json.loads(target.read_text())
    assert [c["met"] for c in written["checks"]] == [True, False]
    assert written["ours"] == 1.5


def test_the_course_of_a_search_is_told_by_its_parts(tmp_path):
    spool = tmp_path / "s.jsonl"
    events = scale.Events(spool)
    assert events.new() == []
    lines = [json.dumps({"event": "end", "key": key, "time": float(at)}) for at, key in enumerate(("trial-0", "final"))]
    spool.write_text("\n".join([*lines, '{"event": "en']))
    new = events.new()
    assert [scale.of_trial(event, "end") for event in new] == [True, False]
    with open(spool, "a") as file:
        file.write('d", "key": "trial-1", "time": 9.0}\n')
    assert [event["time"] for event in events.new()] == [9.0]
    course = scale.Course([0.0, 1.0, 2.0, 6.0], [0.0, 0.5, 1.0, 2.0], [100.0, 100.0, 110.0, 120.0])
    assert course.part(0, 2) == {"seconds": 1.0, "driver_cpu_seconds": 0.5, "memory_mib": 110.0}
    assert course.part(2, 3) == {"seconds": 4.0, "driver_cpu_seconds": 1.0, "memory_mib": 120.0}


def test_a_driver_is_full_where_its_workers_wait():
    """A quarter goes on after 1 and 4 of 10 s: 2.125 s a trial, for .03 s and .3125 reports of .004 s: 68, and one."""
    costs = saturation.Costs(0.03, 0.004)
    assert saturation.most_workers(10.0, costs) == pytest.approx(2.125 / 0.03125 + 1)
    assert saturation.waiting(10, 600.0, costs, 200) < 0.001
    full = saturation.waiting(690, 10.0, costs, 7000)  # ten times as many as it can serve
    assert full == pytest.approx(0.9, abs=0.05)
    assert saturation.waiting(1, 1.0, saturation.Costs(0.0, 0.0), 10) == 0.0
