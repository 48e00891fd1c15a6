"""The report, the leaderboard and the comparison of real searches on a small table, and what MLflow is told."""

import dataclasses
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from analysis.board import cells, comparison, entries, leaderboard, searches, sections, tables
from analysis.experiments import mlflow_upload
from analysis.models import drift
from analysis.reports import dataset_report, study_data, study_report, writing
from datasets.errors import DataError
from launch import ui
from launch.common.errors import UsageError
from launch.display import run_description
from launch.evaluation.summary import of_plain
from launch.study.read_only_storage import APART, ReadOnly, StudiesView
from launch.tracking import links, mlflow_internals, queries, saved_view
from launch.tracking.client import connect
from tests.launch.conftest import Store, run_here
from tests.launch.reported import Page, run, write_grid


@pytest.fixture(scope="module")
def home(tmp_path_factory, data_dir, empty_store):
    """A home with searches of two detectors and the fits of a grid."""
    folder = tmp_path_factory.mktemp("reported")
    (where := folder / "home").mkdir()
    shutil.copy(empty_store, where / "mlflow.db")
    for detector, trials in (("devnet", 6), ("kmeans", 3)):
        given = ("--home", where, "--trials", trials, "--max-rounds", 3, "--confirm", 2, "--local", "--name", detector)
        ended = run_here(detector, "celeba", "--data-dir", data_dir, *given, cwd=folder, pictures=detector == "devnet")
        assert ended.code == 0, ended
        assert f"{where}/studies/{detector}.report.html" in ended.out
        for control in ("the same networks untrained reach AUROC", "the distance to the mean row reaches AUROC"):
            assert (control in ended.out) == (detector == "devnet")
    write_grid(where / "grids")
    return where


@pytest.fixture(scope="module")
def client(home):
    assert mlflow_upload.carry(home, f"sqlite:///{home}/mlflow.db", home / "artifacts") == 5
    return connect(home, None)


