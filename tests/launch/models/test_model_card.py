"""The card of a model: what it says, how long it is, where it stands."""

import json

import pytest

from launch.evaluation.arm_metrics import Interval
from launch.evaluation.calibration import HeldOut
from launch.evaluation.metric_labels import METRICS
from launch.models import model_card, model_folder, registration
from tests.launch.conftest import Recorder
from trainables.core.detector import TrainData
from trainables.training.fit import FitJob, plain_fit

FIGURES = {
    name: {"mean": 0.9 - 0.1 * k, "low": 0.85 - 0.1 * k, "high": 0.93 - 0.1 * k}
    for k, name in enumerate(("auroc", "ap", "f1_threshold", "precision_threshold", "recall_threshold"))
}
FACTS = {"supervision": "few-label", "study": "mine", "trial_number": 3, "test": FIGURES, "note": "A note on the data."}


def meta(**changed):
    return {
        "detector": "devnet", "params": {"hidden": [20]}, "rounds": 7, "seed": 1, "threshold": 1.25,
        "threshold_quantile": 0.97, "calibration": {"kind": "isotonic"}, "dataset": "celeba",
        "dataset_sha256": "ab" * 32, "protocol": "celeba", "outer_split": 0, "selection": "labelled",
        "versions": {"torch": "2.13", "python": "3.11"}, "git_commit": "c" * 40, "git_changed_files": False,
        "counts": {
            "rows": 1000, "train": {"rows": 600, "anomalies": 12}, "valid": {"rows": 200, "anomalies": 4},
            "test": {"rows": 200, "anomalies": 5},
        },
    } | FACTS | changed  # fmt: skip


@pytest.fixture(scope="module")
def folder(problem, tmp_path_factory):
    """A small model with its card, as the launcher writes it."""
    full = problem.full()
    job = FitJob("devnet", {}, 0, 2, 2, keep_state=True)
    fit = plain_fit(job, TrainData.from_labels(full.X, full.y), {"full": full.X})
    return model_folder.write(
        tmp_path_factory.mktemp("card") / "model", fit, problem, quantile=0.97,
        folds=[HeldOut(full.y, fit.scores["full"], fit.training_quantiles)], facts=FACTS,
    )  # fmt: skip


def test_every_figure_with_its_interval():
    said = model_card.card(meta())
    for name in model_card.METRICS:
        assert f"- {METRICS[name].phrase} {Interval(**FIGURES[name]).text()}" in said
    assert "AUROC 0.9000 (0.850-0.930)" in said
    assert "95 % intervals" in said
    assert "A random score has AUROC 0.5 and AP 0.0250," in said  # 5 of 200


def test_an_ensemble_is_said_as_what_it_is():
    """The refits as one model: trained without the test rows, measured itself, its intervals over rows alone."""
    said = model_card.card(meta(ensemble_seeds=3))
    assert "this model is 3 seeds as one, trained on all but the test's" in said
    assert "by this model, which had not seen them; 95 % intervals over rows alone" in said
    assert "then trained on all of them" not in said
    assert "five fits" not in said
    assert "3 seeds as one, development of celeba" in model_folder.origin(meta(ensemble_seeds=3))
    assert "every row of celeba" in model_folder.origin(meta())


def test_a_cross_validated_model_has_no_test_rows():
    said = model_card.card(meta(protocol="cross-validated", ensemble_seeds=3))
    assert "train 600 (12 anomalies), valid 200 (4 anomalies); this model is 3 seeds as one, trained on all" in said
    assert "test rows" not in said
    assert "the same ones chose the configuration and the threshold" in said


def test_how_cells_were_read_and_where_anomalies_are():
    assert "Cells were read so" not in model_card.card(meta())
    said = model_card.card(meta(readings=["when: the month first: assumed, `date_order` says otherwise", "a: b"]))
    assert "- Cells were read so: when: the month first: assumed, --date-order says otherwise; a: b." in said
    pixels = {"auroc": {"mean": 0.9, "low": 0.8, "high": 0.95}, "pro": {"mean": 0.7, "low": 0.6, "high": 0.8}}
    found = {"images": 12, "regions": 15, "cut_off": 0, "unknown": 0, "tuned": pixels}
    said = model_card.card(meta(image_shape=[28, 28, 1], localisation=found))
    assert "pixel AUROC 0.9000 (0.800-0.950), per-region overlap (PRO) 0.7000 (0.600-0.800)" in said
    assert "masks of 12 test images" in said


