"""For how many epochs a published configuration is trained, and that it is said."""

import pytest

from launch.evaluation.summary import epochs_text
from tests.launch.conftest import run_here
from tests.launch.toy import TOY, TOY_SPACE

TWO = """
PUBLISHED = {"report": ({"quality": 0.5, "width": 3}, "made"), "other": ({"quality": 0.1, "width": 5}, "made")}
EPOCHS = {"report": WHOLE, "other": 150}
"""


@pytest.fixture
def toy(tmp_path):
    def write(whole):
        path = tmp_path / "toy.py"
        path.write_text(TOY + TOY_SPACE + TWO.replace("WHOLE", str(whole)))
        return str(path)

    return write


@pytest.mark.parametrize(
    ("whole", "rounds", "longest", "says", "trains"),
    [
        (150, 10, None, None, 10),  # cut to the search's rounds: a trial like any other
        (10, 10, None, None, 10),
        (7, 10, None, 7, 7),
        (150, 10, 150, 150, 150),
        (150, 10, 400, 150, 150),
        (150, 10, 40, 40, 40),
        (150, 10, 10, None, 10),
        (7, 10, 3, 3, 3),
    ],
)
def test_the_smaller_of_the_sources_epochs_and_what_is_allowed(local, toy, whole, rounds, longest, says, trains):
    longer = [] if longest is None else ["--reference-epochs", str(longest)]
    plan = local("mine", "--detector-path", toy(whole), "--max-rounds", str(rounds), *longer).plan
    assert plan.published["report"].get("epochs") == says
    assert plan.reference_rounds == trains
    assert "epochs" not in plan.published["other"]  # the reference alone may train longer
    assert plan.published_epochs == {"report": whole, "other": 150}


def test_the_reference_trains_longer_than_any_trial(local, toy):
    one = local(
        "mine", "--detector-path", toy(12), "--trials", "6", "--max-rounds", "4", "--reference-epochs", "9"
    ).search()
    records = one.study.records
    assert (records[0].origin, records[0].state, len(records[0].history)) == ("report", "complete", 9)
    assert max(len(record.history) for number, record in records.items() if number) <= 4
    again = local("mine", "--detector-path", toy(12), "--trials", "6", "--max-rounds", "4", "--name", one.plan.study)
    assert again.study.restored == 6


def test_it_is_said_where_the_result_is_said(toy, tmp_path, data_dir, empty_store):
    import json
    import shutil

    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(empty_store, home / "mlflow.db")
    summary = tmp_path / "s.json"
    ended = run_here(
        "mine", "celeba", "--detector-path", toy(12), "--trials", 3, "--max-rounds", 2, "--reference-epochs", 5,
        "--confirm", 1, "--local", "--data-dir", data_dir, "--home", home, "--name", "own", "--summary", summary,
        cwd=tmp_path,
    )  # fmt: skip
    assert ended.code == 0, ended
    said = "at 5 of its 12 epochs"
    assert said in " ".join(ended.out.split())
    found = json.loads(summary.read_text())["published"]
    assert (found["rounds"], found["source_epochs"], found["config"]["epochs"]) == (5, 12, 5)
    assert said in (home / "studies" / "own.report.html").read_text()
    assert said in (home / "studies" / "own.model" / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize(
    ("rounds", "of", "text"),
    [(10, 150, "at 10 of its 150 epochs"), (30, 30, "at all of its 30 epochs"), (10, None, ""), (None, 150, "")],
)
def test_the_sentence(rounds, of, text):
    assert epochs_text(rounds, of) == text
