"""Class probabilities of labelled images by what was fitted without them: what a cross-validation is scored by."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from datagen.errors import InputError
from ssrvae.models.most_probable import MostProbableClassifier

N_FOLDS = 5


class LeftOut(NamedTuple):
    """Probabilities [n, K] of the n labelled images of a fit, in their order; how: which were left out, in words."""

    probabilities: np.ndarray
    how: str


def left_out_by_folds(classifier: MostProbableClassifier, images: np.ndarray, labels: np.ndarray) -> LeftOut:
    """Fit copies of a classifier to all folds of labelled images but one, which each classifies.

    images [n, ...], labels [n], indices of K classes. Classes are dealt out evenly to N_FOLDS, or to as many as the
    largest class has labels. A class none of whose labels is left for a fit has probability 0. Raises InputError where
    no class has two labels.
    """
    n_folds = min(N_FOLDS, int(np.bincount(labels).max()))
    if n_folds < 2:
        raise InputError("no class has two labels, of which one could be left out")
    probabilities = np.zeros((len(labels), labels.max() + 1))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        folds = list(StratifiedKFold(n_folds).split(images, labels))
    for others, tested in folds:
        fitted = clone(classifier).fit(images[others], labels[others])
        probabilities[np.ix_(tested, fitted.classes_)] = fitted.predict_proba(images[tested])
    return LeftOut(probabilities, f"{n_folds} folds of the labelled objects, each classified by a fit to the others")
