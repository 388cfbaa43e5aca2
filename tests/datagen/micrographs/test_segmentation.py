"""Segmentation of drawn discs, whose number, size and order are known."""

from dataclasses import asdict

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.micrographs.segmentation import Segmentation, decide, flatten, overlay, segment, segmentation

RADIUS = 6
# Each disc lies 4 px lower than the one to its left, so that the reading order is beyond the noise.
GRID = [(row + 4 * step, 20 + 35 * step) for row in (20, 55, 90) for step in range(4)]
DENSE = [(row, column) for row in range(0, 120, 10) for column in range(0, 150, 10)]


def discs(centres: list[tuple[float, float]], radius: float = RADIUS, shape: tuple[int, int] = (120, 150)):
    row, column = np.mgrid[: shape[0], : shape[1]]
    inside = [np.hypot(row - r, column - c) <= radius for r, c in centres]
    return 0.2 + 0.5 * np.any(inside, axis=0).astype(np.float32)


def noisy(pixels: np.ndarray, rng: np.random.Generator, sigma: float = 0.05) -> np.ndarray:
    return np.clip(pixels + rng.normal(0, sigma, pixels.shape), 0, 1).astype(np.float32)


# The mean of a neighbourhood with one disc in it lies low on the disc's blurred flank.
@pytest.mark.parametrize(("threshold", "tolerance"), [("otsu", 0.1), ("local", 0.35), (0.45, 0.1)])
def test_discs_are_found_in_reading_order_with_their_areas(rng: np.random.Generator, threshold, tolerance: float):
    objects = segment(noisy(discs(GRID), rng), Segmentation(threshold=threshold))
    assert objects.dtype == np.int32
    assert [objects[centre] for centre in GRID] == list(range(1, 13))
    areas = np.bincount(objects.ravel())[1:]
    np.testing.assert_allclose(areas, np.pi * RADIUS**2, rtol=tolerance)


def test_dark_objects_are_the_same_as_the_inverted_bright_ones(rng: np.random.Generator):
    pixels = noisy(discs(GRID), rng)
    bright = segment(pixels, Segmentation(background=15))
    np.testing.assert_array_equal(segment(1 - pixels, Segmentation(objects="dark", background=15)), bright)


def test_subtracting_the_background_undoes_a_slope_of_the_light(rng: np.random.Generator):
    slope = np.linspace(0, 0.7, 150, dtype=np.float32) * np.linspace(0.3, 1, 120, dtype=np.float32)[:, None]
    pixels = noisy(0.4 * discs(GRID) + slope, rng, 0.01)
    flat = segment(pixels, Segmentation(background=20))
    assert [flat[centre] for centre in GRID] == list(range(1, 13))
    assert flat.max() == 12
    assert segment(pixels, Segmentation(background=None, threshold="otsu")).max() < 12


def test_the_background_of_a_ramp_is_the_ramp():
    ramp = np.tile(np.linspace(0, 1, 200, dtype=np.float32), (80, 1))
    assert np.abs(flatten(ramp, Segmentation(background=10))[20:-20, 40:-40]).max() < 1e-5


def test_touching_discs_are_one_object_unless_split(rng: np.random.Generator):
    pairs = [(r, c + side * 5.5) for r, c in GRID for side in (-1, 1)]
    pixels = noisy(discs(pairs), rng)
    assert segment(pixels, Segmentation()).max() == 12
    apart = segment(pixels, Segmentation(split_touching=True))
    assert apart.max() == 24
    assert len({apart[round(r), round(c)] for r, c in pairs}) == 24


def test_splitting_leaves_discs_whole(rng: np.random.Generator):
    pixels = noisy(discs(GRID), rng)
    np.testing.assert_array_equal(segment(pixels, Segmentation(split_touching=True)), segment(pixels, Segmentation()))


@pytest.mark.parametrize(("waist_px", "parts"), [(0.0, 1), (0.1, 1), (2.5, 2)])
def test_a_slanting_rod_is_split_at_a_waist_but_not_at_its_steps(waist_px: float, parts: int):
    steps = np.arange(-30, 31)
    rod = [discs([(60 + 0.45 * step, 75 + step)], 7 - waist_px * np.exp(-((step / 6) ** 2))) for step in steps]
    objects = segment(np.max(rod, axis=0), Segmentation(smoothing_px=0, split_touching=True))
    assert objects.max() == parts


def test_sizes_and_the_border_select():
    pixels = discs(GRID) + discs([(25, 37)], 2.6) + discs([(60, 0)]) - 0.4
    whole = {"smoothing_px": 0, "min_area_px": 1}
    assert segment(pixels, Segmentation(**whole)).max() == 13
    assert segment(pixels, Segmentation(**whole, at_border="keep")).max() == 14
    assert segment(pixels, Segmentation(smoothing_px=0, min_area_px=30)).max() == 12
    assert segment(pixels, Segmentation(**whole, max_area_px=30)).max() == 1


def test_one_object_is_enough():
    assert segment(discs([(60, 70)]), Segmentation()).max() == 1


