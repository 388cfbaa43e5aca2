"""Objects whose pose is known without any interpolation: sums of Gaussians, drawn anew for every turn and shift."""

from typing import NamedTuple

import numpy as np

SIDE = 32


class Blobs(NamedTuple):
    """Gaussians of one object: centres [k, 2] (x right, y up, px from the middle), heights [k] and widths [k] in px."""

    centres: np.ndarray
    heights: np.ndarray
    widths: np.ndarray


def random_blobs(rng: np.random.Generator) -> Blobs:
    """Draw five Gaussians about the middle, longer than wide and heavier at one end."""
    return Blobs(rng.uniform(-1, 1, (5, 2)) * [3, 6] + [0, 1], rng.uniform(0.3, 1, 5), rng.uniform(2, 2.8, 5))


def drawn(blobs: Blobs, turn_rad: float = 0.0, shift_px: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Draw an object turned counter-clockwise and then shifted: [SIDE, SIDE] float32."""
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    x, y = np.array([[cos, -sin], [sin, cos]]) @ blobs.centres.T + np.array(shift_px)[:, None]
    row, column = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    squared = (column[..., None] - x) ** 2 + (-row[..., None] - y) ** 2
    return (blobs.heights * np.exp(-squared / (2 * blobs.widths**2))).sum(axis=-1).astype(np.float32)
