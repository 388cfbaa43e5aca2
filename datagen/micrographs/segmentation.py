"""Find the objects of a micrograph: background, threshold, touching objects apart, sizes, and a picture to check by."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from datagen.errors import InputError
from datagen.micrographs.contrast import begins_at, polarity, uneven_light
from datagen.micrographs.databar import databar_rows
from datagen.micrographs.touching import cut_apart, typical_area
from datagen.values import is_real, is_whole, require

OUTLINE_COLOUR = (1.0, 0.85, 0.1)
# A local threshold looks this far when no background radius is given.
LOCAL_RADIUS_PX = 25
WIDEST_BACKGROUND_PX = 2000
WIDEST_SMOOTHING_PX = 100
AUTO = "auto"
# Of the area of the largest disc in a typical object: what is smaller is dust, and no hole is larger than half of it.
DUST, HOLE = 0.3, 0.5
# Fewer pixels show no shape.
LEAST_AREA_PX = 30
# Of this disc on the blur of an edge adds little to an object, and pale objects count.
LARGE_PX = 200


@dataclass(frozen=True)
class Segmentation:
    """How objects are found; every field is a YAML key.

    objects: "bright" or "dark" on their background; background: radius in px, larger than an object, of the
    background that is subtracted (None: nothing is); smoothing_px: sigma of a Gaussian; threshold: "otsu", "local" (a
    Gaussian mean of the neighbourhood) or a grey value 0..1 after the background is subtracted; split_touching:
    cut touching objects apart at their necks ("auto" leaves them: no image tells a pair from an object of two parts);
    max_hole_px: larger holes in an object stay open; min_area_px,
    max_area_px (None: no limit); at_border: "drop" or "keep" objects that the image's edge cuts; databar_px: rows at
    the foot that are no image. What is "auto" is read in each image: `decide`. Raises InputError naming the key for
    any other value.
    """

    objects: str = AUTO
    background: str | float | None = AUTO
    smoothing_px: float = 1.0
    threshold: str | float = AUTO
    split_touching: str | bool = AUTO
    max_hole_px: str | int = AUTO
    min_area_px: str | int = AUTO
    max_area_px: int | None = None
    at_border: str = "drop"
    databar_px: str | int = AUTO

    def __post_init__(self) -> None:
        require(self.objects in ("bright", "dark", AUTO), "objects", self.objects, '"bright", "dark" or "auto"')
        require(self.at_border in ("drop", "keep"), "at_border", self.at_border, '"drop" or "keep"')
        split = self.split_touching
        require(split == AUTO or isinstance(split, bool), "split_touching", split, 'true, false or "auto"')
        radius, sigma, threshold, hole = self.background, self.smoothing_px, self.threshold, self.max_hole_px
        even = radius is None or radius == AUTO or (is_real(radius) and 1 <= radius <= WIDEST_BACKGROUND_PX)
        widest = f'null, "auto" or a radius, 1 to {WIDEST_BACKGROUND_PX} px: time grows with it'
        require(even, "background", radius, widest)
        smooths = is_real(sigma) and 0 <= sigma <= WIDEST_SMOOTHING_PX
        require(smooths, "smoothing_px", sigma, f"a number, 0 to {WIDEST_SMOOTHING_PX}: more leaves no object")
        named = isinstance(threshold, str) and threshold in ("otsu", "local", AUTO)
        allowed = named or (is_real(threshold) and 0 <= threshold <= 1)
        require(allowed, "threshold", threshold, '"otsu", "local", "auto" or a grey value 0..1')
        require(hole == AUTO or (is_whole(hole) and hole >= 0), "max_hole_px", hole, '"auto" or a whole number >= 0')
        low, high = self.min_area_px, self.max_area_px
        require(low == AUTO or (is_whole(low) and low >= 1), "min_area_px", low, '"auto" or a whole number >= 1')
        bar = self.databar_px
        require(bar == AUTO or (is_whole(bar) and bar >= 0), "databar_px", bar, '"auto" or a whole number >= 0')
        least = low if is_whole(low) else 1
        above = high is None or (is_whole(high) and high >= least)
        require(above, "max_area_px", high, f"null or a whole number >= min_area_px = {least}")


def segmentation(settings: Mapping[str, Any]) -> Segmentation:
    """Read settings from a config's mapping; raises InputError naming an unknown key or a value not allowed."""
    allowed = [field.name for field in fields(Segmentation)]
    for key in settings:
        if key not in allowed:
            raise InputError(f"segmentation: unknown key {key!r}; allowed are {', '.join(allowed)}")
    return Segmentation(**settings)


class Found(NamedTuple):
    """Objects int32 [height, width], 0 for background, 1.. in reading order; the flattened image; settings decided."""

    objects: np.ndarray
    flat: np.ndarray
    decided: Segmentation


class _Look(NamedTuple):
    """What is seen before objects are parted: settings decided, the picture without databar, flattened and smoothed."""

    decided: Segmentation
    flat: np.ndarray
    smooth: np.ndarray


def decide(pixels: np.ndarray, settings: Segmentation) -> Segmentation:
    """Fill in what is "auto" from an image [height, width] in [0, 1]; a background that is "auto" stays so."""
    return _look(pixels, settings).decided


def _look(pixels: np.ndarray, settings: Segmentation) -> _Look:
    if settings.databar_px == AUTO:
        settings = replace(settings, databar_px=databar_rows(pixels))
    if settings.split_touching == AUTO:
        settings = replace(settings, split_touching=False)
    picture = _picture(pixels, settings)
    if settings.objects == AUTO:
        settings = replace(settings, objects=polarity(_smooth(picture, settings)))
    flat = _flat(picture, settings)
    smooth = _smooth(flat, settings)
    if settings.threshold == AUTO:
        settings = replace(settings, threshold=_auto_threshold(smooth, settings))
    if AUTO in (settings.min_area_px, settings.max_hole_px):
        settings = _with_areas(typical_area(smooth > _threshold(smooth, settings)), settings)
    return _Look(settings, flat, smooth)


