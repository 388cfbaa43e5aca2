"""Patches of drawn bars, whose place, angle and area are known."""

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.micrographs.patches import Cutting, cut_patches, cutting, decide_cutting, reach_px, turn_upright

ANGLES_DEG = (-60.0, -25.0, 0.0, 40.0, 75.0, 90.0)
CENTRES = [(30.0, 30.0 + 40 * number) for number in range(len(ANGLES_DEG))]


def bar(angle_deg: float, centre: tuple[float, float], shape: tuple[int, int]) -> np.ndarray:
    """Draw a 20 x 6 bar whose long axis lies counter-clockwise by an angle from x, y up."""
    row, column = np.mgrid[: shape[0], : shape[1]]
    x, y = column - centre[1], centre[0] - row
    angle = np.radians(angle_deg)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return (np.abs(along) <= 10.2) & (np.abs(across) <= 3.2)


@pytest.fixture(scope="module")
def bars() -> tuple[np.ndarray, np.ndarray]:
    shape = (60, 260)
    objects = np.zeros(shape, dtype=np.int32)
    for number, (angle, centre) in enumerate(zip(ANGLES_DEG, CENTRES, strict=True), start=1):
        objects[bar(angle, centre, shape)] = number
    return np.where(objects > 0, 0.4 + 0.05 * objects, 0.1).astype(np.float32), objects


def test_places_areas_and_orientations_are_those_drawn(bars):
    pixels, objects = bars
    patches = cut_patches(pixels, objects, Cutting(side_px=40))
    np.testing.assert_array_equal(patches.objects, np.arange(1, 7))
    np.testing.assert_allclose(np.stack([patches.rows, patches.columns], axis=1), CENTRES, atol=0.1)
    np.testing.assert_array_equal(patches.area_px, np.bincount(objects.ravel())[1:])
    turned = np.degrees(patches.orientation_rad) - ANGLES_DEG
    np.testing.assert_allclose((turned + 90) % 180 - 90, 0, atol=1.5)
    assert not patches.on_border.any()


def test_a_masked_patch_holds_its_object_and_the_margin_alone(bars):
    pixels, objects = bars
    images = cut_patches(pixels, objects, Cutting(side_px=40, normalise="none")).images
    assert images.shape == (6, 40, 40)
    for number, image in enumerate(images, start=1):
        lit = image > 0.01
        assert lit.sum() == (objects == number).sum()
        np.testing.assert_allclose(image[lit], 0.3 + 0.05 * number, atol=1e-6)


def test_the_margin_is_a_distance_and_never_the_neighbour_s():
    objects = np.zeros((60, 60), dtype=np.int32)
    objects[30, 28], objects[30, 32] = 1, 2
    pixels = np.full((60, 60), 0.2, dtype=np.float32)
    pixels[20:40, 20:40] = 0.5  # a halo, above the median of the background
    own = cut_patches(pixels, objects, Cutting(side_px=15, dilation_px=3, normalise="none")).images[0]
    row, column = np.indices(own.shape) - 7
    nearest, neighbour = np.hypot(row, column), np.hypot(row, column - 4)
    np.testing.assert_array_equal(
        (own > 0)[nearest != neighbour], ((nearest <= 3) & (nearest < neighbour))[nearest != neighbour]
    )


def test_kept_neighbours_are_the_plain_window_above_the_background(bars):
    pixels, objects = bars
    images = cut_patches(pixels, objects, Cutting(side_px=40, neighbours="keep", normalise="none")).images
    window = pixels[10:50, 50:90] - np.float32(
        0.1
    )  # about (30, 70); 39 / 2 from the centre rounds to row 10, column 50
    np.testing.assert_allclose(images[1], window, atol=1e-6)


def test_dark_objects_give_the_patches_of_the_inverted_micrograph(bars):
    pixels, objects = bars
    bright, dark = (cut_patches(p, objects, Cutting(side_px=40)).images for p in (pixels, 1 - pixels))
    np.testing.assert_allclose(dark, bright, atol=1e-5)


def test_every_patch_reaches_1_unless_left_as_it_is(bars):
    pixels, objects = bars
    np.testing.assert_allclose(cut_patches(pixels, objects, Cutting(side_px=40)).images.max(axis=(1, 2)), 1)