@pytest.mark.parametrize(
    ("pixels", "settings", "message"),
    [
        (np.full((30, 30), 0.3, dtype=np.float32), {}, "all pixels have one value"),
        (discs(GRID), {"threshold": 0.9}, "no pixel lies above threshold 0.9"),
        (discs(GRID), {"min_area_px": 500}, "12 smaller than min_area_px = 500"),
        (discs(GRID), {"max_area_px": 40}, "12 larger than max_area_px = 40"),
        (discs([(0, 50)]), {}, "1 cut by the image's edge"),
        (
            discs([(r, c) for r in range(0, 120, 10) for c in range(0, 150, 10)]),
            {"objects": "bright"},
            "most objects touch",
        ),
    ],
)
def test_no_object_is_told_with_the_reason(pixels: np.ndarray, settings: dict, message: str):
    with pytest.raises(InputError, match=message) as caught:
        segment(pixels, Segmentation(**settings))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("objects", "white"),
        ("background", 0),
        ("smoothing_px", -1),
        ("smoothing_px", 100_000),
        ("background", 1e9),
        ("threshold", "mean"),
        ("threshold", 1.5),
        ("threshold", None),
        ("split_touching", 1),
        ("min_area_px", 0),
        ("max_area_px", 0),
        ("max_hole_px", -1),
        ("databar_px", 0.5),
        ("at_border", "cut"),
        ("colour", "red"),
    ],
)
def test_a_setting_that_is_not_allowed_is_named(key: str, value: object):
    with pytest.raises(InputError, match=key):
        segmentation({key: value})


def test_bright_or_dark_is_found_by_the_image(rng: np.random.Generator):
    for pixels in (noisy(discs(GRID), rng), noisy(discs(DENSE, 4), rng)):
        assert decide(pixels, Segmentation()).objects == "bright"
        assert decide(1 - pixels, Segmentation()).objects == "dark"


def test_pale_discs_beside_dark_ones_are_found_in_uneven_light(rng: np.random.Generator):
    large = [(row, column) for row in (30, 90, 150) for column in (30, 90, 150, 210)]
    shape = (180, 240)
    pale, dark = (discs(each, 15, shape) - 0.2 for each in (large[::2], large[1::2]))
    light = np.linspace(0.65, 0.9, 240)
    pixels = noisy(light - 0.28 * pale - 0.6 * dark, rng, 0.01)
    objects = segment(pixels, Segmentation())
    assert [objects[centre] > 0 for centre in large] == [True] * 12
    assert objects.max() == 12
    assert segment(pixels, Segmentation("dark", None, threshold="otsu")).max() < 12


def test_the_middle_of_a_ring_belongs_to_it(rng: np.random.Generator):
    rings = discs(GRID, 10) - discs(GRID, 5)
    objects = segment(noisy(0.2 + rings, rng), Segmentation())
    assert objects.max() == 12
    assert all(objects[centre] for centre in GRID)


def test_specks_are_left_out_by_the_size_of_the_others(rng: np.random.Generator):
    pixels = discs(GRID, 12)
    pixels[rng.random(pixels.shape) < 0.02] = 1
    assert segment(pixels, Segmentation(smoothing_px=0)).max() == 12


def test_dust_is_left_out_by_the_size_of_the_others(rng: np.random.Generator):
    dust = [(row, column + 18) for row, column in GRID]
    objects = segment(noisy(np.maximum(discs(GRID, 11), discs(dust, 4)), rng), Segmentation())
    assert objects.max() == 12
    assert not any(objects[centre] for centre in dust)


def test_what_was_decided_gives_the_same_objects_and_is_decided_once(rng: np.random.Generator):
    pixels = noisy(discs(GRID), rng)
    decided = decide(pixels, Segmentation())
    assert "auto" not in (decided.objects, decided.threshold, decided.min_area_px, decided.max_hole_px)
    assert decide(pixels, decided) == decided
    np.testing.assert_array_equal(segment(pixels, decided), segment(pixels, Segmentation()))
    np.testing.assert_array_equal(flatten(pixels, decided), flatten(pixels, Segmentation()))


def test_what_is_given_is_not_decided(rng: np.random.Generator):
    given = {"objects": "dark", "threshold": "local", "min_area_px": 7, "max_hole_px": 9, "databar_px": 3}
    decided = asdict(decide(noisy(discs(GRID), rng), Segmentation(**given)))
    assert {key: decided[key] for key in given} == given
    # Holes were closed up to the least area, before their size was a setting.
    assert decide(discs(GRID), Segmentation(min_area_px=50)).max_hole_px == 50


def test_the_overlay_draws_outlines_inside_the_objects():
    pixels = discs([(60, 70)])
    objects = segment(pixels, Segmentation(smoothing_px=0))
    picture = overlay(pixels, objects)
    coloured = picture[:, :, 0] != picture[:, :, 2]
    assert (picture.dtype, picture.shape) == (np.uint8, (120, 150, 3))
    assert coloured.any()
    assert not coloured[objects == 0].any()
    assert not coloured[60, 70]
