"""Objects brought to how the exemplars lie that they fit."""

import numpy as np
import torch

from ssrvae.models.exemplar.polar_fields import background, object_maps
from ssrvae.models.geometry import Pose, place, rotate


def turned_back(images: np.ndarray, angle_rad: np.ndarray, is_mirrored: np.ndarray) -> np.ndarray:
    """Move objects to the middle of their images, turn them back by an angle, and mirror some of them left to right.

    images [n, side, side]; angle_rad [n], by which exemplars are turned counter-clockwise to fit the objects;
    is_mirrored [n], whether they are mirrored before (`NearestExemplars`). Beyond its border an image goes on as its
    background. Returns [n, side, side] float32.
    """
    shown = torch.from_numpy(np.asarray(images, dtype=np.float32))
    side, level = shown.shape[-1], background(shown)
    centre = object_maps(shown).middle * torch.tensor([1.0, -1.0]) / (side / 2)  # half sides, y up
    back = -torch.from_numpy(np.asarray(angle_rad, dtype=np.float32))
    pose = Pose(back, -rotate(centre[:, None], back)[:, 0], torch.ones_like(back))
    upright = place((shown - level).flatten(1), pose).unflatten(1, (side, side)) + level
    mirror = torch.from_numpy(np.asarray(is_mirrored))[:, None, None]
    return torch.where(mirror, upright.flip(-1), upright).numpy()
