"""Whether a search is worth its seconds: what counts as best by when, the table, and a real run."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.experiments import efficiency
from analysis.options import EfficiencyOptions
from launch.common.errors import UsageError
from tests.analysis.experiments.small_table import table


def record(number, seconds, score, state="complete"):
    return SimpleNamespace(
        number=number, state=state, score=score, history=[{"fit_seconds": seconds, "predict_seconds": 0.0}]
    )


RECORDS = [record(0, 1, 0.3), record(1, 2, 0.9, "pruned"), record(2, 3, 0.5), record(3, 4, 0.4), record(4, 1, 0.8)]


@pytest.mark.parametrize(("seconds", "best"), [(0.5, None), (1, 0), (5.9, 0), (6, 2), (10, 2), (11, 4), (99, 4)])
def test_best_is_a_complete_trial_that_ended_by_then(seconds, best):
    found = efficiency.best_by(RECORDS, seconds)
    assert (found and found.number) == best


def test_all_seconds_count_also_those_of_stopped_trials():
    assert efficiency.total(RECORDS) == 11


def test_table_pairs_by_seed():
    rows = [
        {"seed": seed, "share": 1.0, "seconds": 10.0, "arm": arm, "confirmed": value + 0.1 * seed}
        for seed in (0, 1)
        for arm, value in (("tuned", 0.5), ("random", 0.4), ("published", 0.3))
    ]
    (row,) = efficiency.table(pd.DataFrame(rows)).to_dict("records")
    # the same difference in both seeds: an interval of no width
    assert row["tuned - random"] == "+0.1000 (+0.100 to +0.100)"
    assert row["tuned - published"] == "+0.2000 (+0.200 to +0.200)"
    # mean .55 of .5 and .6; t(0.975, 1) = 12.706 times .0707 / sqrt 2 = .05
    assert row["tuned"].startswith("0.5500 (-0.085 to 1.185)")
    assert (row["of the seconds"], row["CPU s"]) == ("100 %", "10.0")


def test_an_arm_that_has_nothing_yet_is_an_empty_cell():
    """An early share of the seconds may have no complete trial of an arm."""
    columns = ["seed", "share", "seconds", "arm", "confirmed"]
    rows = [(0, 0.25, 1.0, "tuned", 0.5), (0, 1.0, 4.0, "tuned", 0.5), (0, 1.0, 4.0, "random", 0.4)]
    shown = efficiency.table(pd.DataFrame(rows, columns=columns))
    assert shown["random"].tolist() == ["", "0.4000"]


def test_a_seed_without_all_arms_is_not_compared():
    rows = [{"seed": 0, "share": 0.25, "seconds": 1.0, "arm": "tuned", "confirmed": 0.5}]
    rows += [{"seed": 1, "share": 0.25, "seconds": 1.0, "arm": arm, "confirmed": 0.5} for arm in ("tuned", "random")]
    (row,) = efficiency.table(pd.DataFrame(rows)).to_dict("records")
    assert row["tuned"] == "0.5000"
    assert row["tuned - random"] == "+0.0000"


class TestRealSearches:
    @pytest.fixture(scope="class")
    def place(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("efficiency")
        table(folder / "toy.csv")
        return folder

    def options(self, place, **given):
        given = {"seeds": 2, "trials": 4, "max_rounds": 1, "pairs": 2, "local": True, "label_column": "label"} | given
        return EfficiencyOptions("pca", str(place / "toy.csv"), output=place / "out", **given)

    def test_runs_and_reads_no_test_label(self, place, monkeypatch):
        import io

        from rich.console import Console

        from datasets.problems.seal import Sealed

        monkeypatch.setattr(Sealed, "open", lambda *_, **__: pytest.fail("the seal was broken"), raising=True)
        console = Console(file=io.StringIO(), width=200)
        efficiency.run(self.options(place), console)
        said = console.file.getvalue()
        assert "test rows were not read" in said
        measured = pd.read_csv(place / "out" / "pca-toy.csv")
        assert set(measured["arm"]) == {"tuned", "random", "published"}
        assert set(measured["seed"]) == {0, 1}
        assert np.isfinite(measured["confirmed"]).all()
        ends = measured[measured["share"] == 1].groupby("seed")["seconds"].nunique()
        assert (ends == 1).all()  # equal seconds for all
        assert (place / "out" / "pca-toy.png").stat().st_size > 10_000
        assert "tuned - random" in (place / "out" / "pca-toy.md").read_text()

    def test_nothing_to_measure_is_refused(self, place):
        with pytest.raises(UsageError, match="--seeds must be at least 1"):
            efficiency.run(self.options(place, seeds=0), None)
