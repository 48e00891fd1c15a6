"""Where in an image the anomaly is: pixel AUROC and per-region overlap of error maps against masks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from launch.evaluation.arm_metrics import Interval, Localisation, PixelMetrics
from trainables.core.metrics import ranking

FALSE_POSITIVES = 0.3
"""Up to which share of normal pixels the overlap is integrated, as Bergmann et al. have it."""
RESAMPLES, BINS, SEED = 300, 2048, 0
UNKNOWN = -1

Maps = NDArray[np.floating[Any]]
Masks = NDArray[np.int8]


def pixel_auroc(maps: Maps, masks: Masks) -> float:
    """AUROC over the pixels of all images, (n, h, w); masks are 1 for anomalous pixels, 0, or -1 for unknown ones."""
    known = masks != UNKNOWN
    return ranking(masks[known], maps[known])["auroc"]


def per_region_overlap(maps: Maps, masks: Masks, limit: float = FALSE_POSITIVES) -> float:
    """PRO: the share of a region that is found, its mean over regions, integrated over the share of false positives.

    Regions are connected components of a mask, diagonals included. For every threshold the overlap of a region is the
    share of its pixels whose error is as high; the curve of its mean over all regions against the share of normal
    pixels that are as high is integrated from 0 to `limit` by the trapezoidal rule, and divided by `limit`.

    Parameters
    ----------
    maps : ndarray of shape (n, h, w)
    masks : ndarray of shape (n, h, w), int8
        1 for anomalous pixels, 0, or -1 for unknown ones, which count for nothing.
    limit : float

    Returns
    -------
    float
        1 at best.

    References
    ----------
    Bergmann, Fauser, Sattlegger, Steger. MVTec AD: a comprehensive real-world dataset for unsupervised anomaly
    detection. CVPR 2019; Uninformed Students, CVPR 2020.
    """
    known = masks != UNKNOWN
    values, shares = maps[known], region_shares(masks)[0][known]
    order = np.argsort(-values, kind="stable")
    last = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)  # equal errors are one threshold
    normal = np.cumsum(masks[known][order] == 0)[last]
    return float(_area(np.cumsum(shares[order])[last], normal, limit))


def region_shares(masks: Masks) -> tuple[NDArray[np.float64], int]:
    """Of every anomalous pixel, its share of its region; and how many regions there are."""
    shares, regions = np.zeros(masks.shape), 0
    for image, own in zip(masks == 1, shares, strict=True):
        labels, count = ndimage.label(image, structure=np.ones((3, 3)))
        sizes = np.bincount(labels.ravel())
        own[image] = 1.0 / sizes[labels[image]]
        regions += int(count)
    return shares, regions


def localisation(y: NDArray[np.int8], masks: Masks, maps: Mapping[str, Maps]) -> Localisation | None:
    """Both metrics of each arm, means over seeds, with intervals over images and seeds.

    Parameters
    ----------
    y : ndarray of shape (n,)
        1 for anomalous images.
    masks : ndarray of shape (n, h, w), int8
        As `per_region_overlap` has them.
    maps : mapping of str to ndarray of shape (seeds, n, h, w)

    Returns
    -------
    Localisation or None
        None where no pixel is known to be anomalous, or none to be normal.
    """
    if not (masks == 1).any() or not (masks == 0).any():
        return None
    shares, regions = region_shares(masks)
    anomalous = (masks == 1).any((1, 2))
    arms = {arm: _metrics(own, masks, shares, anomalous) for arm, own in maps.items()}
    unknown = int((masks == UNKNOWN).any((1, 2)).sum())
    shown = int(anomalous.sum())
    cut_off = int((y == 1).sum()) - shown - unknown
    return Localisation(shown, regions, cut_off, unknown, arms["tuned"], arms.get("published"))


def _metrics(maps: Maps, masks: Masks, shares: NDArray[np.float64], anomalous: NDArray[np.bool_]) -> PixelMetrics:
    """Metrics of one arm: on the real images, and on images and seeds drawn again."""
    real = np.array([(pixel_auroc(own, masks), per_region_overlap(own, masks)) for own in maps])
    rng = np.random.default_rng(SEED)
    weights = np.zeros((RESAMPLES, len(masks)))
    for group in (anomalous, ~anomalous):
        if group.any():
            weights[:, group] = rng.multinomial(group.sum(), np.full(group.sum(), 1 / group.sum()), RESAMPLES)
    drawn = np.stack([_resampled(own, masks, shares, weights) for own in maps])  # (seeds, resamples, metrics)
    seeds = rng.integers(len(maps), size=(RESAMPLES, len(maps)))
    means = np.nanmean(drawn[seeds, np.arange(RESAMPLES)[:, None]], axis=1)
    low, high = np.nanpercentile(means, [2.5, 97.5], axis=0)
    spread = real.std(0, ddof=1) if len(real) > 1 else np.full(2, np.nan)
    auroc, pro = (
        Interval(_rounded(mean), _rounded(a), _rounded(b), None if np.isnan(sd) else _rounded(sd))
        for mean, a, b, sd in zip(real.mean(0), low, high, spread, strict=True)
    )
    return PixelMetrics(auroc, pro)


def _rounded(value: float) -> float:
    return round(float(value), 6)


def _resampled(
    maps: Maps, masks: Masks, shares: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metrics (resamples, 2) of images that count as often as the weights say, with errors in `BINS` steps."""
    known = masks != UNKNOWN
    edges = np.unique(np.quantile(maps[known], np.linspace(0, 1, BINS)))
    bins = len(edges) - np.searchsorted(edges, maps, side="right")  # the highest errors first
    image = np.broadcast_to(np.arange(len(masks))[:, None, None], masks.shape)
    place, size = (image * (len(edges) + 1) + bins)[known], len(masks) * (len(edges) + 1)

    def curve(values: NDArray[Any]) -> NDArray[np.float64]:
        counts = np.bincount(place, values[known], size).reshape(len(masks), -1)
        return np.cumsum(weights @ counts, axis=1)

    normal, found, overlap = curve(masks == 0), curve(masks == 1), curve(shares)
    rows = zip(normal, found, overlap, strict=True)
    return np.array([(_area(f, n, 1.0), _area(o, n, FALSE_POSITIVES)) for n, f, o in rows])


def _area(found: NDArray[np.floating[Any]], normal: NDArray[np.floating[Any]], limit: float) -> float:
    """Area under a curve of cumulative sums, each a share of its last, from 0 to `limit`, divided by it."""
    if not found[-1] or not normal[-1]:
        return float("nan")
    y, x = np.append(0.0, found / found[-1]), np.append(0.0, normal / normal[-1])
    inside = x <= limit
    end = np.interp(limit, x, y) if not inside.all() else y[-1]
    return float(np.trapezoid(np.append(y[inside], end), np.append(x[inside], limit))) / limit
