"""A whole study on a small table: what is remembered, resumed and read."""

import io
import json

import pandas as pd
import pytest
from rich.console import Console

from analysis.experiments import untracked_search
from analysis.experiments.efficiency import study
from analysis.experiments.efficiency.searching import cut
from analysis.options import EfficiencyOptions
from datasets.load import load
from datasets.problems.seal import Sealed
from datasets.request import Request
from launch.backend.local import LocalEngine
from launch.common.errors import UsageError
from launch.common.home import Home
from tests.analysis.experiments.small_table import table
from trainables.training.trial import Trial


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("efficiency")
    table(folder / "toy.csv", rows=120)
    return folder


def options(place, **given):
    given = {
        "seeds": 1,
        "trials": 5,
        "max_rounds": 4,
        "pairs": 2,
        "label_column": "label",
        "output": place / "out",
    } | given
    return EfficiencyOptions("knn", str(place / "toy.csv"), **given)


def run(asked):
    console = Console(file=io.StringIO(), width=200)
    code = study.run(asked, console)
    return code, console.file.getvalue()


class TestWhole:
    def test_reads_no_test_label_and_goes_on_without_doing_anything_twice(self, place, monkeypatch):
        monkeypatch.setattr(Sealed, "open", lambda *_, **__: pytest.fail("the seal was broken"), raising=True)
        code, said = run(options(place))
        assert code == 0
        assert "test rows were not read" in said
        points = pd.read_csv(place / "out" / "points.csv")
        assert set(points["arm"]) == {"published", "random", "random+asha", "default"}
        assert points["confirmed"].between(0, 1).all()
        assert (place / "out" / "regret.png").stat().st_size > 10_000
        assert "minus random" in (place / "out" / "report.md").read_text()

        monkeypatch.setattr(untracked_search, "search", lambda *_: pytest.fail("searched again"))
        monkeypatch.setattr(Trial, "step", lambda *_: pytest.fail("trained again"))
        assert run(options(place))[0] == 0
        # what an arm of before has trained is not trained again, in another process either
        lines = [json.loads(text) for text in (place / "out" / "searches.jsonl").read_text().splitlines()]
        by_arm = {line["arm"]: line for line in lines}
        same = {json.dumps(t["config"]): t["rounds"] for t in by_arm["random"]["trials"]}
        both = [
            (same[name], t["rounds"])
            for t in by_arm["random+asha"]["trials"]
            if (name := json.dumps(t["config"])) in same
        ]
        assert len(both) >= 5
        assert all(whole[: len(own)] == own for whole, own in both)

    def test_remembered_searches_are_the_launchers_own(self, place):
        """The scores and the fates of the trials are those of the launcher's engine without a memory."""
        lines = [json.loads(text) for text in (place / "out" / "searches.jsonl").read_text().splitlines()]
        ours = next(line for line in lines if line["arm"] == "random+asha")["trials"]
        asked = Request(str(place / "toy.csv"), label_column="label")
        problem = load(asked, place, allow_standin=False, notify=lambda text: None)
        plan = untracked_search.plan_of(
            "knn",
            problem,
            Home.at(place / "home"),
            trials=12,
            max_rounds=4,
            sampler="random",
            no_portfolio=True,
            stop_above=0.0,
            local=True,
        )
        records = untracked_search.search(plan, LocalEngine()).study.records.values()
        assert [trial["state"] for trial in ours] == [record.state for record in records]
        assert [trial["score"] for trial in ours] == pytest.approx([record.score for record in records])
        assert [len(trial["rounds"]) for trial in ours] == [len(record.history) for record in records]

    def test_only_shown(self, place):
        code, said = run(options(place, show=True, seeds=3))
        assert (code, "1 seed;" in said) == (0, True)
        code, said = run(options(place, show=True, trials=6))
        assert (code, "no cell in which every arm has searched" in said) == (1, True)


def test_rows_are_cut_with_the_same_share_of_anomalies(place):
    asked = Request(str(place / "toy.csv"), label_column="label")
    problem = load(asked, place, allow_standin=False, notify=lambda text: None)
    part = cut(problem, 48)
    assert len(part.development) == 48
    assert part.development.anomalies == pytest.approx(
        48 * problem.development.anomalies / len(problem.development), abs=1
    )
    assert cut(problem, 500) is problem


@pytest.mark.parametrize(
    ("given", "words"),
    [({"seeds": 0}, "--seeds must be at least 1"), ({"against": "tpe"}, "--against tpe is none of the arms")],
)
def test_nothing_to_measure_is_refused(place, given, words):
    with pytest.raises(UsageError, match=words):
        study.run(options(place, **given), Console(file=io.StringIO()))
