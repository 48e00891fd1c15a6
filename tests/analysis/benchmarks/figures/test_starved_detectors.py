"""The benchmark of starved detectors: what its cells say."""

from __future__ import annotations

import math

from analysis.benchmarks.figures import starved_detectors


def test_cells_are_both_sides_and_their_difference_with_student_intervals():
    """Two values that are .1 apart: the half-width is t(1) x .05 = 12.706 x .05 = .635."""
    cells = starved_detectors.row("one", [(0.5, 0.1), (0.6, 0.1)], [(0.7, 0.3), (0.8, 0.3)])
    assert cells == [
        "one",
        "0.550 (-0.085 to 1.185)", "0.750 (0.115 to 1.385)", "0.200 (0.200 to 0.200)",
        "0.100 (0.100 to 0.100)", "0.300 (0.300 to 0.300)", "0.200 (0.200 to 0.200)",
    ]  # fmt: skip
    assert starved_detectors.row("one", [], [(0.7, 0.3)] * 2)[1:4] == ["", "0.700 (0.700 to 0.700)", ""]


def test_failed_trainings_are_counted():
    assert starved_detectors.interval([0.5, math.nan, math.nan]) == "2 of 3 failed"
