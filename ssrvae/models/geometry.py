"""Pixel grids, poses, and the maps between image and object coordinates.

Coordinates are (x, y) with x to the right and y up; an image spans [-1, 1] in both, so a length of 1 is half the side.
Angles are counter-clockwise, in radians.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

PLASTIC = 1.324717957244746
"""The plastic number: its cube is itself plus 1."""


HALF_SIDES = 2.0
"""A shift of one side is two half sides, the unit of the models' pixel grid."""


class Pose(NamedTuple):
    """Where an object lies: image coordinates = scale * R(angle) (object coordinates) + shift.

    angle_rad: [*batch]; shift: [*batch, 2] in half sides (x right, y up); scale: [*batch], factor.
    """

    angle_rad: Tensor
    shift: Tensor
    scale: Tensor


class PoseEstimate(NamedTuple):
    """Poses read from images: angle_rad [n] counter-clockwise; shift [n, 2] in sides (x right, y up); scale [n]."""

    angle_rad: np.ndarray
    shift: np.ndarray
    scale: np.ndarray


def upright(batch: torch.Size | tuple[int, ...], like: Tensor) -> Pose:
    """Make the pose that leaves the object as it is: angle 0, shift 0, scale 1; each with the shape `batch`."""
    return Pose(like.new_zeros(batch), like.new_zeros((*batch, 2)), like.new_ones(batch))


def pixel_grid(size: int) -> Tensor:
    """List the pixel centres of a square image, row by row from the top: [size * size, 2]."""
    centres = (torch.arange(size) - (size - 1) / 2) / (size / 2)
    y, x = torch.meshgrid(-centres, centres, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=-1)


def scattered_pixels(size: int, n_pixels: int) -> Tensor:
    """Choose random pixels of a square image, evenly spread over it: indices [n_pixels], of many some twice.

    The points of a Kronecker sequence, all moved by one random shift on the torus: each is uniform, so a mean over them
    is unbiased, and of images it varies far less than over independent pixels. Source: Cranley and Patterson 1976, SIAM
    J. Numer. Anal. 13, 904.
    """
    steps = torch.tensor([PLASTIC**-1, PLASTIC**-2], dtype=torch.float64)
    points = (torch.arange(n_pixels)[:, None] * steps + torch.rand(2, dtype=torch.float64)) % 1
    column, row = (points * size).long().unbind(-1)
    return row * size + column


def rotate(points: Tensor, angle_rad: Tensor) -> Tensor:
    """Turn points counter-clockwise about the origin: p' = R(angle) p.

    points: [*batch or 1s, points, 2]; angle_rad: [*batch]. Returns [*batch, points, 2].
    Turning the grid one way turns the image decoded on it the other way (tests/models/test_geometry.py).
    """
    cosine, sine = torch.cos(angle_rad)[..., None], torch.sin(angle_rad)[..., None]
    x, y = points[..., 0], points[..., 1]
    return torch.stack([cosine * x - sine * y, sine * x + cosine * y], dim=-1)


def to_object_coordinates(grid: Tensor, pose: Pose) -> Tensor:
    """Map image points to the object's own frame: R(-angle) (grid - shift) / scale.

    grid: [points, 2]. Returns [*batch, points, 2].
    """
    centred = grid - pose.shift[..., None, :]
    return rotate(centred, -pose.angle_rad) / pose.scale[..., None, None]


def place(images: Tensor, pose: Pose, outside: float = 0.0, pixels: Tensor | None = None) -> Tensor:
    """Turn, scale and shift upright images, bilinearly; beyond their border they hold the value `outside`.

    images: [*batch, size * size]; pose: of shape [*batch]; pixels: indices [subset] of those wanted, or None for all.
    Returns [*batch, pixels].
    """
    return resample(images, inverse_affine(pose), outside, pixels)


def resample(images: Tensor, inverse: Tensor, outside: float = 0.0, pixels: Tensor | None = None) -> Tensor:
    """Draw images as `place` does, by the affine maps [*batch, 2, 3] from the points drawn to those of the images.

    The maps are those of `inverse_affine`, or products with them.
    """
    size = round(images.shape[-1] ** 0.5)
    flat = (images - outside).reshape(-1, 1, size, size)
    points = F.pad(pixel_grid(size).to(images), (0, 1), value=1.0)
    points = points if pixels is None else points[pixels]
    # One product for all images; affine_grid's batched one takes several times as long on a CPU.
    sampled_at = (inverse.reshape(-1, 3) @ points.T).reshape(-1, 2, 1, len(points)).permute(0, 2, 3, 1)
    return F.grid_sample(flat, sampled_at, align_corners=False).reshape(*images.shape[:-1], -1) + outside


def inverse_affine(pose: Pose) -> Tensor:
    """Write `to_object_coordinates` as [*batch, 2, 3] matrices; their second row is negated, as PyTorch's y is down."""
    cosine, sine = torch.cos(pose.angle_rad) / pose.scale, torch.sin(pose.angle_rad) / pose.scale
    x, y = pose.shift[..., 0], pose.shift[..., 1]
    rows = [cosine, sine, -cosine * x - sine * y, sine, -cosine, cosine * y - sine * x]
    return torch.stack(rows, dim=-1).unflatten(-1, (2, 3))
