"""What TPE is shown of a long study: the best, an even sample of the others, whatever the order in which they ended."""

import random

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from launch.study import samplers
from launch.study.history import BEST, LONG, SAMPLED, BoundedHistory
from launch.study.study import Study
from tests.launch.study.test_study import INFO, row

WIDTH = {"x": FloatDistribution(0.0, 1.0)}


def ended(number, value=None, state=TrialState.COMPLETE, rounds=()):
    made = create_trial(
        state=state, value=value, params={"x": 0.5}, distributions=WIDTH, intermediate_values=dict(rounds)
    )
    made.number = number
    return made


def running(number):
    return ended(number, state=TrialState.RUNNING)


def shown(history, trials):
    history.begin(len(trials))
    return [trial.number for trial in history.of(lambda number: trials[number], lambda trial: trial)]


def test_the_best_are_kept_and_an_even_sample_of_the_others():
    values = list(range(4000))
    random.Random(0).shuffle(values)
    numbers = shown(BoundedHistory(), [ended(i, float(value)) for i, value in enumerate(values)])
    assert numbers == sorted(numbers)
    assert len(numbers) == LONG == BEST + SAMPLED
    best = {i for i, value in enumerate(values) if value >= 4000 - BEST}
    assert best <= set(numbers)
    others = [number for number in numbers if number not in best]
    quarters = [sum(1000 * k <= number < 1000 * (k + 1) for number in others) for k in range(4)]
    assert all(abs(quarter - SAMPLED / 4) <= 4 for quarter in quarters)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_ends_does_not_matter(seed):
    """A search that was killed reads all at once what another saw ending one by one."""
    draw = random.Random(seed)
    trials = [ended(i, round(draw.random(), 2)) for i in range(900)]
    order = list(range(900))
    draw.shuffle(order)
    now, history = [running(i) for i in range(900)], BoundedHistory()
    assert len(shown(history, now)) == 900
    for i, number in enumerate(order):
        now[number] = trials[number]
        history.end(number)
        if i % 50 == 0:
            assert set(shown(history, now)) >= {j for j in range(900) if now[j].state == TrialState.RUNNING}
    assert shown(history, now) == shown(BoundedHistory(), trials)


def test_a_complete_trial_is_better_than_a_stopped_one_and_that_by_how_far_it_came():
    stopped = [ended(i, 9.0, TrialState.PRUNED, {1 + i % 3: 5.0 + i / 1000}.items()) for i in range(300)]
    complete = [ended(300 + i, 0.1) for i in range(40)]
    kept = set(shown(BoundedHistory(), [*stopped, *complete]))
    assert set(range(300, 340)) <= kept
    third = sorted((i for i in range(300) if i % 3 == 2), reverse=True)  # those with three rounds, best first
    assert set(third[: BEST - 40]) <= kept


def halves(trial, data):
    return {"x": trial.suggest_float("x", 0.0, 1.0)}


def test_a_long_study_asks_from_few_trials_and_knows_of_failures():
    inner = optuna.create_study(direction="maximize", sampler=samplers.sampler("tpe", 0, halves, INFO, LONG + 30))
    study, longest = Study(inner, halves, INFO, [], LONG + 30), 0
    view = inner.sampler.view(inner)
    while (record := study.ask()) is not None:
        longest = max(longest, len(view._get_trials(deepcopy=False)))
        study.report(record.number, [row(1, record.params["x"])])
        failure = "oom" if record.number == LONG + 20 else "interrupted" if record.number == LONG + 21 else ""
        study.finish(record.number, finished=True, failure=failure)
    assert longest <= LONG + 1
    seen = {trial.number: trial for trial in inner.sampler.view(inner)._get_trials(deepcopy=False)}
    assert LONG + 21 not in seen  # says nothing of the configuration
    assert all(trial.state != TrialState.FAIL for trial in seen.values())
    assert len({trial.params["x"] for trial in seen.values() if trial.params["x"] > 0.9}) > BEST / 2
