"""Columns that are no features, or that say what the label says."""

import decimal
import hashlib
import uuid

import numpy as np
import pandas as pd
import pytest

from tests.situations.situation import Situation, as_csv, as_text, assert_right, table

FRAME = table(rows=600, anomalies=60)
Y = FRAME["label"].to_numpy()
KIND = np.random.default_rng(1).integers(0, 3, len(Y))
FLAGS = {f"F{k}": ((Y == 1) & (k == KIND)).astype(int) for k in range(3)}

RANDOM = np.random.default_rng(4)
N = len(Y)
HEX = [hashlib.sha256(str(k).encode()).hexdigest() for k in range(N)]
CUSTOMERS = RANDOM.integers(0, 200, N)


def as_parquet(**columns):
    def make(folder):
        FRAME.assign(**columns).to_parquet(folder / "data.parquet")
        return folder / "data.parquet"

    return make


def left_out(cells, *says, name="c", **also):
    """A situation of a column that is left out, with what is said of it."""
    return {"make": as_csv(FRAME.assign(**{name: cells})), "columns": {name: "left out"}, "says": says} | also


SITUATIONS = (
    Situation(
        "a shuffled index that pandas wrote",
        as_csv(FRAME.sample(frac=1, random_state=1), index=True),
        columns={"Unnamed: 0": "left out"},
        says=("counts the rows from 0, in another order; --numeric keeps it",),
    ),
    Situation(
        "the index of a sample of a large table",
        **left_out(RANDOM.choice(10**6, N, replace=False), "identifiers by the name", name="Unnamed: 0"),
    ),
    Situation("a counter from 1000 on", **left_out(np.arange(N) + 1000, "counts the rows from 1000")),
    Situation("a counter in steps of ten", **left_out(np.arange(N) * 10, "counts the rows in steps of 10")),
    Situation("a counter downwards", **left_out(N - np.arange(N), "counts the rows in steps of -1")),
    Situation(
        "a counter with gaps, shuffled",
        **left_out(RANDOM.permutation(2 * N)[:N], "numbers the rows: 600 whole numbers", name="c"),
    ),
    Situation(
        "a counter that is wanted", as_csv(FRAME.assign(c=np.arange(N))), ("--numeric", "c"), columns={"c": "numeric"}
    ),
    Situation(
        "keys under a German name", **left_out(RANDOM.integers(10**6, 10**7, N), "identifiers", name="Kundennummer")
    ),
    Situation(
        "identifiers of few rows",
        as_csv(table(15, 3).assign(id=range(1, 16))),
        columns={"id": "left out"},
        says=("counts the rows",),
    ),
    Situation("keys of ten digits", **left_out(RANDOM.integers(10**9, 10**10, N), "identifiers by", name="customerID")),
    Situation(
        "a measurement in whole numbers", as_csv(FRAME.assign(c=RANDOM.integers(0, 10**6, N))), columns={"c": "numeric"}
    ),
    Situation(
        "customers, each with some rows",
        as_csv(FRAME.assign(customer_id=CUSTOMERS * 37 + 1000)),
        columns={"customer_id": "numeric"},
        says=("identifiers? --drop leaves it out, --group-column keeps",),
    ),
    Situation("UUIDs", **left_out([str(uuid.UUID(text[:32])) for text in HEX], "600 UUIDs in 600 rows, such as")),
    Situation("hashes", **left_out(HEX, "600 hashes")),
    Situation("hashes of customers", **left_out([HEX[k][:32] for k in CUSTOMERS], "hashes in 600 rows")),
    Situation("addresses of customers", **left_out([f"c{k}@example.org" for k in CUSTOMERS], "e-mail addresses")),
    Situation("keys with letters", **left_out([f"M{k:05d}" for k in range(N)], "600 different texts in 600 rows")),
    Situation(
        "free text",
        **left_out(
            [f"the pump of line {k % 7} stopped at {k % 311} and ran on" for k in range(N)], "free text: 600 texts"
        ),
    ),
    Situation(
        "free text that is wanted, and cities that are categories",
        as_csv(FRAME.assign(c=HEX, city=RANDOM.choice(["Rome", "New York", "Rio de Janeiro"], N))),
        ("--categorical", "c"),
        columns={"c": "categorical", "city": "categorical"},
    ),
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
TYPED = (
    Situation(
        "Parquet: differences of time, decimals, bytes, categories of whole numbers",
        as_parquet(
            took=pd.to_timedelta(RANDOM.integers(1, 9999, N), unit="s"),
            price=[decimal.Decimal(int(k)) / 100 for k in RANDOM.integers(0, 9999, N)],
            state=[text.encode() for text in RANDOM.choice(["up", "down"], N)],
            zone=pd.Categorical(RANDOM.integers(1, 5, N)),
        ),
        says=(
            "time differences, in seconds",
            "decimals, as numbers",
            "bytes, as UTF-8 text",
            "categories of the file, as texts; --numeric takes their values",
        ),
        columns={"took": "numeric", "price": "numeric", "state": "categorical", "zone": "categorical"},
    ),
    Situation(
        "Parquet: categories of whole numbers whose values count",
        as_parquet(zone=pd.Categorical(RANDOM.integers(1, 5, N))),
        ("--numeric", "zone"),
        columns={"zone": "numeric"},
    ),
    Situation(
        "Parquet: lists, structures and bytes that are no text",
        as_parquet(tags=[[1, 2]] * N, place=[{"a": 1}] * N, raw=[b"\xff\x00"] * N),
        says=("'[1 2]' is a list, not a number, text or date", "is a dict", "bytes that are no UTF-8 text"),
        columns={"tags": "left out", "place": "left out", "raw": "left out"},
    ),
    Situation(
        "Parquet: a list that shall be a category",
        as_parquet(tags=[[1, 2]] * N),
        ("--categorical", "tags"),
        refuses=("--categorical tags", "row 0: '[1 2]' is a list"),
    ),
    Situation(
        "Parquet: labels that are lists",
        as_parquet(verdict=[[1]] * N),
        ("--label-column", "verdict"),
        refuses=(
            "label column 'verdict' holds",
            "row 0: '[1]' is a list",
        ),
    ),
    Situation(
        "JSON lines with nested objects",
        as_text(FRAME.assign(at=[{"x": 1}] * N).to_json(orient="records", lines=True), "data.jsonl"),
        says=("is a dict",),
        columns={"at": "left out", "f0": "numeric"},
    ),
)


@pytest.mark.parametrize("situation", SITUATIONS + TYPED, ids=lambda one: one.name)
def test_columns(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
