"""Folds of labelled images, against scikit-learn's own cross-validation."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from datagen.errors import InputError
from ssrvae.models.left_out import left_out_by_folds

CLASSIFIER = LogisticRegression(max_iter=500)


def test_folds_are_those_of_a_stratified_cross_validation():
    images, labels = load_iris(return_X_y=True)
    expected = cross_val_predict(CLASSIFIER, images, labels, cv=StratifiedKFold(5), method="predict_proba")
    found = left_out_by_folds(CLASSIFIER, images, labels)
    np.testing.assert_allclose(found.probabilities, expected)
    assert found.how.startswith("5 folds")


def test_a_class_of_one_label_is_not_known_without_it(recwarn):
    images, labels = load_iris(return_X_y=True)
    rows = np.r_[:3, 50:53, 100]
    found = left_out_by_folds(CLASSIFIER, images[rows], labels[rows])
    assert found.how.startswith("3 folds")
    assert found.probabilities[-1, 2] == 0
    np.testing.assert_allclose(found.probabilities.sum(1), 1)
    assert not [warning for warning in recwarn if "populated" in str(warning.message)]


def test_one_label_a_class_leaves_nothing_out():
    with pytest.raises(InputError, match="no class has two labels"):
        left_out_by_folds(CLASSIFIER, np.eye(3), np.arange(3))
