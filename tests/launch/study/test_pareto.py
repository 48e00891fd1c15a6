"""Two aims at once: AP and the time to score a row."""

from types import SimpleNamespace

import optuna
import pytest
from optuna.trial import TrialState

from launch.common.errors import UsageError
from launch.config.command_line import parse
from launch.config.objective import aims
from launch.evaluation.race.finalist import Finalist
from launch.search.conclude import NothingToChoose, _choice, _confirmed
from launch.study import pareto
from launch.study.storage import open_storage
from launch.study.study import Study
from launch.study.trial import TrialRecord, latency
from search_spaces import DataInfo
from tests.launch.study.test_study import plain_space

ROWS = 2000


def record(number, score, seconds, state="complete", origin="sampled"):
    history = [
        {"round": i + 1, "predict_seconds": s, "fit_seconds": 1.0, "score": score} for i, s in enumerate(seconds)
    ]
    return TrialRecord(number, {"n": number}, origin, state, history, score)


def test_latency_is_the_median_of_the_last_three_rounds():
    # 9 s is of the first of four rounds; of 1, 4 and 2 ms the median is 2 ms: 1 microsecond a row
    assert latency(record(0, 0.5, [9.0, 0.001, 0.004, 0.002]), ROWS) == pytest.approx(1.0)
    assert latency(record(0, 0.5, []), ROWS) is None


def test_the_front_by_hand():
    records = [
        record(0, 0.70, [0.004]),  # 2 us
        record(1, 0.80, [0.010]),  # 5 us: the best
        record(2, 0.80, [0.012]),  # as good as 1 and slower
        record(3, 0.60, [0.006]),  # beaten by 0 in both
        record(4, 0.50, [0.001]),  # .5 us: the fastest
        record(5, 0.99, [0.001], state="pruned"),  # not complete
    ]
    assert [(r.number, t) for r, t in pareto.front(records, ROWS)] == [
        (1, pytest.approx(5.0)),
        (0, pytest.approx(2.0)),
        (4, pytest.approx(0.5)),
    ]
    assert [r.number for r in pareto.under(records[:5], ROWS, 2.0)] == [0, 4]
    assert pareto.under(records, ROWS, None) == records


def test_the_study_is_told_both_values_or_none(tmp_path):
    def opened():
        inner = optuna.create_study(
            storage=open_storage(str(tmp_path / "s.journal")), study_name="s", load_if_exists=True,
            directions=["maximize", "minimize"], sampler=optuna.samplers.TPESampler(seed=0, n_startup_trials=2),
        )  # fmt: skip
        return Study(inner, plain_space, DataInfo(100, 5, 10), [("paper", {"lr": 0.5, "depth": 3})], 20, ROWS)

    study = opened()
    rounds = record(0, 0.25, [0.004, 0.002, 0.006]).history
    ends = [{"finished": True}, {"finished": False}, {"finished": False, "failure": "oom", "message": "no memory"}]
    for i in range(12):
        one = study.ask()
        study.report(one.number, rounds)
        study.finish(one.number, **ends[i % 3])
    told = study.study.get_trials()
    for i, trial in enumerate(told):
        assert trial.state == (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)[i % 3]
        assert trial.values == ([0.25, pytest.approx(2.0)] if i % 3 == 0 else None)
    study.ask()  # a process that ends now leaves it open
    again = opened()
    assert [r.state for r in again.records.values()].count("running") == 1
    assert again.ask().number == 12
    assert len(again.ranked()) == 4


@pytest.mark.parametrize(
    ("given", "metric", "objective"),
    [("ap,latency", "ap", ("ap", "latency")), ("AUROC, latency", "auroc", ("auroc", "latency")), ("f1", "f1", ("f1",))],
)
def test_objective_says_the_metric(given, metric, objective):
    options = parse(["devnet", "celeba", "--objective", given])
    assert options.metric == metric
    assert aims(options.objective) == objective


@pytest.mark.parametrize(
    "wrong",
    [
        ["--objective", "latency"],
        ["--objective", "ap,auroc"],
        ["--objective", "ap,latency,f1"],
        ["--objective", "ap,latency", "--metric", "f1"],
        ["--max-latency", "0"],
        ["--max-latency", "nan"],
    ],
)
def test_what_cannot_be_asked_for(wrong):
    with pytest.raises(UsageError, match=r"--objective|--max-latency"):
        parse(["devnet", "celeba", *wrong])


def finalist(number, score, seconds, *, published, limit):
    eligible = latency(record(number, score, [seconds]), ROWS) <= limit
    return Finalist(record(number, score, [seconds]), published, scores={1: score}, eligible=eligible)


def test_a_configuration_that_is_too_slow_is_not_chosen():
    options = SimpleNamespace(max_latency=3.0, fresh_splits=2)
    problem = SimpleNamespace(counts={"valid": {"rows": ROWS, "anomalies": 20}})
    plan = SimpleNamespace(
        options=options, scored_rows=ROWS, label="devnet", metric="ap", splits=1, problem=problem
    )  # fmt: skip
    finalists = [
        finalist(0, 0.9, 0.010, published=True, limit=3.0), finalist(1, 0.8, 0.002, published=False, limit=3.0),
    ]  # fmt: skip
    best, published, for_speed = _choice(plan, finalists)
    assert best is finalists[1]
    assert for_speed is None
    assert published is finalists[0]
    study = SimpleNamespace(ranked=lambda: [record(0, 0.9, [0.010])])
    with pytest.raises(NothingToChoose, match="the fastest takes 5"):
        _confirmed(SimpleNamespace(plan=plan, study=study), None, None)
