"""REPEN: LeSiNN, candidates, triplets and loss by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.components.lesinn import lesinn
from trainables.core.detector import TrainData
from trainables.repen import REPEN, outlier_candidates, triplet_loss

ROWS = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
ROWS[:12] += 6.0


def small(**arguments) -> REPEN:
    return REPEN(**{"rep_dim": 5, "ensemble": 6, "subsample": 4, "batch_size": 64, "device": "cpu", **arguments})


def test_lesinn_by_hand():
    subsamples = torch.tensor([[[0.0, 0.0], [3.0, 4.0]], [[0.0, 1.0], [6.0, 8.0]]])
    # (0, 0): 0 and 1; (6, 8): 5 and 0; (3, 0): min(3, 4) and min(sqrt 10, sqrt 73)
    scores = lesinn(torch.tensor([[0, 0], [6, 8], [3, 0]], dtype=torch.uint8), subsamples)
    torch.testing.assert_close(scores, torch.tensor([0.5, 2.5, (3 + 10**0.5) / 2]))


def test_lesinn_is_exact_far_from_the_origin():
    """A matrix product would lose the small distances."""
    points = torch.tensor([[[30_000.0, 30_000.0]]])
    torch.testing.assert_close(lesinn(torch.tensor([[30_000.25, 30_000.0]]), points), torch.tensor([0.25]))


def test_loss_by_hand():
    anchor = torch.zeros(3, 2)
    positive = torch.tensor([[1.0, 2.0]]).expand(3, 2)  # near = 5
    negative = torch.tensor([[3.0, 4.0], [10.0, 30.0], [20.0, 30.0]])  # far = 25, 1000, 1300
    loss = triplet_loss(anchor, positive, negative, 1000.0)
    torch.testing.assert_close(loss, torch.tensor([980.0, 5.0, 0.0]))


def test_loss_is_deepods():
    repen = pytest.importorskip("deepod.models.tabular.repen")
    a, p, n = torch.from_numpy(ROWS).mul(8).chunk(3)
    torch.testing.assert_close(triplet_loss(a, p, n, 1000.0).mean(), repen.REPENLoss()(a, p, n))


def test_candidates_by_hand_and_deepods():
    repen = pytest.importorskip("deepod.models.tabular.repen")
    scores = np.r_[np.zeros(9), 10.0]  # mean 1, std 3: threshold 6.1963
    assert outlier_candidates(scores, 1.7321).tolist() == [False] * 9 + [True]
    flat = np.arange(40.0)  # mean 19.5, std 11.5: threshold 39.5 above all: the ten highest
    assert np.flatnonzero(outlier_candidates(flat, 1.7321)).tolist() == list(range(30, 40))
    for values in (scores, flat[::-1], np.random.default_rng(0).gamma(1.0, size=200)):
        if len(values) > 10:
            theirs = repen.REPENLoader.cutoff_unsorted(values)[1]
            np.testing.assert_array_equal(np.flatnonzero(outlier_candidates(values, 1.7321)), theirs)


def test_candidates_and_inliers_split_the_unlabelled_rows():
    target = np.zeros(300, np.int8)
    target[:6] = -1
    detector = small().begin(TrainData(ROWS, target))
    inliers, candidates = set(detector.inliers_.tolist()), set(detector.candidates_.tolist())
    assert inliers | candidates == set(range(6, 300))
    assert not inliers & candidates
    assert set(range(6, 12)) <= candidates
    labelled = torch.from_numpy(ROWS[:6])
    assert not bool((detector.network_.subsamples.view(-1, 1, 4) == labelled).all(2).any())


def test_known_normal_rows_are_no_candidates():
    """Rows 0..11 are far out: of these 6..8 are known to be normal, 9..11 are not labelled."""
    target = np.zeros(300, np.int8)
    target[:6], target[6:9], target[100:] = -1, 1, 1
    detector = small().begin(TrainData(ROWS, target))
    candidates = set(detector.candidates_.tolist())
    assert {9, 10, 11} <= candidates <= set(np.flatnonzero(target == 0))
    assert set(detector.inliers_.tolist()) == set(range(6, 300)) - candidates
    unlabelled = small().begin(TrainData(ROWS, np.where(target == 1, 0, target).astype(np.int8)))
    assert set(unlabelled.candidates_.tolist()) >= set(range(6, 12))


def test_labelled_anomalies_are_all_negatives_where_every_label_is_known():
    y = (np.arange(300) < 6).astype(int)  # rows 6..11 are far out and normal
    detector = small(labelled_share=0.0).begin(TrainData.from_labels(ROWS, y))
    assert detector.candidates_.tolist() == []
    assert set(detector.inliers_.tolist()) == set(range(6, 300))
    torch.manual_seed(0)
    anchors, positives, negatives = detector._triplets(2000)
    assert set(negatives.tolist()) == set(range(6))
    assert set(torch.cat([anchors, positives]).tolist()) <= set(range(6, 300))
    scores = small(epochs=3).fit(ROWS, y).decision_function(ROWS)
    assert scores[:6].mean() > 2 * scores[12:].mean()


def test_rows_of_one_class_are_taken_as_unlabelled():
    known, unknown = (small().begin(TrainData(ROWS, np.full(300, label, np.int8))) for label in (1, 0))
    assert known.candidates_.tolist() == unknown.candidates_.tolist() != []


def test_the_farthest_unlabelled_row_is_the_last_resort():
    target = np.ones(300, np.int8)
    target[[40, 41, 42]] = 0  # none is far out, and no anomaly is labelled
    detector = small().begin(TrainData(ROWS, target))
    scores = lesinn(torch.from_numpy(ROWS[40:43]), detector.network_.subsamples)
    assert detector.candidates_.tolist() == [40 + int(scores.argmax())]


def test_triplets():
    target = np.zeros(300, np.int8)
    target[:6] = -1
    detector = small(labelled_share=0.25).begin(TrainData(ROWS, target))
    torch.manual_seed(0)
    anchors, positives, negatives = detector._triplets(20_000)
    assert bool((anchors != positives).all())
    assert set(torch.cat([anchors, positives]).tolist()) == set(detector.inliers_.tolist())
    labelled = negatives < 6
    assert abs(float(labelled.float().mean()) - 0.25) < 0.016  # five standard errors
    assert set(negatives[~labelled].tolist()) <= set(detector.candidates_.tolist())
    # candidates are drawn in proportion to their scores, anchors to what is left of the sum
    rows = torch.from_numpy(ROWS)
    for drawn, numbers, left in (
        (negatives[~labelled], detector.candidates_, False),
        (anchors, detector.inliers_, True),
    ):
        scores = lesinn(rows[numbers], detector.network_.subsamples).double().numpy()
        weights = scores.sum() - scores if left else scores
        expected = len(drawn) * weights / weights.sum()
        counts = torch.bincount(drawn, minlength=300)[numbers].numpy()
        chi2, freedom = float(((counts - expected) ** 2 / expected).sum()), len(numbers) - 1
        assert abs(chi2 - freedom) < 5 * (2 * freedom) ** 0.5


def test_score_is_lesinn_on_the_embedding():
    detector = small(epochs=2).fit(ROWS)
    net = detector.network_
    weight, bias = net.layer.weight.detach().numpy(), net.layer.bias.detach().numpy()
    z, subsamples = (np.maximum(x @ weight.T + bias, 0) for x in (ROWS, net.subsamples.numpy()))
    expected = np.mean([np.linalg.norm(z[:, None] - s[None], axis=2).min(1) for s in subsamples], axis=0)
    np.testing.assert_allclose(detector.decision_function(ROWS), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rows", [np.ones((30, 3)), np.eye(3)[:2], np.ones((1, 2))])
def test_degenerate_rows(rows):
    scores = small(epochs=1).fit(rows).decision_function(rows)
    assert np.isfinite(scores).all()
