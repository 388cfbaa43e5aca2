"""Polar fields: what a turn and a mirror do to them, and edges against a gradient written out."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from ssrvae.models.exemplar.polar_fields import (
    N_ANGLES,
    SMOOTHING_PX,
    edge_fields,
    grey_fields,
    mirrored,
    object_maps,
)

SIDE = 32


@pytest.fixture(scope="module")
def blots() -> np.ndarray:
    """Six smooth blots without symmetry, off the middle."""
    rng = np.random.default_rng(0)
    spots = rng.random((6, SIDE, SIDE)) * (np.hypot(*np.mgrid[-14:18, -17:15]) < 9)
    return np.stack([gaussian_filter(each, 1.5) for each in spots]).astype(np.float32)


def fields(images: np.ndarray) -> list[torch.Tensor]:
    objects = object_maps(torch.from_numpy(images.copy()))
    whole = torch.full((len(images),), SIDE / 2)
    return [
        edge_fields(objects, whole),
        edge_fields(objects, objects.radius_px),
        grey_fields(objects, whole),
    ]


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_shifts_the_fields_by_a_quarter(blots, quarters):
    turned = np.rot90(blots, quarters, axes=(1, 2))  # counter-clockwise as seen, backwards along y downwards
    for before, after in zip(fields(blots), fields(turned), strict=True):
        expected = torch.roll(before, -quarters * N_ANGLES // 4, dims=-1)
        torch.testing.assert_close(after, expected, atol=2e-3 * float(before.abs().max()), rtol=0)


def test_fields_of_the_mirror_image_are_the_mirrored_fields(blots):
    for before, after in zip(fields(blots), fields(blots[:, :, ::-1]), strict=True):
        torch.testing.assert_close(after, mirrored(before), atol=2e-3 * float(before.abs().max()), rtol=0)


def test_moving_the_object_moves_nothing(blots):
    moved = np.roll(blots, (3, -2), axis=(1, 2))
    for before, after in zip(fields(blots), fields(moved), strict=True):
        inside = slice(0, 10)  # rings that the border of neither image cuts
        largest = float(before.abs().max())
        torch.testing.assert_close(after[:, :, inside], before[:, :, inside], atol=2e-3 * largest, rtol=0)


def test_edges_are_the_slopes_of_the_smoothed_image(blots):
    objects = object_maps(torch.from_numpy(blots))
    smooth = np.stack([gaussian_filter(each.astype(float), SMOOTHING_PX, mode="nearest") for each in blots])
    np.testing.assert_allclose(objects.grey[:, 0], smooth, atol=2e-3 * smooth.max())
    slopes = [
        np.stack([gaussian_filter(each.astype(float), SMOOTHING_PX, order=order, mode="nearest") for each in blots])
        for order in ((0, 1), (1, 0))
    ]
    expected, found = np.stack(slopes, axis=1), objects.gradient.numpy()
    strength = (found * expected).sum((1, 2, 3)) / (expected**2).sum((1, 2, 3))  # a unit of its own for each image
    np.testing.assert_allclose(found, strength[:, None, None, None] * expected, atol=0.03)


def test_the_extent_reaches_the_furthest_pixel_of_the_object():
    disc = (np.hypot(*np.mgrid[-16:16, -16:16]) <= 7).astype(np.float32)[None]
    objects = object_maps(torch.from_numpy(disc))
    assert objects.middle.abs().max() == pytest.approx(0.5, abs=1e-4)
    assert float(objects.radius_px) == pytest.approx(7 + 1.5, abs=0.1)


def test_an_empty_image_has_finite_fields():
    for each in fields(np.zeros((2, SIDE, SIDE), dtype=np.float32)):
        assert torch.isfinite(each).all()
