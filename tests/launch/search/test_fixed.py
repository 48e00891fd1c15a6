"""Where `--fix` leaves nothing to choose, what it says is tried."""

import pytest


@pytest.mark.parametrize("sampler", ["tpe", "random", "qmc", "grid", "gp"])
def test_what_is_fixed_is_tried_where_nothing_is_left_to_choose(local, sampler):
    more = ("--scheduler", "none") if sampler == "gp" else ()
    one = local("kmeans", "--trials", "5", "--fix", "n_clusters=7", "--sampler", sampler, *more)
    record = one.study.ask()
    while record is not None:
        one.study.finish(record.number, finished=True, failure="none")
        record = one.study.ask()
    assert [record.origin for record in one.study.records.values()] == ["report", "sampled"]
    assert one.study.records[1].params["n_clusters"] == 7
    assert one.study.remaining == 0
