"""Cut one square patch an object by its mask: neighbours and background become 0, brightness and texture stay."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from datagen.micrographs.object_masks import LabelledMicrograph, ObjectMask, coverage

# About an object this much of the background is shown, as of those that are segmented (patches.Cutting).
MARGIN_PX = 2.0
# A square fitted to an object reaches so many times further than the object.
ROOM = 1.25
# The background is read beyond the blur of any object's edge, this near to the object.
BLUR_PX = 2.0
RING_PX = 12.0
# Fewer pixels than this tell little: the whole micrograph's background is taken.
LEAST_RING = 20


class _Background(NamedTuple):
    """Where no object is: counts [height, width] of objects a pixel; free [height, width], beyond any edge's blur.

    level: the median there; tolerance: how far the background about one object may be from it.
    """

    counts: np.ndarray
    free: np.ndarray
    level: float
    tolerance: float


def cut_by_masks(
    micrograph: LabelledMicrograph, chosen: Sequence[int], side_px: int | None, image_size: int
) -> np.ndarray:
    """Cut squares about the centroids of some objects; [n, image_size, image_size] float32 in [0, 1].

    chosen: their indices; side_px: side of the square, which is resampled to image_size; None: fitted to each object,
    so that it fills the patch at any angle. The background about an object
    becomes 0 and its height above it stays; an object darker than its background is shown bright.
    """
    from skimage.transform import resize

    background = _background(micrograph)
    objects = [micrograph.objects[index] for index in chosen]
    sides = [side_px or _fitted_side(each) for each in objects]
    heights = [_height(micrograph.pixels, background, each, side) for each, side in zip(objects, sides, strict=True)]
    small = [resize(each, (image_size, image_size), order=1, anti_aliasing=True) for each in heights]
    return np.clip(np.array(small, dtype=np.float32).reshape(-1, image_size, image_size), 0, 1)


def _fitted_side(each: ObjectMask) -> int:
    """Give the side of the square that holds an object about its centroid at any angle, with a margin."""
    rows, columns = np.nonzero(each.mask)
    reach = np.hypot(rows - rows.mean(), columns - columns.mean()).max() + 0.5
    return int(np.ceil(2 * ROOM * reach))


def centroid(each: ObjectMask) -> tuple[float, float]:
    """Give the row and column of an object's centroid in its micrograph."""
    rows, columns = np.nonzero(each.mask)
    return float(each.row + rows.mean()), float(each.column + columns.mean())


def orientation(each: ObjectMask) -> float:
    """Give the direction of an object's long axis in rad by its second moments: counter-clockwise from x, y up."""
    rows, columns = np.nonzero(each.mask)
    y, x = rows.mean() - rows, columns - columns.mean()
    return float(np.arctan2(2 * (x * y).sum(), (x * x).sum() - (y * y).sum()) / 2)


def _background(micrograph: LabelledMicrograph) -> _Background:
    from scipy.ndimage import distance_transform_edt

    pixels, objects = micrograph.pixels, micrograph.objects
    counts = coverage(objects, pixels.shape)
    free = distance_transform_edt(counts == 0) > BLUR_PX
    level = float(np.median(pixels[free])) if free.any() else float(pixels.min())
    contrasts = [abs(float(np.median(_inside(pixels, each))) - level) for each in objects]
    return _Background(counts, free, level, float(np.median(contrasts)) / 2)


def _inside(pixels: np.ndarray, each: ObjectMask) -> np.ndarray:
    height, width = each.mask.shape
    return pixels[each.row : each.row + height, each.column : each.column + width][each.mask]


def _height(pixels: np.ndarray, background: _Background, each: ObjectMask, side: int) -> np.ndarray:
    """Give an object's height above the background about it, or its depth below, and 0 elsewhere; [side, side]."""
    from scipy.ndimage import distance_transform_edt

    corner = np.round(np.array(centroid(each)) - (side - 1) / 2).astype(int)
    own = _window(each.mask, corner - (each.row, each.column), side)
    others = _window(background.counts, corner, side) - own > 0
    distance = distance_transform_edt(~own)
    nearer = distance < distance_transform_edt(~others) if others.any() else True
    grey = _window(pixels, corner, side)
    height = grey - _level(grey[_window(background.free, corner, side) & (distance <= RING_PX)], background)
    upward = height if np.median(height[own]) >= 0 else -height
    return np.where(own | ((distance <= MARGIN_PX) & nearer), np.clip(upward, 0, 1), 0).astype(np.float32)


def _level(ring: np.ndarray, background: _Background) -> float:
    """Give the background about an object; far from the micrograph's, it is material without an outline."""
    level = float(np.median(ring)) if len(ring) >= LEAST_RING else background.level
    return level if abs(level - background.level) <= background.tolerance else background.level


def _window(field: np.ndarray, corner: np.ndarray, side: int) -> np.ndarray:
    """Give the square of a field whose first pixel is `corner`, 0 outside the field."""
    window = np.zeros((side, side), dtype=field.dtype)
    low, high = np.maximum(corner, 0), np.minimum(corner + side, field.shape)
    if (low < high).all():
        target = tuple(slice(first - start, last - start) for first, last, start in zip(low, high, corner, strict=True))
        window[target] = field[low[0] : high[0], low[1] : high[1]]
    return window