def test_resampling_keeps_the_mean_and_the_side_asked_for(bars):
    pixels, objects = bars
    full = cut_patches(pixels, objects, Cutting(side_px=40, normalise="none")).images
    half = cut_patches(pixels, objects, Cutting(side_px=40, normalise="none", out_side_px=20)).images
    assert half.shape == (6, 20, 20)
    assert half.dtype == np.float32
    np.testing.assert_allclose(half.mean(axis=(1, 2)), full.mean(axis=(1, 2)), rtol=0.02)


def test_the_outside_of_the_micrograph_is_background_and_cut_objects_are_told():
    objects = np.zeros((50, 50), dtype=np.int32)
    objects[0:4, 10:14], objects[40:45, 3:8] = 1, 2
    patches = cut_patches((objects > 0).astype(np.float32), objects, Cutting(side_px=24))
    np.testing.assert_array_equal(patches.on_border, [True, False])
    np.testing.assert_array_equal((patches.images > 0).sum(axis=(1, 2)), [16, 25])


@pytest.mark.parametrize("jitter_deg", [0.0, 30.0])
def test_turned_upright_all_bars_are_the_horizontal_one(bars, jitter_deg: float):
    pixels, objects = bars
    patches = cut_patches(pixels, objects, Cutting(side_px=40))
    upright = turn_upright(patches.images, patches.orientation_rad - np.radians(jitter_deg))
    drawn = bar(jitter_deg, (20, 20), (40, 40)).astype(np.float32)
    for image in upright:
        best = max(np.corrcoef(np.roll(drawn, shift, (0, 1)).ravel(), image.ravel())[0, 1] for shift in SHIFTS)
        assert best > 0.9


SHIFTS = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("side_px", 3),
        ("side_px", 100_000),
        ("out_side_px", 0),
        ("out_side_px", 1025),
        ("neighbours", "hide"),
        ("dilation_px", -1),
        ("dilation_px", 1e9),
        ("normalise", True),
        ("size", 40),
    ],
)
def test_a_setting_that_is_not_allowed_is_named(key: str, value: object):
    with pytest.raises(InputError, match=key):
        cutting({key: value})


def test_no_object_and_shapes_that_differ_are_refused():
    pixels = np.eye(9, dtype=np.float32)
    for objects in (np.zeros((9, 9), dtype=int), np.ones((8, 9), dtype=int)):
        with pytest.raises(InputError, match="expected one shape, and objects"):
            cut_patches(pixels, objects, Cutting(side_px=40))


def squares(*sides: int) -> np.ndarray:
    """Draw one square a side, 100 px apart."""
    objects = np.zeros((100, 100 * len(sides)), dtype=np.int32)
    for number, side in enumerate(sides):
        objects[10 : 10 + side, 100 * number + 10 : 100 * number + 10 + side] = number + 1
    return objects


def test_the_side_fits_the_objects_of_all_micrographs_but_no_clump():
    small, large = squares(11, 11, 11), squares(31, 31, 31, 31)
    # The corner of a square of 31 px lies 15 sqrt(2) = 21.2 px from its middle; 2 px of margin, half of the pixel.
    assert decide_cutting([small, large], Cutting()).side_px == 48
    assert decide_cutting([small], Cutting()).side_px == 20
    assert decide_cutting([squares(*[5] * 9, 81)], Cutting(dilation_px=0)).side_px == 24
    given = Cutting(side_px=20, out_side_px=None)
    assert decide_cutting([large], given) == given


def test_wide_patches_are_resampled_and_narrow_ones_are_not():
    assert decide_cutting([squares(31, 31)], Cutting()).out_side_px == 40
    assert decide_cutting([squares(11, 11)], Cutting()).out_side_px is None
    assert cut_patches(squares(31, 31) / np.float32(2), squares(31, 31), Cutting()).images.shape == (2, 40, 40)


def test_the_reach_is_that_of_the_farthest_pixel():
    np.testing.assert_allclose(reach_px(squares(31, 3)), [15 * 2**0.5, 2**0.5])