class TestReport:
    def test_page(self, home):
        text = (home / "studies" / "devnet.report.html").read_text()
        page = Page(text)
        assert page.open == []
        assert len(page.ids) == len(set(page.ids))
        assert page.unlabelled == 0
        assert {link[1:] for link in page.links} <= set(page.ids)
        assert not page.sources  # nothing is fetched
        for title in (
            "Test metrics", "Scores of test rows", "ROC and precision-recall", "Threshold explorer",
            "Calibration", "The search", "Hyperparameters", "Timeline of the workers", "Cost", "Data",
        ):  # fmt: skip
            assert f">{title}</h2>" in text, title
        assert len(text) < 8e6

    def test_its_figures_are_those_of_the_summary(self, home, tmp_path):
        data = study_data.load(home, "devnet")
        said = study_report.write(data, tmp_path).with_suffix(".md").read_text()
        for figure in ("auroc", "ap"):
            assert f"{data.summary.test.tuned.by_name()[figure].mean:.4f}" in said
        assert data.summary.dataset.sha256 in said
        assert "have been read 2 times" in said

    def test_trials_know_who_did_them(self, home):
        data = study_data.load(home, "devnet")
        assert set(data.places["number"]) == set(data.trials["number"])
        assert (data.places["end"] >= data.places["start"]).all()

    def test_score_over_seconds_rises(self, home):
        curve = study_data.load(home, "devnet").anytime
        assert curve["seconds"].is_monotonic_increasing
        assert curve["best"].is_monotonic_increasing

    def test_what_is_kept_of_test_scores_is_no_row(self, home):
        """Counts over thresholds only, and written after the seal was broken."""
        text = (home / "studies" / "devnet.curves.json").read_text()
        rows = json.loads((home / "studies" / "devnet.summary.json").read_text())["dataset"]["counts"]["test"]["rows"]

        def lists(value):
            if isinstance(value, list):
                yield value
            for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
                yield from lists(one)

        assert max(map(len, lists(json.loads(text)))) < rows
        reading = json.loads((home / "seal.jsonl").read_text().splitlines()[0])
        assert reading["study"] == "devnet"

    def test_pngs_for_papers(self, home, tmp_path):
        code, said = run(writing, "devnet", output=tmp_path, home=home)
        assert code == 0
        drawn = {p.stem for p in (tmp_path / "devnet.pictures").glob("*.png")}
        assert {"timeline", "calibration", "operating_curves", "slices", "contour", "parallel_coordinates"} <= drawn
        assert f"{tmp_path}/devnet.pictures  ({len(drawn)} PNGs)" in said

    def test_of_all_searches_on_a_dataset(self, home, tmp_path):
        code, said = run(writing, "celeba", output=tmp_path, home=home)
        assert code == 0
        assert "2 searches on celeba" in said
        text = (tmp_path / "celeba.html").read_text()
        assert "Recommended " in text
        assert "devnet (few-label), report, split 0" in text

    def test_protocols_of_one_detector_do_not_hide_each_other(self, home):
        one = study_data.load(home, "devnet")
        dataset = dataclasses.replace(one.summary.dataset, protocol="raw")
        other = dataclasses.replace(one, summary=dataclasses.replace(one.summary, dataset=dataset))
        (chart,) = [f for s in dataset_report.sections([one, other]) for _, f in s.figures]
        assert [series.name for series in chart.series] == [
            f"devnet (few-label), {protocol}, split 0" for protocol in ("report", "raw")
        ]
        assert set(dataset_report.comparison([one, other])["protocol"]) == {"report, split 0", "raw, split 0"}

    @pytest.mark.parametrize(
        ("name", "words"), [("devnett", "did you mean devnet"), ("nothing-like-it", "there are searches on celeba")]
    )
    def test_of_what_is_not_there(self, home, name, words):
        with pytest.raises(UsageError, match=words):
            run(writing, name, home=home)

    def test_of_a_damaged_summary(self, home, tmp_path):
        other = tmp_path / "home"
        (other / "studies").mkdir(parents=True)
        (other / "studies" / "x.summary.json").write_text("{")
        with pytest.raises(UsageError, match="damaged"):
            run(writing, "x", home=other)

    @pytest.mark.parametrize("part", ["curves", "summary"])
    def test_of_a_record_that_is_not_one(self, home, tmp_path, part):
        shutil.copytree(home / "studies", tmp_path / "studies")
        (tmp_path / "studies" / f"kmeans.{part}.json").write_text('{"views": "x"}')
        with pytest.raises(UsageError, match="not one that this version can report"):
            run(writing, "kmeans", home=tmp_path)

    @pytest.mark.parametrize("module", [writing, leaderboard])
    def test_where_nothing_can_be_written(self, home, tmp_path, module):
        (tmp_path / "file").touch()
        given = ("devnet",) if module is writing else ()
        with pytest.raises(UsageError, match="cannot be written"):
            run(module, *given, output=tmp_path / "file", home=home)

    def test_of_a_search_of_an_older_version(self, home, tmp_path):
        shutil.copytree(home / "studies", tmp_path / "studies")
        (tmp_path / "studies" / "devnet.curves.json").unlink()
        assert "did not keep curves" in study_report.write(study_data.load(tmp_path, "devnet"), tmp_path).read_text()

    def test_it_is_with_the_final_run(self, home):
        (final,) = [r for r in Store(home / "mlflow.db").kind("final") if r["tags"]["detector"] == "devnet"]
        files = {p.name for p in (home / "artifacts" / "celeba" / final["id"] / "artifacts" / "report").iterdir()}
        assert files == {"devnet.report.html", "devnet.report.md"}

    def test_description_of_the_search(self, home):
        (parent,) = [r for r in Store(home / "mlflow.db").kind("search") if r["tags"]["detector"] == "devnet"]
        note = parent["tags"]["mlflow.note.content"]
        assert note.startswith("**devnet on celeba: test A")
        (final,) = [r for r in Store(home / "mlflow.db").kind("final") if r["tags"]["detector"] == "devnet"]
        assert f"launch/replay.py {final['id']} --home {home}\n" in note
        assert note.endswith(f"launch/predict.py devnet-celeba new.csv --top 10 --home {home}")
        said = (home / "studies" / "devnet.report.md").read_text()  # as the search wrote it
        assert f"launch/replay.py {final['id']} --home" in said
        shown = re.findall(r"get-artifact\?path=pictures/(\w+\.png)&run_uuid=(\w+)\)", note)
        assert shown
        for name, run_id in shown:
            assert run_id == parent["id"]
            assert (home / "artifacts" / "celeba" / run_id / "artifacts" / "pictures" / name).is_file()

    def test_description_is_never_too_long_for_mlflow(self, home):
        summary = json.loads((home / "studies" / "devnet.summary.json").read_text())
        summary["dataset"]["note"] = "a long story " * 1000
        note = run_description.note(
            of_plain(summary), f" --home {home}", ["get-artifact?path=pictures/x.png&run_uuid=" + "0" * 32] * 2
        )
        assert len(note) < 5000
        assert "…" in note


