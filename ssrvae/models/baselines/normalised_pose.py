"""Objects moved to one pose by their moments: to the middle of the image, and turned upright.

Grey values weigh the places of an object; those below 0 count as black. Source of the pose: Hu 1962, Visual pattern
recognition by moment invariants, doi:10.1109/TIT.1962.1057692, sec. IV: the principal axes, and third moments for the
half turn that these leave open.
"""

import math

import numpy as np

from datagen.affine import warp
from datagen.factors import FACTOR_NAMES


def centred(images: np.ndarray) -> np.ndarray:
    """Shift images [n, side, side], bilinearly, so that the centre of mass of each lies in the middle.

    What comes in over the border is black; an empty image stays.
    """
    return _moved(images, np.zeros(len(images)))


def upright(images: np.ndarray) -> np.ndarray:
    """Centre images [n, side, side] and turn the long axis of each upright, the longer tail up."""
    return _moved(images, math.pi / 2 - _tail_direction(images))


def _moved(images: np.ndarray, turn_rad: np.ndarray) -> np.ndarray:
    """Turn images [n, side, side] counter-clockwise about their centres of mass, which go to the middle."""
    _, x, y = _weights(images)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    factors = dict.fromkeys(FACTOR_NAMES, np.zeros(len(images))) | {
        "rotation_deg": np.degrees(turn_rad),
        "scale": np.ones(len(images)),
        "shift_x": -(cos * x - sin * y) / images.shape[-1],
        "shift_y": -(sin * x + cos * y) / images.shape[-1],
    }
    return warp(images, np.arange(len(images)), factors, images.shape[-1])


def _tail_direction(images: np.ndarray) -> np.ndarray:
    """Give the direction of each object's longer tail along its long axis, [n] in rad, counter-clockwise from x."""
    weights, x, y = _weights(images)
    place = _place(images.shape[-1])
    right, up = place - x[:, None], -place - y[:, None]

    def moment(in_x: int, in_y: int) -> np.ndarray:
        return np.einsum("nij,ni,nj->n", weights, up**in_y, right**in_x)

    axis = 0.5 * np.arctan2(2 * moment(1, 1), moment(2, 0) - moment(0, 2))
    along = np.cos(axis)[:, None, None] * right[:, None, :] + np.sin(axis)[:, None, None] * up[:, :, None]
    skew = np.einsum("nij,nij->n", weights, along**3)
    return np.where(skew < 0, axis + math.pi, axis)


def _weights(images: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the share of each pixel in its object's mass, and the centre of mass from the middle: x right, y up, in px.

    An empty image has no mass, and its centre in the middle.
    """
    grey = np.maximum(images.astype(np.float64), 0)
    mass = grey.sum(axis=(1, 2), keepdims=True)
    weights = np.divide(grey, mass, out=np.zeros_like(grey), where=mass > 0)
    place = _place(images.shape[-1])
    return weights, weights.sum(axis=1) @ place, -(weights.sum(axis=2) @ place)


def _place(side: int) -> np.ndarray:
    return np.arange(side) - (side - 1) / 2
