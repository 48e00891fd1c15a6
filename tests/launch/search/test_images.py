"""Images from the command to served models: one normal class, and every class in turn."""

from __future__ import annotations

import csv
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from analysis.reports import search_figures
from launch import predict, replay
from launch.common import command
from launch.display import screen
from launch.evaluation.summary import of_plain
from tests import image_files
from tests.launch.conftest import Store, run_here
from trainables.core.serving import ServedModel


class Searched:
    """One local search, with what it left behind."""

    def __init__(self, folder, store, detector, dataset, *more, pictures=False):
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        shutil.copy(store, self.home / "mlflow.db")
        self.ended = run_here(
            detector, dataset, "--local", "--trials", 2, "--max-rounds", 3, "--confirm", 1,
            "--home", self.home, "--name", "own", *more, cwd=folder, pictures=pictures,
        )  # fmt: skip
        assert self.ended.code == 0, self.ended
        self.summary = json.loads((self.home / "studies" / "own.summary.json").read_text())
        self.store = Store(self.home / "mlflow.db")


@pytest.fixture(scope="module")
def one(tmp_path_factory, empty_store):
    folder = tmp_path_factory.mktemp("one")
    image_files.one_normal(folder / "parts")
    image_files.write(folder / "parts" / "test", image_files.stripes("across", 4, 9))
    for kind in ("down", "slant"):
        image_files.write(folder / "parts" / "masks" / kind, np.full((20, 12, 12), 255, np.uint8))
    given = ("--fix", "channels=[4,8]", "--augment", "flip")
    with pytest.MonkeyPatch.context() as patch:
        # those that a table has, too, take seconds
        patch.setattr(search_figures, "draw", lambda plan, study, outcome, folder: folder.mkdir() or [])
        return Searched(folder, empty_store, "ae_conv", "images:parts", *given, pictures=True)


@pytest.fixture(scope="module")
def several(tmp_path_factory, empty_store):
    folder = tmp_path_factory.mktemp("several")
    image_files.classes(folder / "stripes")
    return Searched(folder, empty_store, "vae", "images:stripes", "--fix", "network=conv", "--fix", "channels=[4]")


class TestOneNormalClass:
    def test_what_is_said(self, one):
        out = one.ended.out
        assert "parts (12 x 12 x 1), protocol kinds: 38 training images" in out
        assert "The detector is one-class; labels choose" in out
        assert "Control: the same networks untrained" in out
        assert "precision at" in out
        assert "predict.py ae_conv-parts FOLDER_OF_IMAGES" in out

    def test_the_record(self, one):
        assert one.summary["supervision"] == "one-class"
        assert one.summary["dataset"]["name"] == "parts"
        assert "untrained" in one.summary["controls"]
        assert set(one.summary["kinds"]) == {"down", "slant"}
        (final,) = one.store.kind("final")
        assert final["tags"]["modality"] == "image"
        assert final["tags"]["supervision"] == "one-class"
        assert "changed at random (flip)" in final["tags"]["protocol_note"]
        assert final["metrics"]["test_tuned_auroc"][-1][1] == pytest.approx(
            one.summary["test"]["tuned"]["auroc"]["mean"]
        )

    def test_masks(self, one):
        """Error maps against masks, on every place where figures stand."""
        found, counts = one.summary["localisation"], one.summary["dataset"]["counts"]
        assert found["images"] == counts["test"]["anomalies"]
        assert found["cut_off"] == found["unknown"] == 0
        assert 0 <= found["tuned"]["pro"]["mean"] <= 1
        (final,) = one.store.kind("final")
        for name, key in (("pixel_auroc", "auroc"), ("pro", "pro")):
            assert final["metrics"][f"test_tuned_{name}"][-1][1] == pytest.approx(found["tuned"][key]["mean"])
            assert f"test_published_{name}_low" in final["metrics"]
        out = one.ended.out
        assert "Masks of test images are sealed with them" in out
        assert "pixel AUROC" in out
        assert f"Error maps against masks of {found['images']} anomalous images" in out
        assert "Where the anomalies are" in (one.home / "studies" / "own.report.html").read_text()
        assert "Where the anomaly is: pixel AUROC" in (one.home / "studies" / "own.model" / "MODEL_CARD.md").read_text()

    def test_pictures(self, one):
        folder = one.home / "studies" / "own.pictures"
        assert {"reconstructions.png", "latent_edits.png"} <= {p.name for p in folder.iterdir()}

    def test_images_without_labels_are_scored(self, one):
        lines = list(csv.reader((one.home / "studies" / "own.scores.csv").open()))
        assert lines[0] == ["ID", "score"]
        assert [name for name, _ in lines[1:]] == ["000.png", "001.png", "002.png", "003.png"]

    def test_the_model_scores_files_of_any_size(self, one, tmp_path, capsys):
        model = ServedModel(one.home / "studies" / "own.model")
        assert model.image_shape == (12, 12, 1)
        image_files.write(tmp_path / "new", image_files.stripes("down", 3, 4))
        Image.fromarray(image_files.stripes("across", 1, 5, size=24)[0]).save(tmp_path / "new" / "wide.png")
        console = command.console()
        options = predict.PredictOptions("ae_conv-parts", tmp_path / "new", home=one.home)
        predict.work(options, console)
        out = " ".join(capsys.readouterr().out.split())
        assert "1 of 4 images had another size (24 x 24): resized to 12 x 12" in out
        lines = list(csv.DictReader((tmp_path / "new.scores.csv").open()))
        assert [line["ID"] for line in lines] == ["000.png", "001.png", "002.png", "wide.png"]
        direct = model.score(image_files.stripes("down", 3, 4)[..., None])["score"]
        np.testing.assert_allclose([float(line["score"]) for line in lines[:3]], direct, rtol=1e-6)

    def test_a_recorded_trial_runs_again(self, one):
        (final,) = one.store.kind("final")
        assert replay.work(replay.ReplayOptions(final["id"], home=one.home), command.console()) == 0

    @pytest.mark.parametrize(("modality", "said"), [("image", True), ("tabular", False)])
    def test_what_is_printed_elsewhere_is_said_of_images_alone(self, one, modality, said):
        """A table has a column for its report, whose protocol may be the same."""
        data = {**one.summary["dataset"], "name": "celeba", "request": {"dataset": "celeba"}}
        summary = {**one.summary, "modality": modality, "detector": "devnet", "dataset": data}
        names = ("home", "tracking", "version", "pictures", "summary", "server", "ui_path")
        console = Console(file=io.StringIO(), width=200)
        screen.show(console, of_plain(summary), dict.fromkeys(names, ""))
        assert ("printed elsewhere" in console.file.getvalue()) == said


