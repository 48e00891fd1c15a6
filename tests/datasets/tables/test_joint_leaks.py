"""Columns that together say what the label says are named; honest ones are not."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datasets.load import load
from datasets.request import Request
from datasets.tables.joint_leaks import joint_giveaways
from launch.common.environment import ROOT
from tests.tables import write

PLACES = [Path(place) for place in (os.environ.get("ANOMALY_DATA"), ROOT.parent / "shared" / "data") if place]
RAW = next((place / "tables_raw" for place in PLACES if (place / "tables_raw").is_dir()), None)
TABLES = next((sorted((place / "tables").glob("*.npz")) for place in PLACES if (place / "tables").is_dir()), [])
ROWS = 1200
RANDOM = np.random.default_rng(3)
Y = (np.arange(ROWS) % 10 == 0).astype(int)
KIND = RANDOM.integers(0, 3, ROWS)
"""Which of three failures an anomaly is of."""
HONEST = {f"n{k}": RANDOM.normal(size=ROWS) + Y for k in range(3)} | {
    f"c{k}": RANDOM.choice(list("abcde"), ROWS) for k in range(3)
}


def found(tmp_path, known=(), **columns):
    frame = pd.DataFrame({**HONEST, **columns, "label": Y})
    return joint_giveaways(load(Request(str(write(tmp_path / "t.csv", frame))), tmp_path), known)


def flags(says="{}"):
    return {f"F{k}": [says.format(int(bad)) for bad in (Y == 1) & (k == KIND)] for k in range(3)}


@pytest.mark.parametrize("says", ["{}", "is{}", "{}.0"])
def test_flags_of_failures(tmp_path, says):
    joint = found(tmp_path, **flags(says))
    assert joint.columns == ("F0", "F1", "F2")
    assert joint.told == 1.0
    assert not joint.by_name


def test_what_only_anomalies_have(tmp_path):
    """A cost, a date of repair or a code that is there for some of the anomalies alone."""
    costs = np.where((Y == 1) & (KIND == 0), RANDOM.random(ROWS) * 100, 0)
    repairs = np.where((Y == 1) & (KIND == 1), RANDOM.random(ROWS), np.nan)
    code = np.where((Y == 1) & (KIND == 2), RANDOM.choice(["E1", "E2"], ROWS), "none")
    assert set(found(tmp_path, cost=costs, repair=repairs, code=code).columns) == {"cost", "repair", "code"}


def test_a_flag_beside_them_is_mentioned(tmp_path):
    joint = found(tmp_path, **flags(), F3=RANDOM.random(ROWS) < 0.01)
    assert joint.columns == ("F0", "F1", "F2")
    assert joint.beside == ("F3",)


def test_some_anomalies_without_a_flag(tmp_path):
    hidden = np.isin(np.arange(ROWS), np.flatnonzero(Y)[:4])  # 4 of 120
    marks = {name: np.where(hidden, 0, np.asarray(cells, int)) for name, cells in flags().items()}
    joint = found(tmp_path, **marks)
    assert joint.columns == ("F0", "F1", "F2")
    assert 0.95 <= joint.told < 1


@pytest.mark.parametrize("share", [0.8, 0.9])
def test_flags_that_miss_many_are_honest(tmp_path, share):
    seen = RANDOM.random(ROWS) < share
    assert found(tmp_path, **{name: np.asarray(cells, int) * seen for name, cells in flags().items()}) is None


def test_flags_that_normal_rows_have_too_are_honest(tmp_path):
    marks = {name: np.asarray(cells, int) | (RANDOM.random(ROWS) < 0.02) for name, cells in flags().items()}
    assert found(tmp_path, **marks) is None


def test_honest_measurements_that_are_strong(tmp_path):
    assert found(tmp_path, strong=Y * 5 + RANDOM.normal(size=ROWS)) is None


@pytest.mark.parametrize(("name", "columns"), [("repair_severity", ("repair_severity",)), ("pressure", None)])
def test_a_measurement_is_named_where_its_name_speaks_of_labels(tmp_path, name, columns):
    one, other = (RANDOM.normal(size=ROWS) + 7 * (Y == 1) * (k == KIND) for k in (0, 1))
    third = RANDOM.normal(size=ROWS) + 7 * (Y == 1) * (KIND == 2)
    joint = found(tmp_path, temperature=one, torque=other, **{name: third})
    assert (None if joint is None else joint.columns) == columns


def test_what_is_named_already_is_not_named_again(tmp_path):
    assert found(tmp_path, known=["F0", "F1", "F2"], **flags()) is None


@pytest.mark.slow  # half a minute, with the next
@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_honest_tables_are_quiet(tmp_path, table):
    assert joint_giveaways(load(Request(str(table)), tmp_path)) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "label", "columns"),
    [
        ("ai4i2020.csv", "Machine_failure", ("TWF", "HDF", "PWF", "OSF")),
        ("hypothyroid.csv", "Target", None),
        ("vehicle_claims_fraud_oracle.csv", "FraudFound_P", None),
    ],
)
def test_raw_tables(tmp_path, name, label, columns):
    if RAW is None:
        pytest.skip("no raw tables here")
    joint = joint_giveaways(load(Request(str(RAW / name), label_column=label), tmp_path))
    assert (None if joint is None else joint.columns) == columns
    assert joint is None or joint.beside == ("RNF",)


def test_the_difficulty_of_nsl_kdd(tmp_path):
    if RAW is None:
        pytest.skip("no raw tables here")
    path = RAW / "nsl_kdd_train20.csv"
    kinds = tuple(kind for kind in pd.read_csv(path, usecols=["attack"])["attack"].unique() if kind != "normal")
    joint = joint_giveaways(load(Request(str(path), label_column="attack", positive=kinds), tmp_path))
    assert joint.columns == ("difficulty",)
    assert joint.by_name
