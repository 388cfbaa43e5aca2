"""How far the probabilities that a method gives can be believed: confidence against accuracy, bin by bin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

CALIBRATION_BINS = 15
"""Of confidence, as Guo et al. 2017 (arXiv:1706.04599) take them."""


class ReliabilityBins(NamedTuple):
    """Images by how sure a method is of their class, in bins of equal width of that probability, its confidence.

    images, hits [bins]: how many there are, and how many are classified rightly; confidence [bins]: summed over them.
    """

    images: NDArray[np.int_]
    hits: NDArray[np.int_]
    confidence: NDArray[np.float64]


def reliability_bins(true: ArrayLike, probability: ArrayLike, n_bins: int = CALIBRATION_BINS) -> ReliabilityBins:
    """Sort images by the most probable class's probability, lower edges of bins excluded; `probability` [n, classes].

    Source: Guo et al. 2017, arXiv:1706.04599, section 2.
    """
    confidence, hit, bin_of_image = _confidence(true, probability, n_bins)
    images = np.bincount(bin_of_image, minlength=n_bins)
    hits = np.bincount(bin_of_image[hit], minlength=n_bins)
    total = np.bincount(bin_of_image, weights=confidence, minlength=n_bins).astype(np.float64)
    return ReliabilityBins(images, hits, total)


def expected_calibration_error(true: ArrayLike, probability: ArrayLike, n_bins: int = CALIBRATION_BINS) -> float:
    """Return how far confidence is from accuracy, averaged over bins of confidence.

    ECE = sum_b (n_b / n) |accuracy_b - confidence_b|, over `n_bins` bins of equal width (lower edge excluded)
    of the most probable class's probability (Guo et al. 2017, arXiv:1706.04599, eq. 3). `probability` is
    [n, classes]. Of few images it is too high: chance sets a bin's accuracy off even where confidence is right (Kumar,
    Liang and Ma 2019, arXiv:1909.10155).
    """
    confidence, hit, bin_of_image = _confidence(true, probability, n_bins)
    gap_of_bin = np.bincount(bin_of_image, weights=hit - confidence, minlength=n_bins)
    return float(np.abs(gap_of_bin).sum() / len(confidence))


def _confidence(
    true: ArrayLike, probability: ArrayLike, n_bins: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int_]]:
    """Give each image's confidence, whether its most probable class is the true one, and its bin: [n] each."""
    given = np.asarray(probability, dtype=float)
    confidence = given.max(axis=1)
    hit = given.argmax(axis=1) == np.asarray(true)
    return confidence, hit, np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
