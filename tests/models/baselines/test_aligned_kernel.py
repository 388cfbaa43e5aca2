"""The aligned kernel beside brute force: every angle tried, by SciPy's own turning of the pixels."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from ssrvae import AlignedKernel, FourierBesselInvariants
from ssrvae.models.baselines.aligned_kernel import aligned_distances
from ssrvae.models.baselines.turn_invariants import coefficients, orders
from tests.models.baselines.drawn_blobs import SIDE, drawn, random_blobs


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    rng = np.random.default_rng(2)
    return np.stack([drawn(random_blobs(rng), rng.uniform(0, 6), tuple(rng.uniform(-1, 1, 2))) for _ in range(7)])


def brute_force(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Try every third degree: the least sums of squares of pixels, [n, m]."""
    middle = np.full(2, (SIDE - 1) / 2)
    some, others = (
        np.stack([ndimage.shift(each, middle - ndimage.center_of_mass(each), order=1) for each in images])
        for images in (some, others)
    )
    turned = np.stack([ndimage.rotate(others, angle, axes=(1, 2), reshape=False) for angle in range(0, 360, 3)])
    return ((some[:, None, None] - turned) ** 2).sum(axis=(-2, -1)).min(axis=1)


def test_distances_are_those_of_trying_every_angle(images):
    expected = brute_force(images[:3], images)
    found = aligned_distances(*map(coefficients, (images[:3], images)), orders(SIDE))
    assert np.abs(found - expected).max() < 0.03 * np.median(expected)
    assert np.ptp(expected) > np.median(expected)


def test_the_kernel_is_that_of_distances_in_medians_of_pairs(images):
    expected = brute_force(images, images)
    median = np.median(expected[~np.eye(len(images), dtype=bool)])
    kernel = AlignedKernel(width=3).fit_transform(images)
    np.testing.assert_allclose(kernel, np.exp(-3 * expected / median), atol=0.05)
    np.testing.assert_allclose(np.diag(kernel), 1, atol=1e-6)


def test_invariants_add_a_gaussian_kernel_of_standardised_features(images):
    both, alone = (AlignedKernel(invariants=on).fit(images[:4]).transform(images) for on in (True, False))
    scaled = make_pipeline(FourierBesselInvariants(), StandardScaler()).fit(images[:4])
    features, known = scaled.transform(images), scaled.transform(images[:4])
    squared = ((features[:, None] - known) ** 2).sum(axis=-1)
    median = np.median(squared[:4][np.triu_indices(4, 1)])
    np.testing.assert_allclose(both - alone, np.exp(-squared / median), atol=1e-6)


def test_upright_digits_are_known_at_any_angle():
    digits, labels = load_digits(return_X_y=True)
    known = np.isin(labels, (0, 2, 3, 4, 7))
    small, labels = digits[known].reshape(-1, 8, 8) / 16, labels[known]
    images = np.pad(np.kron(small, np.ones((2, 2))), [(0, 0), (4, 4), (4, 4)]).astype(np.float32)
    angles = np.random.default_rng(0).uniform(-180, 180, 150)
    turned = [
        ndimage.rotate(image, angle, reshape=False, order=1)
        for image, angle in zip(images[100:250], angles, strict=True)
    ]
    machine = make_pipeline(AlignedKernel(), SVC(kernel="precomputed", C=10)).fit(images[:100], labels[:100])
    assert machine.score(np.stack(turned), labels[100:250]) > 0.9
