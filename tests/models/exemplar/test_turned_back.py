"""Turning objects back is the inverse of SciPy's turn, shift and flip."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, rotate, shift

from ssrvae.models.exemplar.turned_back import turned_back

SIDE = 41


@pytest.fixture(scope="module")
def blot() -> np.ndarray:
    """A smooth object on a grey background, its centre of mass in the middle, unlike its mirror image."""
    image = np.zeros((SIDE, SIDE))
    image[12:28, 14:20] = 1
    image[12:17, 14:29] = 1
    image = gaussian_filter(image, 1.0)
    rows, columns = np.indices(image.shape)
    middle = [(image * place).sum() / image.sum() - (SIDE - 1) / 2 for place in (rows, columns)]
    return (0.2 + 0.6 * shift(image, np.negative(middle))).astype(np.float32)


@pytest.mark.parametrize("angle_deg", [0, 90, -37, 160])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_an_object_comes_back_as_it_was(blot, angle_deg, is_mirrored):
    flipped = blot[:, ::-1] if is_mirrored else blot
    turned = rotate(flipped, angle_deg, reshape=False, order=1, cval=0.2)
    moved = shift(turned, (3, -2), cval=0.2)
    (back,) = turned_back(moved[None], np.deg2rad([angle_deg]), np.array([is_mirrored]))
    assert np.corrcoef(back.ravel(), blot.ravel())[0, 1] > 0.99
    assert back[0, 0] == pytest.approx(0.2, abs=0.01)
