"""`--list`: what it says of detectors is what their classes say, and it says it at once."""

import io
import subprocess
import sys

import pytest
from rich.console import Console

import trainables
from datasets.catalog.catalog import CATALOG
from launch.common.environment import ROOT
from launch.common.errors import UsageError
from launch.display import listing
from launch.display.source_facts import facts


def listed(*words, width=80):
    console = Console(file=io.StringIO(), width=width)
    listing.show(console, words)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize("name", trainables.DETECTORS)
def test_the_source_says_what_the_class_says(name):
    cls, found = trainables.load(name), facts(name)
    assert found.summary == (cls.__doc__ or "").splitlines()[0]
    assert found.supervision == cls.supervision.name
    assert found.modality == tuple(sorted(modality.name for modality in cls.modality))
    assert found.control == cls.control


def test_every_detector_and_dataset_has_one_line_of_80_columns():
    lines = listed()
    assert max(map(len, lines)) <= 80
    for name in (*trainables.DETECTORS, *CATALOG):
        assert sum(line.split(" ")[0] == name for line in lines) == 1, name
    places = [next(i for i, line in enumerate(lines) if line.startswith(name)) for name in ("knn", "random", "devnet")]
    assert places == sorted(places)
    assert set(listing.figures()) <= set(trainables.DETECTORS)


def test_the_best_comes_first_and_of_equals_the_faster(monkeypatch):
    figures = {"knn": (0.901, 9.0), "lof": (0.899, 1.0), "ecod": (0.95, 5.0), "random": (0.99, 0.0)}
    monkeypatch.setattr(listing, "figures", lambda: {k: listing.Figures(*v) for k, v in figures.items()})
    order = [line.split(" ")[0] for line in listed("need no labels") if line]
    assert order[2:6] == ["ecod", "lof", "knn", "iforest"]
    assert "random" in order[20:]


def test_words_choose():
    lines = listed("images", "labels")
    assert {"gbdt", "logistic", "vae"} <= {line.split(" ")[0] for line in lines}
    assert not any(line.startswith(("svm ", "knn ", "ae_conv ", "usps ")) for line in lines)
    assert any(line.startswith("usps ") for line in listed("images"))
    assert not any(line.startswith("vowels ") for line in listed("images"))
    assert any(line.startswith("ocsvm ") for line in listed("svdd"))
    with pytest.raises(UsageError, match="--list gold: no detector and no dataset"):
        listed("gold")


def test_it_needs_neither_torch_nor_the_detectors():
    code = "import sys; from launch.tune import main; code = main(['--list', 'svdd']); "
    code += "sys.exit(code or [m for m in ('torch', 'pandas', 'sklearn', 'tyro') if m in sys.modules] or None)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert "ocsvm" in done.stdout
