"""Find the objects of a micrograph: background, threshold, touching objects apart, sizes, and a picture to check by."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from datagen.errors import InputError
from datagen.values import is_real, is_whole, require

OUTLINE_COLOUR = (1.0, 0.85, 0.1)
# A local threshold looks this far when no background radius is given.
LOCAL_RADIUS_PX = 25
NECK_PX = 0.75
WIDEST_BACKGROUND_PX = 2000
WIDEST_SMOOTHING_PX = 100


@dataclass(frozen=True)
class Segmentation:
    """How objects are found; every field is a YAML key.

    objects: "bright" or "dark" on their background; background: radius in px, larger than an object, of the
    background that is subtracted (None: nothing is); smoothing_px: sigma of a Gaussian; threshold: "otsu", "local" (a
    Gaussian mean of the neighbourhood) or a grey value 0..1 after the background is subtracted; split_touching:
    cut touching objects apart at their necks; min_area_px, max_area_px (None: no limit); at_border: "drop" or "keep"
    objects that the image's edge cuts. Raises InputError naming the key for any other value.
    """

    objects: str = "bright"
    background: float | None = None
    smoothing_px: float = 1.0
    threshold: str | float = "otsu"
    split_touching: bool = False
    min_area_px: int = 30
    max_area_px: int | None = None
    at_border: str = "drop"

    def __post_init__(self) -> None:
        require(self.objects in ("bright", "dark"), "objects", self.objects, '"bright" or "dark"')
        require(self.at_border in ("drop", "keep"), "at_border", self.at_border, '"drop" or "keep"')
        require(isinstance(self.split_touching, bool), "split_touching", self.split_touching, "true or false")
        radius, sigma, threshold = self.background, self.smoothing_px, self.threshold
        even = radius is None or (is_real(radius) and 1 <= radius <= WIDEST_BACKGROUND_PX)
        require(even, "background", radius, f"null or a radius, 1 to {WIDEST_BACKGROUND_PX} px: time grows with it")
        smooths = is_real(sigma) and 0 <= sigma <= WIDEST_SMOOTHING_PX
        require(smooths, "smoothing_px", sigma, f"a number, 0 to {WIDEST_SMOOTHING_PX}: more leaves no object")
        named = isinstance(threshold, str) and threshold in ("otsu", "local")
        allowed = named or (is_real(threshold) and 0 <= threshold <= 1)
        require(allowed, "threshold", threshold, '"otsu", "local" or a grey value 0..1')
        low, high = self.min_area_px, self.max_area_px
        require(is_whole(low) and low >= 1, "min_area_px", low, "a whole number >= 1")
        above = high is None or (is_whole(high) and high >= low)
        require(above, "max_area_px", high, f"null or a whole number >= min_area_px = {low}")


def segmentation(settings: Mapping[str, Any]) -> Segmentation:
    """Read settings from a config's mapping; raises InputError naming an unknown key or a value not allowed."""
    allowed = [field.name for field in fields(Segmentation)]
    for key in settings:
        if key not in allowed:
            raise InputError(f"segmentation: unknown key {key!r}; allowed are {', '.join(allowed)}")
    return Segmentation(**settings)


def flatten(pixels: np.ndarray, settings: Segmentation) -> np.ndarray:
    """Show objects bright on a background without slopes; float32 [height, width] in [0, 1].

    Dark objects are inverted. The background is the grey opening by a square of the given radius, smoothed: it
    follows what is wider than the square. Not smoothed by smoothing_px: patches are cut from this.
    """
    from scipy.ndimage import gaussian_filter, grey_opening, uniform_filter

    bright = 1 - pixels if settings.objects == "dark" else pixels
    if settings.background is None:
        return bright
    width = 2 * round(settings.background) + 1
    # Of the raw image the opening would be the lowest value of the noise.
    background = grey_opening(gaussian_filter(bright, max(settings.smoothing_px, 1)), size=(width, width))
    return np.clip(bright - uniform_filter(background, width), 0, 1)


def segment(pixels: np.ndarray, settings: Segmentation) -> np.ndarray:
    """Number the objects of a micrograph: int32 [height, width], 0 is background, 1.. in reading order.

    pixels [height, width] in [0, 1]. Reading order is that of the objects' first pixels, row by row. Raises
    InputError when no object is left, telling what became of those that were seen.
    """
    from scipy.ndimage import gaussian_filter

    if pixels.min() == pixels.max():
        raise InputError(f"no object found: all pixels have one value, {pixels.flat[0]:g}")
    smooth = gaussian_filter(flatten(pixels, settings), settings.smoothing_px)
    return _selected(_labelled(smooth > _threshold(smooth, settings), settings), settings)


