import pytest

from analysis.benchmarks.searching.time_left import error, seconds_left
from launch.common.text import clock


@pytest.mark.parametrize("seconds", [0, 7, 60, 61, 119, 3599, 3600, 3660, 7260])
def test_every_printed_estimate_is_read(seconds):
    line = f"trial   1  complete  10/10 rounds  ap 0.3  best 0.3 (trial 1), about {clock(seconds)} left  lr=0.1"
    assert seconds_left(line) == seconds


def test_other_lines_have_none():
    assert seconds_left("trial   1  complete  best 0.3 (trial 1)  lr=0.1") is None
    assert seconds_left("about time, nothing is left") is None


def test_the_error_of_an_estimate():
    assert error(at=10, left=90, end=100) == 0
    assert error(at=50, left=65, end=100) == pytest.approx(0.3)
    assert error(at=50, left=25, end=100) == pytest.approx(-0.5)
