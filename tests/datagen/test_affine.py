"""The warp against scikit-image, closed forms, exact turns, shifts and shears, and its own inverse."""

import numpy as np
import pytest
import torch
from skimage.transform import AffineTransform
from skimage.transform import warp as skimage_warp

from datagen.affine import affine_matrices, warp
from datagen.factors import FACTOR_NAMES, FactorRanges, sample_factors

WIDE = FactorRanges(rotation_deg=180, shear_deg=30, scale=(0.7, 1.4), shift=0.2)


def factors_of(n: int = 1, **given: float) -> dict[str, np.ndarray]:
    values = {name: 1.0 if name == "scale" else 0.0 for name in FACTOR_NAMES} | given
    return {name: np.full(n, value) for name, value in values.items()}


def warp_one(image: np.ndarray, size: int | None = None, **given: float) -> np.ndarray:
    return warp(image[None], np.zeros(1, dtype=int), factors_of(**given), size or len(image))[0]


def dot(side: int, x: int, y: int) -> np.ndarray:
    """One white pixel, x to the right and y up from the centre of an odd-sided image."""
    image = np.zeros((side, side), dtype=np.float32)
    image[side // 2 - y, side // 2 + x] = 1
    return image


def skimage_image(template: np.ndarray, size: int, factors: dict[str, np.ndarray], row: int) -> np.ndarray:
    """The same map made of scikit-image's parts, which count y down and turn the other way."""
    value = {name: factors[name][row] for name in FACTOR_NAMES}
    template_centre, image_centre = (len(template) - 1) / 2, (size - 1) / 2
    forward = (
        AffineTransform(translation=(-template_centre, -template_centre))
        + AffineTransform(scale=(value["scale"], value["scale"]))
        + AffineTransform(shear=(np.deg2rad(value["shear_x_deg"]), 0))
        + AffineTransform(shear=(0, np.deg2rad(value["shear_y_deg"])))
        + AffineTransform(rotation=-np.deg2rad(value["rotation_deg"]))
        + AffineTransform(translation=(size * value["shift_x"], -size * value["shift_y"]))
        + AffineTransform(translation=(image_centre, image_centre))
    )
    return skimage_warp(template, forward.inverse, order=1, output_shape=(size, size), preserve_range=True)


@pytest.mark.parametrize(("side", "size"), [(64, 48), (31, 48), (20, 20)])
def test_images_are_those_of_scikit_image(side, size, rng):
    templates = rng.random((3, side, side)).astype(np.float32)
    truth, factors = rng.integers(3, size=12), sample_factors(WIDE, 12, rng)
    expected = [skimage_image(templates[c], size, factors, row) for row, c in enumerate(truth)]
    np.testing.assert_allclose(warp(templates, truth, factors, size), expected, atol=5e-5)


def test_matrices_are_the_closed_form_of_torchvision_with_y_up(rng):
    factors = sample_factors(WIDE, 20, rng)
    # torchvision.transforms.functional.affine, y down: angle = -rotation.
    a, sx, sy = (np.deg2rad(factors[name]) for name in ("rotation_deg", "shear_x_deg", "shear_y_deg"))
    down = [
        [np.cos(-a - sy) / np.cos(sy), -np.cos(-a - sy) * np.tan(sx) / np.cos(sy) - np.sin(-a)],
        [np.sin(-a - sy) / np.cos(sy), -np.sin(-a - sy) * np.tan(sx) / np.cos(sy) + np.cos(-a)],
    ]
    flip = np.array([[1, -1], [-1, 1]])
    expected = np.moveaxis(np.array(down), -1, 0) * flip * factors["scale"][:, None, None]
    np.testing.assert_allclose(affine_matrices(factors), expected, atol=1e-12)


def test_areas_change_by_the_square_of_the_scale_alone(rng):
    factors = sample_factors(WIDE, 50, rng)
    np.testing.assert_allclose(np.linalg.det(affine_matrices(factors)), factors["scale"] ** 2, rtol=1e-12)


@pytest.mark.parametrize("quarters", [-2, -1, 0, 1, 2])
@pytest.mark.parametrize("side", [48, 49, 64])
def test_quarter_turns_are_counter_clockwise_and_exact(quarters, side, rng):
    image = rng.random((side, side)).astype(np.float32)
    turned = warp_one(image, rotation_deg=90.0 * quarters)
    np.testing.assert_allclose(turned, np.rot90(image, quarters), atol=1e-5)


def test_an_unmoved_template_is_cropped_to_its_centre_exactly(rng):
    image = rng.random((64, 64)).astype(np.float32)
    np.testing.assert_array_equal(warp_one(image, size=48), image[8:56, 8:56])


def test_a_positive_shift_moves_right_and_up_and_brings_in_black(rng):
    image = rng.random((20, 20)).astype(np.float32)
    expected = np.zeros_like(image)
    expected[:-2, 5:] = image[2:, :-5]
    np.testing.assert_allclose(warp_one(image, shift_x=0.25, shift_y=0.1), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("given", "before", "after"),
    [
        ({"shear_x_deg": 45.0}, (0, 10), (10, 10)),
        ({"shear_y_deg": 45.0}, (10, 0), (10, 10)),
        ({"shear_x_deg": 45.0, "shear_y_deg": 45.0}, (0, 5), (5, 10)),
        ({"shear_x_deg": 45.0, "rotation_deg": 90.0}, (0, 10), (-10, 10)),
        ({"rotation_deg": 90.0, "shift_x": 4 / 49}, (10, 0), (4, 10)),
    ],
)
def test_a_point_goes_where_the_documented_order_sends_it(given, before, after):
    moved = warp_one(dot(49, *before), **given)
    np.testing.assert_allclose(moved * (dot(49, *after) > 0), dot(49, *after), atol=1e-4)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ({"rotation_deg": 37.0}, {"rotation_deg": -37.0}),
        ({"scale": 1.25}, {"scale": 0.8}),
        ({"shear_x_deg": 20.0}, {"shear_x_deg": -20.0}),
        ({"shear_y_deg": 20.0}, {"shear_y_deg": -20.0}),
        ({"shift_x": 0.07, "shift_y": -0.03}, {"shift_x": -0.07, "shift_y": 0.03}),
    ],
)
def test_a_map_and_its_inverse_give_a_smooth_image_back(there, back):
    y, x = np.mgrid[-24:24, -24:24] + 0.5
    image = np.exp(-((x - 4) ** 2 + (y + 3) ** 2 / 2) / 25).astype(np.float32)
    moved = warp_one(image, **there)
    assert np.abs(moved - image).max() > 0.1
    np.testing.assert_allclose(warp_one(moved, **back), image, atol=0.03)


def test_an_image_depends_neither_on_its_neighbours_nor_on_the_threads(rng):
    templates = rng.random((2, 64, 64)).astype(np.float32)
    truth, factors = rng.integers(2, size=150), sample_factors(WIDE, 150, rng)
    together = warp(templates, truth, factors, 48)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3 - min(threads, 2))
        for row in (0, 63, 64, 149):
            alone = {name: values[row : row + 1] for name, values in factors.items()}
            np.testing.assert_array_equal(warp(templates, truth[row : row + 1], alone, 48)[0], together[row])
        np.testing.assert_array_equal(warp(templates, truth, factors, 48), together)
    finally:
        torch.set_num_threads(threads)