def test_rounds_of_a_whole_training_are_the_configurations_own(problem, tmp_path):
    """A published configuration that trains its own number of epochs, where trials train two."""
    full = problem.full()
    fit = plain_fit(
        FitJob("devnet", {"epochs": 3}, 0, 2, 3, keep_state=True), TrainData.from_labels(full.X, full.y), {}
    )
    folds = [HeldOut(full.y, full.X[:, 0].astype(float))]
    written = model_folder.write(tmp_path / "model", fit, problem, quantile=0.9, folds=folds, facts=FACTS)
    told = json.loads((written / "model.json").read_text())
    assert (told["rounds"], told["full_rounds"]) == (3, 3)


def test_sections_and_facts():
    said = model_card.card(meta())
    heads = [line.removeprefix("## ") for line in said.splitlines() if line.startswith("## ")]
    assert heads == ["Intended use", "Data", "Figures", "Limits", "Reproduce"]
    for words in (
        "threshold 1.25 (the 97.00 % quantile", "calibrated on held-out labels", "ab" * 32, "protocol celeba",
        "train 600 (12 anomalies), valid 200 (4 anomalies), test 200 (5 anomalies)",
        "Labelled anomalies among the training rows were learned from",
        "chosen with labels of validation rows", "A note on the data.", "7 rounds, seed 1; study mine, trial 3",
        "launch/replay.py RUN_ID", '{"hidden": [20]}', "torch 2.13, python 3.11", "commit cccccccccccc.",
    ):  # fmt: skip
        assert words in said, words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"calibration": {"kind": "conformal_p"}}, "conformal p-value: small is anomalous"),
        ({"supervision": "unsupervised"}, "No label was used in training"),
        ({"supervision": "one-class"}, "no anomaly was seen"),
        ({"test": None}, "it was not scored on sealed test rows"),
        ({"git_changed_files": True}, "with changed files."),
        ({"retrained_from": "f" * 32}, f"launch/retrain.py {'f' * 32}"),
        ({"image_shape": [28, 28, 1], "selection": "synthetic"}, "made from normal images"),
        ({"image_shape": [28, 28, 1]}, "Images of shape 28x28x1"),
        ({"image_shape": [28, 28, 1]}, "then trained on every normal one"),
        ({"image_shape": [28, 28, 1]}, "scores of images that it was not trained on"),
        ({"counts": {"tasks": 10}}, "One class of a group"),
        ({"counts": None}, "## Data"),
    ],
)
def test_what_differs_between_models(changed, words):
    assert words in model_card.card(meta(**changed))


def test_a_long_card_ends_after_a_whole_line():
    text = "\n".join(f"line {k}" for k in range(1000))
    short = model_card.within(text, 500)
    assert len(short) <= 500
    *kept, _, last = short.splitlines()
    assert kept == text.splitlines()[: len(kept)]
    assert model_card.CARD in last
    assert model_card.within("short", 500) == "short"
    assert len(model_card.within("x" * 1000, 500)) <= 500


def test_the_folder_holds_the_card_of_its_meta(folder):
    found = json.loads((folder / "model.json").read_text())
    assert (folder / model_card.CARD).read_text() == model_card.card(found)
    assert f"AUROC {Interval(**FIGURES['auroc']).text()}" in model_card.card(found)


@pytest.mark.parametrize("size", [0, 8000])
def test_the_registered_version_is_described_by_it(folder, problem, tmp_path, size):
    found = json.loads((folder / "model.json").read_text()) | {"params": {"wide": "9" * size}}
    (tmp_path / "model.json").write_text(json.dumps(found))
    tracker = Recorder()
    registration.register(tracker, "final", tmp_path, "devnet-celeba", problem)
    (event,) = tracker.of("model")
    assert len(event["description"]) <= 4500
    assert "Trained on every row" in event["description"].splitlines()[0]
    assert Interval(**FIGURES["ap"]).text() in event["description"]
    assert (model_card.MORE in event["description"]) == bool(size)


def test_made_up_anomalies_are_called_so():
    said = model_card.card(meta(selection="synthetic", alarm_rate=0.005, supervision="one-class"))
    assert "chosen with anomalies made from rows: how real ones do is not known" in said
    assert "nothing was measured on real anomalies" in said
    assert "5 made-up anomalies among 200" in said
    assert "valid 200 (4 made-up anomalies)" in said
    assert "The threshold is for 5 flagged in 1,000 rows like those of training." in said


def test_rows_without_a_label_are_counted():
    counts = {"train": {"rows": 600, "anomalies": 12, "unlabelled": 400}}
    assert "train 600 (12 anomalies, 400 without a label)" in model_card.card(meta(counts=counts))
