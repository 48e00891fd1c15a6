"""A study's database that is away for a while is waited for; what is wrong for good is told at once."""

import optuna
import pytest
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy.exc import IntegrityError, OperationalError

from launch.study import patient_storage
from launch.study.patient_storage import PatientStorage, away


class Postgres(Exception):
    """A driver's error with its SQLSTATE."""

    def __init__(self, sqlstate):
        super().__init__("as PostgreSQL says it")
        self.sqlstate = sqlstate


def internal(cause):
    error = StorageInternalError("An exception is raised during the commit.")
    error.__cause__ = cause
    return error


def operational(original):
    return OperationalError("select 1", {}, original)


@pytest.fixture
def storage(tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr(patient_storage.time, "sleep", slept.append)
    one = PatientStorage(f"sqlite:///{tmp_path}/s.db")
    one.slept = slept
    return one


@pytest.mark.parametrize("state", [None, "08006", "57P01", "57P02", "57P03"])
def test_a_server_that_is_gone_or_coming_up_is_away(state):
    assert away(internal(operational(Postgres(state))))


@pytest.mark.parametrize("error", [
    internal(operational(Postgres("53100"))),  # its disk is full
    internal(IntegrityError("insert", {}, Exception("unique"))),
    internal(ValueError("no database at all")),
    StorageInternalError("no cause"),
])  # fmt: skip
def test_what_waiting_does_not_mend_is_not_waited_for(error):
    assert not away(error)


def test_a_call_waits_and_is_made_again(storage, monkeypatch, capsys):
    plain, failing = RDBStorage.set_trial_user_attr, [internal(operational(Exception("database is locked")))] * 3

    def shaky(self, *arguments, **options):
        if failing:
            raise failing.pop()
        return plain(self, *arguments, **options)

    study = optuna.create_study(storage=storage)
    trial = study.ask()
    monkeypatch.setattr(PatientStorage, "set_trial_user_attr", _patient(shaky))
    trial.set_user_attr("a", 1)
    assert study.trials[0].user_attrs == {"a": 1}
    assert storage.slept == [0.25, 0.5, 1.0]
    assert capsys.readouterr().err.count("is away; waiting for it") == 1


def _patient(function):
    return lambda self, *a, **k: self._patiently(lambda: function(self, *a, **k))


def test_a_trial_that_was_told_before_the_answer_was_lost_stays_told(storage, monkeypatch):
    plain, lost = RDBStorage.set_trial_state_values, [internal(operational(Postgres("08006")))]

    def answer_lost(self, *arguments):
        done = plain(self, *arguments)
        if lost:
            raise lost.pop()
        return done

    study = optuna.create_study(storage=storage)
    trial = study.ask()
    monkeypatch.setattr(RDBStorage, "set_trial_state_values", answer_lost)
    study.tell(trial, 0.5)
    assert [(t.state, t.value) for t in study.trials] == [(TrialState.COMPLETE, 0.5)]
    with pytest.raises((UpdateFinishedTrialError, ValueError)):
        study.tell(trial, 0.6)


def test_patience_ends(storage, monkeypatch):
    monkeypatch.setattr(patient_storage, "PATIENCE", -1.0)

    def never():
        raise internal(operational(Postgres("57P03")))

    with pytest.raises(StorageInternalError):
        storage._patiently(never)
