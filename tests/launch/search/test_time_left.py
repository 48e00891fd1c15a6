"""What is said of the time that a search still takes, beside the time that it takes, simulated by its own clock."""

from __future__ import annotations

import heapq
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from launch.config.halving import Halving
from launch.search import time_left
from launch.search.time_left import RECORDING, AfterSearch, Budget, Forecast, makespan
from launch.study.trial import TrialRecord
from trainables.devnet import DevNet

ROUNDS, STARTING = 10, 3.0
COUNTS = {name: {"rows": rows} for name, rows in (("train", 640), ("valid", 160), ("development", 800), ("test", 200))}


def plan_of(confirm: int = 3) -> Any:
    """As much of a plan as a forecast asks for: ten rounds, one published configuration."""
    return SimpleNamespace(
        cls=DevNet, published={"paper": {}}, reference="paper", halving=Halving(ROUNDS),
        full_rounds=lambda params: ROUNDS, splits=1, problem=SimpleNamespace(counts=COUNTS, cross_validated=False),
        options=SimpleNamespace(fresh_splits=confirm, no_retrain=False, ensemble_seeds=None),
    )  # fmt: skip


class Told(SimpleNamespace):
    """As much of a study as a forecast asks for."""

    @property
    def to_start(self) -> int:
        return self.trials - len(self.records)


class Simulation:
    """A search of so many trials on some slots: costs differ by configuration, and early stopping leaves few whole."""

    def __init__(self, seed: int, trials: int = 64, slots: int = 2, every: int = 1) -> None:
        self.random, self.slots, self.every, self.now = np.random.default_rng(seed), slots, every, 0.0
        self.plan = plan_of()
        self.study: Any = Told(records={}, initial=[("paper", {})], trials=trials, unfinished=[])
        self.forecast = Forecast(self.plan, self.study, slots, Budget(), clock=lambda: self.now)
        self.said: list[tuple[float, float]] = []
        """At which second how many were said to be left."""

    def run(self) -> float:
        """Search, confirm, refit and record; returns the second at which all is done."""
        free = [STARTING] * self.slots
        events: list[tuple[float, int]] = []
        for _ in range(self.slots):
            self._begin(events, heapq.heappop(free))
        while events:
            self.now, number = heapq.heappop(events)
            record, cost = self.study.records[number], self.cost[number]
            row = {"fit_seconds": 0.8 * cost, "predict_seconds": 0.2 * cost}
            record.history.append(row)
            record.score = float(self.random.normal())
            self.forecast.report(record)
            if len(record.history) == self.stop[number]:
                record.state = "complete" if self.stop[number] == ROUNDS else "pruned"
                self.study.unfinished.remove(record)
                self.forecast.end(record)
                self._begin(events, self.now)
            else:
                heapq.heappush(events, (self.now + cost * self.random.uniform(0.9, 1.1), number))
            if len(self.study.records) % self.every == 0 and (left := self.forecast.left()) is not None:
                self.said.append((self.now, left))
        return self.now + self._after()

    cost: dict[int, float]
    stop: dict[int, int]

    def _begin(self, events: list[tuple[float, int]], when: float) -> None:
        number = len(self.study.records)
        if number == 0:
            self.cost, self.stop = {}, {}
        if number == self.study.trials:
            return
        published = bool(self.study.initial)
        record = TrialRecord(number, {}, "paper" if published else "sampled")
        self.study.initial = []
        self.study.records[number] = record
        self.study.unfinished.append(record)
        self.cost[number] = float(self.random.lognormal(0.0, 0.3))
        self.stop[number] = ROUNDS if published else int(self.random.choice([1, 4, ROUNDS], p=[0.55, 0.25, 0.2]))
        heapq.heappush(events, (when + self.cost[number], number))

    def _after(self) -> float:
        """A race of five finalists and the published one; then five seeds of both, one fit on every row."""
        complete = [n for n, record in self.study.records.items() if record.state == "complete"]
        best = sorted(complete, key=lambda n: -self.study.records[n].score)[:5]
        splits = {n: 3 if n == best[0] else int(self.random.choice([1, 1, 2, 3])) for n in best} | {0: 3}
        confirmed = [
            ROUNDS * self.cost[n] * self.random.uniform(0.9, 1.1) for n, on in splits.items() for _ in range(on)
        ]
        tuned = best[0]
        refits = [ROUNDS * 0.8 * self.cost[n] * 800 / 640 for n in {tuned, 0} for _ in range(5)]
        refits.append(ROUNDS * 0.8 * self.cost[tuned] * 1000 / 640)
        return STARTING + makespan(confirmed, self.slots) + makespan(refits, self.slots) + RECORDING


