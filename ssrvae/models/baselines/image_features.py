"""What the transformers of images share: one door for images, and no look at labels."""

import math
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ssrvae.models.checks import check_images
from ssrvae.models.whole_fit import WholeFitEstimator


class ImageFeatures(TransformerMixin, WholeFitEstimator):
    """Base of the transformers, which take square images [n, pixels] or [n, side, side] of any grey values.

    Fitted: n_features_in_, the number of pixels, at the least.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit images, labelled and unlabelled; y is not looked at. Raises InputError, or ValueError, for bad images."""
        with self._fitting():
            self._learn(_square(self._checked_images(X, reset=True)))
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Give the features of images: [n, features]."""
        check_is_fitted(self)
        return self._read(_square(self._checked_images(X, reset=False)))

    def _learn(self, images: np.ndarray) -> None:
        """Learn from images [n, side, side]; most transformers have nothing to learn."""

    def _read(self, images: np.ndarray) -> np.ndarray:
        """Read images [n, side, side]."""
        raise NotImplementedError

    def _checked_images(self, X: Any, reset: bool) -> np.ndarray:
        return check_images(self, X, reset)


def _square(images: np.ndarray) -> np.ndarray:
    side = math.isqrt(images.shape[1])
    return images.reshape(-1, side, side)
