"""Simulated agglomerates by the geometry of touching spheres; micrographs by counts, limits and segmentation."""

import numpy as np
import pytest
from skimage.measure import label

from datagen.errors import InputError
from datagen.micrographs.segmentation import Segmentation, segment
from datagen.particles.agglomerates import GEOMETRIES, agglomerate
from datagen.particles.simulated import CONTACT, PAPER_COUNTS, Scene, simulate

CONTACTS = {"single": 0, "pair": 1, "chain": None, "bent": None, "triangle": 3, "rhombus": 5, "square": 4}
SMALL = {"counts": (20, 8, 6, 6), "height": 200, "width": 260}


def gaps(centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Give the free distance of every pair of spheres, in their upper triangle."""
    distances = np.hypot(*(centres[:, None] - centres).transpose(2, 0, 1)) - (radii[:, None] + radii)
    return distances[np.triu_indices(len(radii), 1)]


def test_spheres_touch_as_often_as_their_geometry_says_and_never_overlap(rng: np.random.Generator):
    seen = set()
    for particles in np.repeat([1, 2, 3, 4], 40):
        radii = rng.uniform(4.5, 5.5, particles)
        centres, name = agglomerate(radii, rng)
        between = gaps(centres, radii)
        assert (between > -1e-9).all(), name
        contacts = CONTACTS[name] if CONTACTS[name] is not None else particles - 1
        assert (np.abs(between) < 1e-9).sum() == contacts, name
        np.testing.assert_allclose(centres.mean(axis=0), 0, atol=1e-9)
        seen.add((particles, name))
    assert seen == {(particles, name) for particles, names in GEOMETRIES.items() for name in names}


def test_agglomerates_lie_at_every_angle(rng: np.random.Generator):
    pairs = [agglomerate(np.ones(2), rng)[0] for _ in range(400)]
    doubled = [2 * np.arctan2(*(pair[1] - pair[0])[::-1]) for pair in pairs]
    assert np.hypot(np.mean(np.cos(doubled)), np.mean(np.sin(doubled))) < 4 / np.sqrt(400)


@pytest.fixture(scope="module")
def micrograph():
    return simulate(Scene(**SMALL), np.random.default_rng(5))


def test_the_truth_has_the_counts_asked_for_and_one_region_each(micrograph):
    assert np.bincount(micrograph.particles, minlength=5)[1:].tolist() == list(SMALL["counts"])
    assert micrograph.objects.max() == len(micrograph.particles) == 40
    assert label(micrograph.objects > 0, connectivity=2).max() == 40
    areas = np.bincount(micrograph.objects.ravel())[1:]
    np.testing.assert_allclose(areas.sum() / micrograph.particles.sum(), np.pi * 5.4**2, rtol=0.1)


def test_every_place_lies_among_its_object_s_pixels(micrograph):
    for number, (row, column) in enumerate(zip(micrograph.rows, micrograph.columns, strict=True), start=1):
        rows, columns = np.nonzero(micrograph.objects == number)
        assert abs(rows.mean() - row) < 1.5
        assert abs(columns.mean() - column) < 1.5


def test_the_segmentation_finds_the_objects_that_were_drawn(micrograph):
    found = segment(micrograph.pixels, Segmentation(at_border="keep"))
    pairs = np.unique(np.stack([found, micrograph.objects])[:, (found > 0) & (micrograph.objects > 0)], axis=1)
    assert pairs.shape[1] == found.max() == 40


def test_without_noise_and_slope_the_background_is_flat_and_blur_keeps_the_light():
    quiet = {"electrons": 1e12, "noise": 0.0, "slope": 0.0, "background": 0.1}
    light = [
        simulate(Scene(**SMALL, **quiet, blur_px=blur), np.random.default_rng(0)).pixels.sum() for blur in (0.0, 2.0)
    ]
    sharp = simulate(Scene(**SMALL, **quiet, blur_px=0.0), np.random.default_rng(0))
    np.testing.assert_allclose(sharp.pixels[sharp.objects == 0], 0.1, atol=1e-4)
    np.testing.assert_allclose(light[1], light[0], rtol=2e-3)


def test_counting_noise_has_poisson_s_variance():
    empty = Scene(counts=(1, 0, 0, 0), height=200, width=200, electrons=50, noise=0.0, slope=0.0, background=0.4)
    drawn = simulate(empty, np.random.default_rng(1))
    background = drawn.pixels[:, : drawn.pixels.shape[1]][drawn.objects == 0]
    np.testing.assert_allclose(background.var(), 0.4 / 50, rtol=0.1)


def test_the_same_generator_gives_the_same_micrograph():
    first, second = (simulate(Scene(**SMALL), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first.pixels, second.pixels)


def test_the_paper_s_counts_are_the_default_and_fit():
    assert Scene().counts == PAPER_COUNTS == (304, 93, 49, 31)
    assert 0 < CONTACT <= 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("counts", (0, 0, 0, 0)),
        ("counts", (1, 2)),
        ("height", 10),
        ("radius_px", 0),
        ("noise", -1),
        ("electrons", float("nan")),
    ],
)
def test_a_value_that_is_not_allowed_is_named(key: str, value: object):
    with pytest.raises(InputError, match=key):
        Scene(**{key: value})


def test_too_many_agglomerates_are_refused_with_the_remedy():
    with pytest.raises(InputError, match="do not fit into 64 x 64 px; enlarge"):
        simulate(Scene(counts=(300, 0, 0, 0), height=64, width=64), np.random.default_rng(0))