@pytest.mark.parametrize("slots", [1, 2, 8])
def test_from_half_way_on_the_estimate_is_near_the_truth(slots):
    """Half of the search is earlier: within 30 % in four of five cases, without a lean to either side."""
    errors = []
    for seed in range(16):
        simulation = Simulation(seed, slots=slots, every=5)
        end = simulation.run()
        half = [(left, end - now) for now, left in simulation.said if now >= simulation.said[-1][0] / 2]
        errors += [left / truth - 1 for left, truth in half]
    assert np.mean(np.abs(errors) < 0.3) > 4 / 5, np.quantile(errors, [0.05, 0.25, 0.5, 0.75, 0.95])
    assert abs(np.median(errors)) < 0.15


def test_there_is_an_estimate_after_the_second_round_and_none_before():
    simulation = Simulation(0)
    simulation.run()
    assert simulation.said[0][0] < STARTING + 6


def test_confirmation_and_refits_by_hand():
    """Ten rounds of .8 s training and .2 s scoring, of which a confirmation scores three; .15 s of overhead a fit."""
    record = TrialRecord(0, {}, "paper", "complete", [{"fit_seconds": 0.8, "predict_seconds": 0.2}] * ROUNDS, 0.5)
    other = TrialRecord(1, {}, "sampled", "complete", record.history, 0.6)
    after = AfterSearch(plan_of(confirm=2), slots=1)
    assert after.confirmation([record, other]) == pytest.approx(4 * (8 + 0.6 + 0.15))
    every = 8.15 * 1000 / 640
    each = 8.15 * 800 / 640 + 0.2 * 1000 / 160  # trained without scoring, then scored once
    untrained = 0.2 * 1000 / 160
    assert after.refits(other, record) == pytest.approx(every + 10 * each + 3 * untrained)
    assert after.refits(record, record) == pytest.approx(every + 5 * each + 3 * untrained)


def test_a_race_by_hand():
    """Five splits: the first finalist and the published one on all, the others on 1 + .35 x 4, which is 2."""
    history = [{"fit_seconds": 0.8, "predict_seconds": 0.2}] * ROUNDS
    origins = ("sampled", "sampled", "paper", "sampled")
    records = [TrialRecord(n, {}, origin, "complete", history, 0.6) for n, origin in enumerate(origins)]
    after = AfterSearch(plan_of(confirm=5), slots=1)
    assert after.confirmation(records) == pytest.approx((5 + 2 + 5 + 2) * 8.75)


def test_a_machine_on_which_processes_start_slowly_does_all_else_slowly():
    record = TrialRecord(0, {}, "paper", "complete", [{"fit_seconds": 0.8, "predict_seconds": 0.2}] * ROUNDS, 0.5)
    after = AfterSearch(plan_of(confirm=1), slots=1, starting=30.0)  # ten times as long as elsewhere
    assert after.confirmation([record]) == pytest.approx(30 + 8.6 + 10 * 0.15)
    assert after.recording == 10 * RECORDING


def test_the_time_budget_is_the_end_where_it_is_nearer():
    simulation = Simulation(0)
    simulation.run()
    simulation.forecast.budget = Budget(0.0)
    assert (simulation.forecast.left() or 0.0) <= 0.0


@pytest.mark.parametrize(("jobs", "slots", "seconds"), [([3, 3, 2, 2, 2], 2, 7), ([5, 1, 1], 2, 5), ([], 4, 0)])
def test_makespan(jobs, slots, seconds):
    assert makespan(jobs, slots) == seconds


def test_what_must_be_kept_of_a_budget_is_looked_at_for_a_fiftieth_of_the_time(monkeypatch):
    """A look at ten thousand trials takes .2 s here: the next one comes ten seconds later."""
    now, looks = [0.0], []

    def reserve(*_):
        looks.append(now[0])
        now[0] += 0.2
        return 30.0

    monkeypatch.setattr(time_left, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(time_left, "reserve", reserve)
    budget = Budget(seconds=100.0, started=0.0)
    while not budget.exhausted(None, None, 1):
        now[0] += 0.5
    assert looks == pytest.approx([0.0, 10.2, 20.4, 30.6, 40.8, 51.0, 61.2])
    assert now[0] == pytest.approx(70.5, abs=0.5)
    assert not Budget(started=0.0).exhausted(None, None, 1)  # no limit, nothing to look at
