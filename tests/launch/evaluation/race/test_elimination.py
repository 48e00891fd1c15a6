"""Who goes on in a race, by hand; and that a race is the same on every machine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from launch.common.jobs import Job, JobFailure
from launch.evaluation import confirm
from launch.evaluation.confirm import Confirmation, finalists, winner
from launch.evaluation.race.elimination import still_racing
from launch.evaluation.race.finalist import Finalist
from launch.study.trial import TrialRecord
from trainables.training.fit import FitJob, FitResult

FIRST = confirm.first_split(0)


def test_who_is_behind_by_more_than_luck_by_hand():
    """Means .83, .80, .70; what remains is ±.01 in four cells and 0 in two: variance 2 x .0004 / 2 x (1/2 + 1/4).

    Its root is .01732, and Student's t with two degrees of freedom has a fifth above 1.0607: out from .0184 on.
    """
    scores = np.array([[0.84, 0.82], [0.79, 0.81], [0.70, 0.70]])
    rest = scores - scores.mean(1, keepdims=True) - scores.mean(0) + scores.mean()
    np.testing.assert_allclose(rest, [[0.01, -0.01], [-0.01, 0.01], [0.0, 0.0]], atol=1e-12)
    assert still_racing(scores, 0.25) == [0]
    assert still_racing(np.array([[0.84, 0.82], [0.802, 0.822], [0.70, 0.70]]), 0.25) == [0, 1]  # .018 behind


@pytest.mark.parametrize("scores", [[[0.9, 0.8]], [[0.9], [0.1]], [[0.5, 0.6], [0.5, 0.6]]])
def test_one_alone_one_split_and_equal_ones_go_on(scores):
    assert still_racing(np.array(scores), 0.25) == list(range(len(scores)))


class Fits:
    """Runs no fit: scores by configuration and split; ends are in this or the other order."""

    def __init__(self, score: Any, *, backwards: bool = False) -> None:
        self.score, self.backwards, self.made = score, backwards, []

    def share(self, value: Any) -> Any:
        return value

    def map(self, jobs: Any, stop: Any) -> Any:
        order = reversed(range(len(jobs))) if self.backwards else range(len(jobs))
        for index in order:
            job: Job = jobs[index]
            fit: FitJob = job.arguments[0]
            self.made.append((fit.params["name"], fit.seed - FIRST))
            score = self.score(fit.params["name"], fit.seed - FIRST)
            if score is None:
                yield index, JobFailure("sick", "it failed")
            else:
                row = {"score": score, "auroc": 0.5, "ap": 0.5, "f1": 0.5}
                yield index, FitResult(fit, [row], {"valid": np.zeros(4)}, 1.0, 0.1)


def plan_of(splits: int = 5, max_latency: float | None = None) -> Any:
    part = SimpleNamespace(X=np.zeros((4, 1)), y=np.array([0, 0, 1, 1], np.int8))
    split = SimpleNamespace(train=range(16), valid=type("V", (), {"__len__": lambda self: 4, **vars(part)})())
    return SimpleNamespace(
        options=SimpleNamespace(fresh_splits=splits, seed=0, max_latency=max_latency), metric="ap", looks_at_rows=False,
        problem=SimpleNamespace(split=lambda number: split, modality="tabular", alarm_rate=None),
        train_data=lambda part: part, reference="paper", scored_rows=4, whole=lambda params: {"alpha": 1, **params},
        fit_job=lambda params, seed, **more: FitJob("none", params, seed, 1, **more),
    )  # fmt: skip


def record(number: int, name: str, score: float, origin: str = "sampled") -> TrialRecord:
    row = {"fit_seconds": 1.0, "predict_seconds": 4e-6, "score": score}
    return TrialRecord(number, {"name": name}, origin, "complete", [row], score)


def raced(score: Any, slots: int = 1, *, backwards: bool = False, splits: int = 5) -> tuple[list[Finalist], Fits]:
    chosen = [Finalist(record(i, name, 0.8), False) for i, name in enumerate("abcd")]
    chosen.append(Finalist(record(9, "p", 0.6, "paper"), True))
    fits = Fits(score, backwards=backwards)
    Confirmation(chosen, plan_of(splits), fits, slots=slots).race()
    return chosen, fits


def luck(name: str, split: int) -> float:
    """Means that differ by letters, and the luck of a split that is not the same for all."""
    level = {"a": 0.80, "b": 0.805, "c": 0.78, "d": 0.60, "p": 0.62}[name]
    return level + 0.006 * ((ord(name) * (split + 3)) % 7 - 3) / 3


def test_those_far_behind_are_left_early_and_the_published_one_is_trained_on_every_split():
    chosen, fits = raced(luck)
    splits = {own.record.params["name"]: len(own.scores) for own in chosen}
    assert (splits["d"], splits["p"], splits["b"]) == (1, 5, 5)
    assert len(fits.made) == sum(splits.values()) < 25
    best = winner(chosen)
    assert best is chosen[1]


@pytest.mark.parametrize("slots", [1, 2, 3, 8, 64])
def test_the_race_is_the_same_on_every_machine_and_whatever_ends_first(slots):
    alone, _ = raced(luck)
    for backwards in (False, True):
        chosen, fits = raced(luck, slots, backwards=backwards)
        assert [own.scores for own in chosen] == [own.scores for own in alone]
        assert len(set(fits.made)) == len(fits.made)


def test_many_slots_are_filled_at_once():
    assert len(raced(luck, 64)[1].made) == 25


def test_where_those_ahead_fail_the_others_are_back():
    def failing(name: str, split: int) -> float | None:
        return None if name in "abc" and split == 4 else luck(name, split)

    chosen, _ = raced(failing)
    best = winner(chosen)
    assert best is not None
    assert (best.failure, len(best.scores)) == ("", 5)
    assert {own.record.params["name"] for own in chosen if own.failure} <= set("abc")


@pytest.mark.parametrize("slots", [1, 3, 64])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_split_that_fails_counts_when_it_is_due_however_early_it_was_trained(slots, backwards):
    """`b` is ahead for three splits and fails on the last two; `d` is out after the first and cannot fail any more."""

    def failing(name: str, split: int) -> float | None:
        return None if (name, split) in {("b", 3), ("b", 4), ("d", 2), ("d", 4)} else luck(name, split)

    chosen, _ = raced(failing, slots, backwards=backwards)
    assert [(len(own.scores), own.failure) for own in chosen][1::2] == [(3, "sick: it failed"), (1, "")]
    assert chosen[1].failed_on == FIRST + 3
    assert all(list(own.scores) == list(range(FIRST, FIRST + len(own.scores))) for own in chosen)
    assert [own.scores for own in chosen] == [own.scores for own in raced(failing)[0]]


def test_a_race_that_is_stopped_while_the_others_are_back_ends():
    """`d` and `p` are out after the first split, on the second `a` and `b` fail; one of those back is trained."""
    fits = Fits(lambda name, split: None if name in "ab" and split == 1 else luck(name, split))
    chosen = [Finalist(record(i, name, 0.8), False) for i, name in enumerate("abdp")]

    def until_stopped(jobs: Any, stop: Any) -> Any:
        for k, job in enumerate(jobs):
            if stop():
                return
            yield from ((k, result) for _, result in Fits.map(fits, [job], stop))

    fits.map = until_stopped  # type: ignore[method-assign]
    Confirmation(chosen, plan_of(), fits, lambda: len(fits.made) == 7).race()
    assert [len(own.scores) for own in chosen] == [1, 1, 2, 1]


def test_a_lucky_one_that_is_out_cannot_win():
    chosen, _ = raced(luck)
    out = next(own for own in chosen if len(own.scores) == 1)
    out.scores = {FIRST: 0.99}
    assert winner(chosen) is not out


@pytest.mark.parametrize(("splits", "fits"), [(1, 5), (2, 10)])
def test_with_one_or_two_splits_there_is_no_race(splits, fits):
    assert len(raced(luck, splits=splits)[1].made) == fits


def test_finalists_are_distinct_and_the_published_configuration_is_among_them_once():
    records = [record(i, name, 0.9 - i / 100) for i, name in enumerate("aabpcdefgh")]
    records[1].params["alpha"] = 1  # the default
    records.append(record(20, "p", 0.5, "paper"))
    chosen = finalists(plan_of(), records[:-1], {own.number: own for own in records})
    assert [own.record.number for own in chosen] == [0, 2, 20, 4, 5]
    assert [own.published for own in chosen] == [False, False, True, False, False]


def test_a_published_configuration_that_is_too_slow_leaves_nobody_behind():
    records = {i: record(i, name, 0.8) for i, name in enumerate("ab")} | {9: record(9, "p", 0.9, "paper")}
    records[9].history[0]["predict_seconds"] = 1.0
    chosen = finalists(plan_of(max_latency=10.0), list(records.values())[:2], records)
    assert [own.eligible for own in chosen] == [True, True, False]
    Confirmation(chosen, plan_of(max_latency=10.0), Fits(lambda name, split: 0.99 if name == "p" else 0.5)).race()
    assert [len(own.scores) for own in chosen] == [5, 5, 5]
    assert winner(chosen) is chosen[0]
