"""A portfolio for a dataset is made of the tables of other families."""

import json

import pytest

from analysis.experiments.efficiency.left_out import LeftOut
from launch.common.errors import UsageError

SCORES = {
    "published: defaults": {"vowels": 0.6, "landsat": 0.6, "satellite": 0.6},
    "random 0": {"vowels": 0.6, "landsat": 0.9, "satellite": 0.9},
    "random 1": {"vowels": 0.9, "landsat": 0.6, "satellite": 0.6},
}


def fits(path):
    """Three configurations of HBOS on three tables, two of them of one family."""
    rows = [
        {
            "detector": "hbos", "configuration": name, "table": table, "space": "s", "features": 4, "rows": [100, 100],
            "anomalies": [20, 20], "choose": {"auroc": [score]}, "measure": {"auroc": [score]}, "seconds": [0.1],
            "said": {"n_bins": 8, "alpha": 0.1, "tol": (k + 1) / 10}, "params": {},
        }
        for k, (name, own) in enumerate(SCORES.items())
        for table, score in own.items()
    ]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, [{"seed": 0, "versions": {}}, *rows])))
    return path


def test_only_other_families_have_a_say(tmp_path):
    made = LeftOut(fits(tmp_path / "fits.jsonl"))
    assert [said["tol"] for said in made.portfolio("hbos", "vowels").configurations] == [0.2]
    assert [said["tol"] for said in made.portfolio("hbos", "landsat").configurations] == [0.3]
    assert list(made.portfolio("hbos", "satellite").tables) == ["vowels"]
    assert [said["tol"] for said in made.portfolio("hbos", "my.csv").configurations] == [0.2, 0.3]
    assert made.portfolio("knn", "vowels") is None


def test_no_fits_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no fits there"):
        LeftOut(tmp_path / "none.jsonl")
