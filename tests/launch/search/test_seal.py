"""Nothing that the test labels say can reach a choice; the same seed chooses the same."""

import dataclasses
import json
import pickle

import numpy as np
import pytest

from datasets.problems import protocols
from datasets.problems.parts import Part
from datasets.problems.seal import Sealed
from launch.backend.local import LocalEngine
from launch.common.jobs import Job
from launch.common.plain import to_plain
from launch.evaluation import calibration
from launch.evaluation.final_test import RefitFailed
from trainables.core.errors import Diverged

ARGUMENTS = ("devnet", "--trials", "7", "--max-rounds", "3", "--confirm", "2", "--stop-above", "0")


class Permuted(Sealed):
    """A test part whose labels belong to other rows."""

    def __init__(self, part, full, record):
        order = np.random.default_rng(99).permutation(len(part))
        assert (part.y[order] != part.y).any()
        super().__init__(Part(part.X, part.y[order]), full, record)


def said(one, outcome):
    """Everything that was decided."""
    return {
        "trials": one.trials,
        "histories": [
            [{k: v for k, v in row.items() if not k.endswith("_seconds")} for row in r.history]
            for r in one.study.records.values()
        ],
        "ranked": [r.number for r in one.study.ranked()],
        "finalists": [(f.record.number, f.scores, f.metrics) for f in outcome.chosen],
        "best": (outcome.best.record.number, outcome.best.record.params),
        "sides": {k: (s.rounds, s.quantiles, s.finalist.record.number) for k, s in outcome.arms.items()},
        "thresholds": {k: s.thresholds().tolist() for k, s in outcome.arms.items()},
        "test scores": {k: s.scores("test").tolist() for k, s in outcome.arms.items()},
    }


@pytest.fixture
def whole(local, tmp_path):
    def run(folder, **how):
        one = local(*ARGUMENTS, home=tmp_path / folder, **how).search()
        return one, one.conclude()

    return run


def test_the_same_seed_chooses_the_same(whole):
    first, second = (said(*whole(name)) for name in ("a", "b"))
    assert first == second
    assert len(first["trials"]) == 7


def test_permuted_test_labels_change_nothing_but_the_test_figures(whole, monkeypatch):
    one, outcome = whole("a")
    monkeypatch.setattr(protocols, "Sealed", Permuted)
    other, permuted = whole("b")
    assert isinstance(other.plan.problem.sealed, Permuted)
    assert said(one, outcome) == said(other, permuted)
    assert outcome.result.train == permuted.result.train
    true, shuffled = (o.result.test.tuned.auroc.mean for o in (outcome, permuted))
    assert true > 0.8
    assert 0.3 < shuffled < 0.7  # so the test labels really were others


class Spy(LocalEngine):
    """Keeps whatever would travel to a worker, and whether the seal was broken by then."""

    def __init__(self, ledger):
        super().__init__(1)
        self.ledger, self.sent = ledger, []

    def _keep(self, stage, value):
        self.sent.append((stage, self.ledger.exists(), value))

    def search(self, searcher, data, halving, stop):
        self._keep("search", data)
        pickle.dumps(data)
        super().search(searcher, data, halving, stop)

    def share(self, value):
        self._keep("share", value)
        return value

    def map(self, jobs, stop):
        self._keep("map", list(jobs))
        yield from super().map(jobs, stop)