class TestEveryClassInTurn:
    def test_what_is_said(self, several):
        out = several.ended.out
        assert "3 classes normal in turn, one detector each: 32 training images a class" in out
        assert "vae on stripes: mean over 3 classes, test AUROC" in out
        assert "Normal class" in out
        assert "one for each class: vae-stripes-across, vae-stripes-down" in out

    def test_every_class_is_kept(self, several):
        tasks = several.summary["tasks"]
        assert set(tasks) == {"across", "down", "slant"}
        mean = np.mean([one["tuned"]["auroc"]["mean"] for one in tasks.values()])
        assert several.summary["test"]["tuned"]["auroc"]["mean"] == pytest.approx(mean, abs=1e-5)
        trial = several.store.kind("trial")[0]
        last = {name: values[-1][1] for name, values in trial["metrics"].items()}
        assert last["val_auroc"] == pytest.approx(np.mean([last[f"val_auroc_{name}"] for name in tasks]))
        finals = several.store.kind("final-task")
        assert {run["tags"]["task"] for run in finals} == set(tasks)

    def test_a_model_for_each_class(self, several):
        X = image_files.stripes("down", 20, 3)[..., None]
        scores = {}
        for name in ("across", "down", "slant"):
            model = ServedModel(several.home / "studies" / "own.model" / name)
            assert model.meta["dataset"] == f"stripes-{name}"
            scores[name] = model.score(X)["score"].mean()
        assert scores["down"] == min(scores.values())

    def test_a_recorded_trial_runs_again(self, several):
        trial = several.store.kind("trial")[0]
        assert replay.work(replay.ReplayOptions(trial["id"], home=several.home), command.console()) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("devnet", "images:parts"), "devnet takes tabular data and parts is image"),
        (("ae_conv", "images:nowhere"), "nowhere"),
        (("ae_conv", "images:parts", "--augment", "flipp"), "did you mean flip"),
        (("ae_conv", "images:parts", "--protocol", "report"), "not for images"),
        (("ae_conv", "images:parts", "--labelled-anomalies", 3), "is for tables"),
        (("ae_conv", "images:parts", "--label-column", "y"), "is for a table of your own"),
        (("ae_conv", "mnist:12"), "mnist has no '12'"),
        (("ae_conv", "fashion_mnist:coats"), "did you mean fashion_mnist:coat"),
        (("ae_conv", "celeba"), "ae_conv takes image data and celeba"),
        (("ae_conv", "images:"), "say which folder"),
    ],
)
def test_one_clear_error(refuse, tmp_path, arguments, words):
    image_files.one_normal(tmp_path / "parts")
    given = [str(a).replace("images:parts", f"images:{tmp_path}/parts") for a in arguments]
    assert words in refuse(*given)


def test_what_cannot_be_restored_does_not_cost_the_other_pictures(monkeypatch, tmp_path):
    def broken(*arguments):
        raise ValueError("no such layer")

    monkeypatch.setattr(search_figures, "draw", lambda *a: [tmp_path / "roc.png"])
    monkeypatch.setattr(search_figures, "draw_images", broken)
    said = []
    assert search_figures.draw_or_say(None, None, None, tmp_path, said.append) == [tmp_path / "roc.png"]
    assert said == ["What is restored of images could not be drawn: ValueError: no such layer"]
