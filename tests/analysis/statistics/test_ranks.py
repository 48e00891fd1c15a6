"""Ranks and tests over datasets, against values calculated by hand."""

import io
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import plots
from analysis.statistics import ranks

NAN = float("nan")


def frame(rows, datasets="vwxyz"):
    width = len(next(iter(rows.values())))
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(datasets[:width]), dtype=float)


def pairs_of(different, names):
    rows = [
        {"better": a, "worse": b, "difference": 0.1, "p": 0.5, "p_holm": 0.5, "different": a + b in different}
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    ]
    return pd.DataFrame(rows)


def test_complete_drops_sparse_detectors_before_datasets():
    figures = frame({"a": [1, 2, 3, 4, 5], "b": [1, 2, NAN, 4, 5], "c": [NAN, NAN, NAN, 4, NAN]})
    block, detectors, datasets = ranks.complete(figures)
    assert list(block.index) == ["a", "b"]
    assert list(block.columns) == ["v", "w", "y", "z"]
    assert (detectors, datasets) == (["c"], ["x"])


def test_complete_does_not_count_what_one_detector_ran_alone():
    alone = [NAN] * 3
    figures = frame({"a": [1, 2, 3, 4, 5], "b": [1, 2, *alone], "c": [2, 1, *alone]})
    block, detectors, datasets = ranks.complete(figures)
    assert block.shape == (3, 2)
    assert (detectors, datasets) == ([], ["x", "y", "z"])


def test_complete_gives_up_detectors_where_too_few_datasets_stay():
    figures = frame({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4], "c": [1, 2, NAN, NAN], "d": [NAN, NAN, 3, 4]})
    block, detectors, datasets = ranks.complete(figures)
    assert block.shape == (3, 2)
    assert (detectors, datasets) == (["d"], ["x", "y"])
    pd.testing.assert_frame_equal(ranks.complete(figures)[0], block)


def test_complete_without_gaps_keeps_all():
    figures = frame({"b": [1, 2], "a": [2, 1]})
    block, detectors, datasets = ranks.complete(figures)
    pd.testing.assert_frame_equal(block, figures)
    assert (detectors, datasets) == ([], [])


def test_average_ranks_share_ties_and_sort_by_name():
    # v: a 1, b and c tie at 2.5; w: all tie at 2; x: c 1, b 2, a 3
    found = ranks.average_ranks(frame({"c": [0.5, 0.7, 0.9], "b": [0.5, 0.7, 0.8], "a": [0.9, 0.7, 0.1]}))
    assert found["a"] == pytest.approx((1 + 2 + 3) / 3)
    assert found["b"] == pytest.approx((2.5 + 2 + 2) / 3)
    assert found["c"] == pytest.approx((2.5 + 2 + 1) / 3)
    assert list(found.index) == ["c", "a", "b"]
    assert list(ranks.average_ranks(frame({"b": [1, 2], "a": [2, 1]})).index) == ["a", "b"]


def test_friedman_is_the_formula_without_ties():
    rng = np.random.default_rng(0)
    k, n = 4, 9
    block = pd.DataFrame(rng.normal(size=(k, n)) + np.arange(k)[:, None], index=list("abcd"))
    average = ranks.average_ranks(block)
    expected = 12 * n / (k * (k + 1)) * ((average**2).sum() - k * (k + 1) ** 2 / 4)
    found = ranks.friedman(block)
    assert found.statistic == pytest.approx(expected)
    assert found.p == pytest.approx(stats.chi2.sf(expected, k - 1))
    assert (found.detectors, found.datasets, found.why) == (k, n, "")


def test_iman_and_davenport_by_hand():
    """Ranks 1 2 3, 1 2 3, 1 3 2, 2 1 3 of three detectors: sums 5, 8, 11; chi² = 12 / (4 * 12) * 18 = 4.5;
    F = 3 * 4.5 / (4 * 2 - 4.5) with 2 and 6 degrees of freedom.
    """
    found = ranks.friedman(frame({"a": [9, 9, 9, 5], "b": [5, 5, 1, 9], "c": [1, 1, 5, 1]}))
    assert found.statistic == pytest.approx(4.5)
    assert found.f == pytest.approx(13.5 / 3.5)
    assert found.f_p == pytest.approx(stats.f.sf(13.5 / 3.5, 2, 6))
    alike = ranks.friedman(frame({"a": [3] * 4, "b": [2] * 4, "c": [1] * 4}))
    assert (alike.f, alike.f_p) == (np.inf, 0.0)


