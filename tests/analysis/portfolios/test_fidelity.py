"""ASHA replayed on curves whose end is known."""

import numpy as np
import pytest

from analysis.portfolios import fidelity, portfolio
from analysis.portfolios.choice import BUDGETS, Judged
from analysis.portfolios.fidelity import Fidelity, OnTable
from tests.analysis.portfolios.test_choice import made


def curves(early, end):
    """Ten rounds: one score in the first, another from then on."""
    return np.array([[first, *[last] * 9] for first, last in zip(early, end, strict=True)], float)


def test_a_trial_goes_on_where_it_is_among_the_upper_quarter_of_those_before_it():
    early = [0.5, 0.4, 0.6, 0.55, 0.9, 0.7]
    last = fidelity.replay(curves(early, early), np.arange(6), np.zeros(6, bool), (1, 4))
    # the first goes on; .4 < .5; .6 >= the quartile .5; .55 >= .55 of (.4 .5 .6); then stopped at round 4, where
    # .5 .6 were: quartile .575; .9 goes on; .7 >= .6 of (.4 .5 .55 .6 .9), then .7 < .75 of (.5 .55 .6 .9) is .675
    assert last.tolist() == [10, 1, 10, 4, 10, 10]


def test_published_configurations_are_never_stopped():
    early = [0.9, 0.1, 0.2]
    spared = np.array([False, True, False])
    assert fidelity.replay(curves(early, early), np.arange(3), spared, (1, 4)).tolist() == [10, 10, 1]


def of(values):
    values = np.array(values)
    one = made(values[:, -1:].repeat(1, axis=1))
    one.curves.update({(i, 0): values[i] for i in range(len(values))})
    return one


def test_early_rounds_that_tell_the_end_and_such_that_do_not():
    end = np.linspace(0.5, 0.9, 20)
    good = fidelity.audit(of(curves(end, end)))
    bad = fidelity.audit(of(curves(end[::-1], end)))
    assert good.correlation(1) == pytest.approx(1)
    assert bad.correlation(1) == pytest.approx(-1)
    assert good.stopped == 0
    assert bad.stopped > 0.8
    assert not good.misleads
    assert bad.misleads
    assert bad.gain()[0] < 0 < good.gain()[0]


def test_what_was_trained_in_one_round_cannot_be_audited():
    one = made(np.linspace(0.5, 0.9, 20)[:, None])
    one.curves.update({(i, 0): one.choose[i] for i in range(20)})
    assert fidelity.audit(one) is None


@pytest.mark.parametrize(
    ("correlation", "stopped", "gain", "misleads"),
    [(0.9, 0.1, -0.1, False), (0.4, 0.1, -0.1, True), (0.9, 0.4, -0.1, True), (0.4, 0.4, 0.1, False)],
)
def test_the_rule(correlation, stopped, gain, misleads):
    assert Fidelity("any", [OnTable("a", {1: correlation}, stopped, 0.4, gain)]).misleads is misleads


def test_one_table_has_no_interval_and_equal_scores_no_correlation():
    one = Fidelity("any", [OnTable("a", {1: np.nan, 4: 0.5}, 0.1, 0.4, 0.1)])
    (line,) = fidelity.table([one]).to_dict("records")
    assert (line["round 1"], line["round 4"], line["ASHA, as many rounds"]) == ("-", "0.50", "+0.1000")
    judged = Judged("any", 12, {trials: {"a": 0.25} for trials in BUDGETS})
    assert portfolio.table([judged])["4 trials"].tolist() == ["+0.2500"]
