"""Inner products of images with the basis, moved to every shift of the pose grid.

<x moved by -t, f> = <x, f moved by t>: the functions are moved, exactly, and the data never are. Moved functions hold
no high frequencies, so images are first reduced to their low ones (a cosine transform): the cost of a shift then
depends on the band limit and not on the image's size. Beyond its frame an image counts as black.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import torch
from scipy.special import jv
from torch import Tensor

from ssrvae.models.basis import bessel_zeros
from ssrvae.models.marginal.parity import Parts, basis_parity
from ssrvae.models.marginal.pose_grid import Resolution

REDUCTION_MARGIN = 1.4
"""Cosine frequencies kept, over the band limit's: functions cut at the frame's border reach beyond it."""
TABLE_POINTS = 8192


class Projector:
    """The moved basis of one image size and pose grid, reduced to low cosine frequencies.

    Mirrored, the basis is itself but for signs, so it is tabulated for the shifts of one quadrant, x and y not below 0,
    and part by part (`parity`): the lower half of a row of shifts is the upper one with the signs of odd parts changed.
    """

    def __init__(self, size: int, resolution: Resolution, shifts_per_axis: int, shift_step: float) -> None:
        kept = min(size, math.ceil(REDUCTION_MARGIN * 2 * resolution.band_limit / math.pi))
        self.cosines = torch.from_numpy(_cosine_transform(size, kept)).float()
        odd = torch.arange(kept) % 2 == 1
        self.parts = Parts(odd.repeat(kept), odd.repeat_interleave(kept))
        self.n_steps = shifts_per_axis // 2
        along = [shift_step * step for step in range(self.n_steps + 1)]
        shifts = [(x, y) for x in along for y in along]
        self.moved = torch.cat([self._table(functions) for functions in moved_bases(size, resolution, shifts)], dim=2)
        odd_x, odd_y = basis_parity(torch.tensor([order for order, _ in bessel_zeros(*resolution)]))
        self.sign_x, self.sign_y = 1 - 2 * odd_x.float(), 1 - 2 * odd_y.float()

    def to(self, device: str | torch.device) -> "Projector":
        """Move all tables to a device."""
        self.parts.to(device)
        for name in ("cosines", "moved", "sign_x", "sign_y"):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def reduce(self, images: Tensor) -> Tensor:
        """Keep the low cosine frequencies of images [n, size * size]: [n, frequencies]."""
        size = self.cosines.shape[1]
        transform = self.cosines.to(images)
        return (transform @ images.reshape(-1, size, size) @ transform.T).flatten(1)

    def centred(self, reduced: Tensor) -> Tensor:
        """Project reduced images on the basis at rest: [n, 2 * basis], cosines then sines."""
        return torch.bmm(self.parts.split(reduced), self.moved[:, :, : len(self.sign_x)]).sum(0)

    @torch.no_grad()
    def __call__(self, reduced: Tensor) -> Tensor:
        """Project reduced images on the moved functions: [n, shifts, 2 * basis], cosines then sines."""
        n_functions, last = len(self.sign_x), self.n_steps
        even, odd = torch.bmm(self.parts.split(reduced), self.moved).unflatten(0, (2, 2)).unbind(1)
        of_x = torch.stack([even + odd, even - odd]).unflatten(-1, (last + 1, last + 1, n_functions))
        out = reduced.new_empty(len(reduced), 2 * last + 1, 2 * last + 1, n_functions)
        for x in range(-last, last + 1):
            even, odd = of_x[int(x < 0), :, :, abs(x)]
            for y in range(-last, last + 1):
                torch.add(even[:, abs(y)], odd[:, abs(y)], alpha=-1 if y < 0 else 1, out=out[:, last + x, last + y])
        out[:, :last] *= self.sign_x
        out[:, :, :last] *= self.sign_y
        return out.flatten(1, 2)

    def _table(self, functions: Tensor) -> Tensor:
        return self.parts.rows(self.reduce(functions).T)


@lru_cache(maxsize=4)
def projector(
    size: int, resolution: Resolution, shifts_per_axis: int, shift_step: float, device: str | torch.device = "cpu"
) -> Projector:
    """Tabulate a projector, or give the one already tabulated: models of one image size share it."""
    return Projector(size, resolution, shifts_per_axis, shift_step).to(device)


def in_chunks(n: int, chunk: int) -> Iterator[slice]:
    """Cut n rows into slices of at most `chunk`."""
    return (slice(start, min(start + chunk, n)) for start in range(0, n, chunk))


def _cosine_transform(size: int, kept: int) -> np.ndarray:
    """The lowest rows of the orthonormal cosine transform (DCT-II): [kept, size]."""
    frequency, position = np.arange(kept)[:, None], np.arange(size) + 0.5
    rows = np.cos(math.pi * frequency * position / size) * math.sqrt(2 / size)
    rows[0] /= math.sqrt(2)
    return rows


def moved_bases(size: int, resolution: Resolution, shifts: Sequence[tuple[float, float]]) -> Iterator[Tensor]:
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