def test_ten_classes_of_one_dataset_are_one_observation():
    """Ten columns of one dataset would give p = 2 / 2^10; with one more dataset there are two observations."""
    columns = [f"mnist-{digit}" for digit in range(10)]
    block = pd.DataFrame([[0.9] * 10 + [0.5], [0.8] * 10 + [0.6]], index=["a", "b"], columns=[*columns, "celeba"])
    found = ranks.of_datasets(block, dict.fromkeys(columns, "mnist"))
    assert list(found.columns) == ["mnist", "celeba"]
    assert found.loc["a"].tolist() == pytest.approx([0.9, 0.5])
    assert ranks.wilcoxon_holm(found)["p"].iloc[0] == 1.0


def test_friedman_by_hand():
    # the order is the same on 4 datasets: ranks 1, 2, 3; 12 * 4 / 12 * (14 - 12) = 8
    assert ranks.friedman(frame({"a": [3] * 4, "b": [2] * 4, "c": [1] * 4})).statistic == pytest.approx(8)


@pytest.mark.parametrize(
    "rows", [{"a": [1, 2, 3], "b": [3, 2, 1]}, {"a": [1], "b": [2], "c": [3]}, {"a": [1, 2], "b": [1, 2], "c": [1, 2]}]
)
@pytest.mark.filterwarnings("error")
def test_friedman_says_why_there_is_no_test(rows):
    found = ranks.friedman(frame(rows))
    assert (found.statistic, found.p, bool(found.why)) == (None, None, True)


def by_all_signs(gaps):
    """Two-sided p by every one of the 2^n signs, zeros split."""
    rank = stats.rankdata(np.abs(gaps))
    observed = abs(np.sum(rank * np.sign(gaps)))
    reached = [
        abs(np.dot(rank * (gaps != 0), signs)) >= observed - 1e-9 for signs in product((-1, 1), repeat=len(gaps))
    ]
    return np.mean(reached)


@pytest.mark.parametrize(
    "gaps", [[1, 2, 3, 4, 5], [1, 1, 2, -3, 4], [0, 1, 2, 3, 4], [0, 0, -1, 1, 1, 3, 5], [-1, 2, -3, 4, -5, 6], [0, 2]]
)
def test_signed_ranks_are_exact_with_ties_and_zeros(gaps):
    p, balance = ranks.signed_ranks(np.array(gaps, dtype=float))
    assert p == pytest.approx(by_all_signs(np.array(gaps)))
    rank = stats.rankdata(np.abs(gaps))
    assert balance == pytest.approx(np.sum(rank * np.sign(gaps)))


@pytest.mark.parametrize("n", [6, 20, 50, 51])
def test_signed_ranks_are_scipys_without_ties(n):
    gaps = np.random.default_rng(n).normal(0.3, 1, n)
    assert ranks.signed_ranks(gaps)[0] == pytest.approx(stats.wilcoxon(gaps, zero_method="zsplit").pvalue)


def test_signed_ranks_by_hand():
    assert ranks.signed_ranks(np.zeros(4)) == (1, 0)
    # ranks 1 to 5, the smallest against the rest: 2 of 32 sets of signs have a sum of 1 or less, on each side
    assert ranks.signed_ranks(np.array([-1.0, 2, 3, 4, 5])) == (pytest.approx(4 / 32), 13)


def test_pairs_by_hand():
    # six datasets; a beats b everywhere, b and c are equal: p = 2 / 64 twice and 1, Holm 3 / 32, 3 / 32, 1
    block = pd.DataFrame({"b": np.arange(6.0), "a": 2 * np.arange(6.0) + 1, "c": np.arange(6.0)}).T
    found = ranks.wilcoxon_holm(block, level=0.1).set_index(["better", "worse"])
    assert list(found.index) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found["difference"].tolist() == pytest.approx([3.5, 3.5, 0])
    assert found["p"].tolist() == pytest.approx([1 / 32, 1 / 32, 1])
    assert found["p_holm"].tolist() == pytest.approx([3 / 32, 3 / 32, 1])
    assert found["different"].tolist() == [True, True, False]
    assert not ranks.wilcoxon_holm(block)["different"].any()
    assert ranks.significant(ranks.wilcoxon_holm(block, 0.1)) == ["a over b (p 0.0938)", "a over c (p 0.0938)"]


