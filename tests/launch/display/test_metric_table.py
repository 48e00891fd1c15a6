"""What is said of figures beside them."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from analysis.reports import search_sections
from launch.display import many, screen
from launch.display.metric_table import basis, metric_rows, pixel_basis
from launch.evaluation.arm_metrics import Interval, Localisation, PixelMetrics, Ranking
from launch.evaluation.summary import read

KEPT = Path(__file__).parents[1] / "evaluation" / "summaries" / "devnet-a.summary.json"

PIXELS = PixelMetrics(Interval(0.9, 0.8, 0.95), Interval(0.7, 0.6, 0.8))


def test_what_pixel_figures_rest_on():
    assert pixel_basis(Localisation(12, 15, 0, 0, PIXELS)) == (
        "Error maps against masks of 12 anomalous images with 15 regions; 95 % intervals over images and seeds."
    )
    said = pixel_basis(Localisation(3, 4, 2, 1, PIXELS))
    assert "Of fewer than 10 images they are too narrow." in said
    assert "Of 2 more the anomaly was cut off with the border." in said
    assert "1 more have no mask, or one that cannot be read or marks nothing." in said


@pytest.fixture
def summary():
    found = read(KEPT)
    return replace(found, controls={"untrained": Ranking(0.5, 0.1)})


@pytest.fixture
def cross_validated(summary):
    dataset = replace(summary.dataset, protocol="cross-validated", note="", readings=("money: '1,5' read as 1.5",))
    return replace(summary, test=replace(summary.test, cross_validated=True), dataset=dataset)


def shown(summary):
    console = Console(file=io.StringIO(), width=200)
    where = dict.fromkeys(("home", "tracking", "version", "pictures", "summary", "report", "server", "ui_path"), "x")
    screen.show(console, summary, where)
    many.show(console, [("devnet", summary), ("gbdt", summary)])
    return console.file.getvalue()


def test_what_is_cross_validated_speaks_of_no_test_rows(summary, cross_validated):
    assert "on the test rows" in shown(summary)
    assert "2 detectors, test rows" in shown(summary)
    said = shown(cross_validated)
    assert "test rows" not in said
    assert "2 detectors, all rows, out of fold" in said
    assert basis(cross_validated).startswith("95 % intervals over rows and seeds, every row out of fold.")


def test_the_report_says_what_parts_are_there(cross_validated):
    parts = list(search_sections.data_table(cross_validated.dataset)["part"])
    assert "test" not in parts
    assert "all, out of fold" in parts


@pytest.mark.parametrize("width", [60, 80, 140])
def test_nothing_of_a_table_is_lost_where_it_is_narrow(summary, width):
    console = Console(file=io.StringIO(), width=width)
    screen.show_metrics(console, summary)
    said = console.file.getvalue().split()
    for row in metric_rows(summary):
        cells = (*row.arms.values(), row.baseline, row.chance, row.train)
        assert {word for cell in cells for word in cell.split()} <= set(said)
    assert max(map(len, console.file.getvalue().splitlines())) <= width
