"""The detectors that stand on PyOD: by hand, against PyOD, and where PyOD is wrong."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from pyod.models import hbos
from pyod.models.cblof import CBLOF as PyODCBLOF
from pyod.models.copod import COPOD as PyODCOPOD
from pyod.models.ecod import ECOD as PyODECOD
from pyod.models.gmm import GMM as PyODGMM
from pyod.models.hbos import HBOS as PyODHBOS
from pyod.models.inne import INNE as PyODINNE
from pyod.models.knn import KNN as PyODKNN
from pyod.models.loda import LODA as PyODLODA
from pyod.models.lof import LOF as PyODLOF
from pyod.models.mcd import MCD as PyODMCD
from pyod.models.pca import PCA as PyODPCA
from pyod.utils import stat_models

from tests.trainables.bases.small_pyod import SMALL
from trainables.cblof import CBLOF
from trainables.copod import COPOD
from trainables.core.detector import Detector, TrainData
from trainables.core.errors import InvalidInput, NoClusterSplit, SingularCovariance
from trainables.ecod import ECOD
from trainables.gmm import GMM
from trainables.hbos import HBOS
from trainables.inne import INNE
from trainables.knn import KNN
from trainables.loda import LODA
from trainables.lof import LOF
from trainables.mcd import MCD
from trainables.pca import PCA

rng = np.random.default_rng(0)
ROWS = rng.gamma(2, size=(300, 5)).astype(np.float32)
NEW = (rng.gamma(2, size=(80, 5)) * 1.5 - 0.3).astype(np.float32)
BITS = (rng.random((300, 6)) < [0.05, 0.2, 0.5, 0.8, 0.95, 0.5]).astype(np.uint8)
COMPILED = [(stat_models, "_pairwise_distances_no_broadcast_helper"), (hbos, "_calculate_outlier_scores")]
"""Lines of NumPy that numba compiles for seconds."""


def as_written(patch: pytest.MonkeyPatch) -> None:
    """Without numba."""
    for module, name in COMPILED:
        patch.setattr(module, name, getattr(module, name).py_func)


# -- against PyOD ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (CBLOF(n_clusters=6, alpha=0.6, seed=3), PyODCBLOF(n_clusters=6, alpha=0.6, random_state=3)),
        (
            CBLOF(n_clusters=6, alpha=0.6, use_weights=True, seed=3),
            PyODCBLOF(n_clusters=6, alpha=0.6, use_weights=True, random_state=3),
        ),
        (KNN(), PyODKNN()),
        (KNN(n_neighbors=7, method="mean"), PyODKNN(n_neighbors=7, method="mean")),
        (KNN(n_neighbors=6, method="median"), PyODKNN(n_neighbors=6, method="median")),
        (LOF(), PyODLOF()),
        (HBOS(n_bins=7, alpha=0.3, tol=0.2), PyODHBOS(n_bins=7, alpha=0.3, tol=0.2)),
        (PCA(), PyODPCA()),
        (PCA(n_components=3, n_selected_components=2), PyODPCA(n_components=3, n_selected_components=2)),
        (PCA(weighted=False), PyODPCA(weighted=False)),
        (GMM(), PyODGMM()),
        (GMM(n_components=3, seed=3), PyODGMM(n_components=3, random_state=3)),
        (
            GMM(n_components=3, covariance_type="diag", seed=3),
            PyODGMM(n_components=3, covariance_type="diag", random_state=3),
        ),
        (MCD(seed=3), PyODMCD(random_state=3)),
        (MCD(support_fraction=0.8, seed=3), PyODMCD(support_fraction=0.8, random_state=3)),
        (INNE(n_estimators=20, seed=3), PyODINNE(n_estimators=20, random_state=3)),
    ],
    ids=lambda one: repr(one) if isinstance(one, Detector) else "",
)
def test_scores_are_those_of_pyod(ours: Detector, theirs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    as_written(monkeypatch)
    expected = theirs.fit(ROWS.astype(np.float64)).decision_function(NEW.astype(np.float64))
    np.testing.assert_allclose(ours.fit(ROWS).decision_function(NEW), expected, rtol=1e-6)


@pytest.mark.parametrize(("ours", "theirs"), [(ECOD, PyODECOD), (COPOD, PyODCOPOD)])
@pytest.mark.parametrize("rows", [ROWS, BITS], ids=["floats", "bits"])
def test_tail_scores_are_those_of_pyod_one_row_at_a_time(ours: type[Detector], theirs: Any, rows: Any) -> None:
    new = NEW[:20] if rows is ROWS else BITS[:20]
    model = theirs().fit(rows.astype(float))
    one_by_one = [model.decision_function(row[None].astype(float))[0] for row in new]
    np.testing.assert_allclose(ours().fit(rows).decision_function(new), one_by_one)


@pytest.mark.parametrize("theirs", [PyODECOD, PyODCOPOD])
def test_pyods_tail_scores_hang_on_the_batch(theirs: Any) -> None:
    model = theirs().fit(ROWS.astype(float))
    alone, together = model.decision_function(NEW[:1].astype(float)), model.decision_function(NEW.astype(float))
    assert abs(alone[0] - together[0]) > 0.1


@pytest.mark.parametrize("cls", SMALL)
def test_scores_do_not_hang_on_the_batch(cls: type[Detector], monkeypatch: pytest.MonkeyPatch) -> None:
    detector = cls(**SMALL[cls]).fit(ROWS)
    scores = detector.decision_function(NEW)
    alone = [detector.decision_function(NEW[i : i + 1])[0] for i in range(20)]
    np.testing.assert_allclose(alone, scores[:20], rtol=1e-9)
    monkeypatch.setattr("trainables.bases.pyod_detector.CHUNK", 7)
    np.testing.assert_allclose(detector.decision_function(NEW), scores, rtol=1e-9)


# -- by hand --------------------------------------------------------------------


@pytest.mark.parametrize(("method", "expected"), [("largest", [3, 6]), ("mean", [2, 4]), ("median", [2, 5])])
def test_knn_by_hand(method: Any, expected: list[float]) -> None:
    """The three nearest of -1, 2, 3, 7 are at 1, 2, 3 from 0 and at 1, 5, 6 from 8."""
    detector = KNN(n_neighbors=3, method=method, rounds=1).fit([[-1], [2], [3], [7]])
    np.testing.assert_allclose(detector.decision_function([[0], [8]]), expected)


def test_lof_by_hand() -> None:
    """k = 1 on 0, 1, 3, 7: 1-distances 1, 1, 2, 4, densities 1, 1, 1/2, 1/4.

    10 has the neighbour 7: reach max(4, 3) = 4, density 1/4, LOF (1/4) / (1/4). 4 has the
    neighbour 3: reach max(2, 1) = 2, LOF (1/2) / (1/2). -5 has 0: reach 5, LOF 1 / (1/5).
    """
    detector = LOF(n_neighbors=1, rounds=1).fit([[0], [1], [3], [7]])
    np.testing.assert_allclose(detector.decision_function([[10], [4], [-5]]), [1, 1, 5], rtol=1e-8)


def test_hbos_by_hand() -> None:
    """Two bins of width 2 on 0..4, densities 3/8 and 1/8; the emptier one stands for all that is far."""
    detector = HBOS(n_bins=2, alpha=0.125, tol=0.5).fit([[0], [1], [1], [4]])
    full, sparse = -math.log2(3 / 8 + 1 / 8), -math.log2(1 / 8 + 1 / 8)
    scores = detector.decision_function([[0], [1.9], [3], [4], [-1], [-1.1], [5], [9]])
    np.testing.assert_allclose(scores, [full, full, sparse, sparse, full, sparse, sparse, sparse])


def test_hbos_adds_columns() -> None:
    both = HBOS().fit(ROWS).decision_function(NEW)
    alone = [HBOS().fit(ROWS[:, [j]]).decision_function(NEW[:, [j]]) for j in range(5)]
    np.testing.assert_allclose(both, np.sum(alone, axis=0))


def test_pyods_hbos_reads_the_wrong_bin_on_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 ten times, 1 once, 2 five times, 4 once: with four bins, 1 is alone in its own."""
    as_written(monkeypatch)
    rows = np.repeat([0.0, 1, 2, 4], [10, 1, 5, 1])[:, None]
    ours = HBOS(n_bins=4).fit(rows).decision_function([[0], [1], [2]])
    assert ours[1] > ours[2] > ours[0]
    theirs = PyODHBOS(n_bins=4).fit(rows).decision_function([[0.0], [1], [2]])
    assert theirs[1] == theirs[0]  # it takes the count of 0 for that of 1
    np.testing.assert_allclose(theirs[2], ours[1])  # and that of 1 for that of 2


