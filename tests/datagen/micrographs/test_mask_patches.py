"""Patches by mask: neighbours, background and polarity, on drawn micrographs whose truth is known."""

import numpy as np
import pytest

from datagen.micrographs.mask_patches import centroid, cut_by_masks, orientation
from datagen.micrographs.object_masks import LabelledMicrograph, ObjectMask, mask_at, masks_of


def disc(row: float, column: float, radius: float, shape=(80, 100)) -> ObjectMask:
    rows, columns = np.indices(shape)
    return mask_at(*np.nonzero((rows - row) ** 2 + (columns - column) ** 2 <= radius**2), "disc")


def drawn(objects: list[ObjectMask], values: list[float], background: float | np.ndarray = 0.2) -> LabelledMicrograph:
    pixels = np.broadcast_to(np.asarray(background, dtype=np.float32), (80, 100)).copy()
    for each, value in zip(objects, values, strict=True):
        height, width = each.mask.shape
        pixels[each.row : each.row + height, each.column : each.column + width][each.mask] = value
    return LabelledMicrograph("drawn", pixels, objects)


def test_a_patch_holds_its_object_alone_at_its_height_above_the_background():
    micrograph = drawn([disc(40, 40, 8), disc(40, 58, 8)], [0.7, 0.9])
    patch = cut_by_masks(micrograph, [0], 33, 33)[0]
    own = np.hypot(*np.indices((33, 33)) - 16) <= 8
    np.testing.assert_allclose(patch[own], 0.5, atol=1e-6)
    np.testing.assert_allclose(patch[~own], 0, atol=1e-6)


@pytest.mark.parametrize("value", [0.1, 0.9])
def test_dark_and_bright_objects_of_one_micrograph_are_both_shown_bright(value):
    objects = [disc(20, 20, 6), disc(20, 60, 6), disc(60, 40, 6)]
    patches = cut_by_masks(drawn(objects, [value, 1 - value, value], background=0.5), [0, 1], 21, 21)
    np.testing.assert_allclose(patches[:, 10, 10], 0.4, atol=1e-6)


def test_where_outlines_overlap_both_objects_keep_the_pixels_that_they_share():
    objects = [disc(40, 40, 10), disc(40, 52, 10)]
    patches = cut_by_masks(drawn(objects, [0.7, 0.7]), [0, 1], 31, 31)
    areas = [(patch > 0.4).sum() for patch in patches]
    assert areas == [each.mask.sum() for each in objects]


def test_the_background_about_an_object_follows_a_slope_of_the_light():
    slope = np.linspace(0.1, 0.3, 100)
    objects = [disc(40, 20, 6), disc(40, 80, 6)]
    micrograph = drawn(objects, [slope[20] + 0.5, slope[80] + 0.5], background=slope)
    np.testing.assert_allclose(cut_by_masks(micrograph, [0, 1], 31, 31)[:, 15, 15], 0.5, atol=0.005)


def test_dark_material_about_an_object_is_not_taken_for_its_background():
    """A dark object that lies in unoutlined dark material must not turn into a bright rim."""
    objects = [disc(40, 30, 6), disc(20, 80, 6), disc(60, 80, 6)]
    background = np.full((80, 100), 0.9)
    background[20:60, 10:50] = 0.1
    micrograph = drawn(objects, [0.2, 0.2, 0.2], background)
    np.testing.assert_allclose(cut_by_masks(micrograph, [0], 21, 21)[0, 10, 10], 0.7, atol=1e-6)


def test_one_scale_holds_for_all_so_that_size_counts():
    objects = [disc(40, 25, 6), disc(40, 70, 12)]
    patches = cut_by_masks(drawn(objects, [0.8, 0.8]), [0, 1], 32, 16)
    small, large = (patch.sum() for patch in patches)
    assert patches.shape == (2, 16, 16)
    assert large / small == pytest.approx(objects[1].mask.sum() / objects[0].mask.sum(), rel=0.05)


def test_squares_that_are_fitted_show_large_and_small_objects_alike():
    objects = [disc(40, 25, 6), disc(40, 70, 12)]
    patches = cut_by_masks(drawn(objects, [0.8, 0.8]), [0, 1], None, 32)
    small, large = ((patch > 0.3).sum() for patch in patches)
    assert large / small == pytest.approx(1, abs=0.15)
    assert not patches[:, [0, -1]].any()
    assert not patches[:, :, [0, -1]].any()


def test_a_patch_that_reaches_over_the_edge_is_filled_with_background():
    each = disc(4, 4, 3)
    patch = cut_by_masks(drawn([each], [0.7]), [0], 21, 21)[0]
    assert (patch > 0.4).sum() == each.mask.sum()
    assert patch[10, 10] == pytest.approx(0.5)


@pytest.mark.parametrize("angle_deg", [-60, -20, 0, 35, 80])
def test_orientation_is_that_of_the_long_axis_counter_clockwise_with_y_up(angle_deg):
    rows, columns = np.indices((80, 100))
    x, y = columns - 50, 40 - rows
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    bar = (np.abs(x * cos + y * sin) <= 25) & (np.abs(y * cos - x * sin) <= 6)
    each = mask_at(*np.nonzero(bar), "bar")
    assert np.degrees(orientation(each)) == pytest.approx(angle_deg, abs=1)
    assert centroid(each) == pytest.approx((40, 50), abs=0.2)


def test_a_label_image_is_taken_apart_into_its_numbers():
    labels = np.zeros((8, 9), dtype=np.int64)
    labels[1:3, 2:5], labels[5, 5] = 7, 70_000
    first, second = masks_of(labels, {70_000: "dot"})
    assert (first.row, first.column, first.mask.shape, first.class_name) == (1, 2, (2, 3), "")
    assert (second.row, second.column, second.mask.sum(), second.class_name) == (5, 5, 1, "dot")
    assert not first.touches_border((8, 9))
    assert first.touches_border((3, 9))
