"""Upright images with their classes, as the readers of image sets give them."""

from typing import NamedTuple

import numpy as np

CLASS_NAMES = {
    "silhouettes": ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra"),
    "digits": tuple("012345678"),
}


class LabelledImages(NamedTuple):
    """images [n, side, side] float32 in [0, 1], upright; truth [n] int64; class_names of the classes 0, 1, ..."""

    images: np.ndarray
    truth: np.ndarray
    class_names: tuple[str, ...]
