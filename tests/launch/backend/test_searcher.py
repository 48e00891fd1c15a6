"""How trials end is told truly: to the study, to the record, to the scheduler."""

import itertools
import json
import time
from types import SimpleNamespace

import pytest
from optuna.trial import TrialState

MODES = ("good", "named", "nan", "collapsed", "bug", "memory")


@pytest.fixture
def modes(tmp_path):
    """One configuration per way to fail, tried first."""
    path = tmp_path / "modes.json"
    path.write_text(json.dumps([{"mode": mode, "quality": 1.0} for mode in MODES[1:]]))
    return str(path)


def test_every_way_to_fail_is_told_by_name(local, toy, modes):
    one = local(
        "mine", "--detector-path", str(toy), "--enqueue", modes, "--trials", "8", "--scheduler", "none"
    ).search()
    trials = one.study.study.get_trials()
    assert [t.state for t in trials] == [TrialState.COMPLETE] + [TrialState.FAIL] * 5 + [TrialState.COMPLETE] * 2
    assert [t.user_attrs.get("failure") for t in trials[1:6]] == [
        "out_of_paper", "non_finite_scores", "collapsed_scores", "error", "oom",
    ]  # fmt: skip
    counts = one.study.counts()
    assert (counts["complete"], counts["pruned"], counts["failed"]) == (3, 0, 5)
    assert {k: v["count"] for k, v in counts["causes"].items()} == {
        "out_of_paper": 1, "non_finite_scores": 1, "collapsed_scores": 1, "error": 1, "oom": 1,
    }  # fmt: skip
    assert counts["causes"]["out_of_paper"]["first_message"] == "the ink ran dry in the middle"
    assert counts["causes"]["error"]["first_message"].startswith("KeyError: 'missing' (toy_detector.py:")
    # and to MLflow
    ends = {e["key"]: e["status"] for e in one.tracker.of("end")}
    assert [ends[f"trial-{n}"] for n in range(8)] == ["FINISHED"] + ["FAILED"] * 5 + ["FINISHED"] * 2
    tags = [e["tags"] for e in one.tracker.of("tags")]
    assert {"state": "failed", "rounds": 0, "failure": "oom", "failure_message": "out of host memory"} in tags


def test_asha_stops_weak_trials_and_spares_the_published_one(local, toy):
    weak = "PUBLISHED = {'report': ({'quality': 0.0, 'width': 3}, 'the worst there is')}"
    toy.write_text(
        toy.read_text().replace('PUBLISHED = {"report": ({"quality": 0.5, "width": 3}, "made for tests")}', weak)
    )
    arguments = ("--detector-path", str(toy), "--trials", "12", "--max-rounds", "6", "--stop-above", "0")
    one = local("mine", *arguments).search()
    records = one.study.records
    assert (records[0].origin, records[0].state, len(records[0].history)) == ("report", "complete", 6)
    pruned = [r for r in records.values() if r.state == "pruned"]
    assert pruned
    assert all(len(r.history) in (1, 2, 3, 4, 5) for r in pruned)
    for r in pruned:
        trial = one.study.study.get_trials()[r.number]
        assert trial.state == TrialState.PRUNED
        assert trial.value == r.score == r.history[-1]["score"]
        assert trial.intermediate_values == {len(r.history): r.score} or len(trial.intermediate_values) > 1
    assert not [t for t in one.study.study.get_trials() if t.state == TrialState.RUNNING]


def test_every_event_of_a_search_reaches_the_record_once(local, toy):
    one = local("mine", "--detector-path", str(toy), "--trials", "6", "--max-rounds", "5").search()
    for record in one.study.records.values():
        key = f"trial-{record.number}"
        events = [e for e in one.tracker.events if e["key"] == key]
        assert [e["event"] for e in events].count("run") == [e["event"] for e in events].count("end") == 1
        assert (events[0]["event"], events[-1]["event"]) == ("run", "end")
        rounds = [row["round"] for e in events if e["event"] == "metrics" for row in e["rows"] if "val_score" in row]
        assert rounds == list(range(1, len(record.history) + 1))
        assert json.loads(events[0]["tags"]["config"]) == record.params
        assert events[0]["params"] == record.params


def test_fixed_and_ranges_hold_in_every_sampled_configuration(local, toy):
    one = local(
        "mine", "--detector-path", str(toy), "--trials", "9", "--max-rounds", "1", "--fix", "mode=good",
        "--fix", "quality=0.75", "--range", "width=50:60",
    ).search()  # fmt: skip
    sampled = [r.params for r in one.study.records.values() if r.origin == "sampled"]
    assert len(sampled) == 8
    assert all(p["quality"] == 0.75 and 50 <= p["width"] <= 60 and p["mode"] == "good" for p in sampled)
    assert one.study.records[0].params == {"quality": 0.5, "width": 3}  # the published one stays as published


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid", "qmc", "gp"])
def test_every_sampler_searches(local, toy, sampler):
    one = local(
        "mine", "--detector-path", str(toy), "--trials", "13", "--max-rounds", "1", "--sampler", sampler
    ).search()
    assert one.study.counts()["failed"] == 0
    assert len(one.study.records) >= 10
    assert one.study.records[0].origin == "report"


