"""The digits benchmark, on a set of digits in USPS's own format that the test writes."""

from __future__ import annotations

import bz2
import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from analysis import digits, grid
from analysis.experiments import digit_tables
from analysis.experiments.digits import numbers
from launch.common.errors import UsageError
from launch.evaluation import published

SIZE = 16


def glyphs(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten classes of bars: class k is lit in rows k to k + 5."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 10
    X = rng.uniform(0, 0.2, (n, SIZE, SIZE))
    for i, k in enumerate(y):
        X[i, k : k + 6, 2:14] += 0.7
    return X, y


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    for name, n, seed in (("usps.bz2", 300, 0), ("usps.t.bz2", 100, 1)):
        X, y = glyphs(n, seed)
        lines = [
            f"{k + 1} " + " ".join(f"{j + 1}:{2 * v - 1:.4f}" for j, v in enumerate(x.ravel()))
            for x, k in zip(X, y, strict=True)
        ]
        (folder / name).write_bytes(bz2.compress("\n".join(lines).encode()))
    return folder


def run(place: Path, *more: str) -> int:
    return digits.main(
        [
            "--detectors", "vae", "--sets", "usps,svhn", "--digits", "0,7", "--seeds", "1", "--epochs", "2,4",
            "--jobs", "1", "--home", str(place / "home"), "--data-dir", str(place), *more,
        ]
    )  # fmt: skip


def rows(place: Path) -> list[dict]:
    (path,) = (place / "home" / "grids").glob("digits-*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


class TestBenchmark:
    def test_it_runs_and_goes_on(self, place, capsys, monkeypatch):
        monkeypatch.setattr("datasets.images.standard._download", _unreachable)
        assert run(place) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "Left out:" in said  # SVHN is nowhere to be had
        assert "untrained" in said
        assert "thesis AUROC" in said
        found = rows(place)
        assert [row["dataset"] for row in found] == ["usps-0", "usps-7"]
        for row in found:
            assert set(row["at"]) == {"0", "2", "4"}
            assert row["protocol"] == "multimodal"
            assert row["supervision"] == "one-class"
            assert row["auroc"] == row["at"]["4"]["auroc"]
            assert {"precision_threshold", "recall_threshold"} <= set(row["at"]["2"])
        assert run(place, "--digits", "0,7,9") == 0
        assert "2 of 3 are done already" in capsys.readouterr().out
        assert len(rows(place)) == 3
        (table,) = (place / "home" / "grids").glob("digits-*.csv")
        lines = list(csv.DictReader(table.open()))
        assert {line["epochs"] for line in lines} == {"0", "2", "4"}
        assert [p.name.rpartition("-")[2] for p in (place / "home" / "grids").glob("digits-*.png")] == ["usps.png"]

    def test_grid_expands_classes_and_shows_the_untrained(self, place, capsys):
        code = grid.main(
            ["pca,random", "usps", "--jobs", "1", "--max-rounds", "1", "--home", str(place / "home2"),
             "--data-dir", str(place)]
        )  # fmt: skip
        assert code == 0
        said = " ".join(capsys.readouterr().out.split())
        assert "usps-0" in said
        assert "usps-9" in said
        assert "Trained and untrained" in said
        assert said.count("one-vs-rest: one class is normal") == 1


def _unreachable(name, folder, notify):
    from datasets.errors import Unreachable

    raise Unreachable(f"could not download {name}")


def test_numbers():
    assert numbers("100,20,20", "--epochs", least=1) == (20, 100)
    for text in ("", "20,x", "0", "-1"):
        with pytest.raises(UsageError, match="whole numbers from 1"):
            numbers(text, "--epochs", least=1)


def test_mean_of_stages_and_average_over_sets_by_hand(monkeypatch):
    """Two digits of two sets after 2 and 4 epochs; the untrained 0 does not count."""
    printed = {"mnist": 0.5, "usps": 0.7}
    monkeypatch.setattr(digit_tables.published, "figure", lambda detector, name, metric: printed[name])
    auroc = {"mnist-0": (0.1, 0.6, 0.8), "mnist-1": (0.2, 0.7, 0.9), "usps_grey-0": (0.3, 0.4, 0.6)}
    rows = [
        {
            "detector": "vae", "dataset": dataset, "failure": None,
            "at": dict(zip("024", [dict.fromkeys(digit_tables.TITLES, value) for value in values], strict=True)),
        }
        for dataset, values in auroc.items()
    ]  # fmt: skip
    console = Console(file=io.StringIO(), width=140)
    digit_tables.show(console, "mnist", rows[:2], (0, 2, 4))
    digit_tables.show_average(console, rows, ["mnist", "usps_grey"], (0, 2, 4))
    said = console.file.getvalue()
    (line,) = [line for line in said.splitlines() if digit_tables.MEAN_OF_STAGES in line]
    assert "75.00" in line  # of .7 and .8
    assert "50.00" in line  # the thesis's, beside that line alone
    assert said.count("50.00") == 1
    assert "vae: AUROC 62.50, average over 2 sets; the thesis's 60.00" in said  # of .75 and .5, of .5 and .7


def test_sets_as_published_have_no_figure_of_the_thesis():
    assert digit_tables.thesis_auroc("vae", "svhn") is None
    assert digit_tables.thesis_auroc("vae", "svhn_grey") == published.figure("vae", "svhn", "auroc") is not None


def test_means_are_over_digits_of_means_over_seeds():
    found = [("mnist-0", {"auroc": 0.5}), ("mnist-0", {"auroc": 0.7}), ("mnist-1", {"auroc": 0.9})]
    assert digit_tables.by_digit(found, "auroc") == pytest.approx([0.6, 0.9])
    assert digit_tables.percent([0.6, 0.9]) == "75.00 (15.00)"
    assert digit_tables.percent([]) == "-"


@pytest.mark.parametrize(("protocol", "said"), [("multimodal", False), ("multimodal-thesis", True)])
def test_thresholds_on_images_that_were_trained_on_are_said(protocol, said):
    console = Console(file=io.StringIO(), width=400)
    digit_tables.notes(console, [{"protocol": protocol}], {})
    assert ("placed on scores of images that were trained on" in console.file.getvalue()) is said
