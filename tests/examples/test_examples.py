"""The examples run as they are."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from launch import api
from tests.launch.forked_writer import fork_writers
from trainables.core.custom_detectors import load_class, search_space
from trainables.core.detector import make

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def module(name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_my_detector_ranks_outliers_and_keeps_its_state():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 3)).astype(np.float32)
    path = str(EXAMPLES / "my_detector.py")
    config = next(iter(search_space(path).PUBLISHED.values()))[0]
    detector = make(load_class(path), config).fit(rows)
    scores = detector.decision_function(np.array([[0, 0, 0], [9, 9, 9]], np.float32))
    assert scores[1] > scores[0]
    copy = make(load_class(path), config).load_state_dict(detector.state_dict())
    np.testing.assert_array_equal(copy.decision_function(rows), detector.decision_function(rows))


def test_my_detector_is_searched(home, monkeypatch):
    monkeypatch.setattr("launch.api.ReportPublisher.pictures", lambda *_: [])
    fork_writers(monkeypatch)
    rows = module("own_table").payments(400)
    result = api.search(
        "mine", rows, label="verdict", positive=["bad"], detector_path=EXAMPLES / "my_detector.py",
        trials=2, confirm=1, local=True, no_report=True, home=home,
    )  # fmt: skip
    assert result.metrics["auroc"].mean > 0.7
    assert len(result.model.predict(rows.drop(columns="verdict"))) == len(rows)


@pytest.mark.slow
def test_own_table_runs(home, capsys):
    module("own_table").main(str(home), trials=2)
    shown = capsys.readouterr().out
    assert "SearchResult(iforest" in shown
    assert "probability" in shown
    assert "hbos" in shown


def test_the_table_of_the_example_has_both_verdicts():
    rows = module("own_table").payments()
    assert isinstance(rows, pd.DataFrame)
    assert set(rows["verdict"]) == {"ok", "bad"}
