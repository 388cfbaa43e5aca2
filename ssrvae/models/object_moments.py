"""Moments of an object that no pose changes, and Normal classes of them, fitted to labelled and unlabelled objects."""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from datagen.contract import UNLABELLED

POOLED_IMAGES = 5
"""For how many images the mean covariance of all classes counts, beside those of a class: few images have none."""
SMALLEST_SD = 0.01
ROUNDS = 4
"""Rounds of expectation and maximisation: in more, classes of hundreds of images swallow those of ten."""
_EMPTY = 1e-6


class Normals(NamedTuple):
    """One Normal a class: means [K, moments], covariances [K, moments, moments]."""

    means: np.ndarray
    covariances: np.ndarray

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Log densities of points [n, moments] in every class: [n, K]."""
        apart = points[:, None] - self.means
        squared = np.einsum("nki,kij,nkj->nk", apart, np.linalg.inv(self.covariances), apart)
        return -0.5 * (squared + np.linalg.slogdet(2 * math.pi * self.covariances)[1])


def fit_normals(points: np.ndarray, labels: np.ndarray, n_classes: int) -> Normals:
    """Fit a Normal a class to points [n, moments] of labels [n], UNLABELLED or 0..K-1, each of which has a point."""
    known = labels != UNLABELLED
    weights = np.eye(n_classes)[np.where(known, labels, 0)] * known[:, None]
    normals, shares = _maximised(points, weights), np.full(n_classes, 1 / n_classes)
    for _ in range(0 if known.all() else ROUNDS):
        weights[~known] = softmax(normals.log_density(points[~known]) + np.log(shares), axis=1)
        shares = (weights[~known].sum(axis=0) + 1) / ((~known).sum() + n_classes)
        normals = _maximised(points, weights)
    return normals


def log_moments(images: np.ndarray) -> np.ndarray:
    """Measure objects in images [n, size * size] or [n, any]: [n, 3] logarithms of mass, short and long radius.

    The mass is the sum of the grey values; the radii, in sides, are the standard deviations of the grey values' places
    along the principal axes: turning or shifting the object changes none. Negative values count as black.
    """
    grey = np.maximum(np.asarray(images, dtype=np.float64), 0)
    side = math.ceil(math.sqrt(grey.shape[1]))
    row, column = (place.ravel()[: grey.shape[1]] / side for place in np.indices((side, side)))
    mass = np.maximum(grey.sum(axis=1), _EMPTY)
    mean_row, mean_column = grey @ row / mass, grey @ column / mass
    rows = grey @ row**2 / mass - mean_row**2
    columns = grey @ column**2 / mass - mean_column**2
    both = grey @ (row * column) / mass - mean_row * mean_column
    middle, half = (rows + columns) / 2, np.hypot((rows - columns) / 2, both)
    # A single pixel has the variance of its width: no radius is less.
    variances = np.stack([middle - half, middle + half], axis=1) + 1 / (12 * side**2)
    return np.column_stack([np.log(mass), 0.5 * np.log(np.maximum(variances, _EMPTY))])


def _maximised(points: np.ndarray, weights: np.ndarray) -> Normals:
    """Fit a Normal a class to points [n, moments] of weights [n, K], its covariance drawn towards the classes' mean."""
    counts = weights.sum(axis=0)
    means = weights.T @ points / counts[:, None]
    apart = points[:, None] - means
    own = np.einsum("nk,nki,nkj->kij", weights, apart, apart) / counts[:, None, None]
    pooled = own.mean(axis=0) + SMALLEST_SD**2 * np.eye(points.shape[1])
    share = (counts / (counts + POOLED_IMAGES))[:, None, None]
    return Normals(means, share * own + (1 - share) * pooled)
