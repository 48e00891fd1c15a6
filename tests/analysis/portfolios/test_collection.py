"""The collection: what it writes, that it goes on, and that it sees development rows alone."""

import json
import math

import numpy as np
import pytest

from analysis import portfolio as command
from analysis.portfolios import collection
from analysis.portfolios.collection import Collection, candidates, halves, read
from analysis.portfolios.tables import Table
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import Request
from tests.launch.conftest import table as rows_and_labels
from tests.launch.conftest import write_csv


@pytest.fixture(scope="module")
def problem(tmp_path_factory):
    folder = write_csv(tmp_path_factory.mktemp("data"), *rows_and_labels())
    return load(Request(dataset="celeba"), folder, allow_standin=False)


@pytest.fixture
def table(problem):
    return Table("celeba", problem, 300)


def test_each_fit_is_a_line_and_is_not_fitted_again(tmp_path, table):
    path = tmp_path / "fits.jsonl"
    first = list(Collection(path).collect(["kmeans", "logistic"], [table], 2, 60.0))
    assert [(r["detector"], r["configuration"]) for r in first if r["detector"] == "kmeans"] == [
        ("kmeans", "published: report"), ("kmeans", "random 0"), ("kmeans", "random 1"),
    ]  # fmt: skip
    one = next(r for r in first if r["detector"] == "kmeans")
    assert len(one["choose"]["auroc"]) == len(one["measure"]["ap"]) == len(one["seconds"]) == 10
    with path.open("a") as file:
        file.write('{"detector": "kmeans", "cut off')
    assert read(path) == json.loads(json.dumps(first, default=list))
    assert collection.about(path)["seed"] == 0
    assert [r["configuration"] for r in Collection(path).collect(["kmeans"], [table], 3, 60.0)] == ["random 2"]


def test_a_detector_that_had_its_seconds_gets_no_more(tmp_path, table):
    done = list(Collection(tmp_path / "f.jsonl").collect(["kmeans"], [table], 50, 0.0))
    assert len(done) == 1


def test_a_failure_is_a_line_by_its_name(tmp_path, table):
    rows = list(Collection(tmp_path / "f.jsonl", fit_seconds=0.0).collect(["kmeans"], [table], 0, 60.0))
    assert rows[0]["failure"] == "too slow"
    assert len(rows[0]["seconds"]) == 1


def test_a_small_space_has_each_configuration_once():
    names = [candidate.name for candidate in candidates("ecod", 20)]
    assert names[:3] == ["published: defaults", "published: paper", "random 0"]
    assert len(names) == 4  # its space is a choice of two


def test_rows_are_fewer_with_as_many_anomalies_among_them(table, problem):
    split, whole = table.split(0), problem.split(0)
    for small, large in ((split.train, whole.train), (split.valid, whole.valid)):
        assert len(small) == pytest.approx(300, abs=1)
        assert small.anomalies == round(300 * large.anomalies / len(large))


def test_halves_have_every_row_once_and_as_many_anomalies(table):
    y = table.split(0).valid.y
    first, second = halves(y, 0)
    assert np.array_equal(np.sort(np.r_[first, second]), np.arange(len(y)))
    assert abs(int(y[first].sum()) - int(y[second].sum())) <= 1


def test_no_test_row_is_looked_at(tmp_path, table, monkeypatch):
    for name in ("full", "everything", "full_reference"):
        monkeypatch.setattr(Problem, name, lambda *_: pytest.fail("test rows"))
    monkeypatch.setattr(type(table.problem.sealed), "open", lambda *_, **__: pytest.fail("test rows"))
    list(Collection(tmp_path / "f.jsonl").collect(["logistic"], [table], 1, 60.0))


def test_build_writes_what_helps_and_removes_what_does_not(tmp_path, capsys, monkeypatch):
    from analysis.portfolios import portfolio
    from search_spaces import portfolios

    fits, folder, tables = tmp_path / "fits.jsonl", tmp_path / "out", [f"t{k}" for k in range(10)]
    space, words = collection.fingerprint("kmeans"), {"random_configurations": 20}

    def line(name, table, value, n_clusters=9):
        curve = {"ap": [value], "auroc": [value]}
        row = {"detector": "kmeans", "configuration": name, "table": table, "space": space, "rows": [1000, 300]}
        row |= {"choose": curve, "measure": curve, "seconds": [0.1], "said": {"n_clusters": n_clusters}}
        return row | {"anomalies": [3, 3], "features": 4}

    def write(best):
        rows = [{"versions": {"numpy": "2"}, "commit": "c", "seed": 0}]
        rows += [line("published: report", table, 0.6) for table in tables]
        rows += [line(f"random {k}", t, 0.8 if k == best else 0.55) for k in range(20) for t in tables]
        fits.write_text("\n".join(map(json.dumps, rows)))

    monkeypatch.setattr(portfolio, "_checksums", lambda _: dict.fromkeys(tables, "0" * 64))
    write(best=5)
    assert command.main(["build", "--fits", str(fits), "--output", str(folder), "--detectors", "kmeans"]) == 0
    kept = json.loads((folder / "kmeans.json").read_text())
    share = math.log(9 / 1.5) / math.log(200.5 / 1.5)  # of 2 to 200, on a logarithmic scale
    assert kept["configurations"] == [{"n_clusters": {"share": round(share, 4)}}]  # its range ends at half of the rows
    assert kept["tables"] == dict.fromkeys(tables, "0" * 64)
    assert kept["built"] | words == kept["built"]
    assert portfolios.FOLDER not in folder.parents
    write(best=None)
    assert command.main(["build", "--fits", str(fits), "--output", str(folder), "--detectors", "kmeans"]) == 0
    assert not (folder / "kmeans.json").exists()
    assert "kmeans" in capsys.readouterr().out
