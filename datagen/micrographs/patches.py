"""Cut one square patch an object from a micrograph, its neighbours masked or kept, and turn patches upright."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from datagen.affine import warp
from datagen.errors import InputError
from datagen.factors import FACTOR_NAMES
from datagen.micrographs.segmentation import AUTO, border_numbers
from datagen.values import LARGEST_SIDE_PX, is_real, require, require_side

NARROWEST_PX, WIDEST_LEARNT_PX = 8, 40
# An object wider than this many typical ones is a clump.
ALMOST_EVERY, WIDER_BY_FAR = 0.98, 4


@dataclass(frozen=True)
class Cutting:
    """How patches are cut; every field is a YAML key.

    side_px: side of the square about an object's centroid; out_side_px: the side it is resampled to (None: as it
    is); either may be "auto", by the objects: `decide_cutting`; neighbours: "mask" sets all but the object and a
    margin of dilation_px to the background, "keep" leaves them; normalise: "maximum" divides a patch by its highest
    value, "none" does not. Raises InputError naming the key for any other value.
    """

    side_px: str | int = AUTO
    out_side_px: str | int | None = AUTO
    neighbours: str = "mask"
    dilation_px: float = 2.0
    normalise: str = "maximum"

    def __post_init__(self) -> None:
        side, out = self.side_px, self.out_side_px
        if side != AUTO:
            require_side("side_px", side, 4)
        if out is not None and out != AUTO:
            require_side("out_side_px", out, 4)
        require(self.neighbours in ("mask", "keep"), "neighbours", self.neighbours, '"mask" or "keep"')
        margin = self.dilation_px
        within = is_real(margin) and 0 <= margin <= LARGEST_SIDE_PX
        require(within, "dilation_px", margin, f"a number, 0 to {LARGEST_SIDE_PX}: more is outside every patch")
        require(self.normalise in ("maximum", "none"), "normalise", self.normalise, '"maximum" or "none"')


class Patches(NamedTuple):
    """Patches and what is known of their objects.

    images [n, side, side] float32 in [0, 1]; objects [n], numbers in the segmentation; rows, columns [n], centroids
    in px from the top left pixel's centre; area_px [n]; orientation_rad [n] of the long axis, counter-clockwise from
    x with y up, in (-pi/2, pi/2]; on_border [n]: the image's edge cuts the object.
    """

    images: np.ndarray
    objects: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    area_px: np.ndarray
    orientation_rad: np.ndarray
    on_border: np.ndarray


def cutting(settings: Mapping[str, Any]) -> Cutting:
    """Read settings from a config's mapping; raises InputError naming an unknown key or a value not allowed."""
    allowed = [field.name for field in fields(Cutting)]
    for key in settings:
        if key not in allowed:
            raise InputError(f"cutting: unknown key {key!r}; allowed are {', '.join(allowed)}")
    return Cutting(**settings)


def decide_cutting(micrographs: Sequence[np.ndarray], cutting: Cutting) -> Cutting:
    """Choose a side that is "auto" by the objects of one or more micrographs [height, width], 0 for background.

    Almost every object fits in; what is wider by far than the others, as a clump is, counts for little. Wide patches
    are resampled to WIDEST_LEARNT_PX, since large ones are learnt slowly.
    """
    side, out = cutting.side_px, cutting.out_side_px
    if side == AUTO:
        side = _side_of([reach for objects in micrographs for reach in reach_px(objects)], cutting.dilation_px)
    if out == AUTO:
        out = WIDEST_LEARNT_PX if int(side) > WIDEST_LEARNT_PX else None
    return replace(cutting, side_px=side, out_side_px=out)


def _side_of(reach: list[float], margin_px: float) -> int:
    if not reach:
        return WIDEST_LEARNT_PX
    radius = min(np.quantile(reach, ALMOST_EVERY), WIDER_BY_FAR * np.median(reach))
    return min(max(2 * math.ceil(radius + margin_px + 0.5), NARROWEST_PX), LARGEST_SIDE_PX)


