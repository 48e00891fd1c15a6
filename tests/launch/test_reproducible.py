"""The same command, one trial at a time, on a real cluster: the same trials and the same choice."""

import json
import shutil

import pytest

from tests.launch.conftest import run_here, trials_of
from tests.launch.test_seal import Permuted


@pytest.fixture(scope="module")
def runs(tmp_path_factory, data_dir, empty_store):
    """Three searches with one seed, the last with every test label permuted."""
    from datasets import protocols

    found = []
    for name, sealed in (("once", protocols.Sealed), ("again", protocols.Sealed), ("permuted", Permuted)):
        folder = tmp_path_factory.mktemp(name)
        shutil.copy(empty_store, folder / "mlflow.db")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(protocols, "Sealed", sealed)
            ended = run_here(
                "devnet", "celeba", "--data-dir", data_dir, "--home", folder, "--name", "r", "--concurrent", 1,
                "--seed", 7, "--trials", 14, "--max-rounds", 5, "--confirm", 2, "--no-retrain", cwd=folder,
            )  # fmt: skip
        assert ended.code == 0, ended
        summary = json.loads((folder / "studies" / "r.summary.json").read_text())
        found.append((trials_of(folder, "r"), summary))
    return found


def said(trials):
    """Everything that was tried and seen, but the clock."""
    told = []
    for t in trials:
        history = [{k: v for k, v in row.items() if not k.endswith("_seconds")} for row in t.user_attrs["history"]]
        told.append((t.number, t.state, t.value, t.params, t.user_attrs["config"], history))
    return told


def choice(summary):
    return [summary["best"][k] for k in ("trial", "config", "rounds")], [f["trial"] for f in summary["finalists"]]


def test_the_same_trials_and_the_same_choice_twice(runs):
    (once, first), (again, second), _ = runs
    assert len(once) == 14
    assert len({t.state for t in once}) == 2  # some were stopped early, so the scheduler's choices are the same too
    assert said(once) == said(again)
    assert choice(first) == choice(second)
    assert first["test"] == second["test"]


def test_permuted_test_labels_change_no_trial_and_no_choice(runs):
    (once, first), _, (permuted, third) = runs
    assert said(once) == said(permuted)
    assert choice(first) == choice(third)
    assert first["train"] == third["train"]
    assert first["test"] != third["test"]  # so the labels really were others
