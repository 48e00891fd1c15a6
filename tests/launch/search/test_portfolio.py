"""What did well on other tables is tried after what is published, unless something speaks against it."""

import pytest

from launch.display.announce import portfolio_message
from launch.evaluation.summary import PortfolioSummary, origin_text
from launch.search import trials
from launch.tracking.tags import base_tags
from search_spaces import portfolios
from search_spaces.portfolios import Portfolio

SAID = ({"n_clusters": {"share": 0.4}}, {"n_clusters": {"share": 0.8}}, {"n_clusters": {"share": 0.95}})


@pytest.fixture
def portfolio(monkeypatch):
    """A portfolio of k-means and of DevNet, whatever the files are."""

    def give(tables=(), said=SAID):
        of = {"kmeans": said, "devnet": ({"margin": 4.0},)}
        monkeypatch.setattr(
            portfolios, "load", lambda name: Portfolio(name, of[name], dict(tables), {}) if name in of else None
        )

    give()
    return give


def origins(one):
    return [record.origin for record in one.study.records.values()]


def test_published_then_portfolio_then_the_sampler(local, portfolio):
    one = local("kmeans", "--trials", "6").search()
    assert origins(one) == ["report", "portfolio 1", "portfolio 2", "portfolio 3", "sampled", "sampled"]
    records = list(one.study.records.values())
    assert [record.published for record in records] == [True, *[False] * 5]
    assert records[1].params["n_clusters"] < records[2].params["n_clusters"]
    tags = [event["tags"] for event in one.tracker.of("run") if event["tags"].get("kind") == "trial"]
    assert [own["origin"] for own in tags] == origins(one)


def test_few_trials_are_filled_by_them(local, portfolio):
    assert portfolio_message([local("kmeans", "--trials", "5").plan]) == ""
    text = "No trial is left for the sampler: 1 published or enqueued one, 2 of the portfolio."
    assert portfolio_message([local("kmeans", "--trials", "3").plan]) == text
    assert origins(local("kmeans", "--trials", "3").search()) == ["report", "portfolio 1", "portfolio 2"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--no-portfolio",),
        ("--sampler", "grid"),
        ("--fix", "n_clusters=7"),
        ("--range", "n_clusters=2:3"),
    ],
)
def test_options_that_speak_against_it(local, portfolio, arguments):
    assert local("kmeans", "--trials", "4", *arguments).plan.portfolio.configurations == {}


def test_what_a_range_allows_stays(local, portfolio):
    plan = local("kmeans", "--range", "n_clusters=2:60").plan
    assert list(plan.portfolio.configurations) == ["portfolio 1"]
    assert portfolio_message([plan]) == (
        "kmeans: --range forbids 2 of the 3 configurations of the portfolio; they are not tried."
    )


def test_labels_that_are_not_what_it_was_built_with(local, portfolio, monkeypatch):
    assert local("kmeans", "--labelled-anomalies", "10").plan.portfolio.configurations  # it learns from none
    monkeypatch.setattr("launch.config.portfolio.portfolios.Portfolio.on", lambda *_: {"portfolio 1": {"margin": 4.0}})
    assert local("devnet").plan.portfolio.configurations
    assert not local("devnet", "--labelled-anomalies", "10").plan.portfolio.configurations


def test_a_detector_of_ones_own_has_none(local, portfolio, toy):
    assert not local("kmeans", "--detector-path", str(toy)).plan.portfolio.configurations


def test_a_study_goes_on_with_what_it_was_begun_with(local, portfolio):
    one = local("kmeans", "--trials", "2", "--name", "s").search()
    portfolio(said=({"n_clusters": {"share": 0.5}},))
    again = local("kmeans", "--trials", "5", "--name", "s").search()
    assert origins(again) == ["report", "portfolio 1", "portfolio 2", "portfolio 3", "sampled"]
    assert again.study.records[2].params == one.plan.portfolio.configurations["portfolio 2"]


def test_a_study_of_before_goes_on_without(local, portfolio):
    one = local("kmeans", "--trials", "2", "--no-portfolio", "--name", "s").search()
    storage, number = one.study.study._storage, one.study.study._study_id
    storage.set_study_user_attr(number, "portfolio", None)  # Optuna has no way to take one away

    portfolio({"celeba": one.plan.problem.sha256})
    again = local("kmeans", "--trials", "4", "--name", "s").search()
    assert origins(again) == ["report", "sampled", "sampled", "sampled"]
    assert portfolio_message([again.plan])
    plan = trials.with_its_portfolio(again.plan, again.study)
    assert portfolio_message([plan]) == ""  # nothing is tried that could be spoken of
    assert "portfolio_knows_table" not in base_tags(plan)


def test_a_table_that_helped_to_build_it_is_known_and_said(local, portfolio):
    plain = local("kmeans", "--trials", "2").plan
    portfolio({"celeba": plain.problem.sha256, "other": "0" * 64})
    known = local("kmeans", "--trials", "2").plan
    assert (plain.portfolio.knows_table, known.portfolio.knows_table, known.portfolio.tables) == (False, True, 2)
    assert "This table helped to build the portfolio, which is tried first" in portfolio_message([known])
    assert "this one among them" in PortfolioSummary(2, 17, True).text()
    assert PortfolioSummary(1, 17, False).text() == (
        "1 trial is of the portfolio: configurations that did well on 17 tables, none of them this one."
    )
    assert origin_text("portfolio 2") == "portfolio 2, one that did well on other tables"
