"""Ways to search by name, and from options of a search."""

import pytest

from analysis.experiments.efficiency.arms import arms
from launch.common.errors import UsageError


def test_names_stand_for_options():
    published, random, default = arms("published,random, default", ())
    assert not published.searches
    assert (random.name, random.options) == ("random", {"sampler": "random", "stop_above": 1e9, "no_portfolio": True})
    assert default.options == {}
    (stopping,) = arms("random+asha", ())
    assert (random.more, stopping.more) == (1, 2.5)  # as many seconds


def test_any_options_of_a_search():
    (arm,) = arms("", ["wide:sampler=qmc,auto_batch=true,range=dropout=0:0.6;lr=1e-4:1e-2,splits_per_trial=3"])
    assert arm.name == "wide"
    assert arm.options == {
        "sampler": "qmc", "auto_batch": True, "range": ("dropout=0:0.6", "lr=1e-4:1e-2"), "splits_per_trial": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "given", "words"),
    [
        ("best", (), "there is no arm best: give one of published, random"),
        ("random", ["random:sampler=qmc"], "random is given more than once"),
        ("published", (), "no arm searches"),
        ("random", ["qmc"], "write it like --arm qmc:sampler=qmc"),
        ("random", ["a:seed=3"], "seed is the same for all arms"),
    ],
)
def test_what_is_none_is_refused(names, given, words):
    with pytest.raises(UsageError, match=words):
        arms(names, given)


def test_a_wrong_value_is_refused_as_in_a_search(capsys):
    with pytest.raises(SystemExit):
        arms("", ["a:sampler=best"])
    assert "sampler" in capsys.readouterr().err
