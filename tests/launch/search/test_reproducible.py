"""The same command, one trial at a time, on a real cluster: the same trials and the same choice.

Each search takes half a minute. The default run has the same two promises in `test_seal.py`, with searches in one
process: how trials are asked for, scored, chosen and confirmed is the same there, and only Ray is left out.
"""

import json
import shutil

import pytest

from tests.launch.conftest import run_here, trials_of
from tests.launch.search.test_seal import Permuted

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory, data_dir, empty_store):
    """Searches with one seed, each done once; "permuted" has every test label permuted."""
    from datasets.problems import protocols

    found = {}

    def search(name):
        if name in found:
            return found[name]
        folder, sealed = tmp_path_factory.mktemp(name), Permuted if name == "permuted" else protocols.Sealed
        shutil.copy(empty_store, folder / "mlflow.db")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(protocols, "Sealed", sealed)
            ended = run_here(
                "devnet", "celeba", "--data-dir", data_dir, "--home", folder, "--name", "r", "--concurrent", 1,
                "--seed", 7, "--trials", 14, "--max-rounds", 5, "--stop-above", 0, "--confirm", 2, "--no-retrain",
                "--no-report",
                cwd=folder,
            )  # fmt: skip
        assert ended.code == 0, ended
        summary = json.loads((folder / "studies" / "r.summary.json").read_text())
        found[name] = trials_of(folder, "r"), summary
        return found[name]

    return search


def said(trials):
    """Everything that was tried and seen, but the clock."""
    told = []
    for t in trials:
        history = [{k: v for k, v in row.items() if not k.endswith("_seconds")} for row in t.user_attrs["history"]]
        told.append((t.number, t.state, t.value, t.params, t.user_attrs["config"], history))
    return told


def choice(summary):
    return [summary["best"][k] for k in ("trial", "config", "rounds")], [f["trial"] for f in summary["finalists"]]


def test_the_same_trials_and_the_same_choice_and_figures_twice(run):
    (once, first), (again, second) = run("once"), run("again")
    assert said(once) == said(again)
    assert choice(first) == choice(second)
    assert first["test"] == second["test"]


def test_permuted_test_labels_change_no_trial_and_no_choice(run):
    (once, first), (permuted, third) = run("once"), run("permuted")
    assert len(once) == 14
    assert len({t.state for t in once}) == 2  # some were stopped early, so the scheduler's choices are the same too
    assert said(once) == said(permuted)
    assert choice(first) == choice(third)
    assert first["train"] == third["train"]
    assert first["test"] != third["test"]  # so the labels really were others
