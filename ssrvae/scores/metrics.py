"""Scores of predicted classes and of their probabilities, on images whose true class is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics as sklearn_metrics

from datagen.errors import InputError
from ssrvae.scores.calibration import expected_calibration_error

if TYPE_CHECKING:
    import pandas as pd


def accuracy(true: ArrayLike, predicted: ArrayLike) -> float:
    """Return the share of images [n] whose predicted class is the true one."""
    return float(sklearn_metrics.accuracy_score(true, predicted))


def recall_per_class(true: ArrayLike, predicted: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    """Return the share of each true class that is found [n_classes]; NaN for a class without images."""
    return sklearn_metrics.recall_score(
        true, predicted, labels=np.arange(n_classes), average=None, zero_division=np.nan
    )


def balanced_accuracy(true: ArrayLike, predicted: ArrayLike, n_classes: int) -> float:
    """Return the mean recall over the classes that occur in `true`."""
    return float(np.nanmean(recall_per_class(true, predicted, n_classes)))


def confusion_fractions(true: ArrayLike, predicted: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    """Return [true, predicted] shares, rows summing to 1; a row is NaN for a class without images."""
    counts = sklearn_metrics.confusion_matrix(true, predicted, labels=np.arange(n_classes)).astype(float)
    images = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, images, out=np.full_like(counts, np.nan), where=images > 0)


def confusion_table(true: ArrayLike, predicted: ArrayLike, class_names: Sequence[str]) -> pd.DataFrame:
    """Return the confusion as rows (true, predicted, fraction, n), n the images of the true class."""
    import pandas as pd

    fractions = confusion_fractions(true, predicted, len(class_names))
    images = np.bincount(np.asarray(true), minlength=len(class_names))
    rows = [
        (true_name, predicted_name, fractions[i, j], int(images[i]))
        for i, true_name in enumerate(class_names)
        for j, predicted_name in enumerate(class_names)
    ]
    return pd.DataFrame(rows, columns=["true", "predicted", "fraction", "n"])


def log_loss(true: ArrayLike, probability: ArrayLike) -> float:
    """Return the mean negative log probability (nats) of the true class; `probability` is [n, classes]."""
    given = np.asarray(probability, dtype=float)
    # Single-precision probabilities miss a sum of 1 by more than scikit-learn's tolerance.
    normalised = given / given.sum(axis=1, keepdims=True)
    return float(sklearn_metrics.log_loss(true, normalised, labels=np.arange(given.shape[1])))


def classification_metrics(
    true: ArrayLike, predicted: ArrayLike, probability: ArrayLike | None, class_names: Sequence[str]
) -> dict[str, float]:
    """Return every score of one prediction: accuracy, balanced_accuracy, recall_<class>, log_loss, ece.

    `true` and `predicted` [n] are indices into `class_names`; `probability` is [n, classes], or None for a
    method that gives none (log_loss and ece are then NaN). Raises InputError for no images or a class out of
    range.
    """
    _check_classes("true", true, len(class_names))
    _check_classes("predicted", predicted, len(class_names))
    recalls = recall_per_class(true, predicted, len(class_names))
    return {
        "accuracy": accuracy(true, predicted),
        "balanced_accuracy": balanced_accuracy(true, predicted, len(class_names)),
        "log_loss": np.nan if probability is None else log_loss(true, probability),
        "ece": np.nan if probability is None else expected_calibration_error(true, probability),
        **{f"recall_{name}": float(recall) for name, recall in zip(class_names, recalls, strict=True)},
    }


def reconstruction_metrics(images: ArrayLike, drawn: ArrayLike | None) -> dict[str, float]:
    """Return the score of a method that does not classify: reconstruction_mse, the mean squared error of grey values.

    `images` and `drawn` are [n, pixels]; None, of a failed run, gives NaN.
    """
    if drawn is None:
        return {"reconstruction_mse": np.nan}
    return {"reconstruction_mse": float(np.mean(np.square(np.subtract(images, drawn, dtype=np.float64))))}


def _check_classes(role: str, classes: ArrayLike, n_classes: int) -> None:
    values = np.asarray(classes)
    if values.size == 0:
        raise InputError(f"{role} classes: got no images; scores need at least one image of known class")
    if values.min() < 0 or values.max() >= n_classes:
        found = f"{values.min()}..{values.max()}"
        raise InputError(f"{role} classes: got values {found}; allowed are 0..{n_classes - 1}")