def test_tails_by_hand() -> None:
    """0, 0, 0, 9: skewed to the right. With the row itself, 9 has tails 5/5 and 2/5, 0 has 4/5 and 5/5."""
    for column, skewed in (([0, 0, 0, 9], -1), ([0, 0, 0, -9], 0)):
        far = column[3]
        tails = {0: (4 / 5, 5 / 5), far: (5 / 5, 2 / 5)} if skewed else {0: (5 / 5, 4 / 5), far: (2 / 5, 5 / 5)}
        for value, both in tails.items():
            logs = -np.log(both)
            row, rows = [[value]], np.array(column)[:, None]
            np.testing.assert_allclose(ECOD().fit(rows).decision_function(row), logs.max())
            np.testing.assert_allclose(COPOD().fit(rows).decision_function(row), max(logs[skewed], logs.mean()))


def test_tail_sums_by_hand() -> None:
    """Columns that are mirrored: the largest tails are on different sides, so the sums are smaller."""
    rows = np.array([[0, 0], [0, 0], [0, 0], [9, -9]])
    far = -math.log(2 / 5)
    for aggregation, expected in (("columns", 2 * far), ("totals", 2 * far)):
        np.testing.assert_allclose(ECOD(aggregation=aggregation).fit(rows).decision_function([[9, -9]]), expected)
    # (9, 0): left sum -log 1 - log 1 = 0; right sum far - log 4/5; the skewed tails are 2/5 and 1 (left of 0)
    np.testing.assert_allclose(ECOD(aggregation="totals").fit(rows).decision_function([[9, 0]]), far - math.log(4 / 5))


