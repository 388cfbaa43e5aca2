"""Checks of what users ask to be drawn: styles, classes, poses, and how many images."""

from typing import Any

import numpy as np

from datagen.errors import InputError
from ssrvae.models.checks import as_array
from ssrvae.models.geometry import PoseEstimate
from ssrvae.models.parameters import check_value, whole


def check_n_images(n_images: Any) -> int:
    """Give the number of images to draw; raises InputError unless it is a whole number, at least 1."""
    check_value("n_images", n_images, whole(1))
    return int(n_images)


def check_style(style: Any, n_style: int) -> np.ndarray:
    """Give style variables as float32 [n, n_style]; raises InputError for another shape, or what is no number."""
    numbers = _numbers("style", style)
    if numbers.ndim != 2 or numbers.shape[1] != n_style or not len(numbers):
        raise InputError(f"style must be [n, {n_style}], got {numbers.shape}")
    return numbers


def check_classes(label: Any, n_images: int, classes: np.ndarray) -> np.ndarray:
    """Give the index of each image's class [n] among `classes`; label: one class, or one for each image.

    Raises InputError for another number of classes than images, and for one that is not known.
    """
    labels = np.asarray(as_array(label), dtype=object)
    if labels.shape not in {(), (1,), (n_images,)}:
        raise InputError(f"label must be one class or one for each of {n_images} images, got shape {labels.shape}")
    index = {known: number for number, known in enumerate(classes.tolist())}
    each = np.broadcast_to(labels, n_images).tolist()
    unknown = [one for one in each if one not in index]
    if unknown:
        raise InputError(f"unknown class {unknown[0]!r}; the fitted classes are {', '.join(map(str, classes))}")
    return np.array([index[one] for one in each])


def check_pose(pose: Any, n_images: int) -> PoseEstimate:
    """Give poses as float32, one for each image; `pose` holds one for each, or one for all of them.

    Raises InputError, naming the part, for another shape, what is no number, and a scale that is not above 0.
    """
    if not (isinstance(pose, tuple | list) and len(pose) == len(PoseEstimate._fields)):
        raise InputError(f"pose must be a PoseEstimate of {', '.join(PoseEstimate._fields)}, got {type(pose).__name__}")
    angle_rad, shift, scale = (
        _each(f"pose.{name}", part, (n_images, *tail))
        for name, part, tail in zip(PoseEstimate._fields, pose, ((), (2,), ()), strict=True)
    )
    if not (scale > 0).all():
        raise InputError(f"pose.scale must be above 0, got {scale.min():g}")
    return PoseEstimate(angle_rad, shift, scale)


def _each(name: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    numbers = _numbers(name, values)
    if numbers.shape not in {shape, (1, *shape[1:])}:
        raise InputError(f"{name} must be {list(shape)}, got {numbers.shape}")
    return np.broadcast_to(numbers, shape)


def _numbers(name: str, values: Any) -> np.ndarray:
    try:
        numbers = np.asarray(as_array(values), dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be numbers: {error}") from error
    if not np.isfinite(numbers).all():
        raise InputError(f"{name} must be finite numbers, got {numbers[~np.isfinite(numbers)][0]}")
    return numbers
