"""Touching objects: how large one is, and where they are cut apart."""

import numpy as np

# A neck counts when its half width is this much below that of both its sides: less is the pixels' roughness.
NECK_PX = 0.75


def typical_area(mask: np.ndarray) -> float:
    """Give the area in px of the largest disc in a typical object of a mask [height, width]; 0 without one.

    Half of the discs' area, all together, is that of larger discs: specks do not count. Holes are filled, and objects
    that the image's edge cuts left out.
    """
    from scipy.ndimage import binary_fill_holes, distance_transform_edt, label, maximum
    from skimage.segmentation import clear_border

    filled = binary_fill_holes(mask)
    objects, number = label(filled)
    whole = clear_border(objects)
    chosen = np.unique(whole[whole > 0]) if whole.any() else np.arange(1, number + 1)
    if not len(chosen):
        return 0.0
    areas = np.pi * np.sort(maximum(distance_transform_edt(filled), objects, chosen)) ** 2
    total = np.cumsum(areas)
    return float(areas[np.searchsorted(total, total[-1] / 2)])


def cut_apart(mask: np.ndarray) -> np.ndarray:
    """Number the parts of a mask [height, width] that necks connect, int32, 0 outside.

    The distance to the edge has a peak in each part; a watershed from the peaks meets in the necks.
    """
    from scipy.ndimage import distance_transform_edt
    from skimage.measure import label
    from skimage.morphology import local_maxima, reconstruction
    from skimage.segmentation import watershed

    depth = distance_transform_edt(mask).astype(np.float32)
    # Lowering the peaks joins those that no neck parts into one plateau; h_maxima would leave equal ones apart.
    plateaus = local_maxima(reconstruction(np.maximum(depth - np.float32(NECK_PX), 0), depth))
    return watershed(-depth, label(plateaus & mask, connectivity=2), mask=mask)
