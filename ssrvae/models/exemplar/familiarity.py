"""How familiar an object is, by the labelled objects: low for one of no class that was labelled.

Two things are summed. One is the highest class indicator that a Gaussian process of prior mean 0 and wide kernels
gives: low far from all labelled objects, and low between two classes. The other is minus the logarithm of the distance
to the nearest labelled object by grey values. Each is measured in standard deviations about its mean, among labelled
objects when each is left out. Sources: Kemmler, Rodner, Wacker and Denzler 2013, One-class classification with Gaussian
processes, doi:10.1016/j.patcog.2013.06.005 (the mean of a prior of 0); Rasmussen and Williams 2006, eq. 5.12.
"""

from typing import NamedTuple

import numpy as np

from ssrvae.models.exemplar.gaussian_process import mean_kernel, regress

WIDTH = 0.25
"""Of the kernels: they reach much further than those that tell classes apart."""
LEAST = 1e-3
"""Added to distances: nearer than this all are alike."""
GREY = 2
"""Which of the views are grey values."""


class Familiarity(NamedTuple):
    """A fit: weights [m, K] of the exemplars; mean and spread [2] of both parts among exemplars left out."""

    weights: np.ndarray
    mean: np.ndarray
    spread: np.ndarray

    def scores(self, squared: np.ndarray) -> np.ndarray:
        """Score n objects by their squared distances [views, n, m] from the exemplars, in medians: [n]."""
        indicators = mean_kernel(squared, WIDTH) @ self.weights
        parts = _parts(indicators, squared[GREY].min(axis=1))
        return ((parts - self.mean) / self.spread).sum(axis=1)


def fit_familiarity(
    squared: np.ndarray, labels: np.ndarray, n_classes: int, noise: float
) -> tuple[Familiarity, np.ndarray]:
    """Fit to squared distances [views, m, m] between exemplars, in medians; and score each by the others alone, [m].

    labels [m]; noise as in `regress`. An only exemplar is as familiar as its like.
    """
    found = regress(mean_kernel(squared, WIDTH), labels, n_classes, noise, prior_mean=0.0)
    itself = np.diag(np.full(len(labels), np.inf if len(labels) > 1 else 0.0))
    parts = _parts(found.left_out, (squared[GREY] + itself).min(axis=1))
    mean, spread = parts.mean(axis=0), parts.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return Familiarity(found.weights, mean, spread), ((parts - mean) / spread).sum(axis=1)


def _parts(indicators: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    """Give both parts [n, 2] of class indicators [n, K] and squared distances [n] to the nearest exemplar."""
    return np.stack([indicators.max(axis=1), -np.log(nearest + LEAST)], axis=1)
