"""Gaussian noise added to a cell's images (paper, Fig. 4e)."""

from datagen.corruption import add_noise, check_noise
from datagen.stress_factor import Axis, StressFactor

FACTOR = StressFactor(
    axes=(
        Axis(
            name="noise_sigma",
            title=r"Noise $\sigma$",
            unit="share of the grey range",
            description="Standard deviation of the Gaussian noise added to every pixel (not clipped).",
            check=check_noise,
        ),
    ),
    corrupt=lambda images, cell, rng: add_noise(images, cell["noise_sigma"], rng),
    order=1,
)
