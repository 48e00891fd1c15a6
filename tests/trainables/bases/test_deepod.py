"""The detectors on DeepOD's networks: beside DeepOD's own loops, and where those go wrong."""

from __future__ import annotations

import random
import sys

import numpy as np
import pytest
import torch

import search_spaces
import trainables
from trainables import dif
from trainables.bases import deepod_detector
from trainables.core import failures, state
from trainables.core.detector import TrainData, make
from trainables.core.errors import InvalidInput, MissingAnomalies
from trainables.dif import DIF
from trainables.feawad import FeaWAD, feawad_loss
from trainables.goad import GOAD, goad_loss
from trainables.icl import ICL
from trainables.neutral import NeuTraL
from trainables.prenet import PReNet, pairs
from trainables.rca import RCA
from trainables.rosas import RoSAS
from trainables.slad import SLAD

pytest.importorskip("deepod", reason=deepod_detector.HINT)

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(96, 6)).astype(np.float32)
Y = (np.arange(96) < 8).astype(int)
TINY = {"epochs": 3, "seed": 4, "device": "cpu"}
SMALL = {"hidden": (12,), "rep_dim": 6}
EVERY = {
    "prenet": SMALL,
    "rosas": SMALL,
    "feawad": SMALL,
    "icl": SMALL,
    "slad": {"transformations": 3, "unified_dim": 8, "hidden": (8,), "steps_per_epoch": 4},
    "neutral": {**SMALL, "transformations": 3, "view_hidden": (8,)},
    "goad": {"transformations": 6, "view_dim": 4},
    "rca": {**SMALL, "members": 2},
    "dif": {"hidden": (8,), "rep_dim": 5, "members": 4, "trees": 2},
}


def library_class(module: str, name: str):
    return getattr(deepod_detector.library(f"models.tabular.{module}"), name)


def small(name: str):
    cls = trainables.load(name)
    rounds = {"rounds": 2} if name == "dif" else {"epochs": 2}
    return make(cls, {**EVERY[name], **rounds, "device": "cpu"})


# -- beside DeepOD's own fit -----------------------------------------------------


def test_neutral_is_deepods_own_fit() -> None:
    """One batch holds all rows, so that their order does not matter: `fit` as it comes, same seed."""
    ours = NeuTraL(**TINY, **EVERY["neutral"], batch_size=96).fit(ROWS)
    theirs = library_class("neutral", "NeuTraL")(
        epochs=3,
        batch_size=96,
        n_trans=3,
        rep_dim=6,
        hidden_dims="12",
        trans_hidden_dims=8,
        device="cpu",
        verbose=0,
        random_state=ours._seed_of(0),
    )
    with deepod_detector.seeded(0):
        theirs.set_seed(theirs.random_state)
        theirs.fit(ROWS)
        expected = theirs.decision_function(ROWS)
    np.testing.assert_allclose(ours.decision_function(ROWS), expected, rtol=1e-4, atol=1e-5)


def test_rca_without_dropout_is_deepods_own_fit(capsys: pytest.CaptureFixture[str]) -> None:
    ours = RCA(**TINY, **SMALL, members=1, dropout=0.0, anomaly_share=0.3, batch_size=96).fit(ROWS)
    assert capsys.readouterr() == ("", "")
    with deepod_detector.seeded(0):
        theirs = library_class("rca", "RCA")(
            epochs=3,
            batch_size=96,
            rep_dim=6,
            hidden_dims="12",
            dropout=0.0,
            anom_ratio=0.3,
            inference_ensemble=1,
            device="cpu",
            verbose=0,
            random_state=ours._seed_of(0),
        ).fit(ROWS)
    assert ours.model_.beta == theirs.beta == pytest.approx(1 - 0.3)
    np.testing.assert_allclose(ours.decision_function(ROWS), theirs.decision_scores_, rtol=1e-4)


