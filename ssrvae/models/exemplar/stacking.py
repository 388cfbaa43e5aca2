"""How much two classifiers count beside each other, by what each says of labels that it has not seen.

Sources: Wolpert 1992, Stacked generalization, doi:10.1016/S0893-6080(05)80023-1; Platt 1999, Probabilistic outputs for
support vector machines, Advances in Large Margin Classifiers (targets that stay off 0 and 1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

FACTORS = (1.0, 100.0), (0.0, 100.0)
"""Where factors are sought. That of the scores stays above 0: with one label a class none that is left out is known."""
START = (3.0, 0.5)


class Mixture(NamedTuple):
    """Factors of the Gaussian process's scores and of the networks' log-probabilities."""

    scores: float
    networks: float

    def probabilities(self, scores: NDArray, log_probability: NDArray) -> NDArray:
        """Mix scores and log-probabilities [n, K]: probabilities [n, K]."""
        return softmax(self.scores * scores + self.networks * log_probability, axis=1)


def fit_sharpness(scores: NDArray, labels: NDArray) -> Mixture:
    """Find the factor of scores alone, as `fit_mixture` does."""
    found = fit_mixture(scores, np.zeros_like(scores), labels)
    return found._replace(networks=0.0)


def fit_mixture(scores: NDArray, log_probability: NDArray, labels: NDArray) -> Mixture:
    """Find the factors, within FACTORS, that make labels [n] likeliest; classes weigh the same.

    Of n labels one in n + 2 is taken to be of another class: that all are right makes nothing certain.

    scores, log_probability: [n, K], each of objects whose label was left out.
    """
    targets = _smoothed(labels, scores.shape[1])

    def loss(factors: NDArray) -> float:
        mixed = log_softmax(factors[0] * scores + factors[1] * log_probability, axis=1)
        return -float((targets * mixed).sum())

    found = minimize(loss, START, method="L-BFGS-B", bounds=FACTORS)
    return Mixture(*map(float, found.x))


def _smoothed(labels: NDArray, n_classes: int) -> NDArray:
    """Give targets [n, K] for labels [n], those of each class with a sum of 1."""
    count, own = np.bincount(labels, minlength=n_classes)[labels][:, None], np.eye(n_classes)[labels]
    wrong = 1 / (len(labels) + 2)
    return (own * (1 - wrong) + (1 - own) * wrong / max(n_classes - 1, 1)) / count
