"""What an arm held by when, differences with their intervals, and regret, against figures by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis.experiments.efficiency import comparison
from analysis.experiments.efficiency.arms import Arm
from analysis.experiments.efficiency.confirming import fit_key, leaders


def line(arm, *trials, dataset="one", seed=0, asked=None):
    """A search whose trials are (score, seconds[, state]), and its configurations numbered by score."""
    return {
        "detector": "knn", "dataset": dataset, "seed": seed, "arm": arm, "failure": None, "shared": "", "metric": "ap",
        "data": {}, "reference": "paper", "asked": asked or len(trials),
        "trials": [
            {
                "number": k, "origin": "sampled" if k else "paper", "config": {"k": score}, "score": score,
                "state": [*more, "complete"][0], "between": 0.25, "rounds": [[score, cost - 0.25]],
            }
            for k, (score, cost, *more) in enumerate(trials)
        ],
    }  # fmt: skip


def fits(*lines, worth=lambda score: score):
    """Two fresh splits on which each configuration is .1 above and below what it is worth."""
    return {
        fit_key(one, trial["config"]): {
            "scores": {"1000": worth(trial["score"]) + 0.1, "1001": worth(trial["score"]) - 0.1}
        }
        for one in lines
        for trial in one["trials"]
    }


TRIED = line("random", (0.3, 1), (0.9, 2, "pruned"), (0.5, 3), (0.4, 4), (0.8, 1))


@pytest.mark.parametrize(("trials", "number"), [(1, 0), (2, 0), (3, 2), (4, 2), (5, 4), (30, 4)])
def test_best_is_a_complete_trial(trials, number):
    assert comparison.best(TRIED, trials)["number"] == number


def test_all_seconds_count_also_those_of_stopped_trials_and_between_trials():
    assert comparison.seconds(TRIED) == [1, 3, 6, 10, 11]


def test_leaders_are_what_is_confirmed():
    assert [trial["number"] for trial in leaders(TRIED["trials"])] == [0, 2, 4]


def test_arms_are_compared_at_equal_trials_and_at_the_seconds_of_the_quicker():
    quick = line("quick", (0.3, 1), (0.6, 1), (0.7, 2), asked=5)  # its space has no more
    arms = [Arm("published"), Arm("random"), Arm("quick")]
    frame = (
        comparison.measured([TRIED, quick], arms, fits(TRIED, quick))
        .set_index(["kind", "at", "arm"])["confirmed"]
        .sort_index()
    )
    assert frame["trials", 4.0].to_dict() == pytest.approx({"published": 0.3, "random": 0.5, "quick": 0.7})
    assert frame["trials", 5.0].to_dict() == pytest.approx({"published": 0.3, "random": 0.8, "quick": 0.7})
    # quick took 4 seconds: by then random had ended two trials, by 2 seconds one
    assert frame["seconds", 1.0].to_dict() == pytest.approx({"published": 0.3, "random": 0.3, "quick": 0.7})
    assert frame["seconds", 0.5].to_dict() == pytest.approx({"published": 0.3, "random": 0.3, "quick": 0.6})
    assert frame["seconds", 0.03].to_dict() == pytest.approx({"published": 0.3, "random": 0.3, "quick": 0.3})


def test_a_cell_counts_once_every_arm_has_searched_it():
    assert comparison.measured([TRIED], [Arm("random"), Arm("quick")], {}).empty
    failed = {**line("quick", (0.3, 1)), "failure": {"cause": "stopped", "message": "all failed"}}
    assert comparison.measured([TRIED, failed], [Arm("random"), Arm("quick")], {}).empty


def test_a_fit_that_failed_is_no_figure():
    own = fits(TRIED)
    own[fit_key(TRIED, {"k": 0.3})]["scores"]["1000"] = None
    assert np.isnan(comparison.confirmed(TRIED, TRIED["trials"][0], own))


def values(rows):
    frame = pd.DataFrame(rows, columns=["detector", "dataset", "seed", "difference"])
    return frame.set_index(["detector", "dataset", "seed"])["difference"]


def test_interval_is_over_datasets_however_many_seeds():
    rows = [("knn", name, seed, mean + 0.01 * seed) for name, mean in (("a", 0.0), ("b", 0.1)) for seed in (-1, 0, 1)]
    mean, low, high = comparison.over_tables(values(rows))
    # means of datasets 0 and .1: t(0.975, 1) = 12.706 times .0707 / sqrt 2 = .05
    assert (mean, low, high) == pytest.approx((0.05, 0.05 - 0.6353, 0.05 + 0.6353), abs=1e-4)


def test_interval_of_one_dataset_is_over_seeds():
    mean, low, high = comparison.over_tables(values([("knn", "a", 0, 0.0), ("knn", "a", 1, 0.1)]))
    assert (mean, low, high) == pytest.approx((0.05, 0.05 - 0.6353, 0.05 + 0.6353), abs=1e-4)


def test_detectors_count_the_same_however_many_seeds_they_have():
    rows = [
        ("knn", "a", 0, 0.0),
        ("knn", "a", 1, 0.0),
        ("knn", "a", 2, 0.0),
        ("svm", "a", 0, 0.4),
        ("knn", "b", 0, 0.2),
    ]
    assert comparison.over_tables(values(rows))[0] == pytest.approx((0.2 + 0.2) / 2)


def test_regret_is_of_the_range_of_a_detector_on_a_dataset():
    rows = [
        ("knn", "a", seed, arm, value)
        for seed, own in ((0, (0.4, 0.6)), (1, (0.5, 0.6)))
        for arm, value in zip("xy", own, strict=True)
    ]
    frame = comparison.regret(pd.DataFrame(rows, columns=["detector", "dataset", "seed", "arm", "confirmed"]))
    # ranges .2 and .1: mean .15
    assert frame["regret"].tolist() == pytest.approx([0.2 / 0.15, 0, 0.1 / 0.15, 0])


def test_not_shown_until_an_interval_clears_zero():
    lines, arms = [], [Arm("random"), Arm("better"), Arm("same")]
    for seed in range(4):
        lines += [
            line("random", (0.3, 1), (0.5, 1), seed=seed), line("better", (0.3, 1), (0.6 + 0.01 * seed, 1), seed=seed),
            line("same", (0.3, 1), (0.5 + 0.1 * (-1) ** seed, 1), seed=seed),
        ]  # fmt: skip
    frame = comparison.regret(comparison.measured(lines, arms, fits(*lines)))
    shown = comparison.table(frame, "random").set_index(["at", "arm"])
    assert shown.loc[("2 trials", "better"), "shown"] == "higher"
    assert shown.loc[("2 trials", "same"), "shown"] == "not shown"
    assert shown.loc[("2 trials", "better"), "higher / lower"] == "4 / 0"
    assert shown.loc[("2 trials", "same"), "higher / lower"] == "2 / 2"
    # differences .10, .11, .12, .13: mean .115, deviation .01291, t(0.975, 3) = 3.1824 times .00645
    assert shown.loc[("2 trials", "better"), "minus random"] == "+0.1150 (+0.0945 to +0.1355)"
    assert list(comparison.apart(frame, "random", "detector")["shown"]) == ["higher", "not shown"]
    # two seeds that agree by luck: .10 and .11, .105 (+.0415 to +.1685) clears zero and is not enough
    few = comparison.table(frame[frame["seed"] < 2], "random").set_index(["at", "arm"])
    assert few.loc[("2 trials", "better"), "minus random"] == "+0.1050 (+0.0415 to +0.1685)"
    assert few.loc[("2 trials", "better"), "shown"] == "not shown"
