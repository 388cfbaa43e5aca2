"""What scikit-learn's own checks of an estimator need here: rows of any length as images, and what is exempt."""

import math

import numpy as np
from sklearn.utils.validation import validate_data

MINUS_ONE_IS_UNLABELLED = {
    "check_classifiers_classes": "takes the label -1 for a class; here it marks an unlabelled image"
}
SIMPLE_MEASURES = {
    "check_classifiers_train": "size and shape cannot tell random points apart",
    "check_classifiers_classes": "its labels include -1",
    "check_classifiers_regression_target": "refuses in other words",
}


class TakesAnyRows:
    """Mixin of an estimator of images, for rows of any length and range.

    They are squeezed into [0, 1] and padded with black to a square at least SMALLEST_SIDE wide.
    """

    SMALLEST_SIDE = 1

    def _checked_images(self, X, reset):
        rows = validate_data(self, X, dtype=np.float32, reset=reset)
        side = max(self.SMALLEST_SIDE, math.isqrt(rows.shape[1] - 1) + 1)
        images = np.zeros((len(rows), side * side), dtype=np.float32)
        images[:, : rows.shape[1]] = 1 / (1 + np.exp(-rows))
        return images
