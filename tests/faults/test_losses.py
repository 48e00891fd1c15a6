"""When a trial that loses its worker again and again has failed, and when it only had bad luck."""

from launch.backend.searcher import StudySearcher
from launch.study.trial import TrialRecord


class OneTrial:
    """A study of one trial that takes what it is told."""

    def __init__(self):
        self.records = {0: TrialRecord(0, {}, "sampled")}
        self.running, self.again, self.ended = [0], 0, None

    def ask(self):
        return self.records[0]

    def is_running(self, number):
        return number in self.running

    def report(self, number, rounds):
        self.records[0].history += rounds

    def requeue(self, number):
        self.again += 1

    def finish(self, number, *, finished, failure, message):
        self.running, self.ended = [], (failure, message)


def lives(*reached):
    """Lives of a trial, each of which does the rounds up to a number and is lost."""
    study = OneTrial()
    nothing = lambda *_: None  # noqa: E731
    searcher = StudySearcher(
        study, seed=0, exhausted=lambda: False, on_start=nothing, on_report=nothing, on_end=nothing
    )
    for i, last in enumerate(reached):
        searcher.suggest(str(i))
        if last:
            searcher.on_trial_result(str(i), {"history": [{"round": n} for n in range(1, last + 1)]})
        searcher.lost(str(i), "worker_lost", "gone", again=True)
        assert searcher.trouble is None
        if study.ended:
            return study.again, study.ended
    return study.again, None


def test_a_trial_that_does_no_round_four_times_has_failed():
    assert lives(2, 0, 0, 0) == (3, ("worker_lost", "gone; 4 times without a round in between"))


def test_a_trial_that_is_lost_at_the_same_round_four_times_has_failed():
    assert lives(3, 3, 3, 3) == (3, ("worker_lost", "gone; 4 times without a round in between"))


def test_a_trial_that_comes_further_each_time_goes_on():
    assert lives(1, 2, 3, 4, 5, 6) == (6, None)


def test_a_trial_that_is_lost_at_other_rounds_than_before_while_it_does_them_again_goes_on():
    assert lives(6, 6, 4, 0, 5, 3) == (6, None)


def test_but_not_for_ever():
    again, ended = lives(6, *[1, 2] * 20)
    # the first nine losses are no blame but the first, the next three are
    assert (again, ended) == (11, ("worker_lost", "gone; 4 times without a round in between"))
