"""The classifier by area: discs of known radius, its turn-blindness, and scikit-learn's own checks."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils.estimator_checks import check_estimator

from datagen.errors import InputError
from ssrvae import AreaClassifier
from tests.models.scikit_learn_checks import SIMPLE_MEASURES


def discs(radii: np.ndarray, side: int = 24) -> np.ndarray:
    row, column = np.indices((side, side)) - (side - 1) / 2
    return (np.hypot(row, column) <= radii[:, None, None]).astype(np.float32).reshape(len(radii), -1)


def test_discs_are_told_apart_at_the_geometric_mean_of_their_areas(rng):
    model = AreaClassifier().fit(discs(np.array([4.0, 4.0, 8.0])), [0, 0, 1])
    radii = rng.uniform(3, 10, 200)
    radii = radii[np.abs(radii - np.sqrt(32)) > 0.4]  # pixels are coarse
    np.testing.assert_array_equal(model.predict(discs(radii)), (radii > np.sqrt(32)).astype(int))


def test_probabilities_are_those_of_linear_discriminants_on_log_area(rng):
    radii = np.concatenate([rng.normal(mean, 0.5, 40) for mean in (4, 6, 8)])
    labels = np.repeat([0, 1, 2], 40)
    images = discs(radii)
    log_area = np.log1p(images.sum(axis=1))[:, None]
    reference = LinearDiscriminantAnalysis(solver="eigen", priors=[1 / 3] * 3).fit(log_area, labels)
    ours = AreaClassifier().fit(images, labels)
    np.testing.assert_allclose(ours.predict_proba(images), reference.predict_proba(log_area), atol=0.02)


def test_the_level_is_chosen_by_the_labelled_images_where_their_classes_lie_farthest_apart(rng):
    radii = np.concatenate([rng.normal(mean, 0.3, 20) for mean in (4, 6)])
    labels = np.repeat([0, 1], 20)
    haloes = rng.uniform(0, 0.34, (40, 24 * 24)) * (discs(rng.uniform(8, 12, 40)) > 0)
    images = np.maximum(0.5 * discs(radii), haloes)  # below .35 areas are those of haloes, above .5 there are none
    chosen = AreaClassifier().fit(images, labels)
    assert 0.34 < chosen.level_ < 0.5
    np.testing.assert_array_equal(chosen.means_, AreaClassifier(level=0.4).fit(images, labels).means_)
    worse = AreaClassifier(level=0.1).fit(images, labels)
    assert chosen.score(images, labels) > worse.score(images, labels)


def test_unlabelled_images_change_nothing(rng):
    images, labels = discs(rng.uniform(3, 10, 30)), np.tile([0, 1, -1], 10)
    alone = AreaClassifier().fit(images[labels >= 0], labels[labels >= 0])
    np.testing.assert_array_equal(AreaClassifier().fit(images, labels).means_, alone.means_)


def test_it_is_a_scikit_learn_classifier():
    check_estimator(AreaClassifier(), expected_failed_checks=SIMPLE_MEASURES)


def test_a_level_outside_the_grey_values_is_refused():
    with pytest.raises(InputError, match=r"level must be a number in \[0, 1\), or None, got 1\.0"):
        AreaClassifier(level=1.0).fit(discs(np.array([3.0, 6.0])), [0, 1])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