def rows_in(value):
    """Every row of every table inside."""
    if isinstance(value, np.ndarray):
        if value.ndim == 2 and value.shape[1] == 39:
            yield from (row.astype(np.uint8).tobytes() for row in value)
    elif isinstance(value, dict):
        for one in value.values():
            yield from rows_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from rows_in(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from rows_in(getattr(value, field.name))


def test_no_test_row_travels_before_the_choice_and_no_label_is_read_before_the_models_stand(whole, tmp_path, problem):
    spy = Spy(tmp_path / "home" / "seal.jsonl")
    _, outcome = whole("home", engine=spy)
    test = {row.tobytes() for row in outcome.result.part.X.astype(np.uint8)}
    development = {row.tobytes() for row in problem.development.X.astype(np.uint8)}
    assert len(test) > 400
    assert not test & development  # else the question below would be meaningless
    chosen = 1 + [stage for stage, _, _ in spy.sent].index("map")  # the confirmation
    for stage, _, value in spy.sent[:chosen]:
        rows = list(rows_in(value))
        assert rows, stage
        assert not test & set(rows), stage
    assert test <= set(rows_in([value for _, _, value in spy.sent[chosen:]]))  # the spy does see them in the refits
    assert not any(broken for _, broken, _ in spy.sent)


def test_a_failed_refit_costs_no_reading(local, tmp_path):
    class Failing(LocalEngine):
        def map(self, jobs, stop):
            if any(job.arguments[0].key[0] == "tuned" for job in jobs):
                jobs = [Job(fail, job.arguments) for job in jobs]
            yield from super().map(jobs, stop)

    one = local(*ARGUMENTS, home=tmp_path / "home", engine=Failing(1)).search()
    with pytest.raises(RefitFailed, match="too far"):
        one.conclude()
    assert not (tmp_path / "home" / "seal.jsonl").exists()


def fail(*_):
    raise Diverged("too far")


def test_the_seal_is_broken_once_and_after_every_choice(whole, tmp_path):
    one, outcome = whole("home")
    lines = [json.loads(line) for line in (tmp_path / "home" / "seal.jsonl").read_text().splitlines()]
    assert len(lines) == outcome.test_reads == 1
    assert lines[0]["detector"] == "devnet"
    assert lines[0]["study"] == one.plan.study
    assert str(outcome.best.record.number) in lines[0]["reason"]
    _, again = whole("home")
    assert again.test_reads == 2


def test_a_search_alone_breaks_no_seal(local, tmp_path):
    local(*ARGUMENTS).search()
    assert not (tmp_path / "home" / "seal.jsonl").exists()


def test_confirmation_is_paired_and_fresh(whole):
    """Every finalist meets the same splits, none of them the search's own."""
    _, outcome = whole("a")
    splits = [sorted(f.scores) for f in outcome.chosen]
    assert splits[0] == [1000, 1001]
    assert all(s == splits[0] for s in splits)
    assert any(f.published for f in outcome.chosen)
    means = {f.record.number: np.mean(list(f.scores.values())) for f in outcome.chosen if not f.failure}
    assert outcome.best.record.number == max(means, key=means.get)
    assert outcome.arms["tuned"].rounds == 3  # it ships at the rounds at which it was chosen


def test_without_confirmation_the_search_decides(local):
    one = local("devnet", "--trials", "4", "--max-rounds", "2", "--confirm", "0", "--no-retrain").search()
    outcome = one.conclude()
    assert outcome.confirmed == 0
    assert outcome.best.record.number == one.study.ranked()[0].number
    assert outcome.result.shipped is None
    final = next(e for e in one.tracker.of("run") if e["key"] == "final")
    assert final["tags"]["confirmed_on"] == "0 splits"
    assert not one.tracker.of("model")


def test_somebodys_own_detector_travels_with_its_model(local, toy):
    from trainables.core.serving import ServedModel

    one = local("mine", "--detector-path", str(toy), "--trials", "3", "--max-rounds", "2", "--confirm", "1").search()
    outcome = one.conclude()
    toy.unlink()
    model = ServedModel(outcome.model_folder)
    found = model.score(outcome.result.part.X)
    assert list(found) == ["score", "label", "probability", "probability_kind", "p_value"]
    assert model.meta["test"]["auroc"] == to_plain(outcome.result.test.tuned.auroc)
    source = outcome.model_folder / "detector.py"
    source.write_text(source.read_text() + "\n# changed\n")
    with pytest.raises(ValueError, match="not the detector that this model was trained with"):
        ServedModel(outcome.model_folder)


def test_the_model_keeps_the_threshold_and_order_of_columns(whole):
    import pandas as pd

    from trainables.core.serving import ServedModel

    one, outcome = whole("a")
    model = ServedModel(outcome.model_folder)
    part = outcome.result.part
    frame = pd.DataFrame(part.X.astype(float), columns=list(one.plan.problem.feature_names))
    plain = model.predict(part.X)
    shuffled = model.predict(frame[frame.columns[::-1]].assign(extra=1.0))
    pd.testing.assert_frame_equal(plain, shuffled)
    folds, own = list(outcome.best.folds.values()), outcome.result.shipped.training_quantiles
    unseen = calibration.cross_fitted(folds, own).scores  # not the scores of rows that it was trained on
    assert model.threshold in unseen
    assert np.mean(unseen < model.threshold) == pytest.approx(outcome.arms["tuned"].quantiles[0], abs=2 / len(unseen))
    np.testing.assert_array_equal(plain["label"], plain["score"] >= model.threshold)
    with pytest.raises(ValueError, match="1 column is missing: Young"):
        model.predict(frame.drop(columns="Young"))