class TestLeaderboard:
    def test_the_same_bytes_from_the_same_store(self, home, client, tmp_path):
        outputs = []
        for k in range(2):
            code, _ = run(leaderboard, output=tmp_path / str(k), home=home)
            assert code == 0
            outputs.append({p.name: p.read_bytes() for p in (tmp_path / str(k)).iterdir()})
        assert outputs[0] == outputs[1]
        assert set(outputs[0]) == {"leaderboard.html", "leaderboard.md", "leaderboard.csv"}
        page = Page(outputs[0]["leaderboard.html"].decode())
        assert page.open == []
        assert page.unlabelled == 0

    @pytest.mark.parametrize(
        ("detectors", "view"),
        [
            ("devnet,kmeans", "times"), ("kmeans", "training"), ("devnet", "training"), ("random", "published"),
            ("iforest", "curse"), ("kmeans", "auroc"),
        ],
    )  # fmt: skip
    def test_of_few_detectors(self, home, client, tmp_path, detectors, view):
        """Without the reference of times, without untrained forms, without anything to rank."""
        code, said = run(leaderboard, detectors=detectors, view=view, home=home, output=tmp_path)
        assert code == 0
        assert "leaderboard.html" in said

    def test_fits_are_carried_once(self, home, client):
        uri = f"sqlite:///{home}/mlflow.db"
        assert mlflow_upload.carry(home, uri, None) == 0
        (home / "grids" / "small.carried.json").unlink()
        before = len(Store(home / "mlflow.db").kind("fit"))
        mlflow_upload.carry(home, uri, None)
        assert len(Store(home / "mlflow.db").kind("fit")) == before == 5

    def test_cells(self, client):
        found = cells.cells(entries.entries(client))
        (forest,) = found[found["detector"] == "iforest"].to_dict("records")
        # by hand, Wilson's of .60 and .62: t(.975, 1) = 12.7062, variance of the mean .0001, draws .61 * .39 / .0001
        assert forest["auroc"] == pytest.approx(0.61)
        assert forest["auroc_high"] == pytest.approx(0.726166, abs=1e-5)
        assert forest["latency_us"] == pytest.approx(250.0)
        assert (forest["n"], forest["seeds"], forest["budget"]) == (2, 2, "3 rounds")
        names = set(zip(found["detector"], found["configuration"], strict=True))
        assert {("devnet", "tuned"), ("devnet", "published"), ("kmeans", "tuned")} <= names
        assert ("devnet", "untrained") in names
        assert ("kmeans", "untrained") not in names
        assert "ecod" not in set(found["detector"])  # it failed

    def test_a_level_is_a_block_of_its_own(self, client):
        found = cells.cells(entries.entries(client))
        blocks = sections.blocks(found, "ap", across=False)
        assert not any("devnet" in name for name in blocks["unsupervised"].index)
        (together,) = sections.blocks(found, "ap", across=True).values()
        assert any("[few-label]" in name for name in together.index)

    def test_bars_that_are_missing_are_named(self, home, client, tmp_path):
        found = cells.cells(entries.entries(client))
        assert tables.missing_bars(found) == {"celeba": ["logistic"]}
        run(leaderboard, output=tmp_path, home=home)
        assert "celeba: logistic" in (tmp_path / "leaderboard.md").read_text()

    def test_beside_published_figures(self, client):
        beside = cells.compare_published(cells.cells(entries.entries(client)))
        row = beside[(beside["detector"] == "iforest") & (beside["metric"] == "auroc")].iloc[0]
        assert (row["published"], row["source"]) == (0.5983, "report")
        assert row["why"].startswith("same protocol; there the set that was evaluated on also chose")
        assert "recalled" not in set(beside["source"])

    def test_times_are_ratios(self, client):
        times = tables.times(cells.cells(entries.entries(client)))
        forest = times[times["detector"] == "iforest (published)"].iloc[0]
        assert (forest["fit_ratio"], forest["predict_ratio"]) == (1.0, 1.0)

    def test_sql_and_client_read_the_same(self, client, monkeypatch):
        arguments = (["fit", "search", "final"], ["detector", "study", "seed"], ["test%auroc", "fit_seconds"])
        quick = queries.runs(client, *arguments)
        monkeypatch.setattr(mlflow_internals, "available", lambda _: False)
        slow = queries.runs(client, *arguments)
        assert sorted(quick.columns) == sorted(slow.columns)
        order = list(quick.columns)
        assert quick.fillna("-").astype(str).equals(slow[order].fillna("-").astype(str))

    @pytest.mark.parametrize("given", [{"detectors": "nobody"}, {"datasets": "nowhere"}, {"detectors": " , "}])
    def test_of_what_is_not_there(self, home, client, given):
        with pytest.raises(UsageError, match="there are: "):
            run(leaderboard, home=home, **given)

    def test_of_an_empty_place(self, tmp_path):
        with pytest.raises(UsageError, match="there is no record"):
            run(leaderboard, home=tmp_path)

    def test_compute_is_that_of_training_and_scoring(self, home, client):
        """The same seconds from the store as from the journal, where every round stands with both."""
        found = searches.anytime(client)
        for name in ("devnet", "kmeans"):
            data = study_data.load(home, name)
            own = found[found["study"] == name]
            assert own["best"].tolist() == pytest.approx(data.anytime["best"].tolist())
            assert own["seconds"].tolist() == pytest.approx(data.anytime["seconds"].tolist(), rel=1e-6)


