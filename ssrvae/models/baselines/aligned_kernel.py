"""A kernel of objects turned to fit each other, for machines that take a precomputed one.

In the Fourier-Bessel basis (`turn_invariants.py`) the distance of two objects at their best turn is

    d^2(a, b) = |a|^2 + |b|^2 - 2 max_phi Re sum_m exp(i m phi) sum_q a_mq conj(b_mq),

a product an order, and one transform for all angles.
Sources: Haasdonk and Burkhardt 2007, Invariant kernel functions for pattern analysis, doi:10.1007/s10994-007-5009-7;
Zhao and Singer 2014, doi:10.1016/j.jsb.2014.03.003, for the basis.
"""

from typing import ClassVar

import numpy as np
from scipy.fft import irfft
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.preprocessing import StandardScaler

from ssrvae.models.baselines.image_features import ImageFeatures
from ssrvae.models.baselines.turn_invariants import coefficients, invariants, orders
from ssrvae.models.parameters import FLAG, POSITIVE, Rule

N_ANGLES = 128
"""Eight to the shortest wave of the finest basis."""
CHUNK = 64
"""Images compared at a time."""


class AlignedKernel(ImageFeatures):
    """Transform images to their kernel with the images that were fitted, [n, fitted].

    The kernel is exp(-width d^2 / m), d being the distance of two objects turned to fit each other and m the median of
    d^2 over the pairs of those fitted. No mirror image is tried. It need not be positive definite. Before a machine of
    support vectors: `Pipeline([("kernel", AlignedKernel()), ("machine", SVC(kernel="precomputed"))])`, fitted to
    labelled images alone.

    Parameters
    ----------
    width: larger values look at the nearest objects only.
    invariants: whether a Gaussian kernel of the standardised features of `FourierBesselInvariants`, exp(-e^2 / median
        of e^2), is added.

    Fitted: coefficients_ [fitted, basis], median_ of d^2; with invariants scaler_, invariants_ [fitted, invariants] and
    invariants_median_; n_features_in_.
    """

    rules: ClassVar[dict[str, Rule]] = {"width": POSITIVE, "invariants": FLAG}

    def __init__(self, *, width: float = 2.0, invariants: bool = False) -> None:
        self.width = width
        self.invariants = invariants

    def _learn(self, images: np.ndarray) -> None:
        self.coefficients_ = coefficients(images)
        order = orders(images.shape[-1])
        self.median_ = _median_of_pairs(aligned_distances(self.coefficients_, self.coefficients_, order))
        if self.invariants:
            self.scaler_ = StandardScaler()
            self.invariants_ = self.scaler_.fit_transform(invariants(self.coefficients_, order))
            self.invariants_median_ = _median_of_pairs(euclidean_distances(self.invariants_, squared=True))

    def _read(self, images: np.ndarray) -> np.ndarray:
        found, order = coefficients(images), orders(images.shape[-1])
        kernel = np.exp(-self.width * aligned_distances(found, self.coefficients_, order) / self.median_)
        if self.invariants:
            own = self.scaler_.transform(invariants(found, order))
            kernel += np.exp(-euclidean_distances(own, self.invariants_, squared=True) / self.invariants_median_)
        return kernel


def aligned_distances(some: np.ndarray, others: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Give the squared distances [n, m] of objects turned to fit each other best, of N_ANGLES angles.

    some [n, basis] and others [m, basis] are complex coefficients of the angular orders [basis].
    """
    # The transform back counts every order above 0 for both signs.
    shares = np.where(order > 0, 0.5, 1.0) * others.conj()
    groups = [np.flatnonzero(order == m) for m in range(order.max() + 1)]
    best = np.empty((len(some), len(others)))
    for start in range(0, len(some), CHUNK):
        chunk = some[start : start + CHUNK]
        products = np.stack([chunk[:, group] @ shares[:, group].T for group in groups], axis=-1)
        best[start : start + CHUNK] = irfft(products, n=N_ANGLES, norm="forward").max(axis=-1)
    return np.maximum(_squares(some)[:, None] + _squares(others) - 2 * best, 0)


def _squares(found: np.ndarray) -> np.ndarray:
    return (np.abs(found) ** 2).sum(axis=1)


def _median_of_pairs(squared: np.ndarray) -> float:
    """Give the median over the pairs of different objects of squared distances [n, n]; 1 where they do not differ."""
    pairs = squared[np.triu_indices(len(squared), 1)]
    return float(np.median(pairs)) or 1.0 if len(pairs) else 1.0
