"""What holds for every transformer of images: turns by right angles, labels, scikit-learn's contract."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator

from datagen.errors import InputError
from ssrvae import AlignedKernel, FourierBesselInvariants, UprightPixels, ZernikeMoments
from tests.models.baselines.drawn_blobs import drawn, random_blobs
from tests.models.quick_estimators import TRANSFORMERS
from tests.models.scikit_learn_checks import TakesAnyRows


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    rng = np.random.default_rng(3)
    return np.stack([drawn(random_blobs(rng), turn, (1.3, -0.6)) for turn in np.linspace(0, 6, 12)])


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_turns_by_right_angles_change_nothing(name, images):
    model = clone(TRANSFORMERS[name]).fit(images)
    still = model.transform(images)
    assert still.std(axis=0).max() > 1e-3
    for quarters in (1, 2, 3):
        turned = model.transform(np.rot90(images, quarters, axes=(1, 2)))
        np.testing.assert_allclose(turned, still, atol=1e-4)


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_an_empty_image_has_finite_features(name, images):
    black = np.zeros_like(images[:2])
    assert np.isfinite(clone(TRANSFORMERS[name]).fit(images).transform(black)).all()
    assert np.isfinite(clone(TRANSFORMERS[name]).fit(black).transform(images)).all()


@pytest.mark.parametrize("name", TRANSFORMERS)
def test_labels_are_not_looked_at_and_rows_are_images(name, images):
    labels = np.where(np.arange(12) % 2, -1, 0)
    given = clone(TRANSFORMERS[name]).fit(images.reshape(12, -1), labels).transform(images.reshape(12, -1))
    np.testing.assert_array_equal(given, clone(TRANSFORMERS[name]).fit(images).transform(images))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (AlignedKernel(width=0), "width must be a number greater than 0, got 0"),
        (AlignedKernel(invariants="both"), "invariants must be True or False, got 'both'"),
        (ZernikeMoments(degree=1), "degree must be a whole number, at least 2, got 1"),
    ],
    ids=["width", "invariants", "degree"],
)
def test_a_wrong_parameter_is_told_with_what_is_allowed(model, message, images):
    with pytest.raises(InputError, match=message):
        model.fit(images)


class AlignedRows(TakesAnyRows, AlignedKernel):
    SMALLEST_SIDE = 4


class InvariantRows(TakesAnyRows, FourierBesselInvariants):
    SMALLEST_SIDE = 4


class UprightRows(TakesAnyRows, UprightPixels):
    pass


class ZernikeRows(TakesAnyRows, ZernikeMoments):
    SMALLEST_SIDE = 4


@pytest.mark.parametrize("kind", [AlignedRows, InvariantRows, UprightRows, ZernikeRows])
def test_they_are_transformers_of_scikit_learn(kind):
    check_estimator(kind())
