"""Run-length masks, against what COCO's own tools (pycocotools 2.0) wrote for the same masks."""

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.micrographs.run_lengths import decode


def small() -> np.ndarray:
    mask = np.zeros((4, 6), dtype=bool)
    mask[1:3, 2:5], mask[3, 5] = True, True
    return mask


def large() -> np.ndarray:
    """Runs that are long, that grow and that shrink: numbers of more than one group, differences below 0."""
    mask = np.zeros((100, 90), dtype=bool)
    mask[10:70, 20:80], mask[0, 0], mask[50:60, 85] = True, True, True
    return mask


@pytest.mark.parametrize(
    ("mask", "packed"), [(small(), "9220002O"), (large(), "01in1k1_RN" + 117 * "0" + "l`0^NdK")], ids=["small", "large"]
)
def test_packed_counts_give_the_mask_that_coco_packed(mask, packed):
    np.testing.assert_array_equal(decode({"size": list(mask.shape), "counts": packed}), mask)


def test_plain_counts_run_down_the_columns_background_first():
    np.testing.assert_array_equal(decode({"size": [4, 6], "counts": [9, 2, 2, 2, 2, 2, 4, 1]}), small())
    np.testing.assert_array_equal(decode({"size": [2, 1], "counts": [0, 1, 1]}), [[True], [False]])


@pytest.mark.parametrize("counts", [[3, 4], [30, -6], "9220002", "p"])
def test_counts_of_another_size_are_refused(counts):
    with pytest.raises(InputError, match="run lengths"):
        decode({"size": [4, 6], "counts": counts})
