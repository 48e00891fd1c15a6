"""Which detector to take: on validation alone, by condition, the cheaper one where two cannot be told apart."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from launch.evaluation import summary as summaries
from launch.evaluation.arm_metrics import Interval
from launch.evaluation.intervals import paired_split_interval
from launch.evaluation.verdict.recommendation import (
    Candidate,
    comparable,
    difference,
    of_summaries,
    recommend,
    why_none,
)

KEPT = Path(__file__).parents[1] / "summaries" / "devnet-a.summary.json"


def candidate(name, level, splits, fit=1.0, test=None):
    mean, half = float(np.mean(splits)), 0.02
    return Candidate(
        name, level, Interval(mean, mean - half, mean + half), tuple(splits), fit, 0.0, Interval(test or mean)
    )


BEST = candidate("gbdt", "supervised", [0.90, 0.92, 0.91], fit=4.0)


def test_a_paired_interval_by_hand():
    # differences .01, .02, .03: variance 1e-4, times 1/3 + 1/4, t of two degrees of freedom
    half = stats.t.ppf(0.975, 2) * np.sqrt(1e-4 * (1 / 3 + 1 / 4))
    found = paired_split_interval([0.51, 0.52, 0.53], [0.5, 0.5, 0.5], 0.25)
    assert found == pytest.approx((0.02, 0.02 - half, 0.02 + half))
    mean, low, high = paired_split_interval([0.5], [0.4], 0.25)
    assert mean == pytest.approx(0.1)
    assert np.isnan([low, high]).all()


def test_each_condition_has_its_detector():
    few = candidate("devnet", "few-label", [0.70, 0.71, 0.69])
    none = candidate("iforest", "unsupervised", [0.40, 0.41, 0.42])
    found = recommend([none, few, BEST], "ap", 0.25, chance=0.1)
    assert [(choice.chosen.name, choice.condition) for choice in found.choices] == [
        ("gbdt", "if you will have labels like these"),
        ("iforest", "without labels"),
    ]
    assert found.detector == "gbdt"
    assert found.choices[0].runner_up.name == "devnet"
    assert found.choices[0].cost.mean == pytest.approx(0.70 - 0.91)
    assert found.choices[0].cost.distinguishable
    assert found.choices[1].runner_up is None
    assert found.choices[1].against_labels.mean == pytest.approx(0.41 - 0.91)
    assert "Runner-up: devnet, AP -0.2100" in str(found)
    assert "worse" in str(found)


def test_one_detector_may_be_the_one_with_and_without_labels():
    worse = candidate("devnet", "few-label", [0.70, 0.71, 0.69])
    best = candidate("knn", "unsupervised", [0.90, 0.91, 0.90])
    (choice,) = recommend([worse, best], "ap", 0.25).choices
    assert choice.chosen is best
    assert choice.condition == "with or without labels"


def test_normal_rows_alone_are_a_condition_of_their_own_where_a_detector_needs_them():
    of_normal = candidate("ae", "one-class", [0.60, 0.61, 0.62])
    none = candidate("iforest", "unsupervised", [0.40, 0.41, 0.42])
    found = recommend([none, of_normal, BEST], "ap", 0.25)
    assert [choice.chosen.name for choice in found.choices] == ["gbdt", "ae", "iforest"]


@pytest.mark.parametrize(
    ("splits", "fit", "chosen"),
    [
        ([0.895, 0.925, 0.905], 0.5, "logistic"),  # not distinguishable, .0017 behind, an eighth of the time
        ([0.895, 0.925, 0.905], 3.0, "gbdt"),  # hardly faster
        ([0.89, 0.91, 0.90], 0.5, "gbdt"),  # each split .01 lower: told apart
        ([0.80, 0.97, 0.88], 0.5, "gbdt"),  # not distinguishable, but .027 behind
    ],
)
def test_the_cheaper_one_is_taken_where_it_cannot_be_told_apart_and_is_hardly_behind(splits, fit, chosen):
    other = candidate("logistic", "supervised", splits, fit)
    found = recommend([BEST, other], "ap", 0.25)
    assert found.detector == chosen
    assert found.choices[0].best is BEST
    assert "cannot be told apart" in str(found)


@pytest.mark.parametrize(
    ("best", "other", "chance", "chosen"),
    [
        ([0.10, 0.12, 0.08], [0.07, 0.10, 0.07], None, "slow"),  # .02 behind, which is a fifth
        ([0.10, 0.12, 0.08], [0.09, 0.12, 0.075], None, "fast"),  # .005 behind, a twentieth
        ([0.10, 0.12, 0.08], [0.09, 0.12, 0.075], 0.06, "slow"),  # of the .04 above chance an eighth
        ([0.60, 0.62, 0.58], [0.58, 0.63, 0.545], 0.5, "slow"),  # AUROC .015 behind, of .10 above chance
        ([0.95, 0.97, 0.93], [0.93, 0.98, 0.895], 0.5, "fast"),  # AUROC .015 behind, of .45
    ],
)
def test_what_a_cheaper_one_may_cost_goes_with_what_the_best_has_above_chance(best, other, chance, chosen):
    found = recommend(
        [candidate("slow", "supervised", best, 9.0), candidate("fast", "supervised", other)], "ap", 0.25, chance
    )
    assert found.detector == chosen


def test_a_time_that_is_not_known_is_no_short_one():
    older = candidate("older", "supervised", [0.895, 0.925, 0.905], float("nan"))
    assert np.isnan(older.seconds)
    assert recommend([BEST, older], "ap", 0.25).detector == "gbdt"


def test_a_summary_without_times_does_not_count_as_fast():
    plain = json.loads(KEPT.read_text())
    plain["best"]["validation"]["confirmed"] |= {"mean": 0.42, "low": 0.30, "high": 0.50}
    high = summaries.of_plain(plain)
    plain["best"]["validation"]["confirmed"] |= {"mean": 0.415}
    plain["seconds"] |= {"fit": 0.0, "predict": 0.0}  # as where they were not kept
    assert of_summaries([("high", high), ("old", summaries.of_plain(plain))]).detector == "high"


def test_why_there_is_none():
    first = summaries.read(KEPT)
    assert "same rows" in why_none([("a", first), ("b", replace(first, metric="auroc"))])
    plain = json.loads(KEPT.read_text())
    plain["best"]["validation"]["confirmed"] = {"splits": 0, "mean": None, "low": None, "high": None}
    unconfirmed = summaries.of_plain(plain)
    assert of_summaries([("a", unconfirmed), ("b", unconfirmed)]) is None
    assert "no score was confirmed" in why_none([("a", unconfirmed), ("b", unconfirmed)])


def test_nothing_hangs_on_test_figures():
    first, second = (candidate(n, "supervised", s) for n, s in (("a", [0.5, 0.52]), ("b", [0.4, 0.41])))
    plain = recommend([first, second], "ap", 0.25)
    turned = recommend([replace(first, test=Interval(0.1)), replace(second, test=Interval(0.99))], "ap", 0.25)
    assert plain.detector == turned.detector == "a"


def test_random_scores_are_never_recommended_and_chance_is_named():
    lucky = candidate("random", "unsupervised", [0.9, 0.9, 0.9])
    weak = candidate("iforest", "unsupervised", [0.51, 0.52, 0.5])
    found = recommend([lucky, weak], "auroc", 0.25, chance=0.5)
    assert found.detector == "iforest"
    assert "not shown to rank better than chance (AUROC 0.5000)" in str(found)


def test_two_splits_are_not_blamed_on_the_detector():
    """Their interval has one degree of freedom: 12.7 deviations wide on each side."""
    first, second = (replace(candidate(n, "unsupervised", [0.51, 0.53]), fresh_splits=2) for n in ("a", "b"))
    said = str(recommend([first, second], "auroc", 0.25, chance=0.5))
    assert "not shown to rank better than chance (AUROC 0.5000); two splits cannot show it, --confirm 5 may." in said
    assert "two splits cannot tell them apart" in said


def test_easy_splits_are_no_merit_of_who_was_confirmed_on_them_alone():
    """The first two are .3 easier. `b` is .02 below `a` and .04 above `c` on them, and .70 = .72 - .02 on all."""
    a, c = (candidate(n, "supervised", [x, x, x - 0.3, x - 0.3, x - 0.3]) for n, x in (("a", 0.90), ("c", 0.84)))
    b = replace(candidate("b", "supervised", [0.88, 0.88]), fresh_splits=2)
    assert comparable([a, b, c]) == pytest.approx({"a": 0.72, "b": 0.70, "c": 0.66})
    found = recommend([b, c, a], "ap", 0.25)
    assert found.detector == "a"
    assert found.choices[0].runner_up is b
    assert "Runner-up: b, AP -0.0200" in str(found)
    older = replace(b, splits=())  # of which nothing is known but its mean
    assert comparable([a, older]) == {"a": a.confirmed.mean, "b": b.confirmed.mean}


def test_splits_that_were_not_kept_are_compared_by_both_intervals():
    older = replace(BEST, splits=())
    other = candidate("a", "supervised", [0.9, 0.9, 0.9])
    found = difference(other, older, 0.25)
    assert found.mean == pytest.approx(-0.01)
    assert found.high - found.mean == pytest.approx(np.hypot(0.02, 0.02))


def test_there_is_none_of_nothing_nor_of_other_rows():
    assert recommend([], "ap", 0.25) is None
    assert of_summaries([]) is None
    first = summaries.read(KEPT)
    elsewhere = replace(first, dataset=replace(first.dataset, sha256="other"))
    assert of_summaries([("a", first), ("b", elsewhere)]) is None


def test_summaries_are_paired_by_the_splits_that_they_keep():
    plain = json.loads(KEPT.read_text())
    confirmed = plain["best"]["validation"]["confirmed"]
    confirmed |= {"mean": 0.42, "low": 0.40, "high": 0.44, "scores": [0.40, 0.44]}
    high = summaries.of_plain(plain)
    confirmed |= {"mean": 0.41, "scores": [0.39, 0.43]}
    low = summaries.of_plain(plain)
    found = of_summaries([("low", low), ("high", high)])
    assert found.detector == "high"
    assert found.choices[0].cost.distinguishable  # .01 on both splits
    unpaired = of_summaries([("low", replace(low, seed=7)), ("high", high)])
    assert not unpaired.choices[0].cost.distinguishable
    assert high.plain()["best"]["validation"]["confirmed"]["scores"] == [0.40, 0.44]
