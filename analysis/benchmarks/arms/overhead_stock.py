"""The stock stack's arm of `overhead.py`, with its own defaults, in this process."""

from __future__ import annotations

import time
from typing import Any

import optuna
import ray
from ray import tune
from ray.air.integrations.mlflow import MLflowLoggerCallback
from ray.tune.search.optuna import OptunaSearch

from analysis.benchmarks.arms.overhead_record import METRICS, ROUNDS, recorded


def stock(home: str, trials: int) -> dict[str, Any]:
    """What the libraries offer by themselves: Tuner, OptunaSearch and MLflowLoggerCallback, with their defaults."""

    class Stock(tune.Trainable):
        """The same nothing, with as many metrics a round."""

        def setup(self, config: dict[str, Any]) -> None:
            self.rounds = 0

        def step(self) -> dict[str, Any]:
            self.rounds += 1
            return {
                **dict.fromkeys([*METRICS, "loss", "fit_seconds", "predict_seconds"], 0.5),
                "done": self.rounds >= ROUNDS,
            }

        def save_checkpoint(self, checkpoint_dir: str) -> None:
            pass

    ends: list[float] = []

    class Clock(tune.Callback):
        """Notes when each trial ended."""

        def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
            ends.append(time.perf_counter() - begun)

    start = time.perf_counter()
    uri = f"sqlite:///{home}/mlflow.db"
    ray.init()
    space = {"a": tune.uniform(0.0, 1.0), "b": tune.uniform(0.0, 1.0), "c": tune.loguniform(1e-4, 1.0)}
    storage = optuna.storages.RDBStorage(f"sqlite:///{home}/optuna.db")
    tuner = tune.Tuner(
        Stock,
        param_space=space,
        tune_config=tune.TuneConfig(
            num_samples=trials, search_alg=OptunaSearch(metric="score", mode="max", storage=storage)
        ),
        run_config=tune.RunConfig(
            storage_path=f"{home}/ray",
            callbacks=[MLflowLoggerCallback(tracking_uri=uri, experiment_name="noop"), Clock()],
        ),
    )
    begun = time.perf_counter()
    results = tuner.fit()
    seconds = time.perf_counter() - begun
    complete = len(results) - results.num_errors
    ray.shutdown()
    times = {"seconds": seconds, "start_seconds": begun - start, "ends": ends}
    return {"trials": trials, "complete": complete, **times, **recorded(uri, "", "", "loss")}
