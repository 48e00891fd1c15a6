import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from datasets.errors import DataError
from datasets.tables import standin

# Pinned: a model trained on the stand-in must be able to say on which rows.
SHA256 = "b693dfa6774599e7bc17d80b87bbd97f4da9d10a1c79fd8b0e40d0ad12936a4e"


@pytest.fixture(scope="module")
def generated():
    return standin.generate()


def test_it_is_always_the_same(generated):
    assert generated.sha256 == SHA256 == standin.generate().sha256


def test_it_says_what_it_is(generated):
    assert generated.name == "celeba-standin"
    assert "generated" in generated.source
    assert "no published number" in generated.notes[0]
    assert generated.y.mean() == pytest.approx(0.0224, abs=1e-4)
    assert len(np.unique(np.packbits(generated.X, axis=1), axis=0)) < 0.8 * len(generated.y)


def test_origin_stands_in_the_table():
    origin = json.loads(standin.TABLE.read_text())["origin"]
    assert origin["file"] == "8_celeba.npz"
    assert origin["sha256"].startswith("1cadfdea")
    assert "Minqi824/ADBench" in origin["repository"]
    assert "BSD-2-Clause" in origin["licence"]
    assert "Chow-Liu" in origin["made"]


def test_table_is_what_the_builder_makes_of_the_real_file(celeba):
    path = Path(__file__).parents[3] / "datasets" / "tables" / "build_standin.py"
    spec = importlib.util.spec_from_file_location("build_standin", path)
    builder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(builder)
    assert builder.render(builder.build(celeba)) == standin.TABLE.read_text(encoding="utf-8")


def test_marginals_and_tree_edges_match_the_real_file(celeba, generated):
    trees = json.loads(standin.TABLE.read_text())["classes"]
    for label, name in enumerate(("normal", "anomalous")):
        real, made = (d.X[d.y == label].astype(float) for d in (celeba, generated))
        error = 5 * 0.5 / np.sqrt(len(made))  # five standard deviations of a share
        assert len(real) == len(made) == trees[name]["rows"]
        assert np.abs(real.mean(0) - made.mean(0)).max() < error
        for child, (parent, _, _) in enumerate(trees[name]["tree"]):
            if parent is not None:
                both = [(X[:, child] * X[:, parent]).mean() for X in (real, made)]
                assert abs(both[0] - both[1]) < error


@pytest.mark.parametrize("text", ["", "{}", '{"attributes": [], "classes": {"normal": 1, "anomalous": 2}}'])
def test_damaged_table(tmp_path, monkeypatch, text):
    monkeypatch.setattr(standin, "TABLE", tmp_path / "table.json")
    (tmp_path / "table.json").write_text(text)
    with pytest.raises(DataError, match="missing or damaged"):
        standin.generate()


def test_a_cycle_is_no_tree():
    with pytest.raises(ValueError, match="no tree"):
        standin._parents_first([None, 2, 1])
