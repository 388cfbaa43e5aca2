"""Checks of the images and labels that users hand to an estimator."""

import math
import sys
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, column_or_1d, validate_data

from datagen.contract import UNLABELLED
from datagen.errors import InputError

UNLABELLED_TEXTS = ("-1", "-1.0")
"""What NumPy and pandas make of UNLABELLED among labels that are texts."""


def as_array(values: Any) -> Any:
    """Give a tensor of torch, on whatever device, as an array; anything else is left as it is."""
    torch = sys.modules.get("torch")  # not imported for this alone: who has a tensor has imported it
    if torch is None or not isinstance(values, torch.Tensor):
        return values
    read = values.detach().cpu()
    return (read.float() if read.dtype is torch.bfloat16 else read).numpy()  # NumPy has no bfloat16


def check_images(estimator: BaseEstimator, images: Any, reset: bool) -> np.ndarray:
    """Check square images [n, pixels] or [n, side, side] of any grey values, and flatten them to float32 [n, pixels].

    Raises ValueError (InputError where scikit-learn has no words for it) on NaN and on images that are not square or of
    another size than fitted.
    """
    images = as_array(images)
    images = check_array(images, dtype=np.float32, allow_nd=True, ensure_2d=False, estimator=estimator, input_name="X")
    if images.ndim == 3:
        if images.shape[1] != images.shape[2]:
            raise InputError(f"images must be square, got {images.shape[1]} x {images.shape[2]} pixels")
        images = images.reshape(len(images), -1)
    images = validate_data(estimator, images, dtype=np.float32, reset=reset)
    side = math.isqrt(images.shape[1])
    if side * side != images.shape[1]:
        raise InputError(f"images must be square; a row of X holds {images.shape[1]} pixels, which is no square number")
    return images


def check_range(images: np.ndarray) -> None:
    """Raise InputError unless all grey values lie in [0, 1], as a fit needs (classified images may be noisier)."""
    low, high = float(images.min()), float(images.max())
    if low < 0 or high > 1:
        raise InputError(f"images to fit must lie in [0, 1], got values from {low:g} to {high:g}; rescale them")


def labelled(labels: np.ndarray) -> np.ndarray:
    """Tell which images have a label: bool [n], those whose label is not -1, be it a number or a text.

    Raises InputError when none has.
    """
    is_text = labels.dtype.kind in "OUS"
    unlabelled = np.isin(labels.astype(str), UNLABELLED_TEXTS) if is_text else labels == UNLABELLED
    if unlabelled.all():
        raise InputError("y holds no label: every entry is -1 (unlabelled); give some images of each class a label")
    return ~unlabelled


def check_labels(labels: Any, n_images: int) -> tuple[np.ndarray, np.ndarray]:
    """Check labels [n] with -1 for unlabelled images; return the classes and the index of each label, -1 kept.

    Classes are numbers or texts. Raises ValueError unless there are labels of at least one class.
    """
    if labels is None:
        raise ValueError("requires y to be passed, but the target y is None; use -1 for unlabelled images")
    labels = column_or_1d(as_array(labels), warn=True)
    if len(labels) != n_images:
        raise ValueError(f"X and y have inconsistent numbers of samples: {n_images} images and {len(labels)} labels")
    given = labelled(labels)
    if labels.dtype == object and len({type(label) for label in labels[given]}) > 1:
        raise InputError("y mixes types of label; give classes all as integers or all as texts, -1 for unlabelled")
    check_classification_targets(np.where(given, labels, labels[given][0]))
    classes, indices = np.unique(labels[given], return_inverse=True)
    encoded = np.full(n_images, UNLABELLED)
    encoded[given] = indices
    return classes, encoded
