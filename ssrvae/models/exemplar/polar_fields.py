"""Images about their objects' centres in polar coordinates, where a turn of the object is a cyclic shift.

Edges are vectors: their length is the gradient's, their direction is measured from the ray through the centre, which
turns with the object. So every channel below keeps its values under a turn, and moves along the angle alone.
Source: Liu et al. 2014, Rotation-invariant HOG descriptors using Fourier analysis in polar and spherical coordinates,
doi:10.1007/s11263-013-0634-z.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

N_RADII, N_ANGLES = 16, 64
HARMONICS = 4
"""Directions of edges are told apart by so many waves about the circle."""
SMOOTHING_PX = 0.7
OBJECT_SHARE = 0.2
"""Pixels further from the background than this share of the furthest one belong to the object."""
MASS_SHARE = 0.1
"""And those further than this draw the centre towards them."""
MARGIN_PX = 1.5
LARGEST_RADIUS = 0.6
"""In sides: no object is taken to reach further from its centre."""
STRONG_EDGE = 0.95
"""An image's edges are measured in this quantile of their lengths, and end at LONGEST of it."""
LONGEST = 2.0


class ObjectMaps(NamedTuple):
    """Images smoothed, with the middle and the extent of their objects.

    grey [n, 1, side, side], background 0; gradient [n, 2, side, side], along x and y (downwards), in strong edges of
    the image; middle [n, 2], (x, y) in px from the image's middle, y downwards; radius_px [n], from there to the
    object's furthest pixel.
    """

    grey: Tensor
    gradient: Tensor
    middle: Tensor
    radius_px: Tensor


def object_maps(images: Tensor) -> ObjectMaps:
    """Find the object in each image [n, side, side], what differs from the median of its border, and its edges."""
    images = images - background(images)
    middle, radius_px = _extent(images)
    smooth, slope = _smoothing(images)
    rows, row_slopes = smooth @ images, slope @ images
    gradient = torch.stack([rows @ slope.T, row_slopes @ smooth.T], dim=1)
    lengths = gradient.square().sum(1).flatten(1)
    strong = lengths.kthvalue(round(STRONG_EDGE * lengths.shape[1]), dim=1).values.sqrt().clamp_min(1e-6)
    return ObjectMaps((rows @ smooth.T)[:, None], gradient / strong[:, None, None, None], middle, radius_px)


def background(images: Tensor) -> Tensor:
    """Give the medians of the borders of images [n, side, side]: [n, 1, 1]."""
    border = torch.cat([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], dim=1)
    return border.median(dim=1).values[:, None, None]


def taken(objects: ObjectMaps, chosen: Tensor) -> ObjectMaps:
    """Take some objects, by their indices."""
    return ObjectMaps(*(part[chosen] for part in objects))


def whole_radius(objects: ObjectMaps) -> Tensor:
    """Give the radius that reaches from the middle of an image to its border, in px: [n], alike for all."""
    return torch.full_like(objects.radius_px, objects.grey.shape[-1] / 2)


def edge_fields(objects: ObjectMaps, radius_px: Tensor) -> Tensor:
    """Sample edges in polar coordinates out to a radius [n]: [n, 1 + 2 * HARMONICS, N_RADII, N_ANGLES].

    Channels are the root of an edge's length, and that times cosines of multiples of its direction, then sines.
    """
    x, y = _sampled(objects.gradient, objects.middle, radius_px).unbind(1)
    cos, sin = _rays(x)
    outwards, along = x * cos + y * sin, y * cos - x * sin
    length = torch.hypot(outwards, along).clamp_min(1e-12)
    root = length.clamp_max(LONGEST).sqrt() * _area_weights(x)
    cosines, sines = zip(*_waves(root, outwards / length, along / length), strict=True)
    return torch.stack([root, *cosines, *sines], dim=1)


def grey_fields(objects: ObjectMaps, radius_px: Tensor) -> Tensor:
    """Sample grey values above the background in polar coordinates out to a radius [n]: [n, 1, N_RADII, N_ANGLES]."""
    grey = _sampled(objects.grey, objects.middle, radius_px)
    return grey * _area_weights(grey)


