import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score, roc_auc_score

from launch.evaluation import bootstrap
from launch.evaluation.bootstrap import _Ranked, bootstrap_metrics, class_sizes, resampled_metrics, row_weights
from trainables.core import metrics


def of_one(*given, **options):
    """Of a single task, which is its mean."""
    mean, (only,) = bootstrap_metrics(*given, **options)
    np.testing.assert_equal(mean, only)
    return mean


def draw(seed=0, n=300, seeds=3, distinct=None, prevalence=0.1, shift=1.0):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < prevalence).astype(int)
    y[:2] = 0, 1
    scores = rng.normal(size=(seeds, n)) + shift * y
    return y, scores if distinct is None else np.floor(scores * distinct) / distinct


SCIKIT_LEARN = {
    "auroc": lambda y, scores, _: roc_auc_score(y, scores),
    "ap": lambda y, scores, _: average_precision_score(y, scores),
    "f1_report": lambda y, scores, _: f1_score(y, scores > np.percentile(scores, 97.8)),
    "f1_threshold": lambda y, scores, threshold: f1_score(y, scores >= threshold),
}


def naive(y, scores, thresholds, weights, names=tuple(SCIKIT_LEARN)):
    """Repeat the rows, ask scikit-learn."""
    found = {name: [] for name in names}
    for counts in weights.T:
        rows = np.repeat(np.arange(len(y)), counts.astype(int))
        for name, values in found.items():
            of_seeds = [SCIKIT_LEARN[name](y[rows], s[rows], t) for s, t in zip(scores, thresholds, strict=True)]
            values.append(np.mean(of_seeds))
    return {name: np.array(values) for name, values in found.items()}


@pytest.mark.parametrize("distinct", [None, 4, 1, 0.01])
@pytest.mark.parametrize(("n", "prevalence"), [(12, 0.3), (301, 0.05), (501, 0.5)])
def test_equals_naive_resampling(n, prevalence, distinct):
    y, scores = draw(1, n, seeds=1, distinct=distinct, prevalence=prevalence)
    found = resampled_metrics(y, scores[0], resamples=8, seed=7)
    expected = naive(y, scores, [0.0], np.concatenate(list(row_weights(y, 8, 7)), axis=1))
    for name, sample in found.items():
        assert sample == pytest.approx(expected[name], abs=1e-9)


def test_the_difference_by_hand():
    """Variance of rows (9 of 10 degrees of freedom missing) and of paired seeds, by Welch and Satterthwaite."""
    y, tuned = draw(1, 200, seeds=3)
    published = draw(2, 200, seeds=3, shift=0.5)[1]
    found = of_one(y, tuned, published, resamples=40, seed=7)["difference"]["ap"]
    weights = np.concatenate(list(row_weights(y, 40, 7)), axis=1)
    sample = np.subtract(*(naive(y, scores, [0] * 3, weights, ["ap"])["ap"] for scores in (tuned, published)))
    few = int(y.sum())
    gain = np.array(
        [average_precision_score(y, a) - average_precision_score(y, b) for a, b in zip(tuned, published, strict=True)]
    )
    rows, seeds = sample.var() * few / (few - 1), gain.var(ddof=1) / 3
    degrees = (rows + seeds) ** 2 / (rows**2 / (few - 1) + seeds**2 / 2)
    half = stats.t.ppf(0.975, degrees) * np.sqrt(rows + seeds)
    assert [found["mean"], found["low"], found["high"]] == pytest.approx(
        [gain.mean(), gain.mean() - half, gain.mean() + half]
    )


def test_a_baseline_is_compared_on_the_same_draws_as_a_published_configuration():
    y, tuned = draw(1, 200, seeds=3)
    other = draw(2, 200, seeds=3, shift=0.5)[1]
    found = of_one(y, tuned, other, baseline=other, resamples=40, seed=7)
    assert found["baseline"] == found["published"]
    assert found["over_baseline"] == found["difference"]
    alone = of_one(y, tuned, baseline=other[:1], resamples=40, seed=7)
    assert "difference" not in alone
    ap = [average_precision_score(y, own) for own in (*tuned, other[0])]
    assert alone["over_baseline"]["ap"]["mean"] == pytest.approx(np.mean(ap[:3]) - ap[3])