def test_symmetric_column_counts_both_tails() -> None:
    rows = np.array([[-1], [0], [1]])
    both = -math.log(3 / 4) - math.log(3 / 4)  # of 0: two of three and itself, on either side
    np.testing.assert_allclose(ECOD().fit(rows).decision_function([[0]]), both)


def test_cblof_by_hand() -> None:
    """Clusters of 6 around 0, 3 around 10 and 1 at 13: alpha .6 makes the first alone large."""
    rows = [[-1], [-1], [-1], [1], [1], [1], [9], [10], [11], [23]]
    new = [[0], [2], [10], [25]]
    for alpha, expected in ((0.6, [0, 2, 10, 25]), (0.9, [0, 2, 0, 15])):
        detector = CBLOF(n_clusters=3, alpha=alpha, beta=20.0).fit(rows)
        np.testing.assert_allclose(detector.decision_function(new), expected, atol=1e-6)
    weighted = CBLOF(n_clusters=3, alpha=0.9, beta=20.0, use_weights=True).fit(rows)
    np.testing.assert_allclose(weighted.decision_function(new), [0, 12, 0, 15], atol=1e-6)


def test_cblof_that_cannot_be_split() -> None:
    rows = np.repeat([[0], [10]], 5, axis=0)
    with pytest.raises(NoClusterSplit, match=r"the 2 clusters split neither by alpha=0\.9"):
        CBLOF(n_clusters=2).fit(rows)
    with pytest.raises(ValueError, match="valid cluster separation"):
        PyODCBLOF(n_clusters=2).fit(rows)


