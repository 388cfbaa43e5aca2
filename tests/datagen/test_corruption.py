"""Noise by its moments, contamination by exact counts and by every subset's chance."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chisquare

from datagen.corruption import add_noise, contaminate
from datagen.errors import InputError


def test_noise_has_mean_zero_and_the_given_deviation_and_is_not_clipped(rng):
    images = np.full((40, 32, 32), 0.5, dtype=np.float32)
    noise = add_noise(images, 0.3, rng) - images
    n = noise.size
    # Six standard errors: one fresh seed in 500 million.
    assert abs(noise.mean()) < 6 * 0.3 / np.sqrt(n)
    assert abs(noise.std() / 0.3 - 1) < 6 / np.sqrt(2 * n)
    assert noise.min() < -0.5
    assert noise.max() > 0.5
    assert noise.dtype == np.float32


def test_no_noise_leaves_the_images_as_they_are(rng):
    images = rng.random((3, 8, 8)).astype(np.float32)
    np.testing.assert_array_equal(add_noise(images, 0, rng), images)


@pytest.mark.parametrize("density", [0, 1e-4, 0.05, 0.3, 0.5, 0.7, 0.999, 1])
@pytest.mark.parametrize("mode", ["set", "add"])
def test_exactly_the_stated_pixels_change_and_to_the_stated_value(density, mode, rng):
    images = rng.random((7, 48, 48)).astype(np.float32)
    before = images.copy()
    changed = contaminate(images, density, 3.0, mode, rng)
    touched = changed != images
    assert (touched.sum(axis=(1, 2)) == int(48 * 48 * density)).all()
    expected = np.float32(3) + (before if mode == "add" else 0)
    np.testing.assert_array_equal(changed[touched], np.broadcast_to(expected, images.shape)[touched])
    np.testing.assert_array_equal(images, before)
    assert changed.dtype == np.float32


@pytest.mark.parametrize("count", [2, 4])
def test_every_set_of_pixels_is_equally_likely(count, rng):
    images = np.zeros((30_000, 2, 3), dtype=np.float32)
    chosen = contaminate(images, count / 6 + 1e-9, 1.0, "set", rng).reshape(-1, 6)
    codes = chosen.astype(int) @ (1 << np.arange(6))
    subsets = [sum(1 << pixel for pixel in pixels) for pixels in combinations(range(6), count)]
    counts = [int((codes == subset).sum()) for subset in subsets]
    assert sum(counts) == len(images)
    assert chisquare(counts).pvalue > 1e-6  # one fresh seed in a million


def test_images_of_one_batch_are_contaminated_in_different_places(rng):
    chosen = contaminate(np.zeros((20, 16, 16), dtype=np.float32), 0.1, 1.0, "set", rng)
    assert len({image.tobytes() for image in chosen}) == 20


@pytest.mark.parametrize("corrupt", [lambda x, r: add_noise(x, 0.2, r), lambda x, r: contaminate(x, 0.2, 1, "add", r)])
def test_the_same_generator_state_gives_the_same_corruption(corrupt):
    images = np.zeros((4, 9, 9), dtype=np.float32)
    first, second, other = (corrupt(images, np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-0.1, 1.0, "set"), r"contamination_density: -0.1 is not allowed; expected 0\.\.1"),
        ((1.1, 1.0, "set"), "contamination_density: 1.1"),
        ((float("nan"), 1.0, "set"), "contamination_density: nan"),
        ((0.1, float("inf"), "set"), "contamination_intensity: inf"),
        ((0.1, 1.0, "replace"), "contamination mode: 'replace' is not allowed; expected set or add"),
    ],
)
def test_contamination_that_cannot_be_is_refused_by_name(arguments, message, rng):
    with pytest.raises(InputError, match=message):
        contaminate(np.zeros((1, 4, 4), dtype=np.float32), *arguments, rng)


@pytest.mark.parametrize("sigma", [-0.1, float("nan"), float("inf"), 1e300, "0.1"])
def test_negative_or_infinite_noise_is_refused(sigma, rng):
    """1e300 is infinite as a 32-bit number."""
    with pytest.raises(InputError, match=r"noise_sigma: .* expected a number, 0 to 1e\+06"):
        add_noise(np.zeros((1, 4, 4), dtype=np.float32), sigma, rng)
