import csv

import pytest

from analysis import published

SOURCES = {"report", "recalled", "measured by this project"}


def test_the_report_table():
    table = {
        "dummy": (0.5031, 0.0328, 0.0205, None, 0.0027),
        "devnet": (0.9588, 0.3975, 0.3966, 402.99, 2.0071),
        "iforest": (0.5983, 0.0591, 0.0727, 0.9112, 0.1613),
        "kmeans": (0.5552, 0.0506, 0.0695, 1.3521, 0.0151),
    }
    metrics = ("auroc", "ap", "f1_report", "fit_seconds", "predict_seconds")
    for detector, values in table.items():
        assert tuple(published.figure(detector, "celeba", m) for m in metrics) == values
    artificial = tuple(published.figure("devnet", "celeba-artificial", m) for m in metrics[:3])
    assert artificial == (0.3936, 0.0161, 0.0)


@pytest.mark.parametrize(("other", "printed", "percent"), [("iforest", 4419.31, 44126), ("kmeans", 29794.33, 29705)])
def test_the_time_ratios_are_printed_wrong_and_say_so(other, printed, percent):
    metric = f"fit_time_over_{other}"
    assert published.figure("devnet", "celeba", metric) == printed
    own = published.figure("devnet", "celeba", "fit_seconds") / published.figure(other, "celeba", "fit_seconds")
    assert round(100 * (own - 1)) == percent
    (row,) = (r for r in published.rows("devnet", "celeba") if r["metric"] == metric)
    assert "slip" in row["note"]
    assert f"{percent:,} %" in row["note"]


def test_only_the_report_is_a_figure():
    assert published.figure("repen", "celeba", "auroc") is None
    assert published.figure("logistic", "celeba", "auroc") is None
    assert published.figure("devnet", "mnist", "auroc") is None
    assert [r["value"] for r in published.rows("repen") if r["metric"] == "auroc"] == [0.894]


def test_every_row_is_whole():
    rows = published.rows()
    with published.FILE.open(newline="") as lines:
        header = next(csv.reader(lines))
    assert header == ["detector", "dataset", "protocol", "part", "metric", "value", "unit", "source", "note"]
    assert {r["source"] for r in rows} == SOURCES
    keys = [(r["detector"], r["dataset"], r["protocol"], r["part"], r["metric"], r["source"]) for r in rows]
    assert len(set(keys)) == len(keys)
    for row in rows:
        assert all(row[name] != "" and row[name] is not None for name in header)
        assert row["unit"] in {"1", "s", "%"}
        assert (row["source"] == "recalled") == ("from memory" in row["note"])


def test_rows_are_copies():
    published.rows()[0]["value"] = -1
    assert published.rows()[0]["value"] != -1
