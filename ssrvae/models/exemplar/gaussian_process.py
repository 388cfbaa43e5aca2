"""Classes by Gaussian-process regression on their indicators, with what it says of each label when that is left out.

Source: Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, eqs. 5.8 (evidence), 5.10 to 5.12 (leaving
one out) and sec. 6.5 (least-squares classification).
"""

from typing import NamedTuple

import numpy as np


class Regression(NamedTuple):
    """A fit: weights [n, K] of the exemplars; left_out [n, K], the scores of each one by the others alone.

    log_evidence: the log probability density of the classes' indicators under the prior.
    """

    weights: np.ndarray
    left_out: np.ndarray
    log_evidence: float

    def scores(self, kernel: np.ndarray) -> np.ndarray:
        """Give the class scores [m, K] of objects whose kernel with the exemplars is [m, n]."""
        return kernel @ self.weights


def mean_kernel(squared: np.ndarray, width: float) -> np.ndarray:
    """Give the mean over views of the kernels exp(-width d^2), [n, m], of squared distances [views, n, m]."""
    return np.exp(-width * squared).mean(axis=0)


def regress(
    kernel: np.ndarray, labels: np.ndarray, n_classes: int, noise: float, prior_mean: float | None = None
) -> Regression:
    """Fit the classes' indicators on a kernel [n, n] of exemplars with labels [n].

    noise: variance of the indicators, of classes of mean size; classes weigh the same, whatever their size; prior_mean:
    what an indicator is expected to be far from all exemplars, and counted from; None: 1 / n_classes.
    """
    indicators = np.eye(n_classes)[labels]
    per_class = indicators.sum(0)
    variance = noise * n_classes * per_class[labels] / len(labels)
    covariance = kernel + np.diag(variance)
    inverse = np.linalg.inv(covariance)
    residual = indicators - (1 / n_classes if prior_mean is None else prior_mean)
    weights = inverse @ residual
    volume = np.linalg.slogdet(2 * np.pi * covariance).logabsdet
    log_evidence = -0.5 * (float((residual * weights).sum()) + n_classes * float(volume))
    return Regression(weights, residual - weights / np.diag(inverse)[:, None], log_evidence)
