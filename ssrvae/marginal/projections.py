"""Inner products of images with the basis, moved to every shift of the pose grid.

<x moved by -t, f> = <x, f moved by t>: the functions are moved, exactly, and the data never are. Moved functions hold
no high frequencies, so images are first reduced to their low ones (a cosine transform): the cost of a shift then
depends on the band limit and not on the image's size. Beyond its frame an image counts as black.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from scipy.special import jv
from torch import Tensor

from ssrvae.basis import bessel_zeros
from ssrvae.marginal.pose_grid import Resolution

REDUCTION_MARGIN = 1.4
"""Cosine frequencies kept, over the band limit's: functions cut at the frame's border reach beyond it."""
TABLE_POINTS = 8192


class Projector:
    """The moved basis of one image size and pose grid, reduced to low cosine frequencies."""

    def __init__(self, size: int, resolution: Resolution, shifts: tuple[tuple[float, float], ...]) -> None:
        kept = math.ceil(REDUCTION_MARGIN * 2 * resolution.band_limit / math.pi)
        self.cosines = torch.from_numpy(_cosine_transform(size, min(size, kept))).float()
        moved = (self.reduce(functions) for functions in moved_bases(size, resolution, shifts))
        self.moved = torch.stack(list(moved))

    def reduce(self, images: Tensor) -> Tensor:
        """Keep the low cosine frequencies of images [n, size * size]: [n, frequencies]."""
        size = self.cosines.shape[1]
        transform = self.cosines.to(images)
        return (transform @ images.reshape(-1, size, size) @ transform.T).flatten(1)

    def __call__(self, reduced: Tensor, shifts: Tensor | None = None) -> Tensor:
        """Project reduced images on the moved functions: [n, shifts, 2 * basis], cosines then sines.

        shifts: indices of the wanted shifts, the same for all images; None for all.
        """
        moved = self.moved if shifts is None else self.moved[shifts]
        n_shifts, n_functions, n_frequencies = moved.shape
        flat = moved.to(reduced).reshape(n_shifts * n_functions, n_frequencies)
        return (reduced @ flat.T).reshape(-1, n_shifts, n_functions)


@lru_cache(maxsize=4)
def projector(
    size: int, resolution: Resolution, shifts: tuple[tuple[float, float], ...], device: str | torch.device = "cpu"
) -> Projector:
    """Tabulate a projector, or give the one already tabulated: models of one image size share it."""
    made = Projector(size, resolution, shifts)
    made.cosines, made.moved = made.cosines.to(device), made.moved.to(device)
    return made


def in_chunks(n: int, chunk: int) -> Iterator[slice]:
    """Cut n rows into slices of at most `chunk`."""
    return (slice(start, min(start + chunk, n)) for start in range(0, n, chunk))


def _cosine_transform(size: int, kept: int) -> np.ndarray:
    """The lowest rows of the orthonormal cosine transform (DCT-II): [kept, size]."""
    frequency, position = np.arange(kept)[:, None], np.arange(size) + 0.5
    rows = np.cos(math.pi * frequency * position / size) * math.sqrt(2 / size)
    rows[0] /= math.sqrt(2)
    return rows


def moved_bases(size: int, resolution: Resolution, shifts: tuple[tuple[float, float], ...]) -> Iterator[Tensor]:
    """Give the basis at each shift (half sides, x right and y up): [2 * basis, size * size] each.

    Radial parts are interpolated in tables (error below 2e-6); Bessel functions at every pixel would take seconds.
    """
    zeros = bessel_zeros(resolution.band_limit, resolution.max_order)
    orders = np.array([order for order, _ in zeros])
    knots = np.linspace(0, 1, TABLE_POINTS)
    arguments = resolution.band_limit * knots
    bessel = [jv(order, arguments) for order in range(resolution.max_order + 1)]
    table = np.stack([np.interp(zero * knots, arguments, bessel[order]) for order, zero in zeros])
    centred, _ = _polar(size, (0.0, 0.0))
    table /= np.linalg.norm(_interpolated(table, centred), axis=1, keepdims=True)
    for shift in shifts:
        radius, theta = _polar(size, shift)
        radial = _interpolated(table, radius)
        phase = theta * np.arange(resolution.max_order + 1)[:, None]
        functions = np.concatenate([radial * np.cos(phase)[orders], radial * np.sin(phase)[orders]])
        yield torch.from_numpy(functions).float()


def _polar(size: int, shift: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Polar coordinates of the pixels about a shifted centre: radius [pixels] in half sides, angle [pixels]."""
    centres = (np.arange(size) - (size - 1) / 2) / (size / 2)
    y, x = np.meshgrid(-centres - shift[1], centres - shift[0], indexing="ij")
    return np.hypot(x, y).ravel(), np.arctan2(y, x).ravel()


def _interpolated(table: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Read a table [basis, knots over 0..1] at radii [pixels], linearly; zero beyond 1: [basis, pixels]."""
    place = np.minimum(radius, 1) * (table.shape[1] - 1)
    below = np.minimum(place.astype(np.int64), table.shape[1] - 2)
    share = place - below
    return np.where(radius <= 1, table[:, below] * (1 - share) + table[:, below + 1] * share, 0)
