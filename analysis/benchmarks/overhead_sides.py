"""One side of `overhead.py`, in this process; prints one line of JSON.

python analysis/benchmarks/overhead_sides.py ours HOME --trials 200
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

ROUNDS = 10
ROWS = 1000
FIGURES = ("auroc", "ap", "f1", "threshold", "score")
SIDES = ("ours", "untracked", "each-round", "stock")


def extrapolated(ends: Sequence[float], whole: float, trials: int) -> float:
    """Seconds that `trials` trials would take, from a run of fewer.

    Parameters
    ----------
    ends : sequence of float
        When each trial ended, in seconds from the start; at least two.
    whole : float
        Seconds of the whole run.
    trials : int
        Of the longer run.

    Notes
    -----
    What comes before the first end and after the last is paid once; the rate is the one between them.
    """
    if len(ends) < 2:
        raise ValueError(f"a rate needs at least two trials, got {len(ends)}")
    first, last = min(ends), max(ends)
    return first + (last - first) / (len(ends) - 1) * (trials - 1) + (whole - last)


def ours(home: Path, trials: int, *, tracked: bool, each_round: bool) -> dict[str, Any]:
    """The launcher's own path from its tracker to the complete record, on a table of 1,000 rows."""
    from launch.common.environment import prepare

    prepare()
    from dataclasses import replace

    from analysis.benchmarks import direct
    from launch.backend.ray_engine import RayEngine
    from launch.common.home import Home
    from launch.common.interrupts import Interrupt
    from launch.config.options import TuneOptions, check
    from launch.search import trials as search_trials
    from launch.search.context import SearchContext
    from launch.search.planning import plan
    from launch.tracking.null_tracker import NullTracker

    detector = Path(__file__).with_name("noop.py")
    given = TuneOptions(
        detector="noop", dataset="noop", trials=trials, max_rounds=ROUNDS, scheduler="none", detector_path=detector,
        home=home, name="noop",
    )  # fmt: skip
    place, problem = Home.at(home), direct.artificial_problem("noop", ROWS)
    one = plan(check(given), place, problem, str(detector))
    if each_round:
        one = replace(one, halving=direct.EveryRound(ROUNDS, enabled=False))
    start = time.perf_counter()
    uri = place.tracking_uri(None)
    tracker = direct.tracker(one, uri) if tracked else NullTracker()
    engine = RayEngine(address=None, concurrent=None, cpus=1, gpus=0)
    study = search_trials.open_study(one)
    begun = time.perf_counter()
    with Interrupt(lambda: None) as interrupt:
        searched = search_trials.run(SearchContext(one, study, engine, tracker, interrupt=interrupt))
        own, before = tracker.seconds, resource.getrusage(resource.RUSAGE_CHILDREN)
        tracker.close()
    end = time.perf_counter()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)  # the writer is the only child that ended in between
    engine.close()
    found = {
        "trials": len(study.records),
        "complete": study.counts()["complete"],
        "seconds": end - begun,
        "search_seconds": searched,
        "waiting_seconds": end - begun - searched,
        "start_seconds": begun - start,
        "whole_seconds": end - start,
        "tracker_seconds": own,
        "writer_cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }
    return found | (recorded(uri, "tags.kind = 'trial'", "val_", "loss_loss") if tracked else {})


def stock(home: Path, trials: int) -> dict[str, Any]:
    """What the libraries offer by themselves: Tuner, OptunaSearch and MLflowLoggerCallback, with their defaults."""
    import optuna
    import ray
    from ray import tune
    from ray.air.integrations.mlflow import MLflowLoggerCallback
    from ray.tune.search.optuna import OptunaSearch

    class Stock(tune.Trainable):
        """The same nothing, with as many metrics a round."""

        def setup(self, config: dict[str, Any]) -> None:
            self.rounds = 0

        def step(self) -> dict[str, Any]:
            self.rounds += 1
            return {
                **dict.fromkeys([*FIGURES, "loss", "fit_seconds", "predict_seconds"], 0.5),
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
    uri = f"sqlite:///{home / 'mlflow.db'}"
    ray.init()
    space = {"a": tune.uniform(0.0, 1.0), "b": tune.uniform(0.0, 1.0), "c": tune.loguniform(1e-4, 1.0)}
    storage = optuna.storages.RDBStorage(f"sqlite:///{home / 'optuna.db'}")
    tuner = tune.Tuner(
        Stock,
        param_space=space,
        tune_config=tune.TuneConfig(
            num_samples=trials, search_alg=OptunaSearch(metric="score", mode="max", storage=storage)
        ),
        run_config=tune.RunConfig(
            storage_path=str(home / "ray"),
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


def recorded(uri: str, which: str, prefix: str, loss: str) -> dict[str, int]:
    """Trials that MLflow holds, and those with every round of every figure under its own step."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("noop")
    runs = client.search_runs([experiment.experiment_id], which, max_results=5000) if experiment else []
    names = [*(prefix + figure for figure in FIGURES), loss, "fit_seconds", "predict_seconds"]

    def steps(run: Any, name: str) -> int:
        return len({m.step for m in client.get_metric_history(run.info.run_id, name)})

    whole = sum(all(steps(run, name) == ROUNDS for name in names) for run in runs)
    return {"runs": len(runs), "finished_runs": sum(r.info.status == "FINISHED" for r in runs), "whole_runs": whole}


def main() -> None:
    """Read the options, run the side, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("home", type=Path)
    parser.add_argument("--trials", type=int, default=200)
    args = parser.parse_args()
    home = args.home.resolve()
    if args.side == "stock":
        found = stock(home, args.trials)
    else:
        found = ours(home, args.trials, tracked=args.side != "untracked", each_round=args.side == "each-round")
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