def overlay(pixels: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Draw the objects' outlines on the micrograph, its contrast stretched; uint8 [height, width, 3]."""
    from skimage.segmentation import find_boundaries

    low, high = np.percentile(pixels, [0.5, 99.5])
    grey = np.clip((pixels - low) / max(high - low, 1e-6), 0, 1)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    picture[find_boundaries(objects, mode="inner")] = OUTLINE_COLOUR
    return np.round(picture * 255).astype(np.uint8)


def _threshold(smooth: np.ndarray, settings: Segmentation) -> Any:
    from skimage.filters import threshold_local, threshold_otsu

    if not isinstance(settings.threshold, str):
        return settings.threshold
    otsu = threshold_otsu(smooth)
    if settings.threshold == "otsu":
        return otsu
    block = 2 * round(settings.background or LOCAL_RADIUS_PX) + 1
    # Where there is no object near, noise lies above its own mean: halfway to Otsu's threshold keeps it out.
    return np.maximum(threshold_local(smooth, block), (np.median(smooth) + otsu) / 2)


def _labelled(mask: np.ndarray, settings: Segmentation) -> np.ndarray:
    from scipy.ndimage import distance_transform_edt
    from skimage.measure import label
    from skimage.morphology import local_maxima, reconstruction, remove_small_holes
    from skimage.segmentation import watershed

    filled = remove_small_holes(mask, max_size=settings.min_area_px)
    if not settings.split_touching:
        return label(filled, connectivity=2)
    # A neck counts when its half width is NECK_PX below that of both its sides: less is the pixels' roughness. Lowering
    # the peaks by that much joins those that no neck parts into one plateau; h_maxima would leave equal ones apart.
    depth = distance_transform_edt(filled)
    plateaus = local_maxima(reconstruction(np.maximum(depth - NECK_PX, 0), depth))
    return watershed(-depth, label(plateaus & filled, connectivity=2), mask=filled)


def _selected(labels: np.ndarray, settings: Segmentation) -> np.ndarray:
    """Keep the objects that the settings allow, numbered by their first pixels."""
    numbers, first, areas = np.unique(labels, return_index=True, return_counts=True)
    numbers, first, areas = numbers[numbers > 0], first[numbers > 0], areas[numbers > 0]
    too_small, too_large = areas < settings.min_area_px, areas > (settings.max_area_px or labels.size)
    cut = np.isin(numbers, border_numbers(labels)) & (settings.at_border == "drop")
    kept = ~(too_small | too_large | cut)
    if not kept.any():
        raise InputError(_nothing_found(areas, labels.size, too_small, too_large, cut, settings))
    order = np.argsort(first[kept])
    lookup = np.zeros(int(labels.max()) + 1, dtype=np.int32)
    lookup[numbers[kept][order]] = np.arange(1, len(order) + 1)
    return lookup[labels]


def border_numbers(objects: np.ndarray) -> np.ndarray:
    """List the objects that have a pixel in the first or last row or column."""
    edge = np.concatenate([objects[0], objects[-1], objects[:, 0], objects[:, -1]])
    return np.unique(edge[edge > 0])


def _nothing_found(
    areas: np.ndarray,
    pixels: int,
    too_small: np.ndarray,
    too_large: np.ndarray,
    cut: np.ndarray,
    settings: Segmentation,
) -> str:
    if not len(areas):
        return f"no object found: no pixel lies above threshold {settings.threshold!r}; lower it, or check `objects`"
    reasons = {
        f"smaller than min_area_px = {settings.min_area_px}": too_small.sum(),
        f"larger than max_area_px = {settings.max_area_px}": too_large.sum(),
        "cut by the image's edge (at_border: keep)": (cut & ~too_small & ~too_large).sum(),
    }
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.items() if count)
    merged = areas.max() / pixels
    advice = "; most objects touch: raise threshold, or set split_touching" if merged > 0.25 else ""
    return f"no object found: of {len(areas)} seen, {told}; the largest covers {merged:.0%} of the image{advice}"
