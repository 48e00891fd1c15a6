"""What a study's values are called on Optuna's pages."""

import warnings

import optuna
import pytest

from launch.study.storage import open_or_create, open_storage


def opened(path, names, directions=("maximize",)):
    return open_or_create(
        str(path),
        "s",
        {},
        sampler=lambda existing: optuna.samplers.RandomSampler(),
        directions=directions,
        metric_names=names,
    )


@pytest.mark.parametrize(
    ("names", "directions"),
    [(["validation AP"], ["maximize"]), (["validation AP", "µs per row"], ["maximize", "minimize"])],
)
def test_they_are_kept(tmp_path, names, directions):
    with warnings.catch_warnings(action="error"):
        assert opened(tmp_path / "j", names, directions).metric_names == names
    assert opened(tmp_path / "j", names, directions).metric_names == names


def test_a_study_of_an_older_version_gets_them(tmp_path):
    old = optuna.create_study(storage=open_storage(str(tmp_path / "j")), study_name="s", direction="maximize")
    old.tell(old.ask(), 0.5)
    study = opened(tmp_path / "j", ["validation AP"])
    assert study.metric_names == ["validation AP"]
    assert [trial.value for trial in study.trials] == [0.5]