def test_the_interval_of_a_detector_by_hand():
    """Wilson's interval of AP, with the variance of rows and of three seeds, which has 2 degrees of freedom."""
    y, scores = draw(1, 200, seeds=3)
    found = of_one(y, scores, resamples=40, seed=7)["tuned"]["ap"]
    sample = naive(y, scores, [0] * 3, np.concatenate(list(row_weights(y, 40, 7)), axis=1), ["ap"])["ap"]
    values = np.array([average_precision_score(y, own) for own in scores])
    few, mean = int(y.sum()), values.mean()
    rows, seeds = sample.var() * few / (few - 1), values.var(ddof=1) / 3
    degrees = (rows + seeds) ** 2 / (seeds**2 / 2)
    q, n = stats.t.ppf(0.975, degrees), mean * (1 - mean) / (rows + seeds)
    # both ends solve (mean - p)² = q² p (1 - p) / n
    ends = np.sort(np.roots([1 + q**2 / n, -2 * mean - q**2 / n, mean**2]))
    assert [found["low"], found["high"]] == pytest.approx(ends)


def test_equal_rows_are_drawn_together():
    """Each row three times says no more than each row once: the same interval, where apart it is narrower."""
    y, scores = draw(4, 150, seeds=2)
    copies = np.repeat(np.arange(150), 3)
    once = of_one(y, scores)["tuned"]["ap"]
    thrice = of_one(y[copies], scores[:, copies], clusters=copies)["tuned"]["ap"]
    apart = of_one(y[copies], scores[:, copies])["tuned"]["ap"]
    assert thrice["high"] - thrice["low"] == pytest.approx(once["high"] - once["low"], rel=0.02)
    assert apart["high"] - apart["low"] < 0.8 * (once["high"] - once["low"])
    assert class_sizes(y[copies], copies) == class_sizes(y) == [(int(y.sum()), int((1 - y).sum()))]


def test_one_anomaly_on_top_is_not_certainty():
    y = np.r_[1, np.zeros(50)]
    auroc = of_one(y, np.r_[9.0, np.arange(50) / 50][None])["tuned"]["auroc"]
    assert (auroc["mean"], auroc["high"]) == (1, 1)
    assert auroc["low"] < 0.8


@pytest.mark.parametrize(("alarms", "low"), [(3, 0.438503), (0, 0.0)])
def test_precision_of_few_alarms_is_of_so_many_draws(alarms, low):
    """Three alarms of 100 anomalies, all right: Wilson's low end of 3 of 3 is 3 / (3 + 1.959964²)."""
    scores = np.arange(400.0)
    y = (scores >= 300).astype(int)
    cut = np.array([400.0 - alarms])
    found, _ = bootstrap_metrics(y, scores[None], thresholds_tuned=cut, resamples=20)
    precision = found["tuned"]["precision_threshold"]
    assert precision["low"] == pytest.approx(low, abs=1e-5)
    assert precision["high"] == pytest.approx(1 if alarms else 3.841459 / 4.841459, abs=1e-5)


@pytest.mark.parametrize("few", [4, 30])
def test_few_normal_rows_are_as_few_anomalies(few):
    """AUROC stays when labels and signs change, and so does its interval."""
    rng = np.random.default_rng(0)
    y = np.r_[np.ones(300), np.zeros(few)].astype(int)
    scores = rng.normal(size=(5, len(y))) + 1.2 * y
    one, other = (of_one(*given)["tuned"]["auroc"] for given in ((y, scores), (1 - y, -scores)))
    assert one == pytest.approx(other)


