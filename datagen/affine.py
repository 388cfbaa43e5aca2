"""Affine maps of images: factors to matrices, and the batched warp that applies them.

One convention everywhere: points are measured in pixels from the image centre, x to the right and y up. A
point p of the template goes to

    p' = R(rotation) Y(shear_y) X(shear_x) scale p + shift,
    R(a) = [[cos a, -sin a], [sin a, cos a]],  Y(b) = [[1, 0], [tan b, 1]],  X(c) = [[1, tan c], [0, 1]],

so a positive rotation turns the object counter-clockwise, a positive shear_x leans its top to the right, a
positive shear_y lifts its right side, a positive shift moves it right and up. The order and the shears are
those of torchvision's and kornia's RandomAffine, which count y downwards: their angle is -rotation, their
shears are ours, their vertical translation is -shift_y.
"""

from typing import TYPE_CHECKING

import numpy as np

from datagen.factors import Factors

if TYPE_CHECKING:
    import torch

# 128 sampling grids of 48 x 48 take 2.4 MB and stay in the L2 caches; smaller and larger chunks are slower.
CHUNK_PIXELS = 128 * 48 * 48


def affine_matrices(factors: Factors) -> np.ndarray:
    """Compose R(rotation) Y(shear_y) X(shear_x) scale for each image; [n, 2, 2] float64, y up."""
    from scipy.special import cosdg, sindg, tandg  # exact at multiples of 90 and 45 degrees

    cos, sin = cosdg(factors["rotation_deg"]), sindg(factors["rotation_deg"])
    tan_x, tan_y = tandg(factors["shear_x_deg"]), tandg(factors["shear_y_deg"])
    one = np.ones_like(cos)
    rotation = _stack_2x2(cos, -sin, sin, cos)
    shear = _stack_2x2(one, tan_x, tan_y, one + tan_x * tan_y)
    return rotation @ shear * factors["scale"][:, None, None]


def warp(templates: np.ndarray, truth: np.ndarray, factors: Factors, image_size: int) -> np.ndarray:
    """Draw template truth[i] under the i-th affine map; [n, image_size, image_size] float32.

    templates [k, side, side] float32 share their centre and their pixel size with the images; they are
    sampled once, bilinearly, straight into the image (the mean of the four neighbours weighted by nearness),
    zero outside. truth [n] int; factors [n] each.
    """
    import torch

    side = templates.shape[-1]
    coefficients = torch.from_numpy(_sampling_coefficients(factors, image_size, side))
    sources = torch.from_numpy(np.ascontiguousarray(templates, dtype=np.float32))[:, None]
    classes = torch.from_numpy(np.ascontiguousarray(truth, dtype=np.int64))
    images = np.empty((len(classes), image_size, image_size), dtype=np.float32)  # NumPy asks for large pages
    drawn = torch.from_numpy(images)
    step = max(1, CHUNK_PIXELS // image_size**2)
    grid = torch.empty(step, 2, image_size, image_size)
    # Class by class: a template is then read in place, not copied once an image.
    for chunk in torch.argsort(classes, stable=True).split(step):
        shown = classes[chunk]
        alike = len(shown.unique_consecutive()) == 1
        source = sources[shown[:1]].expand(len(shown), -1, -1, -1) if alike else sources[shown]
        points = _sampling_grid(coefficients[chunk], image_size, side, out=grid[: len(shown)])
        drawn[chunk] = torch.nn.functional.grid_sample(source, points, align_corners=False)[:, 0]
    return images


def _sampling_coefficients(factors: Factors, image_size: int, side: int) -> np.ndarray:
    """Invert the maps: rows (a, b, c, d, e, f) of x = a u + b v + c, y = d u + e v + f; [n, 6] float32.

    (u, v) is a pixel of the image, (x, y) the point of the template that it shows, both with y down, in half
    sides of the template.
    """
    inverse = np.linalg.inv(affine_matrices(factors))
    inverse[:, 0, 1] *= -1  # y down
    inverse[:, 1, 0] *= -1
    shift = np.stack([factors["shift_x"], -factors["shift_y"]], axis=-1) * (2 * image_size / side)
    constant = -np.einsum("nij,nj->ni", inverse, shift)
    return np.concatenate([inverse, constant[:, :, None]], axis=2).reshape(-1, 6).astype(np.float32)


def _sampling_grid(coefficients: "torch.Tensor", image_size: int, side: int, out: "torch.Tensor") -> "torch.Tensor":
    """Evaluate the maps at every pixel, in the memory of `out` [m, 2, image_size, image_size]; x and y come last.

    Products and sums are separate elementwise operations, never a matrix product: the result then depends
    neither on the chunk nor on the number of threads.
    """
    import torch

    offset = (2 * torch.arange(image_size) - (image_size - 1)) / side
    along_u, along_v, constant = coefficients.reshape(-1, 2, 3, 1).unbind(2)
    columns, rows = along_u * offset, along_v * offset + constant
    return torch.add(columns[:, :, None, :], rows[:, :, :, None], out=out).permute(0, 2, 3, 1)


def _stack_2x2(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    return np.stack([np.stack([a, b], axis=-1), np.stack([c, d], axis=-1)], axis=-2)
