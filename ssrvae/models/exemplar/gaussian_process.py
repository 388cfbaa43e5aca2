"""Classes by Gaussian-process regression on their indicators, with what it says of each label when that is left out.

Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, eqs. 5.10 to 5.12 (leaving one out) and
sec. 6.5 (least-squares classification).
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

LARGEST_SHARPNESS = np.log(100.0)


class Regression(NamedTuple):
    """A fit: weights [n, K] of the exemplars; left_out [n, K], the scores of each one by the others alone."""

    weights: np.ndarray
    left_out: np.ndarray

    def scores(self, kernel: np.ndarray) -> np.ndarray:
        """Give the class scores [m, K] of objects whose kernel with the exemplars is [m, n]."""
        return kernel @ self.weights


def regress(kernel: np.ndarray, labels: np.ndarray, n_classes: int, noise: float) -> Regression:
    """Fit the classes' indicators on a kernel [n, n] of exemplars with labels [n].

    noise: variance of the indicators, of classes of mean size; classes weigh the same, whatever their size.
    """
    indicators = np.eye(n_classes)[labels]
    per_class = indicators.sum(0)
    variance = noise * n_classes * per_class[labels] / len(labels)
    inverse = np.linalg.inv(kernel + np.diag(variance))
    residual = indicators - 1 / n_classes
    weights = inverse @ residual
    return Regression(weights, residual - weights / np.diag(inverse)[:, None])


def fit_sharpness(scores: np.ndarray, labels: np.ndarray) -> float:
    """Find the factor of scores [n, K] that makes their softmax the likeliest probabilities of labels [n].

    Classes weigh the same.
    """
    weight = 1 / np.bincount(labels, minlength=scores.shape[1])[labels]

    def loss(log_sharpness: float) -> float:
        log_probability = log_softmax(np.exp(log_sharpness) * scores, axis=1)
        return -float(weight @ log_probability[np.arange(len(labels)), labels])

    found = minimize_scalar(loss, bounds=(0.0, LARGEST_SHARPNESS), method="bounded")
    return float(np.exp(found.x))


def probabilities(scores: np.ndarray, sharpness: float) -> np.ndarray:
    """Turn scores [m, K] into class probabilities [m, K]."""
    return softmax(sharpness * scores, axis=1)
