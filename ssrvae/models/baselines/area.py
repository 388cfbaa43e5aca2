"""The rival that no table of particles may leave out: the class by the area of the object alone."""

from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import softmax
from sklearn.utils.validation import check_is_fitted, validate_data

from datagen.contract import UNLABELLED
from ssrvae.models.checks import as_array, check_labels
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.models.parameters import Rule, number, optional
from ssrvae.models.whole_fit import WholeFitEstimator

LEVELS = tuple(np.arange(0.05, 0.65, 0.05).round(2).tolist())
SMALLEST_SD = 0.05  # of log area: a class of one image has no spread of its own


class AreaClassifier(MostProbableClassifier, WholeFitEstimator):
    """Classify images by the logarithm of the number of pixels above a level: the nearest mean of a class.

    X is [n, pixels] with the object bright on a dark background, without neighbours; images with y = -1 are left out.
    Classes have equal priors and one common standard deviation, which only predict_proba depends on.

    Parameters
    ----------
    level: the grey value above which a pixel belongs to the object; None: that of LEVELS at which the means of the
        labelled classes lie farthest apart, in standard deviations within a class.

    Fitted: classes_, level_, means_ [classes] and sd_ of log area.
    """

    rules: ClassVar[dict[str, Rule]] = {"level": optional(number("in [0, 1)", lambda value: 0 <= value < 1))}

    def __init__(self, *, level: float | None = None) -> None:
        self.level = level

    def fit(self, X: Any, y: Any) -> Self:
        """Take the mean log area of each class's images; raises InputError when no image has a label."""
        with self._fitting():
            images = validate_data(self, as_array(X))
            self.classes_, labels = check_labels(y, len(images))
            known, labels = images[labels != UNLABELLED], labels[labels != UNLABELLED]
            levels = LEVELS if self.level is None else (self.level,)
            tried = {level: _means_and_sd(_log_area(known, level), labels) for level in levels}
            self.level_ = max(tried, key=lambda level: tried[level][0].std() / tried[level][1])
            self.means_, self.sd_ = tried[self.level_]
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the class probabilities of images, [n, classes]: normal densities of log area with one spread."""
        check_is_fitted(self)
        images = validate_data(self, as_array(X), reset=False)
        distance = (_log_area(images, self.level_)[:, None] - self.means_) / self.sd_
        return softmax(-0.5 * distance**2, axis=1)


def _log_area(images: np.ndarray, level: float) -> np.ndarray:
    return np.log1p((images > level).sum(axis=1))


def _means_and_sd(log_area: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Give the mean of each class and the standard deviation within them."""
    means = np.array([log_area[labels == number].mean() for number in range(labels.max() + 1)])
    return means, max(float(np.sqrt(np.mean((log_area - means[labels]) ** 2))), SMALLEST_SD)
