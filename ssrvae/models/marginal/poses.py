"""Poses read from the scores of a window of shifts and all angles."""

import math

import torch
from torch import Tensor

from ssrvae.models.marginal.inference import Reading
from ssrvae.models.marginal.pose_grid import PoseGrid


def best_pose(grid: PoseGrid, reading: Reading, classes: Tensor) -> Tensor:
    """Find the most probable pose under classes [n], between grid points by a parabola: [n, 3], angle and shift x, y.

    Angles are in radians in (-pi, pi], shifts in half sides.
    """
    rows = torch.arange(len(classes), device=classes.device)
    scores, shift_index = reading.scores[rows, classes], reading.shift_index[rows, classes]
    n_angles, side = scores.shape[-1], math.isqrt(scores.shape[1])
    best = scores.flatten(1).argmax(-1)
    window, angle = best // n_angles, best % n_angles
    around = torch.stack([scores[rows, window, (angle + step) % n_angles] for step in (-1, 0, 1)], dim=-1)
    angle_rad = 2 * math.pi / n_angles * (angle + _parabola_top(around))
    shift = grid.shifts.to(scores)[shift_index[rows, window]]
    if side > 1:
        lattice = scores[rows, :, angle].reshape(-1, side, side)
        row, column = window // side, window % side
        offset = torch.stack([_offset(lattice[rows, :, column], row), _offset(lattice[rows, row], column)], dim=-1)
        shift = shift + grid.shift_step * offset
    wrapped = math.pi - torch.remainder(math.pi - angle_rad, 2 * math.pi)
    return torch.cat([wrapped[:, None], shift], dim=-1)


def angle_posterior(reading: Reading, classes: Tensor) -> Tensor:
    """Sum the shift out under classes [n]: probabilities of the angles [n, angles]."""
    rows = torch.arange(len(classes), device=classes.device)
    return reading.scores[rows, classes].logsumexp(1).softmax(-1)


def _offset(line: Tensor, best: Tensor) -> Tensor:
    """The top's place between the points of a line of scores [n, points], 0 where the best lies at an end: [n]."""
    inside = (best > 0) & (best < line.shape[1] - 1)
    centre = best.clamp(1, line.shape[1] - 2)
    around = line.gather(1, centre[:, None] + torch.arange(-1, 2, device=line.device))
    return torch.where(inside, _parabola_top(around), 0.0)


def _parabola_top(around: Tensor) -> Tensor:
    """Where the parabola through (-1, 0, 1) -> around [n, 3] is highest, at most half a step away: [n]."""
    before, centre, after = around.unbind(-1)
    curvature = (2 * centre - before - after).clamp_min(1e-6)
    return (0.5 * (after - before) / curvature).clamp(-0.5, 0.5)
