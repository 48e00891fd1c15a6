"""The progress table: what it says of trials, with and without a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from launch.common.text import clock, short
from launch.display.progress import Progress
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


def test_the_table_shows_running_and_ended_trials():
    progress, stream = make(terminal=True)
    done = TrialRecord(0, {"a": 1}, "report", "complete", [{"round": 1}] * 4, 0.5)
    progress.report(done)
    progress.end(done)
    progress.start(TrialRecord(1, {"a": 2}, "sampled"))
    Console(file=stream, width=100).print(progress.render())
    text = stream.getvalue()
    for words in ("1/3 trials", "best 0.5000 (trial 0)", "configuration", "report a=1", "running", "a=2", "4/4"):
        assert words in text


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (3660, "1 h 01 min")])
def test_clock(seconds, words):
    assert clock(seconds) == words


def test_short():
    assert short({"hidden": (), "lr": 1e-4, "bias": True}) == "hidden=linear lr=0.0001 bias=True"
