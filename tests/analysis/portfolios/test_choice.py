"""The greedy choice, and what it is worth on tables that did not help, by hand."""

import numpy as np
import pytest

from analysis.portfolios import choice
from analysis.portfolios.scores import Scores, family, scores, smoothed

TABLES = [f"t{k}" for k in range(10)]


def made(values, published=1, tables=None, measure=None, names=None):
    """Scores whose two halves are the same unless said otherwise, with a chance of .5."""
    values = np.asarray(values, float)
    n, many = values.shape
    names = names or [f"published: p{k}" for k in range(published)] + [f"random {k}" for k in range(n - published)]
    measured = values if measure is None else np.asarray(measure, float)
    return Scores(
        "any", names, list(tables or TABLES[:many]), values, measured, np.full(many, 0.5), np.ones((n, many)), {},
        [{} for _ in names], [(1200, 9, 60)] * many,
    )  # fmt: skip


def test_the_next_is_what_raises_the_best_so_far_most_in_the_sum_over_tables():
    values = [
        [0.60, 0.60, 0.60],  # published: .25, .2, .25 of the way from chance to the best
        [0.90, 0.60, 0.60],  # 1, .2, .25: +.75
        [0.80, 0.95, 0.60],  # .75, .9, .25: +1.2, and nothing at the end
        [0.80, 0.60, 0.90],  # .75, .2, 1: +1.25, the first
        [0.50, 1.00, 0.50],  # 0, 1, 0: +.8 beside the first, the second; then +.25 by the first random one
    ]
    one = made(values)
    assert one.normalised()[0] == pytest.approx([0.25, 0.2, 0.25])
    assert choice.greedy(one) == [3, 4, 1]
    assert choice.greedy(one, most=2) == [3, 4]


def test_what_adds_nothing_to_the_published_ones_is_left_out():
    assert choice.greedy(made([[0.9, 0.9], [0.8, 0.9], [0.7, 0.6]])) == []


def test_a_table_that_is_left_out_has_no_say():
    # on each table another configuration is best: none of the others' favourites is any good there
    values = np.full((11, 10), 0.5)
    values[np.arange(1, 11), np.arange(10)] = 0.9
    judged = choice.judge(made(values))
    # 3 of 10 random ones find it with probability .3; the other nine of 10 come first with the portfolio, 8 of them
    assert judged.interval(4)[0] == pytest.approx(-0.4 * 0.3, abs=0.03)
    assert not judged.helps


def test_a_configuration_that_is_good_everywhere_is_found_at_once():
    values = np.full((21, 10), 0.6)
    values[7] = 0.8
    judged = choice.judge(made(values))
    # 3 of 20 random ones have it with probability .15, 9 with .45, all with 1
    assert judged.interval(4)[0] == pytest.approx(0.2 * 0.85, abs=0.015)
    assert judged.interval(10)[0] == pytest.approx(0.2 * 0.55, abs=0.02)
    assert judged.interval(30)[0] == 0
    assert judged.helps
    assert not choice.judge(made(values[:10])).helps  # nine candidates are too few to say


def test_one_half_chooses_and_the_other_one_counts():
    choose, measure = [[0.5], [0.9], [0.8]], [[0.7], [0.6], [0.9]]
    one = made(choose, measure=measure)
    assert choice.reached(one, 0, [0, 2, 1]).tolist() == [0.6, 0.6, 0.6]  # the best choosing score is chosen
    assert choice.reached(one, 0, [0, 2]).tolist() == [0.9, 0.9, 0.9]


def test_tables_of_one_source_are_held_out_together():
    assert family("satellite") == family("satimage-2") == "landsat"
    assert family("vowels") == "vowels"
    values = np.full((14, 10), 0.6)
    values[3, :3] = 0.9  # good on the three of one source alone
    names = ["landsat", "satellite", "satimage-2", *TABLES[3:]]
    gains = choice.judge(made(values, tables=names)).gains[4]
    # with a table of its source among the others it would be found at once: +.3 * (1 - 3 / 13)
    assert max(gains[name] for name in names[:3]) <= 0.0


def row(configuration, table, choose, anomalies=20, **more):
    curve = {"ap": choose, "auroc": [0.5 + value / 2 for value in choose]}
    known = {
        "detector": "knn",
        "space": "s",
        "configuration": configuration,
        "table": table,
        "said": {"k": 3},
        "features": 4,
    }
    size = {"rows": [100, 100], "anomalies": [20, anomalies], "seconds": [0.1, 0.2]}
    return {**known, **size, "choose": curve, "measure": curve, **more}


def test_lines_become_scores():
    rows = [
        row("random 0", "a", [0.1, 0.2, 0.3, 0.7]),
        row("published: p", "a", [0.4], failure=None),
        row("published: p", "b", [0.5], anomalies=2),
        row("random 0", "b", [], failure="diverged", anomalies=2),
        row("random 1", "a", [0.9]),  # not on b yet
        row("published: p", "c", [0.9]),  # a table that few have
        row("random 2", "a", [0.9], space="older"),
    ]
    rows = [rows[-1], *rows[:-1]]
    one = scores(rows, "knn")
    assert one.configurations == ["published: p", "random 0"]
    assert one.tables == ["a", "b"]
    assert one.chance.tolist() == [0.5, 0.02]  # AUROC, and AP where anomalies are rare
    assert one.choose[1] == pytest.approx([np.mean([0.6, 0.65, 0.85]), 0.02])  # a failed fit is chance
    assert one.choose[0] == pytest.approx([0.7, 0.5])
    assert one.seconds[1, 0] == pytest.approx(0.3)
    assert smoothed([1.0, 2.0, 3.0, 7.0]).tolist() == [1.0, 1.5, 2.0, 4.0]
