"""The rival that no table of particles may leave out: the class by the area of the object alone."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ssrvae.errors import InputError
from ssrvae.validation import UNLABELLED, check_labels

SMALLEST_SD = 0.05  # of log area: a class of one image has no spread of its own


class AreaClassifier(ClassifierMixin, BaseEstimator):
    """Classify images by the logarithm of the number of pixels above a level: the nearest mean of a class.

    X is [n, pixels] with the object bright on a dark background, without neighbours; images with y = -1 are left out.
    Classes have equal priors and one common standard deviation, which only predict_proba depends on.

    Parameters
    ----------
    level: the grey value above which a pixel belongs to the object.

    Fitted: classes_, means_ [classes] and sd_ of log area.
    """

    def __init__(self, *, level: float = 0.3) -> None:
        self.level = level

    def fit(self, X: Any, y: Any) -> Self:
        """Take the mean log area of each class's images; raises InputError when no image has a label."""
        if not 0 <= self.level < 1:
            raise InputError(f"level: {self.level!r} is not allowed; expected 0 <= level < 1")
        images = validate_data(self, X)
        self.classes_, labels = check_labels(y, len(images))
        log_area = self._log_area(images)
        self.means_ = np.array([log_area[labels == number].mean() for number in range(len(self.classes_))])
        labelled = labels != UNLABELLED
        residuals = log_area[labelled] - self.means_[labels[labelled]]
        self.sd_ = max(float(np.sqrt(np.mean(residuals**2))), SMALLEST_SD)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Give the class of the nearest mean log area, [n]."""
        nearest = self.predict_proba(X).argmax(axis=1)
        return self.classes_[nearest]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the class probabilities of images, [n, classes]: normal densities of log area with one spread."""
        check_is_fitted(self)
        distance = (self._log_area(validate_data(self, X, reset=False))[:, None] - self.means_) / self.sd_
        score = -0.5 * distance**2
        density = np.exp(score - score.max(axis=1, keepdims=True))
        return density / density.sum(axis=1, keepdims=True)

    def _log_area(self, images: np.ndarray) -> np.ndarray:
        return np.log1p((images > self.level).sum(axis=1))
