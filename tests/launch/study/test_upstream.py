"""What we use of Optuna that it does not promise to keep.

A failure here means that a new version changed something under us. Mend the one place that is
named, or pin the version in pyproject.toml and constraints.txt until it is mended.
"""

import inspect

import optuna
import pytest
from optuna.samplers import GridSampler
from optuna.storages import RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

from launch.study import optuna_private, patient_storage
from launch.study.journal_file import JournalFile
from launch.study.samplers import OpenEndedGrid


def explain(place, what):
    return f"Optuna {optuna.__version__} changed {what}: mend {place}, or pin Optuna below this version"


@pytest.fixture
def study():
    return optuna.create_study(direction="maximize")


def test_a_trial_goes_on_under_its_id(study):
    asked = study.ask()
    asked.suggest_float("lr", 0, 1)
    (left,) = study.get_trials(deepcopy=False)
    again = optuna_private.reopened(study, left)
    assert again.number == asked.number, explain("optuna_private.reopened", "FrozenTrial._trial_id or Trial()")
    assert again.params == asked.params
    study.tell(again, 0.5)
    assert study.best_value == 0.5


def test_a_view_shows_a_sampler_other_trials(study):
    class Nothing(optuna_private.StudyView):
        def seen(self, trials):
            return []

    study.enqueue_trial({"lr": 0.25})
    trial = study.ask()
    assert optuna_private.said(trial) == {"lr"}, explain("optuna_private.said", "Trial._fixed_params")
    study.tell(trial, 0.5)
    assert Nothing(study)._get_trials(use_cache=True) == [], explain("optuna_private.StudyView", "Study._get_trials")
    for sampler in (optuna.samplers.TPESampler, optuna.samplers.GPSampler):
        assert "study._get_trials(" in inspect.getsource(sampler), explain("StudyView", f"how {sampler.__name__} reads")
        assert "study.trials" not in inspect.getsource(sampler)


def test_ids_can_be_moved(study):
    study.ask()
    storage = study._storage
    (frozen,) = storage.get_all_studies()
    moved = optuna_private.moved_study(frozen, 100)
    assert optuna_private.study_id(moved) == storage.get_study_id_from_name(study.study_name) + 100, explain(
        "optuna_private.moved_study", "FrozenStudy._study_id"
    )
    (trial,) = storage.get_all_trials(optuna_private.study_id(frozen))
    assert optuna_private.moved_trial(trial, 100)._trial_id == trial._trial_id + 100
    assert storage.get_trial(trial._trial_id).number == trial.number, explain(
        "optuna_private.moved_trial", "FrozenTrial._trial_id"
    )


def test_the_lock_of_a_journal_stands_where_we_look(tmp_path):
    path = tmp_path / "s.journal"
    lock = JournalFileSymlinkLock(str(path))
    lock.acquire()
    try:
        found = [p.name for p in tmp_path.iterdir()]
        assert path.name + optuna_private.LOCK_FILE_SUFFIX in found, explain(
            "optuna_private.LOCK_FILE_SUFFIX, JournalFile.mend", "where a journal's lock stands"
        )
    finally:
        lock.release()


def test_a_journal_is_written_through_append_logs(tmp_path):
    """Our own `append_logs` must be what Optuna calls, and `read_logs` must read what it writes."""
    assert "append_logs" in vars(JournalFileBackend), explain("journal_file.JournalFile", "JournalFileBackend")
    file = JournalFile(str(tmp_path / "s.journal"))
    file.append_logs([{"op": 1}, {"op": 2}])
    assert [log["op"] for log in file.read_logs(0)] == [1, 2], explain("journal_file.JournalFile", "the journal")
    file.append_logs([{"op": 3}])
    assert [log["op"] for log in file.read_logs(2)] == [3]
    assert set(file._log_number_offset) == {0, 3}, explain("journal_file.JournalFile.read_logs", "_log_number_offset")
    assert [log["op"] for log in file.read_logs(0)] == [1, 2, 3]
    assert list(file.read_logs(3)) == []


def test_a_trial_is_asked_for_and_read_without_the_others(study):
    trial = optuna_private.fresh(study)
    trial.set_user_attr("history", [{"round": 1, "score": 0.5}])
    assert (trial.number, optuna_private.fresh(study).number) == (0, 1), explain("optuna_private.fresh", "Study.ask")
    assert "self._pop_waiting_trial_id()" in inspect.getsource(optuna.Study.ask)
    study.tell(trial, 0.5)
    kept = optuna_private.kept_history(study, trial)
    assert kept == [{"round": 1, "score": 0.5}]
    assert optuna_private.StudyView(study).trial(0).value == 0.5, explain("StudyView.trial", "the storage's calls")


def test_a_grid_asks_us_what_is_left(study):
    """The point of an interrupted trial is tried again, which Optuna's own grid would not do."""
    advice = explain("samplers.OpenEndedGrid", "GridSampler")
    study.sampler = OpenEndedGrid(lambda trial, data: {"a": trial.suggest_int("a", 1, 2)}, None, {"a": [1, 2]}, seed=0)
    drawn = []
    for failure in ("interrupted", "", ""):
        assert not study.sampler.is_exhausted(study), advice
        trial = study.ask()
        drawn.append(trial.suggest_int("a", 1, 2))
        trial.set_user_attr("failure", failure)
        study.tell(trial, None if failure else 0.0, optuna.trial.TrialState.FAIL if failure else None)
    assert drawn[2] == drawn[0] != drawn[1], advice
    assert study.sampler.is_exhausted(study), advice
    assert "_get_unvisited_grid_ids" in vars(GridSampler), advice


@pytest.mark.parametrize("name", patient_storage.CALLS)
def test_every_call_of_a_database_is_there_to_be_patient_with(name):
    """A call that Optuna renamed would be made without patience, and nobody would see it before an outage."""
    plain = inspect.unwrap(getattr(RDBStorage, name, None))
    assert callable(plain), explain("patient_storage.CALLS", f"RDBStorage.{name}")
    assert getattr(patient_storage.PatientStorage, name).__wrapped__ is getattr(RDBStorage, name)
