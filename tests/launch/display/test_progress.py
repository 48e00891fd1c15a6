"""The progress table: what it says of trials, with and without a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from launch.common.text import clock, short
from launch.display.progress import Counter, Progress
from launch.study.trial import TrialRecord


def make(terminal: bool = False) -> tuple[Progress, io.StringIO]:
    stream = io.StringIO()
    console = Console(file=stream, width=100, force_terminal=terminal)
    return Progress(
        console, title="d on t", metric="ap", total=3, full_rounds=lambda config: 4, left=lambda: 75.0
    ), stream


def test_best_is_the_highest_score_as_it_stands():
    """A running trial may lose its lead again, and a failed one has none."""
    progress, _ = make()
    first, second = TrialRecord(0, {}, "sampled", score=0.4), TrialRecord(1, {}, "sampled", score=0.6)
    for record in (first, second):
        progress.start(record)
        progress.report(record)
    assert progress.best is second
    second.score = 0.3
    assert progress.best is first
    first.state = "failed"
    assert progress.best is second


def test_of_many_trials_the_best_are_kept_in_whatever_order_they_end():
    """Ten are shown; scores by hand: trial n has n * 7 % 50 hundredths."""
    progress, _ = make()
    for number in range(50):
        ended(progress, number, number * 7 % 50 / 100)
    best = sorted(range(50), key=lambda number: -(number * 7 % 50))
    assert [record.number for record in progress._ranked()] == best[:10]
    progress.start(TrialRecord(50, {}, "sampled", score=0.485))
    assert [record.number for record in progress._ranked()] == [best[0], 50, *best[1:9]]


def test_a_line_per_trial_without_a_terminal():
    progress, stream = make()
    with progress:
        record = TrialRecord(7, {"lr": 0.00123456, "hidden": (100, 50)}, "sampled", "pruned", [{"round": 1}], 0.25)
        progress.report(record)
        progress.end(record)
    line = stream.getvalue()
    for words in ("trial   7", "stopped early", "1/4 rounds", "ap 0.2500", "best 0.2500 (trial 7)", "1 min 15 s left"):
        assert words in line
    assert "lr=0.00123 hidden=100-50" in line


def test_a_failure_is_named():
    progress, stream = make()
    progress.end(TrialRecord(2, {}, "sampled", "failed", failure="oom"))
    assert "failed: oom" in stream.getvalue()


def shown(progress: Progress, width: int = 80, height: int = 24) -> str:
    console = Console(file=io.StringIO(), width=width, height=height)
    progress.console = console
    console.print(progress.render())
    return console.file.getvalue()  # type: ignore[attr-defined]


def ended(progress: Progress, number: int, score: float, **params: float) -> TrialRecord:
    record = TrialRecord(number, params, "sampled", "complete", [{"round": 1}] * 4, score)
    progress.start(record)
    progress.report(record)
    progress.end(record)
    return record


def test_the_table_shows_running_and_ended_trials():
    progress, _ = make(terminal=True)
    done = TrialRecord(0, {"a": 1, "b": 3}, "report", "complete", [{"round": 1}] * 4, 0.5)
    progress.report(done)
    progress.end(done)
    progress.start(TrialRecord(1, {"a": 2, "b": 3}, "sampled"))
    text = shown(progress, width=100)
    for words in ("1/3 trials", "best 0.5000 (trial 0)", "configuration", "report a=1", "running", "a=2", "4/4"):
        assert words in text
    assert "about 1 min 15 s to the end, confirmation and refits included" in text
    assert "b=3" not in text  # in which no two of them differ


def test_the_best_stay_in_sight_and_failures_are_counted():
    """Not the last that ended: the best of them, best first, and below them those that run."""
    progress, _ = make(terminal=True)
    for number in range(40):
        ended(progress, number, 1 / (1 + number), lr=number)
    progress.start(TrialRecord(40, {"lr": 40}, "sampled"))
    failed = TrialRecord(41, {"lr": 41}, "sampled", "failed", failure="oom", failure_message="no memory")
    progress.start(failed)
    progress.end(failed)
    rows = [line.split() for line in shown(progress).splitlines() if "lr=" in line]
    assert [int(row[0]) for row in rows] == [*range(10), 40]
    assert rows[-1][1] == "running"
    assert "1 failed, last trial 41: oom no memory" in shown(progress)


@pytest.mark.parametrize("height", [8, 24, 60])
@pytest.mark.parametrize("running", [1, 30])
def test_it_is_no_higher_than_the_terminal(height, running):
    progress, _ = make(terminal=True)
    for number in range(12):
        ended(progress, number, 0.5, lr=number)
    for number in range(12, 12 + running):
        progress.start(TrialRecord(number, {"lr": number}, "sampled"))
    lines = shown(progress, height=height).splitlines()
    assert len(lines) < height
    assert sum("running" in line for line in lines) >= 1


def test_a_configuration_is_cut_between_two_hyperparameters():
    progress, _ = make(terminal=True)
    for number in range(2):
        ended(
            progress, number, 0.5, learning_rate=0.001234 + number, weight_decay=0.000456 + number, margin=5.25 - number
        )
    row = next(line for line in shown(progress).splitlines() if "0.00123" in line)
    assert row.split()[-1] == "…"
    assert row.split()[-2] in ("learning_rate=0.00123", "weight_decay=0.000456")


def test_a_stage_says_how_long_all_will_take(monkeypatch):
    """Before its first step as foreseen; of four steps foreseen at 40 s, two that took 10 s leave .5 (10 + .5 x 40)."""
    now = 100.0
    monkeypatch.setattr("launch.display.progress.time.monotonic", lambda: now)
    counter = Counter(Console(file=io.StringIO()), "Confirming", foreseen=40.0, later=7.0)
    assert counter.left() == 47.0
    now = 110.0
    counter.step(2, 4)
    assert counter.left() == pytest.approx(15.0 + 7.0)
    now = 200.0
    assert counter.left() == 7.0


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (3660, "1 h 01 min")])
def test_clock(seconds, words):
    assert clock(seconds) == words


def test_short():
    assert short({"hidden": (), "lr": 1e-4, "bias": True}) == "hidden=linear lr=0.0001 bias=True"


def test_a_trial_of_one_round_counts_none():
    progress, stream = make()
    progress.full_rounds = lambda config: 1
    with progress:
        ended(progress, 3, 0.5)
    assert "round" not in stream.getvalue()
    assert "trial   3  complete" in stream.getvalue()