def test_cblof_of_coinciding_rows_is_quiet() -> None:
    rows = np.repeat([[0], [10], [20]], [90, 9, 1], axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detector = CBLOF(n_clusters=5).fit(rows)
    np.testing.assert_allclose(detector.decision_function([[0], [3], [10], [20]]), [0, 3, 10, 20], atol=1e-6)


def test_loda_formula() -> None:
    """PyOD's directions and histograms, and each projection looked up in the bin that counted it."""
    model = PyODLODA(n_random_cuts=20, random_state=3).fit(ROWS.astype(np.float64))
    detector = LODA(n_random_cuts=20, seed=3).fit(ROWS)
    arrays = detector.state_dict()["arrays"]
    for name in ("projections_", "histograms_", "limits_"):
        np.testing.assert_allclose(arrays[name], getattr(model, name))
    expected = np.zeros(len(NEW))
    for direction, shares, edges in zip(model.projections_, model.histograms_, model.limits_, strict=True):
        for i, value in enumerate(NEW.astype(np.float64) @ direction):
            bins = [b for b in range(10) if edges[b] <= value < edges[b + 1]]
            expected[i] -= math.log(shares[bins[0]] if bins else min(1e-12, *shares)) / 20
    np.testing.assert_allclose(detector.decision_function(NEW), expected)


def test_loda_beyond_all_rows_is_at_least_as_far_out_as_in_a_gap() -> None:
    """100 rows in [0, 1] and 100 in [9, 10]: an empty bin has the share 1e-12 / (200 + 1e-11)."""
    rows = np.r_[np.linspace(0, 1, 100), np.linspace(9, 10, 100)][:, None]
    gap, *beyond = LODA(n_random_cuts=7).fit(rows).decision_function([[5], [1000], [-1000]])
    np.testing.assert_allclose([gap, *beyond], -math.log(1e-12 / 200))
    assert min(beyond) >= gap
    full = LODA(n_bins=2, n_random_cuts=7).fit(rows)  # without a gap a place outside keeps 1e-12
    np.testing.assert_allclose(full.decision_function([[5], [1000]]), [math.log(2), -math.log(1e-12)])


def test_pyods_loda_reads_the_next_bin() -> None:
    """One column: 90 rows at 0, 9 at 1 and 1 at 3 give three bins of which 0 is in the fullest."""
    rows = np.repeat([0.0, 1.1, 3], [90, 9, 1])[:, None]
    new = [[0.5], [1.5], [2.5]]
    ours = LODA(n_bins=3, n_random_cuts=1, seed=0).fit(rows).decision_function(new)  # its direction is positive
    np.testing.assert_allclose(ours, [-math.log(0.9), -math.log(0.09), -math.log(0.01)])
    theirs = PyODLODA(n_bins=3, n_random_cuts=1, random_state=0).fit(rows).decision_function(new)
    np.testing.assert_allclose(theirs, [-math.log(0.09), -math.log(0.01), -math.log(0.01)])


def test_inne_by_hand() -> None:
    """Three rows at 0, 1, 3, all drawn: squared radii 1, 1, 4, and 1 is the nearest of 3.

    0.5 is in the spheres of 0 and 1, whose isolation is 1 - 1/1; 4 is in that of 3: 1 - 1/4;
    9 is in none.
    """
    detector = INNE(n_estimators=5, max_samples=8).fit([[0], [1], [3]])
    np.testing.assert_allclose(detector.decision_function([[0.5], [4], [9]]), [0, 0.75, 1], atol=1e-12)


def test_pca_projection_by_hand() -> None:
    """Two standardised columns that correlate by r: components (1, 1) and (1, -1) over root 2, shares (1 +- r) / 2."""
    x = np.array([[1, 1], [-1, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]])  # r = 1/3
    new = [[2, 2], [2, -2], [1, 0]]
    whole = PCA(score="projection").fit(x).decision_function(new)
    np.testing.assert_allclose(whole, [8 / (2 / 3), 8 / (1 / 3), 0.5 / (2 / 3) + 0.5 / (1 / 3)])
    first = PCA(score="projection", n_components=1, weighted=False).fit(x).decision_function(new)
    np.testing.assert_allclose(first, [8, 0, 0.5], atol=1e-12)
    last = PCA(score="projection", n_selected_components=1, weighted=False).fit(x).decision_function(new)
    np.testing.assert_allclose(last, [0, 8, 0.5], atol=1e-12)


def test_pca_leaves_out_components_without_variance() -> None:
    """PyOD divides by their variance."""
    wide = np.c_[ROWS, np.ones(300), ROWS[:, 0]]
    new = np.c_[NEW, np.ones(80), NEW[:, 0]]
    for score in ("distance", "projection"):
        scores = PCA(score=score).fit(wide).decision_function(new)
        assert np.isfinite(scores).all()
        assert scores.max() < 1e6
    with pytest.raises(SingularCovariance):
        PCA().fit(np.ones((20, 3)))


def test_gmm_by_hand() -> None:
    """One Gaussian with mean 1 and variance 1 in each of two columns that do not correlate."""
    rows = np.array([[0, 0], [2, 0], [0, 2], [2, 2]])
    for kind in ("full", "diag"):
        scores = GMM(covariance_type=kind, reg_covar=0.0).fit(rows).decision_function([[1, 1], [1, 3]])
        np.testing.assert_allclose(scores, [math.log(2 * math.pi), math.log(2 * math.pi) + 2])


def test_gmm_that_collapses() -> None:
    with pytest.raises(SingularCovariance, match="a Gaussian of 2 collapsed at reg_covar=0"):
        GMM(n_components=2, reg_covar=0.0).fit(np.repeat([[0.0], [1]], 20, axis=0))


def test_mcd_by_hand() -> None:
    """A 5 x 5 grid around (2, 2) beside four far rows: m = (2, 2), and C a multiple of the identity."""
    grid = [[x, y] for x in range(5) for y in range(5)]
    detector = MCD(support_fraction=25 / 29).fit([*grid, [99, 90], [95, 91], [97, 99], [90, 93]])
    scores = detector.decision_function([[2, 2], [3, 2], [2, 1], [0, 2], [3, 3], [102, 2]])
    np.testing.assert_allclose(scores / scores[1], [0, 1, 1, 4, 2, 10_000], atol=1e-9)


def test_mcd_of_coinciding_rows() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SingularCovariance):
            MCD().fit(np.ones((30, 3)))


