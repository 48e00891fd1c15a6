"""The verdict names what rose and what fell, chance and the baseline, and a thousand rows in alarms."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from launch.evaluation.arm_metrics import ArmComparison, ArmMetrics, Interval
from launch.evaluation.summary import BaselineSummary, of_plain
from launch.evaluation.verdict.sentences import beside_simplest, day, doubtful, sentences, verdict

KEPT = Path(__file__).parents[1] / "summaries" / "devnet-a.summary.json"
UP, DOWN, LEVEL = Interval(0.1, 0.05, 0.15), Interval(-0.1, -0.15, -0.05), Interval(0.01, -0.05, 0.07)


def comparison(**changed):
    tuned = ArmMetrics(Interval(0.9, 0.85, 0.95), Interval(0.4, 0.35, 0.45))
    return replace(ArmComparison(tuned, prevalence=0.033, anomalies=500, normal=9000), **changed)


@pytest.fixture
def summary():
    plain = json.loads(KEPT.read_text())
    plain["best"]["trial"] = plain["published"]["trial"] + 1
    return of_plain(plain)


def against(summary, **moved):
    difference = replace(ArmMetrics(LEVEL, LEVEL), **moved)
    return sentences(replace(summary, test=comparison(difference=difference)))[1]


def test_what_rose_is_named_with_what_fell(summary):
    assert against(summary, ap=UP, auroc=DOWN, recall_threshold=DOWN) == (
        "Against the published configuration: higher in AP (+0.100, +0.050 to +0.150), but lower in AUROC "
        "(-0.100, -0.150 to -0.050) and recall at the threshold (-0.100, -0.150 to -0.050)."
    )


def test_metrics_beside_the_first_count_for_how_many_they_are(summary):
    """One metric in twenty is beyond its interval by chance: of three, the first step of Holm asks for .05 / 3.

    Half a width of .05 is 1.96 deviations, so .051 above 0 has p .046, .062 p .015 and .06 p .019.
    """
    barely, well = Interval(0.051, 0.001, 0.101), Interval(-0.062, -0.112, -0.012)
    assert "higher in AP (+0.051" in against(summary, ap=barely)
    assert against(summary, recall_threshold=barely).startswith("Not distinguishable")
    assert "lower in recall at the threshold" in against(summary, recall_threshold=well, precision_threshold=LEVEL)
    third = Interval(0.06, 0.01, 0.11)
    said = against(summary, recall_threshold=third, precision_threshold=LEVEL)
    assert said.startswith("Not distinguishable")
    assert "higher in AUROC" in against(replace(summary, metric="auroc"), auroc=barely)


def test_what_only_fell(summary):
    assert against(summary, ap=DOWN) == (
        "Against the published configuration: lower in AP (-0.100, -0.150 to -0.050), higher in nothing."
    )


def test_what_cannot_be_told_apart(summary):
    said = "Not distinguishable from the published configuration (AP +0.010, -0.050 to +0.070)."
    assert against(summary) == said
    assert "(AUROC " in against(replace(summary, metric="auroc"))


def test_a_published_configuration_that_was_chosen(summary):
    same = replace(summary, best=replace(summary.best, trial=summary.published.trial))
    assert sentences(same)[1] == "The published configuration was chosen."


def beside(over, supervision="supervised", **changed):
    baseline = ArmMetrics(Interval(0.96), Interval(0.43))
    test = comparison(baseline=baseline, over_baseline=over, **changed)
    return beside_simplest(test, "kmeans", supervision, "ap", "logistic")


def test_a_model_that_the_baseline_beats():
    said = beside(ArmMetrics(LEVEL, DOWN), "unsupervised")
    assert said == (
        "Chance has AP 0.033 and AUROC 0.5; logistic regression, which learns from the labels, has AP 0.430 and AUROC "
        "0.960: kmeans is worse in AP (-0.100, -0.150 to -0.050), and not worth using here."
    )


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (ArmMetrics(DOWN, UP), "kmeans is better in AP (+0.100, +0.050 to +0.150), but worse in AUROC (-0.100, "),
        (ArmMetrics(LEVEL, UP), "kmeans is better in AP (+0.100, +0.050 to +0.150)."),
        (ArmMetrics(LEVEL, LEVEL), "kmeans is not shown to be better (AP +0.010, -0.050 to +0.070)."),
    ],
)
def test_a_model_beside_the_baseline(over, words):
    assert words in beside(over)


def test_few_anomalies_and_cross_validation_give_no_verdict_on_the_baseline():
    assert beside(ArmMetrics(UP, UP), anomalies=4).endswith("AUROC 0.960: too few anomalies to tell (4).")
    assert beside(ArmMetrics(UP, UP), cross_validated=True).endswith("AUROC 0.960.")


@pytest.mark.parametrize(
    ("auroc", "ap", "words"),
    [
        (Interval(0.55, 0.45, 0.65), Interval(0.4, 0.35, 0.45), "not shown to be better than chance (AUROC 0.5)"),
        (Interval(0.4, 0.3, 0.45), Interval(0.03, 0.02, 0.04), "worse than chance"),
        (Interval(0.6, 0.55, 0.65), Interval(0.04, 0.03, 0.05), "not shown to be better than chance in AP"),
    ],
)
def test_a_model_that_is_no_better_than_chance(summary, auroc, ap, words):
    found = replace(summary, test=comparison(tuned=ArmMetrics(auroc, ap)))
    assert words in verdict(found)
    assert doubtful(found)


@pytest.mark.parametrize(("ap", "doubt"), [(UP, False), (LEVEL, True), (DOWN, True)])
def test_what_is_not_better_than_the_baseline_is_doubtful(summary, ap, doubt):
    test = comparison(baseline=comparison().tuned, over_baseline=ArmMetrics(UP, ap))
    beside = replace(summary, baseline=BaselineSummary("logistic", "defaults", {}, 1), test=test)
    assert doubtful(beside) == doubt


def alarms(recall, false, share=0.022, image=False):
    tuned = replace(comparison().tuned, recall_threshold=recall)
    return day(comparison(tuned=tuned, false_alarms=false, prevalence=share), image)


def test_a_thousand_rows_in_alarms():
    """.55 of 22 anomalies are 12, and .0133 of 978 normal rows are 13."""
    assert alarms(Interval(0.55, 0.5, 0.6), Interval(0.0133, 0.012, 0.015)) == (
        "Of 1,000 such rows, about 22 of which are anomalies, it raises about 25 alarms: 12 right, 13 false; it misses "
        "10."
    )


def test_an_interval_that_is_wide_is_said():
    said = alarms(Interval(0.5, 0.1, 0.9), Interval(0.0133, 0.001, 0.05))
    assert "11 right (2 to 20), 13 false (1 to 49)" in said


def test_rare_anomalies_are_told_of_more_rows():
    said = alarms(Interval(0.5, 0.45, 0.55), Interval(0.001, 0.0009, 0.0011), share=0.0017)
    assert said.startswith("Of 10,000 such rows, about 17 of which are anomalies")


def test_nothing_that_is_flagged():
    assert alarms(Interval(0.0, 0.0, 0.0), Interval(0.0, 0.0, 0.0), image=True) == (
        "Of 1,000 such images, about 22 of which are anomalies, it flags none: all 22 are missed."
    )


def test_older_searches_say_nothing_of_alarms(summary):
    assert day(summary.test, image=False) == ""
    assert len(sentences(summary)) == 3


def test_made_up_anomalies_are_never_taken_for_real_ones(summary):
    flagged = Interval(0.012, 0.006, 0.021)
    said = sentences(
        replace(summary, test=comparison(made_up=True, false_alarms=flagged, difference=ArmMetrics(UP, UP)))
    )
    assert "nothing was measured on real anomalies, since none is labelled; on made-up ones AP 0.400" in said[0]
    assert said[1].endswith(": measured on made-up anomalies, so there is no verdict.")
    assert said[-1] == "Of 1,000 rows like those of training, it flags about 12 (6 to 21) at its threshold."
