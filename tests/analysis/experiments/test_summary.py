"""Intervals of grids: over seeds and test rows, as those of a search."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from analysis import experiment_names as names
from analysis import grid
from analysis.experiments.results import Results
from analysis.experiments.summary import lines
from analysis.experiments.tasks import Task
from datasets.request import Request
from launch.evaluation.bootstrap import bootstrap_metrics, resampled_metrics
from launch.evaluation.intervals import row_variance, score_interval
from tests.analysis.experiments.small_table import read, table


def run(home, *arguments):
    return grid.main([*arguments, "--home", str(home), "--jobs", "2"])


def test_intervals_over_seeds_are_those_of_the_final_report(tmp_path):
    rng = np.random.default_rng(0)
    y = (rng.random(300) < 0.2).astype(int)
    scores = rng.normal(size=(3, 300)) + y
    kept = Results(tmp_path, "x")
    candidate = names.candidate("random")
    tasks = [Task(candidate, Request("celeba"), seed, 1) for seed in range(3)]
    for task, one in zip(tasks, scores, strict=True):
        figures = {"auroc": roc_auc_score(y, one), "ap": average_precision_score(y, one), "f1_report": 0.1}
        sizes = {"rows": len(y), "anomalies": int(np.sum(y))}
        row = {**task.row(), **figures, "test": sizes, "fit_seconds": 1.0, "predict_seconds": 0.5}
        kept.add(row, resampled_metrics(y, one, resamples=200, seed=0))
    (line,) = lines(Results(tmp_path, "x"), [task.key for task in tasks])
    wanted = bootstrap_metrics(y, scores, resamples=200, seed=0)[0]["tuned"]
    for name in ("auroc", "ap"):
        # but for AUROC's centre and degrees of freedom
        assert line.metrics[name] == pytest.approx([wanted[name][k] for k in ("mean", "low", "high")], abs=2e-3)
    assert (line.fits, line.fit_seconds) == (3, 1.0)


def test_rows_that_repeat_count_once_in_intervals(tmp_path):
    """Every row three times; of AUROC with so few anomalies the variance is not the bootstrap's alone, either."""
    frame = pd.read_csv(table(tmp_path / "toy.csv"))
    pd.concat([frame] * 3).to_csv(tmp_path / "thrice.csv", index=False)
    assert run(tmp_path / "home", "hbos", str(tmp_path / "thrice.csv"), "--max-rounds", "2") == 0
    (row,) = read(tmp_path / "home")
    normal = row["test"]["rows"] - row["test"]["anomalies"]
    assert row["drawn"] == {"anomalies": row["test"]["anomalies"] / 3, "normal": normal / 3}
    results = Results(tmp_path / "home" / "grids", next((tmp_path / "home" / "grids").glob("*.jsonl")).stem)
    (line,) = lines(results, [row["key"]])
    variance = float(results.resampled(row["key"])["auroc"].var())
    steadied = row_variance("auroc", row["auroc"], variance, *row["drawn"].values())
    assert line.metrics["auroc"][1:] == pytest.approx(score_interval(row["auroc"], steadied, math.inf, 3))