# -- rows -----------------------------------------------------------------------


@pytest.mark.parametrize("cls", SMALL)
def test_tables_of_bits_with_a_constant_column(cls: type[Detector]) -> None:
    rows = np.c_[BITS, np.ones(300, np.uint8)]
    scores = cls(**SMALL[cls]).fit(rows).decision_function(rows)
    assert np.isfinite(scores).all()
    assert np.ptp(scores) > 0


@pytest.mark.parametrize(("detector", "least"), [(KNN(), 6), (LOF(), 21), (CBLOF(alpha=0.5), 8)])
def test_too_few_rows(detector: Detector, least: int) -> None:
    with pytest.raises(InvalidInput, match=f"at least {least} rows, got {least - 1}"):
        detector.fit(ROWS[: least - 1])
    assert detector.fit(ROWS[:least]).decision_function(NEW).shape == (80,)


@pytest.mark.parametrize("cls", [GMM, MCD])
def test_rows_of_a_fit_are_capped(cls: type[Detector]) -> None:
    capped, drawn = cls(max_samples=100, seed=2).fit(ROWS), np.random.default_rng(2).permutation(300)[:100]
    by_hand = cls(seed=2).fit(ROWS[np.sort(drawn)])
    np.testing.assert_array_equal(capped.decision_function(NEW), by_hand.decision_function(NEW))


@pytest.mark.parametrize("cls", [KNN, LOF])
def test_reference_rows_grow_up_to_the_cap(cls: type[Detector]) -> None:
    detector = cls(n_neighbors=3, max_samples=100, rounds=4).begin(TrainData.from_labels(ROWS))
    seen = []
    for _ in range(5):
        detector.train_round()
        seen.append(detector.state_dict()["arrays"]["rows"])
    assert [len(rows) for rows in seen] == [25, 50, 75, 100, 100]
    known = {tuple(row) for row in ROWS.tolist()}
    for small, large in pairwise(seen):
        assert {tuple(r) for r in small.tolist()} <= {tuple(r) for r in large.tolist()} <= known
    assert cls(n_neighbors=3, max_samples=2).fit(ROWS).arrays_["rows"].shape == (4, 5)  # k + 1 all the same


@pytest.mark.parametrize("cls", [KNN, LOF])
def test_the_index_is_built_in_training_and_once_after_loading(
    cls: type[Detector], monkeypatch: pytest.MonkeyPatch
) -> None:
    built, real = [], cls._restore
    monkeypatch.setattr(
        cls, "_restore", lambda self, arrays: (built.append(len(arrays["rows"])), real(self, arrays))[1]
    )
    detector = cls(n_neighbors=3, rounds=3).fit(ROWS)
    assert built == [100, 200, 300]
    scores = detector.decision_function(NEW)
    assert built == [100, 200, 300]
    loaded = detector.clone().load_state_dict(detector.state_dict())
    assert built == [100, 200, 300]
    for _ in range(2):
        np.testing.assert_array_equal(loaded.decision_function(NEW), scores)
    assert built == [100, 200, 300, 300]


def test_columns_that_cannot_be_cut() -> None:
    for detector in (HBOS(), LODA()):
        with pytest.raises(InvalidInput, match="cannot cut"):
            detector.fit(np.full((20, 1), 1e30))


# -- a real table ---------------------------------------------------------------


@pytest.mark.parametrize(("ours", "theirs"), [(PCA(), PyODPCA()), (HBOS(), PyODHBOS())])
def test_celeba_scores_are_those_of_pyod(
    celeba: Any, ours: Detector, theirs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_written(monkeypatch)
    expected = theirs.fit(celeba.X.astype(float)).decision_function(celeba.X_dev.astype(float))
    np.testing.assert_allclose(ours.fit(celeba.X).decision_function(celeba.X_dev), expected, rtol=1e-6)


def test_celeba_order_is_that_of_pyods_ecod(celeba: Any) -> None:
    """A fifth more rows hardly move the distribution of a column."""
    expected = PyODECOD().fit(celeba.X.astype(float)).decision_function(celeba.X_dev.astype(float))
    scores = ECOD().fit(celeba.X).decision_function(celeba.X_dev)
    assert np.corrcoef(scores, expected)[0, 1] > 0.9999
    assert celeba.report(scores)[0] == pytest.approx(celeba.report(expected)[0], abs=5e-4)
