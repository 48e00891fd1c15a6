"""The tables of a report of several searches."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from analysis.reports import dataset_report
from launch.evaluation.summary import read

SUMMARY = read(Path(__file__).parents[2] / "launch" / "evaluation" / "summaries" / "devnet-a.summary.json")


def data(name, **changed):
    return SimpleNamespace(name=name, summary=replace(SUMMARY, **changed))


def test_results_and_then_what_each_search_took():
    one = data("a")
    names = ["detector", "labels seen", "confirmed AP", "test AUROC", "test AP", "test AP over published"]
    assert list(dataset_report.comparison([one])) == names
    assert dataset_report.costs([one])["study"].tolist() == ["a"]


def test_what_differs_has_a_column_or_is_named():
    other = data("b", metric="auroc", dataset=replace(SUMMARY.dataset, protocol="raw"))
    both = dataset_report.comparison([data("a"), other])
    assert len(set(both["protocol"])) == 2
    assert set(both["confirmed"].str.split().str[0]) == {"AP", "AUROC"}