def _auto_threshold(smooth: np.ndarray, settings: Segmentation) -> str | float:
    """Take Otsu's threshold, at half the objects' height, or where large ones begin, which the blur widens little."""
    from skimage.filters import threshold_otsu

    otsu = float(threshold_otsu(smooth))
    if settings.background != AUTO or typical_area(smooth > otsu) < LARGE_PX:
        return "otsu"
    return round(min(otsu, begins_at(smooth)), 4)


def _with_areas(typical: float, settings: Segmentation) -> Segmentation:
    least, hole = settings.min_area_px, settings.max_hole_px
    if hole == AUTO:
        hole = round(HOLE * typical) if least == AUTO else least
    if least == AUTO:
        least = max(LEAST_AREA_PX, round(DUST * typical))
    return replace(settings, max_hole_px=hole, min_area_px=least)


def flatten(pixels: np.ndarray, settings: Segmentation) -> np.ndarray:
    """Show objects bright on a background without slopes; float32 [height, width] in [0, 1].

    Dark objects are inverted. A background of a given radius is the grey opening by a square, smoothed: it follows
    what is wider than the square. One that is "auto" is the mean of what is no object's. A databar is as the
    background. Not smoothed by smoothing_px: patches are cut from this.
    """
    flat = _look(pixels, settings).flat
    return _with_databar(flat, len(pixels), np.median(flat))


def segment(pixels: np.ndarray, settings: Segmentation) -> np.ndarray:
    """Number the objects of a micrograph: int32 [height, width], 0 is background, 1.. in reading order.

    pixels [height, width] in [0, 1]. Reading order is that of the objects' first pixels, row by row. Raises
    InputError when no object is left, telling what became of those that were seen.
    """
    return find_objects(pixels, settings).objects


def find_objects(pixels: np.ndarray, settings: Segmentation) -> Found:
    """Do `segment`, `flatten` and `decide` in one go."""
    if pixels.min() == pixels.max():
        raise InputError(f"no object found: all pixels have one value, {pixels.flat[0]:g}")
    decided, flat, smooth = _look(pixels, settings)
    objects = _selected(_labelled(smooth > _threshold(smooth, decided), decided), decided)
    height = len(pixels)
    return Found(_with_databar(objects, height, 0), _with_databar(flat, height, np.median(flat)), decided)


def _with_databar(picture: np.ndarray, height: int, value: float) -> np.ndarray:
    return np.pad(picture, ((0, height - len(picture)), (0, 0)), constant_values=value)


def overlay(pixels: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """Draw the objects' outlines on the micrograph, its contrast stretched; uint8 [height, width, 3]."""
    from skimage.segmentation import find_boundaries

    low, high = np.percentile(pixels, [0.5, 99.5])
    grey = np.clip((pixels - low) / max(high - low, 1e-6), 0, 1)
    picture = np.repeat(grey[:, :, None], 3, axis=2)
    picture[find_boundaries(objects, mode="inner")] = OUTLINE_COLOUR
    return np.round(picture * 255).astype(np.uint8)


def _picture(pixels: np.ndarray, settings: Segmentation) -> np.ndarray:
    """Leave out the databar of decided settings."""
    rows = len(pixels) - int(settings.databar_px)
    require(rows > 0, "databar_px", settings.databar_px, f"fewer rows than the image's {len(pixels)}")
    return pixels[:rows]


def _flat(picture: np.ndarray, settings: Segmentation) -> np.ndarray:
    from scipy.ndimage import gaussian_filter, grey_opening, uniform_filter

    bright = 1 - picture if settings.objects == "dark" else picture
    if settings.background is None:
        return bright
    if settings.background == AUTO:
        return np.clip(bright - uneven_light(_smooth(bright, settings)), 0, 1)
    width = 2 * round(float(settings.background)) + 1
    # Of the raw image the opening would be the lowest value of the noise.
    background = grey_opening(gaussian_filter(bright, max(settings.smoothing_px, 1)), size=(width, width))
    return np.clip(bright - uniform_filter(background, width), 0, 1)


def _smooth(pixels: np.ndarray, settings: Segmentation) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(pixels, settings.smoothing_px)


def _threshold(smooth: np.ndarray, settings: Segmentation) -> Any:
    from skimage.filters import threshold_local, threshold_otsu

    if not isinstance(settings.threshold, str):
        return settings.threshold
    otsu = threshold_otsu(smooth)
    if settings.threshold == "otsu":
        return otsu
    radius = settings.background if is_real(settings.background) else LOCAL_RADIUS_PX
    # Where there is no object near, noise lies above its own mean: halfway to Otsu's threshold keeps it out.
    return np.maximum(threshold_local(smooth, 2 * round(radius) + 1), (np.median(smooth) + otsu) / 2)


def _labelled(mask: np.ndarray, settings: Segmentation) -> np.ndarray:
    from skimage.measure import label
    from skimage.morphology import remove_small_holes

    filled = remove_small_holes(mask, max_size=settings.max_hole_px)
    return cut_apart(filled) if settings.split_touching else label(filled, connectivity=2)


def _selected(labels: np.ndarray, settings: Segmentation) -> np.ndarray:
    """Keep the objects that the settings allow, numbered by their first pixels."""
    numbers, first, areas = np.unique(labels, return_index=True, return_counts=True)
    numbers, first, areas = numbers[numbers > 0], first[numbers > 0], areas[numbers > 0]
    too_small, too_large = areas < int(settings.min_area_px), areas > (settings.max_area_px or labels.size)
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
