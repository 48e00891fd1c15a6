"""The files of portfolios: whole, valid on data of any size, and relative where ranges are."""

import json
import tomllib
from fnmatch import fnmatch

import pytest

import search_spaces
import trainables
from launch.common.environment import ROOT
from search_spaces import DataInfo
from search_spaces.portfolios import FOLDER, MOST, Portfolio, is_portfolio, load
from trainables.core.detector import make

FILES = sorted(FOLDER.glob("*.json"))
SIZES = (DataInfo(700, 8, 40), DataInfo(1500, 60, 300), DataInfo(20_000, 30, 500), DataInfo(130_000, 39, 2900))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_file_is_a_short_list_of_valid_configurations(path):
    kept, name = json.loads(path.read_text()), path.stem
    assert kept["detector"] == name
    assert name in trainables.DETECTORS
    assert 0 < len(kept["configurations"]) <= MOST
    assert kept["built"]["versions"]
    assert all(kept["built"]["gain"][trials][0] > 0 for trials in ("4", "10"))
    assert len(kept["tables"]) >= 8
    assert "celeba" not in kept["tables"]
    assert all(len(checksum) == 64 for checksum in kept["tables"].values())
    portfolio, space = load(name), search_spaces.load(name).space
    assert portfolio is not None
    for info in SIZES:
        made = portfolio.on(space, info)
        assert len(made) >= len(kept["configurations"]) - 1  # two may be one on some data
        for config in made.values():
            make(trainables.load(name), config)


def test_portfolios_are_package_data():
    given = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["search_spaces"]
    assert all(any(fnmatch(f"portfolios/{path.name}", pattern) for pattern in given) for path in FILES)


def test_where_there_is_no_file_there_is_no_portfolio():
    assert load("copod") is None


def space(trial, data):
    kind = trial.suggest_categorical("kind", ["near", "far"])
    more = {"bins": trial.suggest_int("bins", 2, 9)} if kind == "far" else {}
    return {"n_neighbors": trial.suggest_int("n_neighbors", 1, data.rows // 4), "kind": kind, **more}


def test_values_stay_and_shares_grow_with_the_data():
    said = [{"n_neighbors": {"share": 0.5}, "kind": "far", "bins": 3}, {"n_neighbors": {"share": 0.1}, "kind": "near"}]
    portfolio = Portfolio("any", said, {}, {})
    assert portfolio.on(space, DataInfo(400, 2, 2)) == {
        "portfolio 1": {"n_neighbors": 51, "kind": "far", "bins": 3},
        "portfolio 2": {"n_neighbors": 11, "kind": "near"},
    }
    assert portfolio.on(space, DataInfo(4000, 2, 2))["portfolio 1"]["n_neighbors"] == 501


def test_what_a_space_does_not_have_is_left_out_and_the_others_keep_their_names():
    gone = {"n_neighbors": {"share": 0.5}, "kind": "elsewhere"}
    unsaid = {"n_neighbors": {"share": 0.5}, "kind": "far"}  # bins
    outside = {"n_neighbors": {"share": 0.5}, "kind": "far", "bins": 10}
    there = {"n_neighbors": {"share": 0.5}, "kind": "near", "dropped": 4}
    again = {"n_neighbors": {"share": 0.5001}, "kind": "near"}
    portfolio = Portfolio("any", [gone, unsaid, outside, there, again], {}, {})
    assert portfolio.on(space, DataInfo(400, 2, 2)) == {"portfolio 4": {"n_neighbors": 51, "kind": "near"}}


def test_an_origin_of_a_portfolio_is_known():
    assert is_portfolio("portfolio 3")
    assert not any(map(is_portfolio, ("sampled", "enqueued", "report", "portfolio", "portfolio x")))
