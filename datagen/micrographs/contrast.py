"""What an image tells of its contrast: bright or dark objects, uneven light, and the grey value where objects begin."""

import math

import numpy as np

# Of an object's median height above the background: a pale object beside dark ones has about half their contrast.
RISE = 0.3
# In standard deviations of the background: what lies below is noise.
NOISE = 4.0
# The background is a mean over a Gaussian of this share of the image's shorter side.
REACH = 0.1
# Pixels this near to an object are still lit by it.
MARGIN_PX = 3
LEAST_OUTSIDE = 0.05
ROUNDS = 3
# Light is smooth: every second row and column tell it.
SPARSE = 2
COARSE_SIGMA_PX = 8


def polarity(smooth: np.ndarray) -> str:
    """Tell whether objects are "bright" or "dark", of a smoothed image [height, width].

    Otsu's threshold parts the image in two; the background is the part of one grey and without edges: its grey values
    spread less and its slopes are gentler.
    """
    from scipy.ndimage import gaussian_gradient_magnitude
    from skimage.filters import threshold_otsu

    above = smooth > threshold_otsu(smooth)
    slope = gaussian_gradient_magnitude(smooth, 1)
    unrest = [_spread(smooth[part]) * (np.median(slope[part]) + 1e-6) for part in (above, ~above)]
    return "bright" if unrest[0] >= unrest[1] else "dark"


def begins_at(smooth: np.ndarray) -> float:
    """Give the grey value where bright objects begin, of a smoothed image [height, width] in even light.

    At RISE of the objects' median height above the background's median, or above its noise; in turns, from Otsu's
    threshold.
    """
    from skimage.filters import threshold_otsu

    threshold = float(threshold_otsu(smooth))
    for _ in range(ROUNDS):
        inside = smooth > threshold
        if not inside.any() or inside.all():
            break
        threshold = _threshold(smooth, inside, _outside(inside, MARGIN_PX))
    return threshold


def uneven_light(smooth: np.ndarray) -> np.ndarray:
    """Give how much brighter the background is than its median at each pixel, [height, width].

    Of a smoothed image [height, width] with bright objects. Objects and background are found in turns: the background
    is the mean, weighted by nearness, of the pixels that are no object's.
    """
    from skimage.filters import threshold_otsu

    sparse = smooth[::SPARSE, ::SPARSE]
    light = _light(sparse, np.ones(sparse.shape, dtype=bool))
    threshold = float(threshold_otsu(sparse - light))
    for _ in range(ROUNDS):
        inside = sparse - light > threshold
        outside = _outside(inside, MARGIN_PX / SPARSE)
        if not outside.any() or not inside.any():
            break
        light = _light(sparse, outside)
        threshold = _threshold(sparse - light, inside, outside)
    return _enlarged(light, SPARSE, smooth.shape)


def _threshold(flat: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> float:
    level = float(np.median(flat[outside]))
    return level + max(RISE * (float(np.median(flat[inside])) - level), NOISE * _spread(flat[outside]))


def _outside(inside: np.ndarray, margin_px: float) -> np.ndarray:
    """Leave a margin about the objects, unless they lie so dense that it leaves next to nothing."""
    from scipy.ndimage import maximum_filter

    outside = ~maximum_filter(inside, 2 * math.ceil(margin_px) + 1)
    return outside if outside.mean() > LEAST_OUTSIDE else ~inside


def _light(smooth: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Spread the background's grey values, less their median, over the objects [height, width], on a coarse grid."""
    from scipy.ndimage import gaussian_filter
    from skimage.transform import downscale_local_mean

    sigma = REACH * min(smooth.shape)
    step = max(1, int(sigma / COARSE_SIGMA_PX))
    weight = downscale_local_mean(outside.astype(np.float32), (step, step))
    level = downscale_local_mean(np.where(outside, smooth, 0).astype(np.float32), (step, step))
    least = 1e-6  # where no background is near, the mean of all
    near = gaussian_filter(weight, sigma / step) + least
    coarse = (gaussian_filter(level, sigma / step) + least * level.sum() / weight.sum()) / near
    background = _enlarged(coarse, step, smooth.shape)
    return background - np.median(background)


def _enlarged(coarse: np.ndarray, step: int, shape: tuple[int, ...]) -> np.ndarray:
    """Interpolate a field [height / step, width / step], rounded up, to the shape [height, width]."""
    from skimage.transform import resize

    return resize(coarse, [step * side for side in coarse.shape], order=1, mode="edge")[: shape[0], : shape[1]]


def _spread(values: np.ndarray) -> float:
    """Give the standard deviation of a Normal distribution of the same median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values)))) if values.size else 0.0