def reach_px(objects: np.ndarray) -> np.ndarray:
    """Give how far each object [n] reaches from its centroid, in px, of objects [height, width], 0 for background."""
    from skimage.measure import regionprops

    corners = ((each.coords - each.centroid) ** 2 for each in regionprops(objects))
    return np.array([np.sqrt(squares.sum(axis=1).max()) for squares in corners])


def cut_patches(pixels: np.ndarray, objects: np.ndarray, cutting: Cutting) -> Patches:
    """Cut the patches of all objects, in the order of their numbers.

    pixels [height, width] in [0, 1], best flattened (segmentation.flatten) where the light is uneven; objects
    [height, width], 0 for background. The median of the background becomes 0; objects darker than it are shown bright.
    What lies outside the image, and masked neighbours, are 0. Raises InputError when there is no object or the
    shapes differ.
    """
    from skimage.measure import regionprops
    from skimage.segmentation import expand_labels

    if pixels.shape != objects.shape or not objects.any():
        raise InputError(f"objects of shape {objects.shape} for pixels {pixels.shape}; expected one shape, and objects")
    cutting = decide_cutting([objects], cutting)
    side = int(cutting.side_px)
    properties = regionprops(objects)
    numbers = np.array([each.label for each in properties])
    centres = np.array([each.centroid for each in properties])
    images = _windows(_above_background(pixels, objects), centres, side)
    if cutting.neighbours == "mask":
        owners = _windows(expand_labels(objects, cutting.dilation_px), centres, side)
        images = np.where(owners == numbers[:, None, None], images, np.float32(0))
    return Patches(
        images=_normalised(_resampled(images, int(cutting.out_side_px or side)), cutting.normalise),
        objects=numbers,
        rows=centres[:, 0],
        columns=centres[:, 1],
        area_px=np.array([each.area for each in properties]).astype(np.int64),
        orientation_rad=_from_x_axis(np.array([each.orientation for each in properties])),
        on_border=np.isin(numbers, border_numbers(objects)),
    )


def turn_upright(images: np.ndarray, orientation_rad: np.ndarray) -> np.ndarray:
    """Turn images [n, side, side] by minus their orientation [n], so that the long axis lies horizontal."""
    factors = {name: np.zeros(len(images)) for name in FACTOR_NAMES}
    factors |= {"scale": np.ones(len(images)), "rotation_deg": -np.degrees(orientation_rad)}
    return warp(images, np.arange(len(images)), factors, images.shape[-1])


def scaled_to_maximum(images: np.ndarray) -> np.ndarray:
    """Divide each image [n, side, side] by its highest value; one of zeros stays as it is."""
    highest = images.max(axis=(1, 2), keepdims=True)
    return np.clip(images / np.where(highest > 0, highest, 1), 0, 1)


def _above_background(pixels: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Give the height above the background's median, or the depth below it where objects are dark; not below 0."""
    inside = objects > 0
    background = np.median(pixels[~inside]) if not inside.all() else pixels.min()
    height = pixels.astype(np.float32) - np.float32(background)
    return np.clip(height if np.median(height[inside]) >= 0 else -height, 0, 1)


def _windows(field: np.ndarray, centres: np.ndarray, side: int) -> np.ndarray:
    """Cut [n, side, side] squares whose middles are nearest to the centres, 0 outside the field."""
    padded = np.pad(field, side)
    corners = np.round(centres - (side - 1) / 2).astype(int) + side
    return np.stack([padded[row : row + side, column : column + side] for row, column in corners])


def _resampled(images: np.ndarray, side: int) -> np.ndarray:
    from skimage.transform import resize

    if side == images.shape[-1]:
        return images
    return np.stack([resize(image, (side, side), order=1, anti_aliasing=True) for image in images]).astype(np.float32)


def _normalised(images: np.ndarray, how: str) -> np.ndarray:
    return scaled_to_maximum(images) if how == "maximum" else np.clip(images, 0, 1)


def _from_x_axis(orientation: np.ndarray) -> np.ndarray:
    """Turn regionprops' orientation, counter-clockwise from the upward row axis, into (-pi/2, pi/2] from x, y up."""
    angle = orientation + np.pi / 2
    return np.where(angle > np.pi / 2, angle - np.pi, angle)