def test_prenet_is_deepods_loop_on_the_same_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loader draws one pair at a time from another generator: it is handed ours."""
    ours = PReNet(**{**TINY, "epochs": 1}, **SMALL, batch_size=32).begin(TrainData.from_labels(ROWS, Y))
    drawn = list(ours._batches(np.random.default_rng(ours._seed_of(1))))
    assert len(drawn) == 3
    loss = ours.train_round()["loss"]
    module = deepod_detector.library("models.tabular.prenet")
    monkeypatch.setattr(module, "PReNetLoader", lambda *_, **__: drawn)
    losses = []
    with deepod_detector.seeded(0):
        theirs = module.PReNet(
            epochs=1, rep_dim=6, hidden_dims="12", device="cpu", verbose=0, random_state=ours._seed_of(0)
        )
        forward = theirs.training_forward
        theirs.training_forward = lambda *given: losses.append(forward(*given)) or losses[-1]
        theirs.fit(ROWS, Y)
        assert loss == pytest.approx(float(sum(losses).detach()) / 3, rel=1e-5)
        # and its scores, with our partners in the place of those that it draws for each row
        rows = torch.from_numpy(ROWS)
        partners = [[one.expand(len(rows), -1) for one in kind] for kind in ours.partners_]
        assert [len(kind) for kind in partners] == [8, 30]
        means = [theirs.inference_forward((rows, kind, []), theirs.net, None)[1] for kind in partners]
    np.testing.assert_allclose(ours.decision_function(ROWS), torch.stack(means).mean(0).detach(), rtol=1e-4, atol=1e-5)


def test_dif_standardises_by_all_training_rows_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that is constant, one far from 0, and chunks that do not divide the rows."""
    rows = np.c_[ROWS, np.ones(96), ROWS[:, 0] + 1000].astype(np.float32)
    monkeypatch.setattr(dif, "CHUNK", 7)
    detector = DIF(members=2, trees=2, hidden=(), rep_dim=9, rounds=1, device="cpu").fit(rows)
    for member in detector.members_:
        weight = next(member.network.parameters()).numpy().astype(float)
        outputs = rows.astype(float) @ weight.T
        np.testing.assert_allclose(member.mean, outputs.mean(0), rtol=1e-5)
        np.testing.assert_allclose(member.scale, outputs.std(0), rtol=1e-4)
    chunked = detector.decision_function(rows)
    monkeypatch.setattr(dif, "CHUNK", 8192)
    np.testing.assert_allclose(detector.clone().fit(rows).decision_function(rows), chunked, rtol=1e-3)


def test_dif_is_deepods_own_ensemble() -> None:
    ours = DIF(members=3, trees=4, max_samples=64, hidden=(12,), rep_dim=6, rounds=2, seed=9, device="cpu").fit(ROWS)
    with deepod_detector.seeded(0):
        theirs = library_class("dif", "DeepIsolationForest")(
            n_ensemble=3,
            n_estimators=4,
            max_samples=64,
            hidden_dims="12",
            rep_dim=6,
            device="cpu",
            verbose=0,
            random_state=9,
        ).fit(ROWS)
    np.testing.assert_allclose(ours.decision_function(ROWS), theirs.decision_scores_, rtol=1e-4)
    # one row by itself is standardised to zero in DeepOD, whatever it is; ours keeps the training rows' scale
    alone = [theirs.decision_function(ROWS[i : i + 1])[0] for i in (0, 1)]
    assert alone[0] == alone[1]
    np.testing.assert_allclose(ours.decision_function(ROWS[:1]), ours.decision_function(ROWS)[:1], rtol=1e-6)


def test_goads_official_configuration_is_the_official_codes_netc5() -> None:
    """Five layers 4-8-8-8-8-8 without bias, and a head to 32 transformations; Adam without weight decay."""
    params = search_spaces.load("goad").PUBLISHED["official"][0]
    detector = GOAD(**params, epochs=1, device="cpu").begin(TrainData.from_labels(ROWS))
    layers = [one for one in detector.model_.net.modules() if isinstance(one, torch.nn.Conv1d)]
    widths = [(one.in_channels, one.out_channels, one.bias is not None) for one in layers]
    assert widths == [(4, 8, False), *[(8, 8, False)] * 4, (8, 32, True)]
    assert [group["weight_decay"] for group in detector.optimizer_.groups] == [0.0]


def test_goad_loss_and_scores_are_deepods() -> None:
    ours = GOAD(**TINY, **EVERY["goad"], eps=0.01).fit(ROWS)
    with deepod_detector.seeded(1):
        codes, logits = torch.randn(5, 6, 8), torch.randn(5, 6, 6)
        theirs = deepod_detector.library("models.tabular.goad").GoadLoss(alpha=0.3, margin=2.0, device="cpu")
        expected = theirs(codes, logits, torch.arange(6).expand(5, 6))
    torch.testing.assert_close(goad_loss(codes, logits, 0.3, 2.0), expected)
    model = ours.model_
    model.rep_means = ours.centres_.unsqueeze(0)
    views = np.stack([ROWS.dot(one) for one in model.affine_weights], 2)
    with torch.no_grad():
        scores = model.inference_forward(torch.from_numpy(views).float(), model.net, None)[1]
    np.testing.assert_allclose(ours.decision_function(ROWS), scores, rtol=1e-4, atol=1e-5)


def test_slad_scores_are_deepods() -> None:
    ours = SLAD(**TINY, **EVERY["slad"]).fit(ROWS)
    np.testing.assert_allclose(ours.decision_function(ROWS), ours.model_.decision_function(ROWS), rtol=1e-5)


# -- by hand ---------------------------------------------------------------------


