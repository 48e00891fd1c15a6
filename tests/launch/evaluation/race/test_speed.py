"""Of configurations that cannot be told apart the much faster one is taken, within a small margin."""

from __future__ import annotations

import pytest

from launch.evaluation.race.finalist import Finalist
from launch.evaluation.race.speed import faster, fit_seconds
from launch.study.trial import TrialRecord


def finalist(number: int, scores: list[float], seconds: float, **more: object) -> Finalist:
    """Ten rounds of so many seconds together, the first of which has a start of three seconds besides."""
    rows = [{"fit_seconds": seconds / 10, "predict_seconds": 0.0} for _ in range(10)]
    rows[0] = {**rows[0], "fit_seconds": seconds / 10 + 3.0}
    own = Finalist(TrialRecord(number, {}, "sampled", "complete", rows, 0.4), False, **more)  # type: ignore[arg-type]
    own.scores = dict(enumerate(scores))
    return own


BEST = [0.420, 0.430, 0.400, 0.410, 0.440]
NEAR = [0.424, 0.424, 0.400, 0.408, 0.430]
""".0028 less on average, -.004 to +.01 on single splits."""


def taken(scores: list[float], seconds: float, chance: float = 0.02, **more: object) -> int:
    best, other = finalist(1, BEST, 6.0), finalist(2, scores, seconds, **more)
    return faster(best, [best, other], chance)[0].record.number


def test_seconds_of_a_fit_leave_out_the_start_of_a_process():
    assert fit_seconds(finalist(1, BEST, 6.0)) == pytest.approx(6.0)


def test_the_fast_one_of_two_that_cannot_be_told_apart():
    assert taken(NEAR, 2.9) == 2
    best, other = finalist(1, BEST, 6.0), finalist(2, NEAR, 2.9)
    said = faster(best, [best, other], 0.02)[1]
    assert said is not None
    assert (said.trial, round(said.behind, 6)) == (1, 0.0028)
    assert said.low < 0 < said.high
    assert (said.seconds, said.instead_of) == pytest.approx((2.9, 6.0))


@pytest.mark.parametrize(
    ("scores", "seconds", "more"),
    [
        (NEAR, 3.1, {}),  # not twice as fast
        ([score - 0.006 for score in BEST], 1.0, {}),  # more than .005 behind
        ([score - 0.003 for score in BEST], 1.0, {}),  # on every split alike: no luck
        (NEAR, 1.0, {"failures": {4: "sick"}}),
        (NEAR, 1.0, {"eligible": False}),
        (NEAR[:3], 1.0, {}),  # out of the race
    ],
)
def test_the_best_stays(scores, seconds, more):
    assert taken(scores, seconds, **more) == 1


def test_near_chance_even_a_small_difference_counts():
    """The mean of .42 is .02 above chance: a tenth of that is .002."""
    assert taken(NEAR, 1.0, chance=0.40) == 1


def test_what_saves_less_than_a_second_is_left():
    best, other = finalist(1, BEST, 0.9), finalist(2, NEAR, 0.1)
    assert faster(best, [best, other], 0.02) == (best, None)
