"""The level of each image's background, read from its corners, where no object lies.

Haze, stray light and salt raise the background as a whole. A likelihood of fixed grey values would read that as a
larger object, so images are brought to the level that the labelled ones have before anything else is read from them.
"""

import math

import torch
from torch import Tensor

CORNER_SHARE = 3 / 16
"""The side of a corner's block over the image's: outside the disc that objects lie in."""
CERTAIN_ERRORS = 2.0
"""A difference in level below so many standard errors is left as it is."""


def background_level(images: Tensor) -> tuple[Tensor, Tensor]:
    """Estimate the background of images [n, size * size]: levels [n], and their standard errors [n].

    It is the median of the means of four corner blocks: an object that reaches into one corner does not count.
    """
    size = math.isqrt(images.shape[1])
    block = max(1, round(CORNER_SHARE * size))
    squares = images.reshape(-1, size, size)
    ends = (slice(None, block), slice(-block, None))
    corners = torch.stack([squares[:, rows, columns].flatten(1) for rows in ends for columns in ends], dim=1)
    # The median of four means is 1.09 times as uncertain as their mean, for Normal pixels.
    error = 1.09 * corners.std(2, unbiased=False).median(1).values / (4 * block**2) ** 0.5
    return corners.mean(2).quantile(0.5, dim=1), error


def levelled(images: Tensor, level: float) -> Tensor:
    """Bring the background of images [n, pixels] to a level, as far as the difference is certain.

    The difference d, of standard error s, is shrunk by the factor 1 - (2 s / d)^2, or left at 0 where that is negative:
    clean images and images under zero-mean noise stay as they are.
    """
    found, error = background_level(images)
    difference = found - level
    certain = (1 - (CERTAIN_ERRORS * error / difference.abs().clamp_min(1e-9)).square()).clamp_min(0)
    return images - (certain * difference)[:, None]
