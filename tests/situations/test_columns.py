"""Columns that are no features, or that say what the label says."""

import numpy as np
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table

FRAME = table(rows=600, anomalies=60)
Y = FRAME["label"].to_numpy()
KIND = np.random.default_rng(1).integers(0, 3, len(Y))
FLAGS = {f"F{k}": ((Y == 1) & (k == KIND)).astype(int) for k in range(3)}

SITUATIONS = (
    Situation(
        "five flags of failures, of which each is some of them",
        as_csv(FRAME.assign(**FLAGS)),
        says=("Columns 'F0', 'F1', 'F2' together tell 100 % of the anomalies", "--drop F0 --drop F1 --drop F2"),
        columns={"F0": "boolean"},
    ),
    Situation(
        "the same in words, in columns with spaces",
        as_csv(FRAME.assign(**{f"failure {k}": np.where(FLAGS[k], "yes", "no") for k in FLAGS})),
        says=("--drop 'failure F0' --drop 'failure F1' --drop 'failure F2'",),
    ),
    Situation(
        "a second flag that says most of what the label says",
        as_csv(FRAME.assign(is_fraud=Y & (KIND + np.arange(len(Y)) % 9 > 0))),
        says=("Column 'is_fraud'", "--drop is_fraud"),
    ),
    Situation(
        "honest flags and measurements",
        as_csv(FRAME.assign(flag=np.random.default_rng(2).random(len(Y)) < 0.3, shop=KIND)),
        unsaid=("what the label says", "says the same"),
    ),
    Situation(
        "a column that is there twice under two names",
        as_csv(FRAME.assign(again=FRAME["f1"])),
        says=("says the same as 'f1'",),
        columns={"again": "numeric"},
    ),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_columns(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
