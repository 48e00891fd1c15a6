"""A fit that was made once is taken from the disk, whole."""

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from launch.backend.job_cache import KeptJobs, forget_shared
from launch.backend.local import LocalEngine
from launch.common.jobs import Job
from trainables.core import state
from trainables.core.detector import TrainData
from trainables.training.fit import FitJob, plain_fit

ROWS = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)


@pytest.fixture
def runner(tmp_path):
    return KeptJobs(LocalEngine(1), plan_of(tmp_path, "mine", None), "id")


def plan_of(folder, study, name):
    problem = SimpleNamespace(dataset="toy", sha256="0", protocol="raw", outer_split=0, request={})
    home = SimpleNamespace(study=lambda name, what: folder / f"{name}.{what}")
    return SimpleNamespace(
        home=home, study=study, checkpoints=lambda search_id: folder / "states", problem=problem,
        options=SimpleNamespace(name=name),
    )  # fmt: skip


@pytest.fixture
def job():
    fit = FitJob("iforest", {"n_estimators": 5}, 0, 2, keep_state=True, key=("tuned", 0))
    return Job(plain_fit, (fit, TrainData.from_labels(ROWS), {"test": ROWS[:5]}))


def test_a_kept_result_has_everything_that_the_fit_had(runner, job, monkeypatch):
    ((_, made),) = runner.map([job], lambda: False)
    monkeypatch.setattr(runner.engine, "map", lambda jobs, stop: iter(()) if not jobs else pytest.fail("made again"))
    ((_, kept),) = runner.map([job], lambda: False)
    for field in fields(made):
        assert str(getattr(kept, field.name)) == str(getattr(made, field.name)), field.name
    np.testing.assert_array_equal(kept.training_quantiles, made.training_quantiles)


def test_what_an_older_version_kept_less_of_is_made_again(runner, job):
    ((_, made),) = runner.map([job], lambda: False)
    (file,) = runner.folder.glob("*.pt")
    older = state.load(file)
    del older["training_quantiles"]
    state.save(older, file)
    ((_, again),) = runner.map([job], lambda: False)
    np.testing.assert_array_equal(again.training_quantiles, made.training_quantiles)


def test_searches_of_one_command_share_the_fits_of_the_baseline_and_no_others(tmp_path, job):
    """Whatever the baseline trains on is the same for all of them; until the command ends they are kept."""
    first, second, elsewhere = (
        KeptJobs(LocalEngine(1), plan_of(tmp_path, study, name), "id")
        for study, name in (("both-devnet", "both"), ("both-gbdt", "both"), ("third", None))
    )
    baseline = replace(job, arguments=(replace(job.arguments[0], key=("baseline", 0)), *job.arguments[1:]))
    assert [len(list(first.map([own], lambda: False))) for own in (job, baseline)] == [1, 1]
    assert [second._load(own) is not None for own in (job, baseline)] == [False, True]
    assert elsewhere._load(baseline) is None
    forget_shared(plan_of(tmp_path, "both-gbdt", "both"))
    assert [first._load(own) is not None for own in (job, baseline)] == [True, False]
