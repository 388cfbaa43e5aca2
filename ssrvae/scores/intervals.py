"""Intervals: over seeds (Student t), over the images of one seed (Wilson; class by class), of a paired difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datagen.errors import InputError

_NO_SPREAD = 1e-9
"""Scores that differ by less are the same number, summed in another order."""
FEW = 10
"""With fewer errors, or hits, over all seeds Student's t covers the truth too seldom, 92 times in 100 of six seeds."""


@dataclass(frozen=True)
class Interval:
    """A central value with its confidence limits.

    `kind` says what varies: "student_t" (seeds), "student_t_by_block" (seeds within fixed blocks), "wilson" (test
    images of one seed), "by_class" (those of each class) or "none" (limits are NaN); `n` is the number of seeds or of
    images behind it.
    """

    center: float
    low: float
    high: float
    n: int
    kind: str

    @property
    def is_point(self) -> bool:
        """Whether the limits are the centre itself, or missing: seeds do not tell how far it varies."""
        return not self.high - self.low > _NO_SPREAD


def mean_interval(values: ArrayLike, blocks: ArrayLike | None = None, level: float = 0.95) -> Interval:
    """Return the mean with its Student-t interval: mean +- t(level, n - 1) s / sqrt(n).

    `values` [n] are one number a seed. `blocks` [n], where given, name the fixed thing that each was measured on: the
    mean is then that of the B blocks' means and its variance sum_b s_b^2 / n_b / B^2, with Satterthwaite's degrees of
    freedom (1946, doi:10.2307/3002019), so that what sets blocks apart widens nothing. With a single value in a block
    the limits are NaN. Raises InputError for none or NaN.
    """
    from scipy.stats import t

    sample = _finite_sample(values)
    parts = _parts(sample, blocks)
    center, sizes = float(np.mean([part.mean() for part in parts])), np.array([part.size for part in parts])
    if sizes.min() < 2:
        return Interval(center, math.nan, math.nan, sample.size, "none")
    variances = np.array([part.var(ddof=1) for part in parts]) / sizes / len(parts) ** 2
    total = float(variances.sum())
    kind = "student_t" if len(parts) == 1 else "student_t_by_block"
    if not total:
        return Interval(center, center, center, sample.size, kind)
    freedom = total**2 / float((variances**2 / (sizes - 1)).sum())
    low, high = t.interval(level, freedom, loc=center, scale=math.sqrt(total))
    return Interval(center, float(low), float(high), sample.size, kind)


def wilson_interval(hits: int, images: int, level: float = 0.95) -> Interval:
    """Return the score interval of a share of hits among images (Wilson 1927, doi:10.2307/2276774).

    Raises InputError for hits outside 0..images or images < 1.
    """
    from scipy.stats import binomtest

    _check_counts(hits, images)
    limits = binomtest(hits, images).proportion_ci(level, method="wilson")
    return Interval(hits / images, float(limits.low), float(limits.high), int(images), "wilson")


def mean_share_interval(hits: ArrayLike, images: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean of K independent shares of hits, as a mean of recalls is, with its interval over images.

    `hits` and `images` are [K]. Each share's Clopper-Pearson limits l, u are combined to mean - sqrt(sum (p - l)^2) / K
    and mean + sqrt(sum (u - p)^2) / K (MOVER; Zou, Huang and Zhang 2009, doi:10.1016/j.csda.2008.09.033). With Wilson's
    limits it covers too little near recalls of 1. Raises InputError as `wilson_interval` does.
    """
    from scipy.stats import beta

    k, n = np.asarray(hits), np.asarray(images)
    _check_counts(k, n)
    low = np.where(k > 0, beta.ppf((1 - level) / 2, k, n - k + 1), 0)
    high = np.where(k < n, beta.ppf((1 + level) / 2, k + 1, n - k), 1)
    center = float(np.mean(k / n))
    below, above = (float(np.linalg.norm(limit - k / n)) / k.size for limit in (low, high))
    return Interval(center, center - below, center + above, int(n.sum()), "by_class")


def score_interval(
    scores: ArrayLike, hits: ArrayLike, images: ArrayLike, blocks: ArrayLike | None = None, level: float = 0.95
) -> Interval:
    """Return the mean score with Student's interval over seeds or, where seeds tell too little, that over images.

    `scores` [n] are one a seed, each the mean of K shares, `hits` of `images` [n, K]; `blocks` [n] as for
    `mean_interval`. One seed, and seeds that all score alike, tell no spread. Fewer than `FEW` errors, or hits, in all
    are no Normal numbers: each limit is then the farther of the two intervals', so that a first error does not tighten
    it. The images are those of one seed (of each block), since seeds may test the same ones; a share of no images is
    left out. Limits are cut to 0..1.
    """
    over_seeds = mean_interval(scores, blocks, level)
    found, seen = np.asarray(hits, dtype=float), np.asarray(images, dtype=float)
    if not (over_seeds.is_point or min(found.sum(), (seen - found).sum()) < FEW - _NO_SPREAD):
        return _cut(over_seeds, over_seeds.low, over_seeds.high)
    over_images = _over_images(found, seen, blocks, level)
    low, high = np.fmin(over_seeds.low, over_images.low), np.fmax(over_seeds.high, over_images.high)
    return _cut(replace(over_images, center=over_seeds.center), low, high)


def paired_difference(
    first: ArrayLike, second: ArrayLike, blocks: ArrayLike | None = None, level: float = 0.95
) -> Interval:
    """Return the mean of first - second with its Student-t interval; both are [n], paired seed by seed.

    `blocks` [n] as for `mean_interval`. Raises InputError for samples of different lengths, none, or NaN.
    """
    first_sample, second_sample = _finite_sample(first), _finite_sample(second)
    if first_sample.size != second_sample.size:
        sizes = f"{first_sample.size} and {second_sample.size}"
        raise InputError(f"paired_difference: got samples of {sizes} values; pairs need equal lengths")
    return mean_interval(first_sample - second_sample, blocks, level)


def _over_images(found: NDArray, seen: NDArray, blocks: ArrayLike | None, level: float) -> Interval:
    """Return the interval over the images of one seed, of each block: its hits are the seeds' mean, rounded."""
    n, k = (
        np.rint([part.mean(axis=0) for part in _parts(counts, blocks)]).astype(int).ravel() for counts in (seen, found)
    )
    n, k = n[n > 0], k[n > 0]
    return wilson_interval(k[0], n[0], level) if len(n) == 1 else mean_share_interval(k, n, level)


def _cut(interval: Interval, low: float, high: float) -> Interval:
    return replace(interval, low=max(float(low), 0.0), high=min(float(high), 1.0))


def _check_counts(hits: int | NDArray[np.int_], images: int | NDArray[np.int_]) -> None:
    if np.any(np.less(images, 1) | np.less(hits, 0) | np.greater(hits, images)):
        raise InputError(f"interval of a share: got {hits} hits of {images} images; 0 to all of at least one allowed")


def _parts(values: NDArray[np.float64], blocks: ArrayLike | None) -> list[NDArray[np.float64]]:
    if blocks is None:
        return [values]
    names = np.asarray(blocks)
    return [values[names == name] for name in np.unique(names)]


def _finite_sample(values: ArrayLike) -> np.ndarray:
    sample = np.asarray(values, dtype=float).ravel()
    if sample.size == 0 or not np.isfinite(sample).all():
        raise InputError(f"interval: got {sample.tolist()}; at least one value, all finite, needed")
    return sample