def test_no_difference_is_beyond_1():
    """Five seeds that find the only anomaly, and five that do not: by Student's t the ends were beyond 1."""
    rng = np.random.default_rng(0)
    y = np.r_[1, np.zeros(50)].astype(int)
    gain = of_one(y, rng.normal(size=(5, 51)) + 9 * y, rng.normal(size=(5, 51)) + y)["difference"]
    for ends in gain.values():
        assert -1 <= ends["low"] <= ends["mean"] <= ends["high"] <= 1


def test_sizes_of_several_tasks():
    assert class_sizes(np.array([[1, 0], [0, 0], [-1, 1]])) == [(1, 1), (1, 2)]


@pytest.mark.parametrize("distinct", [7, 10_000])
def test_ranked_equals_scikit_learn(distinct):
    """Weights of rows are scikit-learn's `sample_weight`; with ties and without."""
    generator = np.random.default_rng(2)
    y = (generator.random(400) < 0.1).astype(int)
    scores = generator.integers(0, distinct, 400) + 0.3 * distinct * y
    cut = float(np.quantile(scores, 0.9))
    (weights,) = row_weights(y, 20, 0)
    resampled = _Ranked(y, scores, cut).resample(weights)
    for k, weight in enumerate(weights.T):
        how, flagged = {"sample_weight": weight}, scores >= cut
        expected = {
            "auroc": roc_auc_score(y, scores, **how),
            "ap": average_precision_score(y, scores, **how),
            "f1_threshold": f1_score(y, flagged, **how),
            "precision_threshold": precision_score(y, flagged, **how),
            "recall_threshold": recall_score(y, flagged, **how),
        }
        assert {name: resampled[name][k] for name in expected} == pytest.approx(expected)
        repeated = np.repeat(scores, weight.astype(int)), np.repeat(y, weight.astype(int))
        called = repeated[0] > np.percentile(repeated[0], 97.8)
        assert resampled["f1_report"][k] == pytest.approx(f1_score(repeated[1], called))


def test_the_mean_is_that_of_the_real_rows():
    y, scores = draw()
    found = of_one(y, scores, thresholds_tuned=[0, 1, 2], resamples=5)["tuned"]
    real = [metrics.figures(y, s, t) for s, t in zip(scores, (0, 1, 2), strict=True)]
    for figure in ("auroc", "ap", "f1_report", "f1_threshold"):
        values = [r[figure] for r in real]
        assert found[figure]["mean"] == pytest.approx(np.mean(values), abs=1e-12)
        assert found[figure]["sd_seeds"] == pytest.approx(np.std(values, ddof=1), abs=1e-12)


def test_identical_detectors_differ_by_exactly_nothing():
    y, scores = draw()
    found = of_one(y, scores, scores, [0, 1, 2], [0, 1, 2], resamples=50)
    assert found["tuned"] == found["published"]
    assert found["difference"] == {f: {"mean": 0.0, "low": 0.0, "high": 0.0} for f in found["tuned"]}


def test_pairing_narrows_the_difference():
    y, scores = draw(n=2000)
    found = of_one(y, scores, scores + np.random.default_rng(0).normal(0, 0.05, scores.shape), resamples=200)
    width = {side: found[side]["auroc"]["high"] - found[side]["auroc"]["low"] for side in found}
    assert width["difference"] < 0.2 * width["tuned"]


def test_without_published_and_thresholds():
    y, scores = draw(seeds=1)
    found = of_one(y, scores, resamples=10)
    assert set(found) == {"tuned"}
    assert set(found["tuned"]) == {"auroc", "ap", "f1_report"}
    assert np.isnan(found["tuned"]["auroc"]["sd_seeds"])
    assert all(type(value) is float for value in found["tuned"]["auroc"].values())


def test_thresholds_on_one_side_alone_give_no_difference():
    y, scores = draw()
    found = of_one(y, scores, scores, thresholds_tuned=[0, 1, 2], resamples=10)
    assert "f1_threshold" in found["tuned"]
    assert "f1_threshold" not in found["difference"]


