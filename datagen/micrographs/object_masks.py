"""Objects of a micrograph as masks, which may overlap, and the class that somebody gave them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class ObjectMask(NamedTuple):
    """An object's pixels, and its class.

    mask [height, width] bool, its first pixel at (row, column) of the micrograph; class_name, "" where nobody told.
    """

    row: int
    column: int
    mask: np.ndarray
    class_name: str = ""

    def touches_border(self, shape: tuple[int, ...]) -> bool:
        """Tell whether a pixel lies in the first or last row or column of a micrograph of this shape."""
        height, width = self.mask.shape
        return min(self.row, self.column) <= 0 or self.row + height >= shape[0] or self.column + width >= shape[1]


class LabelledMicrograph(NamedTuple):
    """A micrograph with its objects: name, pixels [height, width] float32 in [0, 1], the objects' masks."""

    name: str
    pixels: np.ndarray
    objects: list[ObjectMask]


class LabelledMicrographs(NamedTuple):
    """Micrographs with their objects, and remarks on what of the labels could not be used."""

    micrographs: list[LabelledMicrograph]
    remarks: list[str]


def remarks_of(counts: Mapping[str, int]) -> list[str]:
    """Word what was counted, "2 outlines are empty", leaving out what never happened."""
    return [f"{count} {what}" for what, count in counts.items() if count]


def masks_of(labels: np.ndarray, class_names: Mapping[int, str]) -> list[ObjectMask]:
    """Take apart a label image [height, width] of whole numbers, 0 for background; classes by an object's number."""
    from skimage.measure import regionprops

    return [
        ObjectMask(each.bbox[0], each.bbox[1], np.array(each.image), class_names.get(int(each.label), ""))
        for each in regionprops(labels)
    ]


def mask_at(rows: np.ndarray, columns: np.ndarray, class_name: str) -> ObjectMask:
    """Make the mask of the pixels [n] at these rows and columns."""
    top, left = int(rows.min()), int(columns.min())
    mask = np.zeros((int(rows.max()) - top + 1, int(columns.max()) - left + 1), dtype=bool)
    mask[rows - top, columns - left] = True
    return ObjectMask(top, left, mask, class_name)


def coverage(objects: list[ObjectMask], shape: tuple[int, ...]) -> np.ndarray:
    """Count the objects that each pixel belongs to; int32 [height, width]."""
    counts = np.zeros(shape, dtype=np.int32)
    for each in objects:
        height, width = each.mask.shape
        counts[each.row : each.row + height, each.column : each.column + width] += each.mask
    return counts
