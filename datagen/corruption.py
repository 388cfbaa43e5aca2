"""What disturbs an image after it was drawn: Gaussian noise, and contaminated pixels."""

import numpy as np

from datagen.values import is_real, require

CONTAMINATION_MODES = ("set", "add")
LARGEST_GREY = 1e6  # black is 0, white is 1; far above, 32-bit numbers overflow in what is computed from images


def add_noise(images: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Add Normal(0, sigma) to every pixel; the result is new, float32, not clipped (paper, Fig. 4e).

    Raises InputError for a sigma outside 0..LARGEST_GREY.
    """
    check_noise(sigma)
    noisy = rng.standard_normal(images.shape, dtype=np.float32)
    noisy *= np.float32(sigma)
    noisy += images
    return noisy


def contaminate(
    images: np.ndarray, density: float, intensity: float, mode: str, rng: np.random.Generator
) -> np.ndarray:
    """Set int(pixels * density) random pixels of each image to the intensity, or add it (paper, Fig. 4f).

    images [n, height, width]; the result is new, float32 and not clipped. Raises InputError for a density
    outside 0..1, an intensity beyond +-LARGEST_GREY, or a mode other than set and add.
    """
    check_density(density)
    check_intensity(intensity)
    require(mode in CONTAMINATION_MODES, "contamination mode", mode, " or ".join(CONTAMINATION_MODES))
    pixels = images.shape[-2] * images.shape[-1]
    chosen = _random_pixels(len(images), pixels, int(pixels * density), rng).reshape(images.shape)
    added = images if mode == "add" else 0.0
    return np.where(chosen, np.float32(intensity) + added, images).astype(np.float32, copy=False)


def check_noise(sigma: float) -> None:
    """Raise InputError unless noise_sigma is a number from 0 to LARGEST_GREY."""
    require(is_real(sigma) and 0 <= sigma <= LARGEST_GREY, "noise_sigma", sigma, f"a number, 0 to {LARGEST_GREY:g}")


def check_density(density: float) -> None:
    """Raise InputError unless contamination_density is in 0..1."""
    require(is_real(density) and 0 <= density <= 1, "contamination_density", density, "0..1")


def check_intensity(intensity: float) -> None:
    """Raise InputError unless contamination_intensity is a number of at most LARGEST_GREY, either sign."""
    allowed = is_real(intensity) and abs(intensity) <= LARGEST_GREY
    require(allowed, "contamination_intensity", intensity, f"a number, {-LARGEST_GREY:g} to {LARGEST_GREY:g}")


def _random_pixels(n: int, pixels: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Choose `count` distinct pixels in each of n images, every subset equally likely; [n, pixels] bool.

    R. Floyd's sampling (Bentley and Floyd 1987, CACM 30, 754), all images at once: step j draws one of
    the pixels 0..j, and takes j itself where that one is taken. Of more than half the pixels, those left out
    are chosen.
    """
    if 2 * count > pixels:
        return ~_random_pixels(n, pixels, pixels - count, rng)
    chosen = np.zeros(n * pixels, dtype=bool)
    first = np.arange(n) * pixels
    for last in range(pixels - count, pixels):
        drawn = first + rng.integers(last + 1, size=n)
        chosen[np.where(chosen[drawn], first + last, drawn)] = True
    return chosen.reshape(n, pixels)
