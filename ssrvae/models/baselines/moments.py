"""The class by an object's size and elongation alone: moments that no pose changes, Normal in each class."""

from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.utils.validation import check_is_fitted, validate_data

from ssrvae.models.checks import as_array, check_labels
from ssrvae.models.most_probable import MostProbableClassifier
from ssrvae.models.object_moments import fit_normals, log_moments
from ssrvae.models.whole_fit import WholeFitEstimator


class MomentsClassifier(MostProbableClassifier, WholeFitEstimator):
    """Classify images by the moments of their object (`log_moments`): one Normal a class, equal priors.

    X is [n, pixels] with the object bright on a black background, without neighbours. Images with y = -1 are used:
    means, covariances and the shares of the classes are refined by ROUNDS of expectation and maximisation, the labelled
    images keeping their class. Predictions give classes equal priors, whatever their shares.

    Fitted: classes_, normals_ (means [K, 3] and covariances [K, 3, 3]), n_features_in_.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Fit labelled and unlabelled (y = -1) images; raises InputError when none has a label."""
        with self._fitting():
            images = validate_data(self, as_array(X))
            self.classes_, labels = check_labels(y, len(images))
            self.normals_ = fit_normals(log_moments(images), labels, len(self.classes_))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the class probabilities of images, [n, classes]."""
        check_is_fitted(self)
        return softmax(self.normals_.log_density(log_moments(validate_data(self, as_array(X), reset=False))), axis=1)
