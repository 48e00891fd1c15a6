"""What every detector keeps. A test class that names a detector inherits all of it.

    class TestMine(DetectorContract):
        @pytest.fixture
        def name(self):
            return "mine"

`tests/trainables/test_contract.py` runs it over every name in `trainables.DETECTORS`.
"""

from __future__ import annotations

import math
import pickle
import re
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import optuna
import pytest
from sklearn.metrics import roc_auc_score

import search_spaces
import trainables
from trainables.core import constraints, errors, state
from trainables.core.detector import ANOMALY, NORMAL, Detector, Fidelity, Modality, Supervision, TrainData, make
from trainables.core.sklearn_view import SklearnView
from trainables.training.fit import scoring_state

WIDTH = 8
IMAGE = (16, 16, 1)
ONE_CLASS = (Supervision.ONE_CLASS, Supervision.EXPOSURE, Supervision.SUPERVISED_PRETRAINED)


def easy(cls: type[Detector], seed: int = 0, modality: Modality | None = None, n: int = 360) -> tuple[Any, Any, Any]:
    """Training data as the detector's supervision allows, and rows and labels to score.

    Whole numbers 0..255, normal ones around 60, anomalies scattered far above in every column:
    a line, a tree, a distance and a density can all tell them apart.
    """
    modality = modality or usual(cls)
    shape = (WIDTH,) if modality is Modality.TABULAR else IMAGE
    rng = np.random.default_rng(seed)

    def draw(normal: int, anomalous: int) -> tuple[np.ndarray, np.ndarray]:
        y = np.repeat([0, 1], [normal, anomalous])
        X = rng.normal(60, 8, (len(y), *shape))
        far = rng.uniform(50, 180, (anomalous, *[1] * len(shape)))
        X[y == 1] += far * rng.uniform(0.5, 1, (anomalous, *shape))
        order = rng.permutation(len(y))
        X = np.clip(X.round(), 0, 255).astype(np.float32)
        # photographs come as bytes, tables as columns of moderate numbers
        return (X.astype(np.uint8) if modality is Modality.IMAGE else np.round(X / 8))[order], y[order]

    X, y = draw(n - n // 9, n // 9)
    if cls.supervision in ONE_CLASS:
        exposure = X[y == 1] if cls.supervision is Supervision.EXPOSURE else None
        train = TrainData(X[y == 0], np.full((y == 0).sum(), NORMAL, np.int8), exposure=exposure)
    else:
        labelled = cls.supervision is not Supervision.UNSUPERVISED
        train = TrainData(X, np.where((y == 1) & labelled, ANOMALY, 0).astype(np.int8))
    return train, *draw(120, 30)


def usual(cls: type[Detector]) -> Modality:
    """Tables, where a detector takes both."""
    return Modality.TABULAR if Modality.TABULAR in cls.modality else Modality.IMAGE


TRAINED: dict[str, Detector] = {}
"""What `fitted` gives, by detector and modality."""


def train_on(detector: Detector, data: TrainData, rounds: int | None = None) -> list[dict[str, float]]:
    detector.begin(data)
    return [detector.train_round() for _ in range(detector.rounds if rounds is None else rounds)]


class DetectorContract:
    """Inherit, give `name`, and where the defaults do not do, the attributes."""

    few_rounds = 3  # enough to show how training is kept, resumed and repeated
    overrides: ClassVar[dict[str, dict[str, Any]]] = {}  # by detector: arguments that make it small
    learning_rounds: ClassVar[dict[str, int]] = {}  # by detector: rounds to learn the easy set, if fewer than its own

    @pytest.fixture
    def name(self) -> str:
        raise NotImplementedError("a fixture that returns the name of the detector")

    @pytest.fixture
    def cls(self, name: str) -> type[Detector]:
        return trainables.load(name)

    @pytest.fixture
    def arguments(self, name: str, cls: type[Detector]) -> dict[str, Any]:
        given = {"device": "cpu"} if "device" in cls.parameter_names() else {}
        if cls.rounds_parameter:
            given[cls.rounds_parameter] = self.few_rounds
        return {**given, **self.overrides.get(name, {})}

    @pytest.fixture
    def detector(self, cls: type[Detector], arguments: dict[str, Any]) -> Detector:
        return cls(**arguments)

    @pytest.fixture
    def modality(self, cls: type[Detector]) -> Modality:
        return usual(cls)

    @pytest.fixture
    def data(self, cls: type[Detector], modality: Modality) -> tuple[TrainData, np.ndarray, np.ndarray]:
        return easy(cls, modality=modality)

    @pytest.fixture
    def fitted(self, detector: Detector, data: Any, modality: Modality) -> Detector:
        """Trained once for all tests, which read it: what trains on, or takes another state, is a clone."""
        if (key := repr((detector, modality))) not in TRAINED:
            train_on(detector, data[0])
            TRAINED[key] = detector
        return TRAINED[key]

    @pytest.fixture
    def learner(self, name: str, cls: type[Detector], arguments: dict[str, Any]) -> Detector:
        """At its own number of rounds: learning may take more than a few."""
        if cls.control:
            pytest.skip("a control is not expected to learn")
        given = {k: v for k, v in arguments.items() if k != cls.rounds_parameter}
        if name in self.learning_rounds:
            given[str(cls.rounds_parameter)] = self.learning_rounds[name]
        return cls(**given)

    @pytest.fixture
    def resumable(self, detector: Detector) -> Detector:
        if not detector.resumable:
            pytest.skip("declares that it does not resume bit for bit")
        return detector

    # -- what it declares -------------------------------------------------------

    def test_declares_what_it_is(self, cls: type[Detector]) -> None:
        assert isinstance(cls.supervision, Supervision)
        assert isinstance(cls.fidelity, Fidelity)
        assert cls.modality
        assert cls.modality <= set(Modality)
        assert (cls.rounds_parameter is None) == (cls.fidelity is Fidelity.NONE)
        assert cls.rounds_parameter is None or cls.rounds_parameter in cls.parameter_names()

    def test_docstring(self, cls: type[Detector]) -> None:
        for section in ("Parameters", "References"):
            assert f"{section}\n    {'-' * len(section)}\n" in (cls.__doc__ or ""), section
        for parameter in cls.parameter_names():
            assert re.search(rf"^    (\w+, )*{parameter}(, \w+)* : ", cls.__doc__ or "", re.M), parameter

    def test_constructor_only_stores(self, cls: type[Detector]) -> None:
        given = {name: object() for name in cls.parameter_names()}
        assert vars(cls(**given)) == given

    def test_every_parameter_has_a_default_and_a_constraint(self, cls: type[Detector]) -> None:
        names = set(cls.parameter_names())
        assert "seed" in names
        assert set(cls.parameter_constraints) >= names - {"seed", "device"}
        assert set(cls.parameter_constraints) <= names
        cls().check_params()

    def test_values_outside_a_constraint_are_refused(self, cls: type[Detector], data: Any) -> None:
        for name in [*cls.parameter_constraints, "seed"]:
            with pytest.raises(errors.InvalidHyperparameter, match=name):
                cls(**{name: object()}).begin(data[0])
            with pytest.raises(errors.InvalidHyperparameter, match=name):
                make(cls, {name: math.nan})
        with pytest.raises(errors.InvalidHyperparameter, match="no hyperparameter 'no_such'"):
            make(cls, {"no_such": 1})

    # -- scores -----------------------------------------------------------------

    def test_scores(self, fitted: Detector, data: Any) -> None:
        _, X, _ = data
        scores = fitted.decision_function(X)
        assert scores.shape == (len(X),)
        assert scores.dtype == np.float64
        assert np.isfinite(scores).all()
        np.testing.assert_array_equal(scores, fitted.decision_function(X))
        np.testing.assert_array_equal(scores, -SklearnView(fitted).score_samples(X))
        assert fitted.decision_function(X[:1]).shape == (1,)

    def test_error_map(self, cls: type[Detector], fitted: Detector, data: Any) -> None:
        X = data[1][:20]
        if X.ndim != 4 or not cls.leaves_error_map():
            with pytest.raises(errors.InvalidInput, match="leaves no error map"):
                fitted.error_map(X)
            return
        errors_of = fitted.error_map(X)
        assert errors_of.shape == X.shape[:3]
        assert errors_of.dtype == np.float32
        assert np.isfinite(errors_of).all()
        assert (errors_of >= 0).all()
        np.testing.assert_allclose(fitted.error_map(X[3:4])[0], errors_of[3], rtol=1e-3, atol=1e-2)

    def test_learns_the_right_sign(self, learner: Detector, data: Any) -> None:
        train, X, y = data
        untrained = []
        for seed in range(5):
            fresh = type(learner)(**{**learner.get_params(), "seed": seed}).begin(train)
            try:
                untrained.append(roc_auc_score(y, fresh.decision_function(X)))
            except errors.NotFitted:  # has no untrained form: stand beside chance
                untrained.append(0.5)
        train_on(learner, train)
        auroc = roc_auc_score(y, learner.decision_function(X))
        assert auroc > 0.8
        assert auroc > min(np.mean(untrained), 0.99)

    def test_every_declared_modality(self, cls: type[Detector], fitted: Detector, modality: Modality) -> None:
        for declared in cls.modality:
            train, X, _ = easy(cls, modality=declared)
            detector = fitted
            if declared is not modality:
                train_on(detector := fitted.clone(), train)
            scores = detector.decision_function(X)
            assert np.isfinite(scores).all()
            assert np.ptp(scores) > 0

    def test_permuted_rows_get_permuted_scores(self, learner: Detector, data: Any) -> None:
        train, X, _ = data
        train_on(learner, train, 1)
        order = np.random.default_rng(1).permutation(len(X))
        scores = learner.decision_function(X)
        # a matrix product may round differently by position: not bit for bit
        np.testing.assert_allclose(learner.decision_function(X[order]), scores[order], rtol=1e-4, atol=1e-5)

    # -- the same again ---------------------------------------------------------

    def test_a_clone_repeats_and_begin_forgets(self, fitted: Detector, data: Any, modality: Modality) -> None:
        """The same seed gives the same scores, whatever was trained on before."""
        train, X, _ = data
        other, _, _ = easy(type(fitted), seed=7, n=200, modality=modality)
        if modality is Modality.TABULAR:
            other = replace(other, X=other.X[:, : WIDTH - 2])
        np.random.seed(1)  # nothing may hang on the global state
        warm = fitted.clone()
        assert warm.get_params() == fitted.get_params()
        with pytest.raises(errors.NotFitted):
            warm.decision_function(X)
        train_on(warm, other)
        train_on(warm, train)
        assert warm.rounds_done_ == fitted.rounds_done_
        np.testing.assert_array_equal(warm.decision_function(X), fitted.decision_function(X))

    def test_fit_is_begin_and_rounds(self, cls: type[Detector], arguments: dict[str, Any], data: Any) -> None:
        train, X, _ = data
        by_hand, at_once = cls(**arguments), cls(**arguments)
        y = (train.target == ANOMALY).astype(int)
        by_hand.begin(TrainData.from_labels(train.X, y))
        for _ in range(by_hand.rounds):
            by_hand.train_round()
            by_hand.decision_function(X)  # changes nothing of what comes
        np.testing.assert_array_equal(at_once.fit(train.X, y).decision_function(X), by_hand.decision_function(X))

    # -- state ------------------------------------------------------------------

    def test_state_resumes_bit_for_bit(self, resumable: Detector, data: Any, tmp_path: Any) -> None:
        train, X, _ = data
        resumable.begin(train)
        taken, losses = {}, []
        for done in range(resumable.rounds):
            if done in (0, resumable.rounds // 2):
                taken[done] = resumable.state_dict()
            losses.append(resumable.train_round())
        for stop, snapshot in taken.items():
            state.save(snapshot, tmp_path / "state.pt")  # after training on: a state is a snapshot
            other = resumable.clone().begin(train).load_state_dict(state.load(tmp_path / "state.pt"))
            assert other.rounds_done_ == stop
            assert [other.train_round() for _ in range(stop, other.rounds)] == losses[stop:]
            np.testing.assert_array_equal(other.decision_function(X), resumable.decision_function(X))

    def test_state_scores_without_begin(self, fitted: Detector, data: Any) -> None:
        _, X, _ = data
        kept = scoring_state(fitted.state_dict())  # as a registered model holds it
        fresh = fitted.clone().load_state_dict(state.loads(state.dumps(kept)))
        np.testing.assert_array_equal(fresh.decision_function(X), fitted.decision_function(X))
        with pytest.raises(errors.InvalidInput):
            fresh.decision_function(np.zeros((3, 1), np.float32))
        again = fitted.clone().load_state_dict(state.loads(state.dumps(fresh.state_dict())))
        np.testing.assert_array_equal(again.decision_function(X), fitted.decision_function(X))
        with pytest.raises(errors.NotFitted):
            fresh.train_round()

    def test_state_replaces_what_was_trained(self, fitted: Detector, data: Any, modality: Modality) -> None:
        _, X, _ = data
        other = fitted.clone()
        train_on(other, easy(type(fitted), seed=7, n=200, modality=modality)[0])
        assert other.control or not np.array_equal(other.decision_function(X), fitted.decision_function(X))
        other.load_state_dict(state.loads(state.dumps(fitted.state_dict())))
        np.testing.assert_array_equal(other.decision_function(X), fitted.decision_function(X))

    def test_pickle(self, fitted: Detector, data: Any) -> None:
        _, X, _ = data
        copy = pickle.loads(pickle.dumps(fitted))
        assert copy.get_params() == fitted.get_params()
        np.testing.assert_array_equal(copy.decision_function(X), fitted.decision_function(X))

    # -- rows -------------------------------------------------------------------

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_values_that_are_not_finite(self, fitted: Detector, data: Any, bad: float) -> None:
        train, X, _ = data
        broken, scored = train.X.astype(np.float32), X.astype(np.float32)
        broken.reshape(len(broken), -1)[2, 1] = scored.reshape(len(X), -1)[2, 1] = bad
        with pytest.raises(errors.InvalidInput, match="row 2"):
            fitted.decision_function(scored)
        with pytest.raises(errors.InvalidInput, match="row 2"):
            fitted.clone().begin(replace(train, X=broken))

    def test_rows_of_the_wrong_shape(self, fitted: Detector, data: Any) -> None:
        train, X, _ = data
        wider = np.concatenate([X, X[:, :1]], axis=1)
        for wrong in (wider, X[:, :-1], X[:0], X[:, :0], X.ravel(), X.reshape(len(X), -1)[:, 0]):
            with pytest.raises(errors.InvalidInput):
                fitted.decision_function(wrong)
        for wrong, target in ((train.X[:0], train.target[:0]), (train.X.ravel(), train.target), (train.X, [0, 0])):
            with pytest.raises(errors.InvalidInput):
                fitted.clone().begin(replace(train, X=wrong, target=np.asarray(target, np.int8)))
        with pytest.raises(errors.InvalidInput):
            fitted.decision_function(np.full(X.shape, "a"))

    def test_before_begin(self, detector: Detector, data: Any) -> None:
        for call in (detector.train_round, detector.state_dict, lambda: detector.decision_function(data[1])):
            with pytest.raises(errors.NotFitted):
                call()

    def test_missing_anomalies(self, detector: Detector, data: Any) -> None:
        train = replace(data[0], target=np.zeros_like(data[0].target))
        if detector.needs_anomalies:
            with pytest.raises(errors.MissingAnomalies):
                detector.begin(train)
        else:
            train_on(detector, train, 1)
            assert np.isfinite(detector.decision_function(data[1])).all()

    def test_bytes_are_only_read_and_score_as_numbers(self, fitted: Detector, modality: Modality, data: Any) -> None:
        train, X, _ = data
        shared, scored = train.X.astype(np.uint8), X.astype(np.uint8)
        kept = shared.copy(), scored.copy()
        shared.flags.writeable = scored.flags.writeable = False
        other = fitted.clone()
        train_on(other, replace(train, X=shared))
        scores = other.decision_function(scored)
        assert np.isfinite(scores).all()
        if modality is Modality.TABULAR:  # bytes and floats of images have different scales
            assert train.X.dtype == X.dtype == np.float32
            expected = fitted.decision_function(X)
            np.testing.assert_allclose(scores, expected, rtol=1e-6, atol=1e-9)
            for dtype in (np.int64, np.float64):
                train_on(other := fitted.clone(), replace(train, X=train.X.astype(dtype)))
                np.testing.assert_allclose(other.decision_function(X.astype(dtype)), expected, rtol=1e-6, atol=1e-9)
        np.testing.assert_array_equal(shared, kept[0])
        np.testing.assert_array_equal(scored, kept[1])

    # -- its search space -------------------------------------------------------

    @pytest.mark.parametrize("rows", [50, 100_000])
    def test_space_is_inside_the_constraints(
        self, name: str, cls: type[Detector], rows: int, modality: Modality
    ) -> None:
        features = WIDTH if modality is Modality.TABULAR else 784 if rows == 50 else 64 * 64 * 3
        info = search_spaces.DataInfo(rows=rows, features=features, anomalies=30, modality=modality.value)
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        for _ in range(50):
            params = search_spaces.load(name).space(study.ask(), info)
            assert not {"seed", "device", cls.rounds_parameter} & set(params)
            make(cls, params)

    def test_published_configurations(self, name: str, cls: type[Detector], modality: Modality) -> None:
        module = search_spaces.load(name)
        if modality is not usual(cls):
            of_images = getattr(module, "IMAGES", module.PUBLISHED)
            found = search_spaces.published(module, modality="image")
            assert found == {label: params for label, (params, _) in of_images.items()}
            for params in found.values():
                make(cls, params)
            return
        published = module.PUBLISHED
        assert published
        assert next(iter(search_spaces.published(module))) == next(iter(published))
        few = getattr(module, "FEW_LABELS", next(iter(published)))
        assert next(iter(search_spaces.published(module, few_labels=True))) == few
        for label, (params, source) in published.items():
            assert label
            assert source.strip()
            assert not {"seed", "device", cls.rounds_parameter} & set(params), label
            make(cls, params)

    def test_constraints_say_what_they_accept(self, cls: type[Detector]) -> None:
        for allowed in cls.parameter_constraints.values():
            assert all(isinstance(one, constraints.Constraint) and str(one) for one in allowed)
