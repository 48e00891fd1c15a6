"""Pixel AUROC and per-region overlap against numbers by hand."""

import numpy as np
import pytest

from launch.evaluation.localisation import localisation, per_region_overlap, pixel_auroc, region_shares

# one image of one row: regions {0} and {2, 3}; five normal pixels
MASK = np.array([[[1, 0, 1, 1, 0, 0, 0, 0]]], np.int8)
ERRORS = np.array([[[8, 7, 6, 1, 5, 4, 3, 2]]], np.float32)


def test_pixel_auroc_by_hand():
    # anomalous errors 8, 6, 1 above normal 7, 5, 4, 3, 2: 5 + 4 + 0 of 15 pairs
    assert pixel_auroc(ERRORS, MASK) == pytest.approx(9 / 15)


def test_per_region_overlap_by_hand():
    # (false positives, overlap): (0, 0) (0, 1/2) (1/5, 1/2) (1/5, 3/4) (2/5, 3/4) …: up to 3/10 an area of 7/40
    assert per_region_overlap(ERRORS, MASK) == pytest.approx((1 / 5 * 1 / 2 + 1 / 10 * 3 / 4) / 0.3)
    # up to 1: 1/5 of 1/2, 4/5 of 3/4
    assert per_region_overlap(ERRORS, MASK, limit=1.0) == pytest.approx(0.1 + 0.6)


def test_equal_errors_are_one_threshold():
    # all alike: from (0, 0) straight to (1, 1), so half of 0.3 at 0.3
    assert per_region_overlap(np.ones_like(ERRORS), MASK) == pytest.approx(0.15)
    assert pixel_auroc(np.ones_like(ERRORS), MASK) == 0.5


def test_best_and_worst():
    assert per_region_overlap(MASK * 1.0, MASK) == pytest.approx(1.0)
    assert per_region_overlap(-1.0 * MASK, MASK) == 0.0


def test_regions_of_every_size_count_alike():
    mask = np.zeros((2, 4, 4), np.int8)
    mask[0, :3, :3] = 1
    mask[1, 0, 0] = 1
    errors = np.zeros((2, 4, 4))
    errors[0, :3, :3] = 2.0  # the large one is found, the small one is not
    assert per_region_overlap(errors, mask) == pytest.approx(0.5 + 0.5 * 0.15)
    assert pixel_auroc(errors, mask) == pytest.approx((9 + 0.5) / 10)


def test_diagonal_pixels_are_one_region_and_images_are_apart():
    mask = np.zeros((2, 3, 3), np.int8)
    mask[0] = np.eye(3)
    mask[1, 0, 0] = mask[1, 0, 2] = 1
    shares, regions = region_shares(mask)
    assert regions == 3
    np.testing.assert_allclose(shares[0], np.eye(3) / 3)
    assert shares[1, 0, 0] == shares[1, 0, 2] == 1.0


def test_unknown_pixels_count_for_nothing():
    masks = np.concatenate([MASK, np.full_like(MASK, -1)])
    errors = np.concatenate([ERRORS, 100 * ERRORS])
    assert per_region_overlap(errors, masks) == pytest.approx(per_region_overlap(ERRORS, MASK))
    assert pixel_auroc(errors, masks) == pytest.approx(9 / 15)


def test_arms_with_intervals():
    rng = np.random.default_rng(0)
    masks = np.zeros((12, 6, 6), np.int8)
    masks[:6, 1:3, 1:3] = 1
    maps = masks + rng.normal(0, 0.7, (3, 12, 6, 6))
    masks[5], masks[11] = 0, -1
    y = np.repeat([1, 0], 6)
    y[11] = 1
    found = localisation(y, masks, {"tuned": maps, "published": rng.normal(size=maps.shape)})
    assert (found.images, found.regions, found.cut_off, found.unknown) == (5, 5, 1, 1)
    assert found.tuned.auroc.mean == pytest.approx(np.mean([pixel_auroc(own, masks) for own in maps]), abs=1e-6)
    assert found.tuned.pro.mean == pytest.approx(np.mean([per_region_overlap(own, masks) for own in maps]), abs=1e-6)
    for metric in (found.tuned.auroc, found.tuned.pro, found.published.auroc, found.published.pro):
        assert metric.low < metric.mean < metric.high
    assert found.published.auroc.low < 0.5 < found.published.auroc.high


def test_nothing_to_measure():
    assert localisation(np.array([1, 0]), np.zeros((2, 3, 3), np.int8), {"tuned": np.zeros((1, 2, 3, 3))}) is None