def test_pair_targets() -> None:
    """Two of four pairs are (u, u) with 0, one is (u, a) with 4, one (a, a) with 8; no row meets itself."""
    unlabelled, anomalies = np.arange(10, 20), np.array([3, 5, 7])
    first, second, target = pairs(np.random.default_rng(0), unlabelled, anomalies, 4000)
    count = np.isin(first, anomalies).astype(int) + np.isin(second, anomalies)
    np.testing.assert_array_equal(target, 4 * count)
    assert [int((target == t).sum()) for t in (0, 4, 8)] == [2000, 1000, 1000]
    assert (first != second).all()
    assert set(first) == set(unlabelled) | set(anomalies)
    assert {(a, b) for a, b, t in zip(first, second, target, strict=True) if t == 8} == {
        (a, b) for a in (3, 5, 7) for b in (3, 5, 7) if a != b
    }


def test_a_single_anomaly_is_paired_with_itself() -> None:
    first, second, target = pairs(np.random.default_rng(0), np.arange(1, 9), np.array([0]), 8)
    assert (first[target == 8] == 0).all()
    assert (second[target == 8] == 0).all()


def test_prenet_loss_is_l1() -> None:
    detector = PReNet(**TINY, **SMALL).begin(TrainData.from_labels(ROWS, Y))
    first, second = torch.from_numpy(ROWS[:4]), torch.from_numpy(ROWS[4:8])
    target = torch.tensor([0.0, 4.0, 8.0, 0.0])
    output = detector.model_.net(first, second).flatten()
    assert detector._loss((first, second, target)).item() == pytest.approx(
        float(np.abs(output.detach().numpy() - target.numpy()).mean()), rel=1e-6
    )


def test_feawad_loss_by_hand() -> None:
    """Unlabelled: |s| + e. Anomaly, a = 5: (5 - s)+ + (5 - e)+."""
    scores, errors = torch.tensor([-2.0, 1.0, 2.0, 6.0]), torch.tensor([1.0, 3.0, 4.0, 7.0])
    loss = feawad_loss(scores, errors, torch.tensor([False, False, True, True]), 5.0)
    torch.testing.assert_close(loss, torch.tensor([3.0, 4.0, 4.0, 0.0]))
    with pytest.raises(ValueError, match="one shape"):
        feawad_loss(scores[:, None], errors, torch.tensor([True] * 4), 5.0)


def test_deepods_feawad_loss_pairs_every_row_with_every_label() -> None:
    theirs = deepod_detector.library("models.tabular.feawad").FeaWADLoss(reduction="none")
    residual = torch.nn.functional.normalize(torch.randn(4, 3, generator=torch.Generator().manual_seed(0)))
    loss = theirs(torch.tensor([0, 0, 1, 1]), torch.zeros(4, 1), residual)
    assert loss.shape == (4, 4)
    # and the norm of what has norm 1 teaches nothing: 0 + 1 unlabelled, 5 + 4 for an anomaly
    torch.testing.assert_close(loss[0], torch.tensor([1.0, 1.0, 9.0, 9.0]))


def test_feawad_scores_are_deepods_and_a_row_of_zeros_has_one() -> None:
    detector = FeaWAD(**TINY, **SMALL).fit(ROWS, Y)
    with torch.no_grad():
        expected = detector.model_.net(torch.from_numpy(ROWS))[0].flatten()
        assert detector.model_.net(torch.zeros(1, 6))[0].isnan().all()
    np.testing.assert_allclose(detector.decision_function(ROWS), expected, rtol=1e-5, atol=1e-6)
    assert np.isfinite(detector.decision_function(np.zeros((1, 6)))).all()


def test_isolation_tree_by_hand() -> None:
    """x0 <= 1, then x1 <= 2 on the left; leaves of 3, 1 and 2 rows."""
    tree = dif.Tree(
        np.array([1, 3, -1, -1, -1]),
        np.array([2, 4, -1, -1, -1]),
        np.array([0, 1, -2, -2, -2]),
        np.array([1.0, 2.0, -2, -2, -2]),
        np.array([6, 4, 2, 3, 1]),
    )
    depth, deviation = dif.walk(tree, np.array([[0.0, 2.0], [0.5, 5.0], [4.0, 9.0]], np.float32))
    # c(3) = 2 (ln 2 + gamma) - 4/3, c(1) = 0, c(2) = 1
    np.testing.assert_allclose(depth, [2 + 2 * (np.log(2) + np.euler_gamma) - 4 / 3, 2.0, 1 + 1.0])
    np.testing.assert_allclose(deviation, [(1 + 0) / 2, (0.5 + 3) / 2, 3.0], rtol=1e-5)