def test_the_pair_itself_says_which_is_better():
    # b beats a by much on six datasets; a beats b by little on two, but others lie between them there
    a, b = np.array([0.2] * 6 + [0.9] * 2), np.array([0.5, 0.51, 0.52, 0.53, 0.54, 0.55, 0.8, 0.81])
    between = {f"m{k}": [0.1 + k / 1000] * 6 + [0.85 + k / 1000] * 2 for k in range(5)}
    block = frame({"a": a, "b": b, **between}, "abcdefgh")
    average = ranks.average_ranks(block)
    assert average["a"] == pytest.approx((6 * 2 + 2) / 8)
    assert average["b"] == pytest.approx((6 + 2 * 7) / 8)
    assert average["a"] < average["b"]
    pair = ranks.wilcoxon_holm(block).query("better in ('a', 'b') and worse in ('a', 'b')").iloc[0]
    assert (pair["better"], pair["worse"]) == ("b", "a")
    assert pair["difference"] > 0


def test_rounding_of_floating_point_does_not_break_ties():
    # all differences are 0.1 but for floating point
    block = frame({"a": [0.3, 0.8, 0.4, 0.2], "b": [0.2, 0.7, 0.3, 0.3]})
    # ranks 2.5 each, one negative: P(none or one negative) = 5 / 16 on each side
    assert ranks.wilcoxon_holm(block)["p"].iloc[0] == pytest.approx(10 / 16)


def test_too_few_datasets():
    def note(detectors, datasets):
        return ranks.too_few(pd.DataFrame(np.zeros((detectors, datasets))))

    assert "smallest p of a pair is 0.062" in note(2, 5)  # 2 / 32
    assert note(2, 6) == ""  # 2 / 64 = 0.031
    assert "one of 3 pairs must reach 0.017" in note(3, 6)
    assert note(3, 7) == ""  # 3 * 2 / 128 = 0.047
    assert note(2, 1).startswith("with 1 dataset the smallest p of a pair is 1,")
    assert note(1, 1) == ""


def test_cliques_are_maximal_runs():
    names = list("abcde")
    average = pd.Series([1.0, 2, 3, 4, 5], index=names)
    assert ranks.cliques(average, pairs_of({"ad", "ae", "be"}, names)) == [tuple("abc"), tuple("bcd"), tuple("cde")]
    assert ranks.cliques(average, pairs_of(set(), names)) == [tuple("abcde")]
    # c and d differ though a and e do not: no bar spans them
    assert ranks.cliques(average, pairs_of({"cd"}, names)) == [tuple("abc"), tuple("de")]
    every = {a + b for a in names for b in names}
    assert ranks.cliques(average, pairs_of(every, names)) == []


def test_one_detector_has_no_pairs():
    block = frame({"a": [1, 2, 3]})
    pairs = ranks.wilcoxon_holm(block)
    assert len(pairs) == 0
    assert ranks.cliques(ranks.average_ranks(block), pairs) == []
    assert ranks.significant(pairs) == []


def boxes(figure):
    figure.canvas.draw()
    texts = [text for ax in figure.axes for text in ax.texts]
    return [(text.get_text(), text.get_window_extent()) for text in texts]


@pytest.mark.parametrize(("detectors", "cliques"), [(2, 1), (3, 0), (12, 4), (40, 9)])
def test_no_text_of_the_diagram_overlaps(detectors, cliques):
    names = [f"a_detector_of_some_length_{k}" for k in range(detectors)]
    places = pd.Series(np.sort(np.random.default_rng(1).uniform(1, detectors, detectors)), index=names)
    groups = [tuple(names[k : k + 3]) for k in range(cliques)]
    found = boxes(plots.critical_difference(places, groups, "Ranks"))
    assert sum(name in text for text, _ in found for name in names) >= detectors
    for i, (text, box) in enumerate(found):
        for other, against in found[i + 1 :]:
            assert not box.overlaps(against), (text, other)


def test_names_are_no_formulas_and_one_detector_is_told_in_words():
    names = ["cost_in_$", "cost_in_$_too", "$\\nothing$"]
    figure = plots.critical_difference(pd.Series([1.0, 2, 3], index=names), [tuple(names[:2])], "Ranks")
    figure.savefig(io.BytesIO(), format="png")
    (text,) = boxes(plots.critical_difference(pd.Series([1.0], index=["a"]), [], "Ranks"))
    assert text[0] == "Fewer than two detectors to rank."
