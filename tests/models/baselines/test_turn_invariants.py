"""Coefficients whose phases turn with the object, and features that no turn changes: of Gaussians at any angle."""

import numpy as np
import pytest
from scipy.special import jn_zeros, jv

from ssrvae import FourierBesselInvariants
from ssrvae.models.baselines.turn_invariants import coefficients, orders
from tests.models.baselines.drawn_blobs import SIDE, Blobs, drawn, random_blobs


@pytest.fixture
def blobs() -> list[Blobs]:
    rng = np.random.default_rng(1)
    return [random_blobs(rng) for _ in range(8)]


def test_a_turn_multiplies_a_coefficient_by_a_phase_of_its_order(blobs):
    still = coefficients(np.stack([drawn(each) for each in blobs]))
    turned = coefficients(np.stack([drawn(each, 0.7) for each in blobs]))
    expected = still * np.exp(-0.7j * orders(SIDE))
    assert np.linalg.norm(turned - expected) < 0.02 * np.linalg.norm(still)
    assert np.linalg.norm(turned - still) > 0.3 * np.linalg.norm(still)


def test_coefficients_are_integrals_over_the_disc(blobs):
    image = drawn(blobs[0]).astype(float)
    row, column = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    centre = (image * column).sum() / image.sum(), (image * row).sum() / image.sum()
    fine = np.linspace(-1, 1, 401)
    x, y = np.meshgrid(fine, fine)
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    # The object itself, not its pixels, on a fine grid about its centre of mass.
    px = np.stack([x * SIDE / 2 + centre[0], y * SIDE / 2 - centre[1]], axis=-1)
    squared = ((px[:, :, None] - blobs[0].centres) ** 2).sum(axis=-1)
    height = (blobs[0].heights * np.exp(-squared / (2 * blobs[0].widths ** 2))).sum(axis=-1) * (radius <= 1)
    found = coefficients(image[None].astype(np.float32))[0]
    for order, nth in ((0, 0), (2, 1), (3, 0)):
        function = jv(order, jn_zeros(order, nth + 1)[nth] * radius) * np.exp(-1j * order * angle)
        norm = np.sqrt((np.abs(function) ** 2 * (radius <= 1)).sum() / (1 + (order > 0)))
        expected = (height * function).sum() / norm * SIDE / 2 * (fine[1] - fine[0])
        assert abs(found[np.flatnonzero(orders(SIDE) == order)[nth]] - expected) < 0.02 * np.linalg.norm(found)


def test_no_turn_or_shift_changes_a_feature(blobs):
    model = FourierBesselInvariants()
    still = model.fit_transform(np.stack([drawn(each) for each in blobs]))
    apart = np.linalg.norm(still[:, None] - still, axis=-1)[np.triu_indices(len(blobs), 1)]
    for turn_rad in (0.3, 2.0, 4.4):
        moved = model.transform(np.stack([drawn(each, turn_rad, (1.4, -0.8)) for each in blobs]))
        assert np.linalg.norm(moved - still, axis=1).max() < 0.3 * apart.min()


def test_a_mirror_image_has_other_features_but_the_same_sizes(blobs):
    images = np.stack([drawn(each) for each in blobs])
    n_sizes = len(orders(SIDE))
    seen, mirrored = (FourierBesselInvariants().fit_transform(each) for each in (images, images[:, :, ::-1]))
    np.testing.assert_allclose(mirrored[:, :n_sizes], seen[:, :n_sizes], atol=1e-4)
    assert np.abs(mirrored - seen).max() > 0.1
    np.testing.assert_allclose(np.abs(mirrored), np.abs(seen), atol=1e-2)
