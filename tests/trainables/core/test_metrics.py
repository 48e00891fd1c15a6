import os
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve, roc_auc_score

from trainables.core import metrics

CELEBA = Path(os.environ.get("ANOMALY_DATA", "data")) / "8_celeba.npz"


def draw(seed, n=500, distinct=None, prevalence=0.1):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < prevalence).astype(int)
    y[:2] = 0, 1
    scores = rng.normal(size=n) + y
    return y, scores if distinct is None else np.floor(scores * distinct) / distinct


class TestRanking:
    @pytest.mark.parametrize("distinct", [None, 1, 2, 10])
    @pytest.mark.parametrize("seed", range(5))
    def test_equals_sklearn(self, seed, distinct):
        y, scores = draw(seed, distinct=distinct)
        found = metrics.ranking(y, scores)
        assert found["auroc"] == pytest.approx(roc_auc_score(y, scores), abs=1e-12)
        assert found["ap"] == pytest.approx(average_precision_score(y, scores), abs=1e-12)
        precision, recall, _ = precision_recall_curve(y, scores)
        best = np.max(2 * precision * recall / np.maximum(precision + recall, 1e-300))
        assert found["f1"] == pytest.approx(best, abs=1e-12)

    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_the_threshold_gives_the_f1(self, dtype):
        y, scores = draw(3, distinct=7)
        scores = scores.astype(dtype)
        found = metrics.ranking(y, scores)
        assert f1_score(y, scores >= found["threshold"]) == pytest.approx(found["f1"], abs=1e-12)
        assert metrics.f1_at_threshold(y, scores, found["threshold"]) == pytest.approx(found["f1"], abs=1e-12)

    def test_of_equal_f1_the_highest_threshold(self):
        # .9 finds 1 of 2 with no false alarm, F1 = 2/3; .1 finds both with two false alarms, F1 = 2/3 too
        assert metrics.ranking([1, 0, 0, 1], [0.9, 0.5, 0.4, 0.1])["threshold"] == 0.9

    def test_golden(self):
        found = metrics.ranking([0, 1, 1, 0, 0], [11383, 256676, 862365, 152435, 848171])
        assert round(found["auroc"], 4) == 0.8333

    def test_constant_scores_are_chance(self):
        y, _ = draw(0)
        found = metrics.ranking(y, np.zeros(len(y)))
        assert found["auroc"] == 0.5
        assert found["ap"] == pytest.approx(y.mean())

    def test_takes_lists_and_bools(self):
        assert metrics.ranking([True, False], [1, 0]) == {"auroc": 1.0, "ap": 1.0, "f1": 1.0, "threshold": 1.0}

    def test_is_quick(self):
        y, scores = draw(0, n=18_419, prevalence=0.03)
        metrics.ranking(y, scores)
        seconds = []
        for _ in range(15):
            start = time.thread_time()  # of this thread alone: a busy machine does not count
            metrics.ranking(y, scores)
            seconds.append(time.thread_time() - start)
        assert min(seconds) < 0.02  # 2 ms on a quiet core


@pytest.mark.parametrize(
    "function",
    [metrics.ranking, metrics.f1_at_percentile, metrics.figures, lambda y, s: metrics.f1_at_threshold(y, s, 0)],
)
class TestErrors:
    @pytest.mark.parametrize(
        ("y", "scores", "words"),
        [
            ([0, 0, 0], [1, 2, 3], "only one class in the labels: 0 anomalies in 3 rows"),
            ([1, 1], [1, 2], "only one class"),
            ([], [], "only one class"),
            ([0, 1], [1, np.nan], "1 scores are NaN or infinite, the first is row 1"),
            ([0, 1], [np.inf, np.inf], "2 scores are NaN or infinite, the first is row 0"),
            ([0, 1, 1], [1, 2], r"labels \(3,\) and scores \(2,\)"),
            ([0, 1], [[1, 2]], "one label per score"),
            ([-1, 1], [1, 2], "labels must be 0 .* or 1 .*-1"),
            ([0.0, np.nan, 1.0], [1, 2, 3], "labels must be 0"),
        ],
    )
    def test_says_what_is_wrong(self, function, y, scores, words):
        with pytest.raises(ValueError, match=words):
            function(y, scores)


class TestThresholds:
    def test_percentile_by_hand(self):
        y = np.zeros(100, int)
        y[[96, 98, 99]] = 1
        # the 97.8th percentile of 0..99 is 96.822: 97, 98, 99 are called; two of three are right
        assert metrics.f1_at_percentile(y, np.arange(100)) == pytest.approx(2 * 2 / (3 + 3))

    def test_ties_with_the_percentile_are_normal(self):
        assert metrics.f1_at_percentile([0, 1, 1, 0], [5, 5, 5, 5]) == 0.0

    def test_other_percentile(self):
        assert metrics.f1_at_percentile([0, 0, 1, 1], [1, 2, 3, 4], percentile=50) == 1.0

    def test_threshold_is_inclusive(self):
        assert metrics.f1_at_threshold([0, 1, 1], [1, 2, 3], 2) == 1.0
        assert metrics.f1_at_threshold([0, 1, 1], [1, 2, 3], np.nextafter(2, 3)) == pytest.approx(2 / 3)

    def test_threshold_above_all_finds_nothing(self):
        assert metrics.f1_at_threshold([0, 1], [1, 2], np.inf) == 0.0

    def test_nan_threshold(self):
        with pytest.raises(ValueError, match="threshold is NaN"):
            metrics.f1_at_threshold([0, 1], [1, 2], np.nan)


def test_figures_without_and_with_threshold():
    y, scores = draw(1)
    assert set(metrics.figures(y, scores)) == {"auroc", "ap", "f1_report"}
    found = metrics.figures(y, scores, 0.5)
    assert found["f1_threshold"] == pytest.approx(f1_score(y, scores >= 0.5), abs=1e-12)
    assert found["f1_report"] == pytest.approx(f1_score(y, scores > np.percentile(scores, 97.8)), abs=1e-12)
    assert found["auroc"] == metrics.ranking(y, scores)["auroc"]


@pytest.mark.skipif(not CELEBA.exists(), reason=f"{CELEBA} is not here: set ANOMALY_DATA")
def test_the_report_to_the_digit():
    import pandas as pd
    from sklearn.cluster import KMeans
    from sklearn.ensemble import IsolationForest
    from sklearn.model_selection import train_test_split

    from launch.evaluation import published

    with np.load(CELEBA) as file:
        table = pd.DataFrame(np.column_stack([file["X"], file["y"]]).astype(np.int8)).drop_duplicates().to_numpy()
    assert table.shape == (115_115, 40)
    train, dev = train_test_split(table, test_size=0.2, random_state=42)
    forest = IsolationForest(random_state=42).fit(train[:, :-1].astype(np.float64))
    centres = KMeans(4, n_init="auto", random_state=42).fit(train[:, :-1].astype(np.float64))
    rows = dev[:, :-1].astype(np.float64)
    for name, scores in {"iforest": -forest.score_samples(rows), "kmeans": centres.transform(rows).min(axis=1)}.items():
        found = metrics.figures(dev[:, -1], scores)
        assert {f: round(v, 4) for f, v in found.items()} == {f: published.figure(name, "celeba", f) for f in found}
