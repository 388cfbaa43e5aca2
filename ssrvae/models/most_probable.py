"""Classifiers that name the most probable class."""

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin

from ssrvae.models.labelled_scores import labelled_rows


class MostProbableClassifier(ClassifierMixin):
    """Mixin: `predict` follows from `predict_proba`, so who wants both need not read the images twice."""

    classes_: np.ndarray

    def predict_proba(self, X: Any) -> np.ndarray:
        """Classify images: probabilities [n, classes]."""
        raise NotImplementedError

    def predict(self, X: Any) -> np.ndarray:
        """Name the most probable class of each image: [n]."""
        return self.most_probable(self.predict_proba(X))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Give the accuracy on the labelled images; those with y = -1 are left out."""
        labels, images, weight = labelled_rows(y, X, sample_weight)
        return super().score(images, labels, weight)

    def most_probable(self, probability: np.ndarray) -> np.ndarray:
        """Name the classes [n] of probabilities [n, classes]."""
        return self.classes_[probability.argmax(axis=1)]