class TestCompare:
    def test_side_by_side(self, home, client):
        code, said = run(comparison, "all", dataset="celeba", home=home)
        assert code == 0
        assert "Recommended " in said
        finals = {r["id"] for r in Store(home / "mlflow.db").kind("final")}
        assert set(re.findall(r"%22([0-9a-f]{32})%22", said)) == finals

    def test_what_was_not_searched_says_how(self, home, client):
        with pytest.raises(UsageError, match=r"launch/tune.py lof celeba"):
            run(comparison, "devnet,lof", dataset="celeba", home=home)
        with pytest.raises(UsageError, match="there are: celeba"):
            run(comparison, "devnet", dataset="mnist", home=home)


class TestUi:
    def test_view_of_an_experiment(self, home, client):
        assert saved_view.prepare(client) == [("celeba", links.experiment_path("1", saved_view.VIEW))]
        tags = MlflowClient(f"sqlite:///{home}/mlflow.db").get_experiment("1").tags
        state = json.loads(tags["mlflow.sharedViewState.searches"])
        recorded = {name for r in Store(home / "mlflow.db").kind("final") for name in r["metrics"]}
        shown = re.findall(r"metrics\.`(\w+)`", " ".join(state["selectedColumns"]))
        assert set(shown) <= recorded
        assert state["orderByKey"] == "metrics.`test_tuned_ap`"

    def test_ports_must_differ(self, home):
        with pytest.raises(UsageError, match="give two"):
            ui.work(ui.UiOptions(port=5999, studies_port=5999, home=home), None)

    def test_studies_side_by_side(self, home):
        view = StudiesView(home / "studies")
        studies = {s.study_name: s._study_id for s in view.get_all_studies()}
        assert set(studies) == {"devnet", "kmeans"}
        assert abs(studies["devnet"] - studies["kmeans"]) == APART
        for name, number in studies.items():
            trials = view.get_all_trials(number)
            assert [t.number for t in trials] == list(range(len(trials)))
            assert view.get_trial(trials[-1]._trial_id).params == trials[-1].params
            assert view.get_study_user_attrs(view.get_study_id_from_name(name))["detector"] == name

    def test_a_view_cannot_write(self, home):
        view = StudiesView(home / "studies")
        before = (home / "studies" / "devnet.journal").read_bytes()
        with pytest.raises(ReadOnly):
            view.set_study_user_attr(0, "x", 1)
        with pytest.raises(ReadOnly):
            view.delete_study(0)
        assert (home / "studies" / "devnet.journal").read_bytes() == before

    def test_journals_that_come_later_or_are_none(self, home, tmp_path):
        view = StudiesView(tmp_path)
        assert view.get_all_studies() == []
        (tmp_path / "bad.journal").write_bytes(b"\x00\x01 no journal\n{")
        shutil.copy(home / "studies" / "devnet.journal", tmp_path)
        assert [s.study_name for s in view.get_all_studies()] == ["devnet"]


