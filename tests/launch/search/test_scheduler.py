"""Whether trials are stopped early where nobody said it."""

import pytest

from launch.config.options import TuneOptions
from launch.config.plan import scheduler_of
from launch.display.source_facts import facts
from trainables import load


@pytest.mark.parametrize(("detector", "given", "is_"), [
    ("devnet", "auto", "asha"), ("knn", "auto", "none"), ("knn", "asha", "asha"), ("devnet", "none", "none"),
])  # fmt: skip
def test_auto_stops_early_where_early_rounds_tell_the_end(detector, given, is_):
    options = TuneOptions(detector=detector, dataset="celeba", scheduler=given)
    assert scheduler_of(options, load(detector)) == is_


def test_a_plan_has_rungs_accordingly(local):
    assert local("knn").plan.halving.rungs() == ()
    assert local("knn", "--scheduler", "asha").plan.halving.rungs() == (1, 4)
    assert local("kmeans").plan.halving.rungs() == (1, 4)


def test_the_list_knows_it_from_the_source():
    assert facts("knn").early_rounds_mislead
    assert facts("lof").early_rounds_mislead
    assert not facts("devnet").early_rounds_mislead