def test_grid_covers_the_grid_and_ends(local, toy):
    one = local(
        "mine", "--detector-path", str(toy), "--trials", "30", "--max-rounds", "1", "--sampler", "grid",
        "--fix", "quality=0.5", "--range", "width=1:6",
    ).search()  # fmt: skip
    # the published configuration has width 3
    assert sorted(r.params["width"] for r in one.study.records.values()) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("detector", "fixed"),
    [
        ("random", ()), ("kmeans", ()), ("iforest", ("--fix", "n_estimators=20")), ("logistic", ()), ("gbdt", ()),
        ("devnet", ()),
    ],
)  # fmt: skip
def test_every_detector_searches(local, detector, fixed):
    one = local(detector, *fixed, "--trials", "3", "--max-rounds", "2").search()
    assert one.study.counts()["failed"] == 0, one.study.counts()
    assert one.study.ranked()


def test_without_a_scheduler_rounds_are_searched_for(local, toy):
    one = local(
        "mine", "--detector-path", str(toy), "--trials", "8", "--scheduler", "none", "--max-rounds", "6"
    ).search()
    lengths = {r.number: len(r.history) for r in one.study.records.values()}
    assert lengths[0] == 6
    assert all(lengths[r.number] == r.params["epochs"] for r in one.study.records.values() if r.origin == "sampled")
    assert len(set(lengths.values())) > 2
    assert {r.state for r in one.study.records.values()} == {"complete"}


# -- interruptions -----------------------------------------------------------------


class After:
    """Asks to stop once so many trials have ended."""

    def __init__(self, search, ends):
        self.search, self.ends = search, ends

    def requested(self):
        return len(self.search.tracker.of("end")) >= self.ends


def test_an_interrupted_search_goes_on_without_repeating(local, toy):
    arguments = ("mine", "--detector-path", str(toy), "--trials", "8", "--name", "x", "--max-rounds", "5")
    one = local(*arguments)
    one.interrupt = After(one, 3)
    one.search()
    first = {r.number: r.params for r in one.study.records.values() if r.state != "running"}
    assert len(first) == 3
    two = local(*arguments)
    assert (two.study.restored, two.study.remaining) == (3, 5)
    two.search()
    assert not two.study.remaining
    params = [json.dumps(r.params) for r in two.study.records.values()]
    assert len(params) == len(set(params)) == 8
    assert {n: two.study.records[n].params for n in first} == first
    assert [r.origin for r in two.study.records.values()].count("report") == 1


def test_interrupted_in_the_middle_of_a_trial(local, toy):
    """The trial stays open, its run is closed, and the next search goes on with it from its checkpoint."""
    arguments = ("mine", "--detector-path", str(toy), "--trials", "2", "--max-rounds", "6", "--name", "x")
    arguments += ("--fix", "pause=0.3", "--fix", "quality=1.0")
    one = local(*arguments)

    class Now:
        def requested(self):
            return len(one.tracker.of("metrics")) >= 6

    one.interrupt = Now()
    one.search()
    open_ = one.study.unfinished
    assert [r.number for r in open_] == [1]
    assert one.tracker.of("end")[-1] == {"event": "end", "time": 0.0, "key": "trial-1", "status": "KILLED"}
    assert one.study.study.get_trials()[-1].state == TrialState.RUNNING
    (state,) = (one.plan.home.root / "checkpoints").rglob("trial-00001/last.pt")
    two = local(*arguments)
    (record,) = two.study.waiting
    assert (record.number, record.params) == (1, open_[0].params)
    two.search()
    assert [(r.state, len(r.history)) for r in two.study.records.values()] == [("complete", 6)] * 2
    assert not state.exists()  # what no trial needs is not kept


def test_a_time_budget_that_is_spent_starts_nothing(local, toy):
    one = local("mine", "--detector-path", str(toy), "--trials", "4").search(seconds=-1.0)
    assert not one.study.study.get_trials()


def test_a_time_budget_ends_the_search_in_time(local, toy, monkeypatch):
    """A tenth of a second passes between one look at the clock and the next, whatever the machine does beside."""
    one = local("mine", "--detector-path", str(toy), "--trials", "500", "--max-rounds", "1")
    start, looks = time.monotonic(), itertools.count()
    clock = SimpleNamespace(monotonic=lambda: start + next(looks) / 10)
    monkeypatch.setattr("launch.search.time_left.time", clock)
    one.search(seconds=9.0)  # six seconds and the confirmation's share are kept back
    assert next(looks) < 90
    assert 1 <= len(one.study.records) < 400
    assert one.study.remaining
    assert not [t for t in one.study.study.get_trials() if t.state == TrialState.RUNNING]
