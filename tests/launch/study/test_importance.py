"""Importances of hyperparameters are said where enough trials rest behind them."""

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from launch.study.importance import FEWEST, importance


@pytest.mark.parametrize(("complete", "named"), [(1, []), (FEWEST - 1, []), (FEWEST, ["lr", "margin"])])
def test_few_complete_trials_have_none_however_many_were_stopped(complete, named):
    study = optuna.create_study(direction="maximize")
    ranges = {"lr": FloatDistribution(0, 1), "margin": FloatDistribution(0, 1)}
    for i in range(complete + FEWEST):
        place = i / (2 * FEWEST)
        stopped = {"state": TrialState.PRUNED, "intermediate_values": {1: place}} if i >= complete else {"value": place}
        study.add_trial(create_trial(params={"lr": place, "margin": 0.5 * (i % 2)}, distributions=ranges, **stopped))
    assert sorted(importance(study)) == named
