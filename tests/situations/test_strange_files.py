"""Files without headers, of other programs, in forms that nearly are tables."""

import json

import numpy as np
import pytest

from tests.situations.situation import Situation, as_csv, as_text, assert_right, table

TABLE = table()
LINES = TABLE.to_csv(index=False).splitlines()
NUMBERS = {"f0": "numeric", "f1": "numeric", "f2": "numeric"}
ROWS = ("128 training",)
RANDOM = np.random.default_rng(3)
WORDS = ["vhigh", "high", "med", "low"]
CARS = [[*RANDOM.choice(WORDS, 4), "acc" if k % 9 == 0 else "unacc"] for k in range(300)]
NAMED = TABLE.assign(label=np.where(TABLE["label"] == 1, "attack", "normal"))


def npz(**arrays):
    def make(folder):
        np.savez(folder / "data.npz", **arrays)
        return folder / "data.npz"

    return make


def rows(count):
    def check(problem):
        assert problem.counts["rows"] == count

    return check


def competition(folder):
    """A folder as competitions give it."""
    root = folder / "data"
    root.mkdir()
    TABLE.to_csv(root / "train.csv", index=False)
    TABLE.drop(columns="label").to_csv(root / "test.csv", index=False)
    return root


def drawn(above, rule, below):
    """Lines between bars, with a line that is drawn under the header."""
    cells = [f"{below[0]}{'|'.join(line.split(','))}{below[1]}" for line in LINES]
    return as_text("\n".join([above + cells[0], rule, *cells[1:]]))


SITUATIONS = (
    Situation(
        "texts alone, without a header",
        as_text("\n".join(map(",".join, CARS)), "car.data"),
        ("--label-column", "x4"),
        says=("No header: its columns are x0 to x4", "'acc' (34 rows) is the anomaly"),
        columns={"x0": "categorical", "x3": "categorical"},
        check=rows(300),
    ),
    Situation(
        "texts alone, with a header",
        as_text("\n".join(map(",".join, [["buying", "maint", "lug", "safety", "class"], *CARS]))),
        columns={"buying": "categorical"},
        unsaid=("No header",),
        check=rows(300),
    ),
    Situation(
        "columns 0 and 1, and labels in words",
        as_csv(NAMED[["f0", "f1", "label"]].set_axis(["0", "1", "label"], axis=1)),
        says=("'attack' (20 rows) is the anomaly",),
        columns={"0": "numeric", "1": "numeric"},
    ),
    Situation("a table of Markdown", drawn("", "|:---|---:|:---:|---|", "||"), says=ROWS, columns=NUMBERS),
    Situation(
        "a row of missing numbers under the header is none of units",
        as_text("\n".join([LINES[0], "\\N,\\N,\\N,normal", *NAMED.to_csv(index=False).splitlines()[1:]])),
        says=("'\\\\N' (1 cell) read as missing", "'normal' (181) is normal"),
        unsaid=("units",),
    ),
    Situation("totals of a pivot table", as_text("\n".join([*LINES, "Gesamtergebnis,1,2,20"])), says=("totals",)),
    Situation(
        "two colons between cells",
        as_text("\n".join(LINES).replace(",", "::")),
        refuses=("has one column, 'f0::f1::f2::label': write commas, semicolons, tabs or bars between its cells",),
    ),
    Situation(
        "the form of libsvm",
        as_text("".join(f"{int(k % 10 == 0)} 1:{k % 7}.5 2:{k % 3}\n" for k in range(200)), "data.libsvm"),
        refuses=("in the form of libsvm", "load_svmlight_file"),
    ),
    Situation(
        "JSON under one name, on one line",
        as_text(json.dumps({"count": 200, "rows": TABLE.to_dict(orient="records")}), "data.json"),
        says=ROWS,
        columns=NUMBERS,
    ),
    Situation("JSON by the number of the row", as_text(TABLE.to_json(orient="index"), "data.json"), says=ROWS),
    Situation(
        "an npz of Python objects",
        npz(X=TABLE.to_numpy().astype(object), y=TABLE["label"]),
        refuses=("X holds Python objects, which may run code", "X.astype(float)"),
    ),
    Situation(
        "an npz that names too few columns",
        npz(X=TABLE.to_numpy(), y=TABLE["label"], feature_names=np.array(["a", "b"])),
        refuses=("X has 4 columns and feature_names names 2",),
    ),
    Situation("a folder of a competition", competition, refuses=("test.csv", "give the one file that is meant")),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_strange_files(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
