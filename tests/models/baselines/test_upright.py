"""Upright objects: an ellipse with a tail, measured by scikit-image, and one picture for every pose."""

import numpy as np
import pytest
from skimage.measure import centroid, moments_central, regionprops

from ssrvae import UprightPixels
from tests.models.baselines.drawn_blobs import SIDE, Blobs, drawn, random_blobs

ANGLES_RAD = np.linspace(0, 2 * np.pi, 16, endpoint=False)


def tadpole(angle_rad: float) -> np.ndarray:
    """Draw an ellipse, four times as long as wide, whose tail points to an angle from x, y up: [SIDE, SIDE]."""
    row, column = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    x, y = column - 1.7, -row + 0.8
    along = np.cos(angle_rad) * x + np.sin(angle_rad) * y
    across = np.cos(angle_rad) * y - np.sin(angle_rad) * x
    body = (along / 8) ** 2 + (across / 2) ** 2 <= 1
    tail = (np.abs(across) <= 0.8) & (along > 0) & (along < 12)
    return (body | tail).astype(np.float32)


@pytest.mark.parametrize("angle_rad", ANGLES_RAD)
def test_a_tadpole_stands_in_the_middle_with_its_tail_up(angle_rad):
    stood = UprightPixels().fit_transform(tadpole(angle_rad)[None]).reshape(SIDE, SIDE)
    (found,) = regionprops((stood > 0.5).astype(int))
    assert abs(found.orientation) < np.deg2rad(3)  # from the column of pixels
    np.testing.assert_allclose(centroid(stood), (SIDE - 1) / 2, atol=0.1)
    assert moments_central(stood, order=3)[3, 0] < 0  # rows count downwards


def test_the_longer_tail_of_any_object_is_up():
    rng = np.random.default_rng(1)
    lying = [drawn(Blobs(rng.uniform(-5, 5, (3, 2)), np.ones(3), np.full(3, 2.0))) for _ in range(60)]
    stood = UprightPixels().fit_transform(np.stack(lying)).reshape(-1, SIDE, SIDE).astype(float)
    skew = np.array([-moments_central(each, order=3)[3, 0] for each in stood])
    assert skew.min() > -0.02 * np.median(skew)  # some have no longer tail


def test_an_object_looks_the_same_however_it_lay():
    rng = np.random.default_rng(0)
    for blobs in (random_blobs(rng) for _ in range(5)):
        lying = [drawn(blobs, angle, tuple(rng.uniform(-2, 2, 2))) for angle in ANGLES_RAD]
        stood = UprightPixels().fit_transform(np.stack(lying))
        assert np.abs(stood - stood.mean(axis=0)).max() < 0.05 * stood.max()
