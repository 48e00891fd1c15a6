"""ASHA, fed by hand."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from launch.backend import asha
from launch.config.halving import Halving
from launch.study.trial import TrialRecord, whole_fit_seconds


@dataclass
class Trial:
    trial_id: str
    config: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("max_rounds", "grace", "factor", "rungs"),
    [
        (1, 1, 4, ()),
        (2, 1, 4, (1,)),
        (4, 1, 4, (1,)),
        (5, 1, 4, (1, 4)),
        (10, 1, 4, (1, 4)),
        (16, 1, 4, (1, 4)),
        (17, 1, 4, (1, 4, 16)),
        (100, 1, 4, (1, 4, 16, 64)),
        (10, 2, 2, (2, 4, 8)),
        (9, 1, 3, (1, 3)),
    ],
)
def test_rungs_by_hand(max_rounds, grace, factor, rungs):
    assert Halving(max_rounds, grace, factor).rungs() == rungs


def test_rungs_without_halving():
    assert Halving(100, enabled=False).rungs() == ()


@pytest.mark.parametrize("rounds", [2, 3, 4, 5, 10, 16, 17, 50, 64, 65, 100, 256, 1000])
def test_the_scheduler_decides_at_those_rungs(rounds):
    scheduler = asha.scheduler(Halving(rounds))
    found = {milestone for milestone, _ in scheduler._brackets[0]._rungs if milestone < rounds}
    assert found == set(Halving(rounds).rungs())


def test_without_rungs_nothing_is_stopped():
    from ray.tune.schedulers import FIFOScheduler

    for scheduler in (asha.scheduler(Halving(10, enabled=False)), asha.scheduler(Halving(1))):
        assert isinstance(scheduler, FIFOScheduler)
        assert type(scheduler).on_trial_result is FIFOScheduler.on_trial_result


class Fed:
    """A scheduler of ten rounds (rungs 1 and 4, one in four goes on) that is told results by hand."""

    def __init__(self) -> None:
        self.scheduler = asha.scheduler(Halving(10))

    def add(self, name, spare=False):
        trial = Trial(name, {"spare": spare})
        self.scheduler.on_trial_add(None, trial)
        return trial

    def tell(self, trial, round_, score):
        return self.scheduler.on_trial_result(None, trial, {"round": round_, "score": score})


def test_golden_decisions():
    fed = Fed()
    a, b, c, d, e, f = (fed.add(n) for n in "abcdef")
    assert fed.tell(a, 1, 0.5) == "CONTINUE"  # nobody to compare with
    assert fed.tell(b, 1, 0.4) == "STOP"  # cutoff: 75th percentile of {.5} = .5
    assert fed.tell(c, 1, 0.9) == "CONTINUE"
    assert fed.tell(d, 1, 0.6) == "STOP"  # 75th percentile of {.4, .5, .9} = .7
    assert fed.tell(e, 1, 0.75) == "CONTINUE"  # 75th percentile of {.4, .5, .6, .9} = .675
    assert fed.tell(a, 2, 0.0) == "CONTINUE"  # between the rungs nothing is decided
    assert fed.tell(a, 4, 0.1) == "CONTINUE"  # first at its rung
    assert fed.tell(c, 4, 0.09) == "STOP"
    assert fed.tell(e, 4, 0.1) == "CONTINUE"  # equal to the cutoff (75th percentile of {.1, .09} = .0975)
    assert fed.tell(f, 10, 0.9) == "STOP"  # all rounds done


def test_a_result_between_rungs_counts_for_the_rung_below():
    fed = Fed()
    a, b = fed.add("a"), fed.add("b")
    assert fed.tell(a, 1, 0.5) == "CONTINUE"
    assert fed.tell(b, 3, 0.4) == "STOP"


def test_a_spared_trial_is_never_stopped_before_its_end():
    fed = Fed()
    good, published, other = fed.add("good"), fed.add("published", spare=True), fed.add("other")
    assert fed.tell(good, 1, 0.9) == "CONTINUE"
    for round_, score in ((1, 0.1), (2, 0.0), (4, 0.1), (9, 0.2)):
        assert fed.tell(published, round_, score) == "CONTINUE"
    assert fed.tell(published, 10, 0.2) == "STOP"
    # the spared trial's score stands in the rung like any other: 75th percentile of {.9, .1} = .7
    assert fed.tell(other, 1, 0.8) == "CONTINUE"
    assert fed.scheduler._num_stopped == 1


def test_a_spared_trial_may_be_longer_than_a_full_one():
    fed = Fed()
    fed.scheduler = asha.scheduler(Halving(10, spared=150))
    good, published, other = fed.add("good"), fed.add("published", spare=True), fed.add("other")
    assert fed.tell(good, 1, 0.9) == "CONTINUE"
    for round_ in (1, 4, 10, 11, 149):
        assert fed.tell(published, round_, 0.1) == "CONTINUE"
    assert fed.tell(published, 150, 0.1) == "STOP"
    assert fed.tell(other, 10, 0.9) == "STOP"
    assert Halving(10, spared=150).rungs() == (1, 4)


@pytest.mark.parametrize("result", [{"round": 1}, {"score": 0.1}, {"failure": "oom", "done": True}])
def test_a_result_without_score_or_round_decides_nothing(result):
    fed = Fed()
    good, trial, spared = fed.add("good"), fed.add("other"), fed.add("published", spare=True)
    fed.tell(good, 1, 0.9)
    assert fed.scheduler.on_trial_result(None, trial, result) == "CONTINUE"
    assert fed.scheduler.on_trial_result(None, spared, result) == "CONTINUE"
    fed.scheduler.on_trial_complete(None, trial, result)


# -- cheap fits ---------------------------------------------------------------------------


class Timed(Fed):
    """Ten rounds, and stopping where a whole fit takes more than a second; rounds have their seconds."""

    def __init__(self, known=()) -> None:
        self.scheduler = asha.scheduler(Halving(10, above=1.0), known)

    def add(self, number, spare=False):
        trial = Trial(f"t{number}", {"number": number, "spare": spare})
        self.scheduler.on_trial_add(None, trial)
        return trial

    def tell(self, trial, round_, score, *seconds):
        rows = [{"round": r, "fit_seconds": s, "predict_seconds": 0.0} for r, s in enumerate(seconds, start=1)]
        return self.scheduler.on_trial_result(None, trial, {"round": round_, "score": score, "history": rows})


def test_a_cheap_fit_is_not_stopped_before_its_end():
    fed = Timed()
    published, weak = fed.add(0, spare=True), fed.add(1)
    assert fed.tell(published, 1, 0.9, 2.5) == "CONTINUE"
    assert fed.tell(weak, 1, 0.1, 2.5) == "CONTINUE"  # imports may be all that a first round of 2.5 s was
    assert fed.tell(published, 4, 0.9, 2.5, 0.1, 0.1, 0.1) == "CONTINUE"
    assert fed.tell(weak, 4, 0.1, 2.5, 0.1, 0.1, 0.1) == "CONTINUE"  # ten rounds of 0.1 s are no more than 1 s
    assert fed.tell(weak, 10, 0.1, 2.5, *[0.1] * 9) == "STOP"
    assert fed.scheduler._num_stopped == 1


@pytest.mark.parametrize("seconds", [(3.2,), (2.5, 0.11), (0.2, 0.11)])
def test_stopping_begins_where_a_whole_fit_takes_longer(seconds):
    """Ten rounds of 0.11 s; or a first one that no import explains: 3.2 s less 3 are 0.2 a round."""
    fed = Timed()
    published, weak = fed.add(0, spare=True), fed.add(1)
    fed.tell(published, len(seconds), 0.9, *seconds)
    assert fed.tell(weak, 1, 0.1, 0.01) == "STOP"


def test_what_was_seen_and_decided_before_stays():
    def record(number, state, seconds):
        rows = [{"round": r, "score": 0.9, "fit_seconds": seconds, "predict_seconds": 0.0} for r in range(1, 11)]
        return TrialRecord(number, {}, "sampled", state, rows)

    cheap, dear = record(0, "complete", 0.02), record(0, "complete", 0.2)
    for known, decision in (([cheap], "CONTINUE"), ([dear], "STOP"), ([cheap, record(1, "pruned", 0.02)], "STOP")):
        fed = Timed(known)
        assert fed.tell(fed.add(2), 1, 0.1, 0.02) == decision


def test_whole_fit_by_hand():
    def rows(*seconds):
        return [{"fit_seconds": s - 0.1, "predict_seconds": 0.1} for s in seconds]

    assert whole_fit_seconds([], 10) == 0
    assert whole_fit_seconds([rows(2.0)], 10) == 0
    assert whole_fit_seconds([rows(3.5), rows(3.25)], 10) == pytest.approx(3.75)  # the median of 0.5 and 0.25
    assert whole_fit_seconds([rows(9.0, 1.0, 2.0), rows(5.0, 1.0), rows(9.0)], 10) == pytest.approx(12.5)


def test_the_seconds_of_the_last_trials_alone_are_kept():
    """Of ten thousand trials a decision must not read all."""
    fed = Timed()
    for number in range(asha.TIMED + 50):
        fed.tell(fed.add(number, spare=True), 1, 0.5, 0.1)
    assert list(fed.scheduler._histories) == list(range(50, asha.TIMED + 50))
