"""How much two classifiers count beside each other, by what each says of labels that it has not seen.

Few labels say little of that, so the factors have a prior. Sources: Wolpert 1992, Stacked generalization,
doi:10.1016/S0893-6080(05)80023-1; Platt 1999, Probabilistic outputs for support vector machines, Advances in Large
Margin Classifiers (targets that stay off 0 and 1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

EXPECTED = np.array([2.5, 0.5])
"""The medians of the factors before any label is seen."""
SPREAD = 0.5
"""The standard deviation of their natural logarithms."""


class Mixture(NamedTuple):
    """Factors of the Gaussian process's scores and of the networks' log-probabilities."""

    scores: float
    networks: float

    def probabilities(self, scores: NDArray, log_probability: NDArray) -> NDArray:
        """Mix scores and log-probabilities [n, K]: probabilities [n, K]."""
        return softmax(self.scores * scores + self.networks * log_probability, axis=1)


def fit_sharpness(scores: NDArray, labels: NDArray) -> Mixture:
    """Find the factor of scores alone, as `fit_mixture` does; alone they are expected to count twice as much."""
    return Mixture(2 * fit_mixture(2 * scores, np.zeros_like(scores), labels).scores, 0.0)


def fit_mixture(scores: NDArray, log_probability: NDArray, labels: NDArray) -> Mixture:
    """Find the likeliest factors, given labels [n] and a log-normal prior; classes weigh the same.

    Of n labels one in n + 2 is taken to be of another class: that all are right makes nothing certain. The only label
    of a class says nothing: nobody who has not seen it can know it.

    scores, log_probability: [n, K], each of objects whose label was left out.
    """
    targets = _targets(labels, scores.shape[1])

    def loss(logarithms: NDArray) -> float:
        factors = EXPECTED * np.exp(logarithms)
        mixed = log_softmax(factors[0] * scores + factors[1] * log_probability, axis=1)
        return -float((targets * mixed).sum()) + 0.5 * float((logarithms**2).sum()) / SPREAD**2

    found = minimize(loss, np.zeros(2), method="L-BFGS-B")
    return Mixture(*map(float, EXPECTED * np.exp(found.x)))


def _targets(labels: NDArray, n_classes: int) -> NDArray:
    """Give targets [n, K] for labels [n], those of each class with the same sum; all sum to the labels that count."""
    count = np.bincount(labels, minlength=n_classes)
    own, weight = np.eye(n_classes)[labels], np.divide(1, count, out=np.zeros(n_classes), where=count > 1)[labels]
    wrong = 1 / (len(labels) + 2)
    smoothed = own * (1 - wrong) + (1 - own) * wrong / max(n_classes - 1, 1)
    return smoothed * (weight * count[count > 1].sum() / max((count > 1).sum(), 1))[:, None]
