"""Zernike moments beside the polynomials as the books have them, and beside mahotas where that is installed."""

import numpy as np
import pytest

from ssrvae import ZernikeMoments
from ssrvae.models.baselines.normalised_pose import centred
from tests.models.baselines.drawn_blobs import SIDE, drawn, random_blobs

RADIAL = {
    (2, 0): lambda r: 2 * r**2 - 1,
    (2, 2): lambda r: r**2,
    (3, 1): lambda r: 3 * r**3 - 2 * r,
    (3, 3): lambda r: r**3,
    (4, 0): lambda r: 6 * r**4 - 6 * r**2 + 1,
    (4, 2): lambda r: 4 * r**4 - 3 * r**2,
    (4, 4): lambda r: r**4,
    (5, 1): lambda r: 10 * r**5 - 12 * r**3 + 3 * r,
}
"""Khotanzad and Hong 1990, eq. 2, written out, in the order of the features."""


@pytest.fixture
def images() -> np.ndarray:
    rng = np.random.default_rng(4)
    return np.stack([drawn(random_blobs(rng), rng.uniform(0, 6)) for _ in range(5)])


def test_they_are_products_with_the_polynomials(images):
    row, column = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    radius, angle = np.hypot(row, column) / (SIDE / 2), np.arctan2(-row, column)
    found = ZernikeMoments(degree=5).fit_transform(images)
    for image, moments in zip(centred(images), found, strict=True):
        grey = image * (radius <= 1) / image[radius <= 1].sum()
        expected = [
            (n + 1) / np.pi * abs((grey * radial(radius) * np.exp(-1j * m * angle)).sum())
            for (n, m), radial in RADIAL.items()
        ]
        np.testing.assert_allclose(moments[: len(RADIAL)], expected, atol=1e-6)


def test_they_are_those_of_mahotas(images):
    features = pytest.importorskip("mahotas").features
    middle = ((SIDE - 1) / 2,) * 2
    for image, found in zip(centred(images), ZernikeMoments(degree=12).fit_transform(images), strict=True):
        expected = features.zernike_moments(image.astype(float), SIDE / 2, degree=12, cm=middle)
        np.testing.assert_allclose(found, expected[2:], atol=1e-6)  # without n = 0 and n = 1


def test_any_turn_and_any_brightness_leave_them(images):
    rng = np.random.default_rng(5)
    blobs = [random_blobs(rng) for _ in range(5)]
    still, moved = (
        ZernikeMoments().fit_transform(np.stack([height * drawn(each, turn, shift) for each in blobs]))
        for height, turn, shift in ((1, 0, (0, 0)), (0.4, 2.2, (1.2, -0.7)))
    )
    apart = np.linalg.norm(still[:, None] - still, axis=-1)[np.triu_indices(len(blobs), 1)]
    assert np.linalg.norm(moved - still, axis=1).max() < 0.2 * apart.min()