def test_rosas_triplets_and_batch_size() -> None:
    detector = RoSAS(**TINY, **SMALL, batch_size=500).begin(TrainData.from_labels(np.arange(96)[:, None], Y))
    (batch,) = detector._batches(np.random.default_rng(0))
    assert batch.shape == (88, 3, 1)
    assert sorted(batch[:, 0, 0].tolist()) == sorted(batch[:, 1, 0].tolist()) == list(range(8, 96))
    assert set(batch[:, 2, 0].tolist()) <= set(range(8))


# -- scores and batches of an epoch ------------------------------------------------


def test_rca_score_of_a_row_does_not_hang_on_the_others() -> None:
    detector = RCA(**TINY, **EVERY["rca"]).fit(ROWS)
    scores = detector.decision_function(ROWS)
    np.testing.assert_allclose(detector.decision_function(ROWS[5:9]), scores[5:9], rtol=1e-5)
    repeated = detector.decision_function(np.repeat(ROWS[:1], 7, axis=0))
    np.testing.assert_allclose(repeated, scores[0], rtol=1e-5)


def test_a_leftover_row_does_not_ruin_rca() -> None:
    detector = RCA(**TINY, **EVERY["rca"], anomaly_share=0.1, batch_size=19).fit(ROWS)  # 96 = 5 * 19 + 1
    assert np.isfinite(detector.decision_function(ROWS)).all()


def test_steps_per_epoch_bounds_an_epoch_and_epochs_differ() -> None:
    detector = ICL(**TINY, **SMALL, batch_size=10, steps_per_epoch=3).begin(TrainData.from_labels(ROWS))
    epochs = [torch.cat(list(detector._batches(np.random.default_rng(s)))) for s in (0, 1)]
    assert [len(rows) for rows in epochs] == [30, 30]
    assert not torch.equal(*epochs)
    whole = ICL(**TINY, **SMALL, batch_size=10, steps_per_epoch=0).begin(TrainData.from_labels(ROWS))
    rows = torch.cat(list(whole._batches(np.random.default_rng(0))))
    assert sorted(rows[:, 0].tolist()) == sorted(ROWS[:, 0].tolist())


def test_scoring_between_epochs_changes_nothing() -> None:
    """DeepOD's inference switches the loss to one value per row and leaves it so."""
    quiet, watched = (NeuTraL(**TINY, **EVERY["neutral"]).begin(TrainData.from_labels(ROWS)) for _ in range(2))
    for _ in range(3):
        watched.decision_function(ROWS)
        assert quiet.train_round() == watched.train_round()


# -- every one of them -----------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_global_random_state_is_left_alone_and_states_are_plain(name: str) -> None:
    with deepod_detector.seeded(5):
        expected = torch.rand(1).item(), np.random.rand(), random.random()
    with deepod_detector.seeded(5):
        detector = small(name).fit(ROWS, Y)
        scores = detector.decision_function(ROWS)
        saved = state.dumps(detector.state_dict())
        loaded = detector.clone().load_state_dict(state.loads(saved))  # tensors and plain values alone
        np.testing.assert_array_equal(loaded.decision_function(ROWS), scores)
        assert (torch.rand(1).item(), np.random.rand(), random.random()) == expected


@pytest.mark.parametrize("name", EVERY)
def test_few_rows_and_few_columns(name: str) -> None:
    for n, width in ((50, 5), (3, 3)):
        detector = small(name).fit(ROWS[:n, :width], np.arange(n) < 1)
        assert np.isfinite(detector.decision_function(ROWS[:, :width])).all()


@pytest.mark.parametrize("name", ["prenet", "rosas", "feawad"])
def test_labels_that_nothing_can_be_learned_from(name: str) -> None:
    with pytest.raises(MissingAnomalies):
        small(name).fit(ROWS)
    with pytest.raises(InvalidInput, match="all 96 training rows"):
        small(name).fit(ROWS, np.ones(96))


def test_rows_that_a_method_cannot_take() -> None:
    for detector, columns, words in (
        (ICL(), 2, "needs 3 columns"),
        (ICL(kernel_size=5), 5, "kernel_size=5"),
        (SLAD(), 1, "needs 2 columns"),
    ):
        with pytest.raises(InvalidInput, match=words):
            detector.fit(ROWS[:, :columns])
    for name in ("rca", "dif"):
        with pytest.raises(InvalidInput, match="needs 2 training rows"):
            small(name).fit(ROWS[:1])


# -- the library itself ----------------------------------------------------------


@pytest.mark.parametrize("name", ["prenet", "dif"])
def test_without_deepod_the_failure_says_how_to_install_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [m for m in sys.modules if m.partition(".")[0] == "deepod"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(sys, "meta_path", [Nowhere(), *sys.meta_path])
    with pytest.raises(ImportError) as caught:
        small(name).fit(ROWS, Y)
    assert failures.name(caught.value) == (
        "missing_library",
        "deepod is not installed; try: pip install --no-deps deepod==0.4.1",
    )


class Nowhere:
    """A finder that has lost one package."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == "deepod":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
