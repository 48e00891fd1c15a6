"""Columns that say what the label says are named; others are not."""

import numpy as np
import pytest

from datasets.load import load
from datasets.request import Request
from datasets.tables.leaks import giveaways
from tests.tables import raw, write

BASE = raw(400, 60)
Y = (BASE["verdict"] == "bad").to_numpy().astype(int)
RANDOM = np.random.default_rng(5)


def named(tmp_path, **columns):
    frame = BASE[["count", "verdict"]].assign(**columns)
    asked = Request(str(write(tmp_path / "t.csv", frame)), label_column="verdict", categorical=tuple(
        name for name in columns if name.startswith("text")
    ))  # fmt: skip
    return {name for name, _ in giveaways(load(asked, tmp_path))}


@pytest.mark.parametrize(
    "cells",
    [
        Y,
        1 - Y,
        np.where(Y == 1, "x", "z"),
        np.where(Y == 1, "code 7", RANDOM.choice(["a", "b", "c"], 400)),
        Y * 10.0 + RANDOM.random(400),
        -Y * 10.0 + RANDOM.random(400),
        np.where(Y == 1, np.nan, RANDOM.random(400)),
        np.where(Y == 1, RANDOM.random(400), np.nan),
        np.where(Y == 1, None, "there"),
    ],
)
def test_what_tells_all(tmp_path, cells):
    assert named(tmp_path, tell=cells) == {"tell"}


def test_what_does_not(tmp_path):
    names = [f"name {i}" for i in range(400)]  # every value once: nothing can be learnt from one
    pairs = [f"name {i // 2}" for i in RANDOM.permutation(400)]
    assert (
        named(tmp_path, number=RANDOM.normal(size=400) + 2 * Y, text=names, text2=pairs, flag=RANDOM.random(400) < 0.5)
        == set()
    )


def test_few_anomalies_prove_nothing(tmp_path):
    frame = raw(300, 10).assign(tell=lambda f: f["verdict"] == "bad")
    one = load(Request(str(write(tmp_path / "t.csv", frame)), label_column="verdict", drop=("kind",)), tmp_path)
    assert one.development.y.sum() == 8
    assert giveaways(one) == []


def test_the_auroc_is_the_usual_one(tmp_path):
    from sklearn.metrics import roc_auc_score

    values = Y * 4.0 + RANDOM.normal(size=400).round(1)
    frame = BASE[["verdict"]].assign(a=values, b=RANDOM.random(400))
    one = load(Request(str(write(tmp_path / "t.csv", frame)), label_column="verdict"), tmp_path)
    found = dict(giveaways(one))
    assert found["a"] == pytest.approx(roc_auc_score(one.development.y, one.development.X[:, 0]))
