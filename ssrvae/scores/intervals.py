"""Intervals: over seeds (Student t), of one seed's share of hits (Wilson), and of a paired difference."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from datagen.errors import InputError


@dataclass(frozen=True)
class Interval:
    """A central value with its confidence limits.

    `kind` says what varies: "student_t" (seeds), "wilson" (test images of one seed) or "none" (limits are
    NaN); `n` is the number of seeds or of images behind it.
    """

    center: float
    low: float
    high: float
    n: int
    kind: str


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean with its Student-t interval: mean +- t(level, n - 1) s / sqrt(n).

    `values` [n] are one number a seed; with one value the limits are NaN. Raises InputError for none or NaN.
    """
    from scipy.stats import t

    sample = _finite_sample(values)
    center, n = float(sample.mean()), sample.size
    if n == 1:
        return Interval(center, math.nan, math.nan, 1, "none")
    half_width = float(t.ppf((1 + level) / 2, n - 1) * sample.std(ddof=1) / math.sqrt(n))
    return Interval(center, center - half_width, center + half_width, n, "student_t")


def wilson_interval(fraction: float, n: int, level: float = 0.95) -> Interval:
    """Return the score interval of a share of hits among n images (Wilson 1927, doi:10.2307/2276774).

    Raises InputError for a fraction outside [0, 1] or n < 1.
    """
    from scipy.stats import norm

    if not 0 <= fraction <= 1 or n < 1:
        raise InputError(f"wilson_interval: got fraction={fraction}, n={n}; fraction in [0, 1] and n >= 1 allowed")
    z_squared = float(norm.ppf((1 + level) / 2)) ** 2
    middle = (fraction + z_squared / (2 * n)) / (1 + z_squared / n)
    variance = fraction * (1 - fraction) / n + z_squared / (4 * n**2)
    half_width = math.sqrt(z_squared * variance) / (1 + z_squared / n)
    return Interval(fraction, max(0.0, middle - half_width), min(1.0, middle + half_width), n, "wilson")


def accuracy_interval(accuracies: ArrayLike, n_images: int, level: float = 0.95) -> Interval:
    """Return the mean accuracy with Student's interval over seeds or, for one seed, Wilson's over images."""
    interval = mean_interval(accuracies, level)
    return wilson_interval(interval.center, n_images, level) if interval.n == 1 else interval


def paired_difference(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean of first - second with its Student-t interval; both are [n], paired seed by seed.

    Raises InputError for samples of different lengths, none, or NaN.
    """
    first_sample, second_sample = _finite_sample(first), _finite_sample(second)
    if first_sample.size != second_sample.size:
        sizes = f"{first_sample.size} and {second_sample.size}"
        raise InputError(f"paired_difference: got samples of {sizes} values; pairs need equal lengths")
    return mean_interval(first_sample - second_sample, level)


def _finite_sample(values: ArrayLike) -> np.ndarray:
    sample = np.asarray(values, dtype=float).ravel()
    if sample.size == 0 or not np.isfinite(sample).all():
        raise InputError(f"interval: got {sample.tolist()}; at least one value, all finite, needed")
    return sample