def test_blocks_do_not_change_the_result(monkeypatch):
    y, scores = draw()
    whole = of_one(y, scores, resamples=50, seed=3)
    monkeypatch.setattr(bootstrap, "CHUNK_BYTES", 7 * 4 * len(y))
    assert [w.shape for w in row_weights(y, 50, 3)][-2:] == [(300, 7), (300, 1)]
    assert of_one(y, scores, resamples=50, seed=3) == whole
    assert of_one(y, scores, resamples=50, seed=4) != whole


def test_every_resample_has_both_classes_and_n_rows():
    y = np.array([1, 0, 0, 0, 0])
    weights = np.concatenate(list(row_weights(y, 200, 0)), axis=1)
    assert (weights.sum(axis=0) == 5).all()
    assert (weights[0] >= 1).all()
    assert (weights[0] < 5).all()


def test_the_interval_covers():
    true = stats.norm.cdf(1 / np.sqrt(2))  # AUROC of N(1,1) against N(0,1)
    covered = 0
    for trial in range(60):
        y, scores = draw(trial, n=400, seeds=1, prevalence=0.3)
        auroc = of_one(y, scores, resamples=200)["tuned"]["auroc"]
        covered += auroc["low"] <= true <= auroc["high"]
    assert 52 <= covered <= 60  # 57 expected, sd 1.7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"resamples": 0}, "resamples must be at least 1"),
        ({"tuned": np.zeros(300)}, r"tuned: expected scores of shape \(seeds, rows\)"),
        ({"tuned": np.zeros((2, 299))}, r"labels \(300,\) and scores \(299,\)"),
        ({"thresholds_tuned": [1.0]}, "tuned: 3 seeds but thresholds of shape"),
        ({"published": np.full((2, 300), np.nan)}, "NaN or infinite"),
        ({"y": np.zeros(300)}, "only one class"),
    ],
)
def test_errors_name_the_thing(change, words):
    y, scores = draw()
    with pytest.raises(ValueError, match=words):
        of_one(**({"y": y, "tuned": scores} | change))


class TestPrecisionOfFewAlarms:
    """Its difference was certain wherever the few alarms of both were all right, or the same."""

    def test_variance_by_hand(self):
        """Three alarms each, all right of one, two right of the other: 4/5 and 3/5 of 5, (.16 + .24) / 3."""
        y = np.array([1, 1, 1, 1, 1, 0, 0, 0])
        tuned = bootstrap._Arm(y, [[9, 9, 9, 0, 0, 0, 0, 0.0]], [5.0], "tuned")
        published = bootstrap._Arm(y, [[0, 0, 0, 9, 9, 9, 0, 0.0]], [5.0], "published")
        assert bootstrap._alarm_variance(tuned, published) == pytest.approx(0.4 / 3)
        assert bootstrap._alarm_variance(tuned, tuned) == 0.0

    def test_it_is_covered(self):
        """About four alarms each, most of them the same. True precisions: .05 * .2 / (.05 * .2 + .95 * .004 k)."""
        rng, covered = np.random.default_rng(0), []
        true = 0.01 / (0.01 + 0.95 * 0.004) - 0.01 / (0.01 + 0.95 * 0.008)
        while len(covered) < 60:
            y, draws = (rng.random(300) < 0.05).astype(int), rng.random((2, 300))
            draws[1] = np.where(rng.random(300) < 0.8, draws[0], draws[1])
            called = [own < np.where(y == 1, 0.2, rate) for own, rate in zip(draws, (0.004, 0.008), strict=True)]
            if y.sum() > 1 and all(own.any() for own in called):
                scores = np.array(called) + 0.1 * draws
                found, _ = bootstrap_metrics(y, scores[:1], scores[1:], [[1.0]], [[1.0]], resamples=50)
                interval = found["difference"]["precision_threshold"]
                covered.append(interval["low"] <= true <= interval["high"])
        assert np.mean(covered) >= 0.93