def mirrored(fields: Tensor) -> Tensor:
    """Give the fields of the images mirrored left to right: angles run back from half a turn, sines change sign."""
    signs = fields.new_ones(fields.shape[1])
    signs[len(signs) - odd_channels(len(signs)) :] = -1
    return torch.roll(torch.flip(fields, dims=[-1]), N_ANGLES // 2 + 1, dims=-1) * signs[:, None, None]


def odd_channels(n_channels: int) -> int:
    """Count the channels, the last ones, that change sign in a mirror: the sines, less than half of all channels."""
    return (n_channels - 1) // 2


def _waves(size: Tensor, cos: Tensor, sin: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Give size times the cosine and sine of each multiple of an angle whose cosine and sine are given."""
    real, imaginary = size, torch.zeros_like(size)
    for _ in range(HARMONICS):
        real, imaginary = real * cos - imaginary * sin, real * sin + imaginary * cos
        yield real, imaginary


def _sampled(maps: Tensor, middle: Tensor, radius_px: Tensor) -> Tensor:
    """Sample maps [n, channels, side, side] on rings about the middles: [n, channels, N_RADII, N_ANGLES]."""
    half_side = (maps.shape[-1] - 1) / 2
    radii = (torch.arange(N_RADII, device=maps.device) + 0.5) / N_RADII * radius_px[:, None]
    cos, sin = _rays(maps)
    rings = torch.stack([radii[:, :, None] * cos, radii[:, :, None] * sin], dim=-1) + middle[:, None, None, :]
    return F.grid_sample(maps, rings / half_side, mode="bilinear", padding_mode="border", align_corners=True)


def _rays(like: Tensor) -> tuple[Tensor, Tensor]:
    """Give the directions of the rays, x and y (downwards), [N_ANGLES] each."""
    angles = torch.arange(N_ANGLES, device=like.device, dtype=like.dtype) * (2 * math.pi / N_ANGLES)
    return torch.cos(angles), torch.sin(angles)


def _area_weights(like: Tensor) -> Tensor:
    """Let a product of two fields weigh each ring by its area: [N_RADII, 1], the root of radii about 1."""
    radii = (torch.arange(N_RADII, device=like.device, dtype=like.dtype) + 0.5) / (N_RADII / 2)
    return radii.sqrt()[:, None]


def _extent(images: Tensor) -> tuple[Tensor, Tensor]:
    """Find the objects' centres of mass [n, 2] and how far they reach from there [n], in px."""
    height = images.abs()
    highest = height.amax((1, 2), keepdim=True).clamp_min(1e-6)
    mass = (height - MASS_SHARE * highest).clamp_min(0)
    total = mass.sum((1, 2)).clamp_min(1e-6)
    place = torch.arange(images.shape[-1], device=images.device) - (images.shape[-1] - 1) / 2
    middle = torch.stack([(mass.sum(1) * place).sum(1) / total, (mass.sum(2) * place).sum(1) / total], dim=1)
    distance = torch.hypot(place[None, None, :] - middle[:, :1, None], place[None, :, None] - middle[:, 1:, None])
    furthest = (distance * (height > OBJECT_SHARE * highest)).amax((1, 2)) + MARGIN_PX
    return middle, furthest.clamp(2 * MARGIN_PX, LARGEST_RADIUS * images.shape[-1])


def _smoothing(images: Tensor) -> tuple[Tensor, Tensor]:
    """Give matrices [side, side] that smooth a column by a Gaussian, and that give the slope of it smoothed.

    Beyond the border the image goes on as it ends.
    """
    place = torch.arange(images.shape[-1], device=images.device, dtype=images.dtype)
    reach = math.ceil(4 * SMOOTHING_PX)
    around = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    gaussian = torch.exp(-around.square() / (2 * SMOOTHING_PX**2))
    gaussian = gaussian / gaussian.sum()
    source = (place[:, None] + around).clamp(0, len(place) - 1).long()
    weights = torch.stack([gaussian, gaussian * around / SMOOTHING_PX**2])[:, None, :].expand(-1, len(place), -1)
    matrices = images.new_zeros(2, len(place), len(place))
    smooth, slope = matrices.scatter_add(2, source.expand(2, -1, -1), weights)
    return smooth, slope
