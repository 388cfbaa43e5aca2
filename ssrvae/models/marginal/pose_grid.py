"""The grid of angles and shifts that poses are summed over, chosen from the image's side by a stated rule.

On a disc of radius 1 the basis holds frequencies up to `band_limit` (radians per radius) and angular orders up to
`max_order`. A score is then a trigonometric polynomial of that order in the angle, which 2 * max_order + 1 angles
determine; and no finer than `band_limit` in the shift, so shifts lie a quarter of its shortest wave apart.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

FINEST_BAND_LIMIT = 32.0
"""Resolves a twentieth of the object; 44 with orders up to 22 classified no better and cost twice as much."""
NYQUIST_SHARE = 0.75
ANGLES_PER_ORDER = 4.5


class Resolution(NamedTuple):
    """How fine a basis is: the highest Bessel zero in it, and the highest angular order."""

    band_limit: float
    max_order: int


class PoseGrid(NamedTuple):
    """angles_rad: [angles], counter-clockwise, evenly on the circle; shifts: [shifts, 2] in half sides (x right, y up).

    The shifts are a square lattice of `shifts_per_axis` a side, `shift_step` apart, row by row from the lowest x and y.
    """

    angles_rad: Tensor
    shifts: Tensor
    shifts_per_axis: int
    shift_step: float

    @property
    def n_poses(self) -> int:
        """Count the poses on the grid."""
        return len(self.angles_rad) * len(self.shifts)


def resolution_for(size: int) -> Resolution:
    """Choose the basis of images of a side: band limit 32, or three quarters of the pixels' own where that is less."""
    finest = NYQUIST_SHARE * math.pi * size / 2
    band_limit = max(4.0, min(FINEST_BAND_LIMIT, finest))
    return Resolution(band_limit, max(1, round(band_limit / 2)))


def pose_grid(resolution: Resolution, max_shift: float) -> PoseGrid:
    """Lay out the poses: `ANGLES_PER_ORDER` angles an order; shifts up to `max_shift` half sides in x and in y."""
    n_angles = max(8, 4 * round(ANGLES_PER_ORDER * resolution.max_order / 4))
    step = math.pi / (2 * resolution.band_limit)
    n_steps = math.ceil(max_shift / step - 0.1) if max_shift > 0 else 0
    step = max_shift / n_steps if n_steps else step
    along = step * torch.arange(-n_steps, n_steps + 1)
    return PoseGrid(
        2 * math.pi * torch.arange(n_angles) / n_angles, torch.cartesian_prod(along, along), len(along), step
    )
