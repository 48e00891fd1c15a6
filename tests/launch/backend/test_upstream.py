"""What we use of Ray that it does not promise to keep.

A failure here means that a new version changed something under us. Mend the one place that is
named, or pin the version in pyproject.toml and constraints.txt until it is mended.
"""

import inspect
import logging
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import ray
import requests
from ray import cloudpickle
from ray._private import services, worker
from ray._private.node import Node
from ray._private.runtime_env.constants import RAY_JOB_CONFIG_JSON_ENV_VAR
from ray.dashboard.modules.dashboard_sdk import SubmissionClient
from ray.tune.execution.tune_controller import TuneController
from ray.tune.experiment.trial import Trial, _TemporaryTrialState
from ray.tune.schedulers import TrialScheduler

from launch.backend import asha, ray_jobs, ray_private
from launch.config.halving import Halving


def explain(place, what):
    return f"Ray {ray.__version__} changed {what}: mend {place}, or pin Ray below this version"


class TestScheduler:
    """`SparingASHA` reads and fills the rungs of Ray's ASHA."""

    def test_rungs_are_pairs_of_a_round_and_the_scores_by_trial(self):
        scheduler = asha.scheduler(Halving(10))
        advice = explain("asha.SparingASHA._rungs", "AsyncHyperBandScheduler._brackets or _Bracket._rungs")
        assert len(scheduler._brackets) == 1, advice
        assert sorted(milestone for milestone, _ in scheduler._rungs()) == [1, 4], advice
        assert all(recorded == {} and isinstance(recorded, dict) for _, recorded in scheduler._rungs()), advice

    def test_what_stands_in_a_rung_decides(self):
        class One:
            trial_id, config = "a", {"number": 0}

        scheduler = asha.scheduler(Halving(10))
        for _, recorded in scheduler._rungs():
            recorded.update(better=0.9, best=0.95)
        scheduler.on_trial_add(None, One)
        decision = scheduler.on_trial_result(None, One, {"round": 1, "score": 0.1})
        advice = explain("asha.SparingASHA.refill", "how ASHA decides")
        assert decision == TrialScheduler.STOP, advice
        assert dict(scheduler._rungs())[1]["a"] == 0.1, advice

    def test_stopped_trials_are_counted(self):
        assert asha.scheduler(Halving(10))._num_stopped == 0, explain(
            "asha.SparingASHA.on_trial_result", "AsyncHyperBandScheduler._num_stopped"
        )


class TestTrials:
    """The watchdog kills the actor of a trial, and names the error of one."""

    def test_a_trial_has_an_actor(self):
        advice = explain("ray_private.actor_of", "Trial.temporary_state.ray_actor")
        assert _TemporaryTrialState().ray_actor is None, advice
        assert "temporary_state" in inspect.getsource(Trial), advice

    def test_a_trial_has_its_error_in_a_file(self, tmp_path):
        assert "pickled_error_file" in dir(Trial), explain("ray_private.error_of", "Trial.pickled_error_file")
        path = tmp_path / "error.pkl"
        path.write_bytes(cloudpickle.dumps(ValueError("why")))

        class One:
            pickled_error_file = str(path)

        assert str(ray_private.error_of(One)) == "why"
        One.pickled_error_file = None
        assert ray_private.error_of(One) is None

    def test_trials_that_ended_are_forgotten(self):
        """What Tune keeps of each for ever, by its own names; an ended one is nowhere afterwards."""
        source = inspect.getsource(TuneController)
        advice = explain("ray_private.forget_ended", "where TuneController keeps trials")
        for name in ("_stopped_trials: Set", "_trials_to_cache: Set", "_trial_metadata: Dict", "_trials: List"):
            assert f"self.{name}" in source, advice
        assert "self._scheduler_alg.on_trial_complete(\n                    self, trial," in source, advice
        ended, runs = SimpleNamespace(trial_id="a"), SimpleNamespace(trial_id="b")
        controller = SimpleNamespace(
            _trials=[ended, runs], _stopped_trials=Ids([ended]), _trials_to_cache=Ids([ended, runs]),
            _trial_metadata={"a": "{}", "b": "{}"},
        )  # fmt: skip
        asha.scheduler(Halving(10, enabled=False)).on_trial_complete(controller, runs, {})
        assert controller._trials == [runs]
        assert (controller._stopped_trials, controller._trials_to_cache) == ([], [runs])
        assert controller._trial_metadata == {"b": "{}"}


class Ids(list):
    """A set of what cannot be hashed."""

    def discard(self, one):
        """As of a set."""
        if one in self:
            self.remove(one)


class TestCluster:
    def test_what_is_changed_while_ray_starts_is_there(self):
        advice = explain("ray_private.our_signals, on_loopback and leave_out_logs", "how it starts its processes")
        assert issubclass(services.ConsolePopen, subprocess.Popen), advice
        assert "ConsolePopen(" in inspect.getsource(services.start_ray_process), advice
        assert "ray._private.utils.set_sigterm_handler(" in inspect.getsource(worker.init), advice
        assert "services.resolve_ip_for_localhost(" in inspect.getsource(worker.init), advice
        assert callable(services.get_node_ip_address), advice
        assert "print_to_stdstream(" in inspect.getsource(worker.listen_error_messages), advice

    def test_a_node_knows_its_dead_processes(self):
        assert "process_type" in inspect.getsource(Node.dead_processes), explain("ray_private.lost_process", "Node")

    def test_a_driver_in_a_job_is_known_by_a_variable(self, monkeypatch):
        monkeypatch.delenv(RAY_JOB_CONFIG_JSON_ENV_VAR, raising=False)
        assert not ray_private.inside_job()
        monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", "{}")
        assert ray_private.inside_job(), explain("ray_private.inside_job", "the variable of a job's driver")

    def test_a_head_can_be_knocked_at(self):
        assert callable(ray_private.GcsClient), explain("ray_private.knock", "ray._raylet.GcsClient")

    def test_settings_of_a_local_ray_are_known_to_it(self):
        """Unknown ones would end the start of every search; `_system_config` is an argument of `ray.init`."""
        advice = explain("ray_private.LOCAL_SYSTEM", "_system_config")
        assert "_system_config" in inspect.getsource(ray.init), advice
        compiled = Path(ray._raylet.__file__).read_bytes()
        for name in ray_private.LOCAL_SYSTEM:
            assert name.encode() in compiled, advice


class TestJobs:
    def test_the_client_asks_through_one_method_that_takes_a_limit(self, monkeypatch):
        advice = explain("ray_jobs.PatientClient", "SubmissionClient._do_request")
        assert "_do_request" in vars(SubmissionClient), advice
        asked = []

        def request(method, url, **named):
            asked.append(named)
            raise requests.ConnectionError("nobody is here")

        monkeypatch.setattr(requests, "request", request)
        with pytest.raises(ConnectionError):
            ray_jobs.PatientClient("http://127.0.0.1:1")
        assert asked, advice
        assert asked[0]["timeout"] == ray_jobs.REQUEST_SECONDS, advice

    @pytest.mark.parametrize("name", ray_private.JOB_LOGGERS)
    def test_loggers_are_rays(self, name):
        __import__(name, fromlist=["logger"])
        assert name in logging.Logger.manager.loggerDict, explain("ray_private.JOB_LOGGERS", f"the logger {name}")