class TestDrift:
    def table(self, data_dir, folder, change):
        frame = pd.read_csv(next(data_dir.glob("*.csv")))
        change(frame)
        frame.to_csv(folder / "new.csv", index=False)
        return folder / "new.csv"

    def test_of_the_rows_of_training(self, home, client, data_dir, tmp_path):
        path = self.table(data_dir, tmp_path, lambda frame: None)
        code, said = run(drift, "devnet-celeba", path, home=home, fail=True)
        assert code == 0, said
        assert (tmp_path / "new.csv.drift.png").is_file()

    def test_of_a_column_that_changed(self, home, client, data_dir, tmp_path):
        def change(frame):
            frame.iloc[:, 3] = 1 - frame.iloc[:, 3]
            frame.iloc[:, 5] = frame.iloc[0, 5]

        path = self.table(data_dir, tmp_path, change)
        code, said = run(drift, "devnet-celeba", path, home=home, fail=True)
        assert code == drift.DRIFTED
        assert "drifted" in said

    def test_of_what_cannot_be_scored(self, home, client, tmp_path):
        (tmp_path / "new.csv").write_text("a,b\n1,2\n")
        with pytest.raises(DataError, match="missing"):
            run(drift, "devnet-celeba", tmp_path / "new.csv", home=home)
        with pytest.raises(UsageError, match="no file"):
            run(drift, "devnet-celeba", tmp_path / "gone.csv", home=home)

    def test_of_an_older_model(self, home, client, data_dir, tmp_path):
        folder = tmp_path / "model"
        shutil.copytree(home / "studies" / "devnet.model", folder)
        meta = json.loads((folder / "model.json").read_text())
        del meta["reference"]
        (folder / "model.json").write_text(json.dumps(meta))
        with pytest.raises(UsageError, match="retrain"):
            run(drift, str(folder), next(data_dir.glob("*.csv")), home=home)

    def test_what_the_model_remembers_is_no_row(self, home):
        meta = json.loads((home / "studies" / "devnet.model" / "model.json").read_text())
        assert all(len(one["shares"]) <= 11 for one in meta["reference"]["features"].values())
        assert np.isclose(sum(meta["reference"]["score"]["shares"]), 1, atol=1e-4)

    def test_card(self, home, client):
        meta = json.loads((home / "studies" / "devnet.model" / "model.json").read_text())
        said = (home / "studies" / "devnet.model" / "MODEL_CARD.md").read_text()
        for figure in ("auroc", "ap"):
            one = meta["test"][figure]
            assert f"{one['mean']:.4f} ({one['low']:.3f}-{one['high']:.3f})" in said
        assert meta["dataset_sha256"] in said
        assert "Labelled anomalies among the training rows were learned from" in said
        (version,) = client.search_model_versions("name = 'devnet-celeba'")
        assert "## Limits" in version.description
