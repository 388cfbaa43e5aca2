"""What a model reads in objects, in one pass: class, evidence, pose, style."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from datagen.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from ssrvae.models.marginal.estimator import MarginalPoseClassifier
    from ssrvae.models.marginal.inference import Reading


class ObjectReadings(NamedTuple):
    """Readings of n objects under their most probable classes.

    probabilities [n, classes]; log_evidence [n] in nats; stranger [n]: fits no class; angle_rad [n] counter-clockwise;
    shift [n, 2] in sides, x right, y up; style [n, n_style] in prior standard deviations.
    """

    probabilities: np.ndarray
    log_evidence: np.ndarray
    stranger: np.ndarray
    angle_rad: np.ndarray
    shift: np.ndarray
    style: np.ndarray


def read_objects(model: "MarginalPoseClassifier", images: np.ndarray) -> ObjectReadings:
    """Read objects [n, side, side]; raises InputError for another side than the model's."""
    import torch

    from ssrvae.models.geometry import HALF_SIDES
    from ssrvae.models.marginal.poses import best_pose

    check_side(model, images)
    n_classes = len(model.classes_)

    def take(reading: "Reading") -> "Tensor":
        best = reading.class_score.argmax(-1)
        style = model.model_.style.mean(reading.style_parameters[torch.arange(len(best)), best])
        evidence = reading.log_joint.double().logsumexp(-1, keepdim=True)
        pose = best_pose(model.model_.grid, reading, best)
        parts = [reading.class_score.double().softmax(-1), evidence, pose, style]
        return torch.cat([part.double() for part in parts], dim=1)

    taken = model.map_readings(images, take)
    probabilities, evidence, pose, style = np.split(taken, [n_classes, n_classes + 1, n_classes + 4], axis=1)
    stranger = evidence[:, 0] < model.evidence_limit()
    return ObjectReadings(probabilities, evidence[:, 0], stranger, pose[:, 0], pose[:, 1:] / HALF_SIDES, style)


def check_side(model: "MarginalPoseClassifier", images: np.ndarray) -> None:
    """Raise InputError unless the images are as wide as those that the model was fitted to."""
    side = model.model_.size
    if images.shape[-1] != side:
        raise InputError(
            f"objects are {images.shape[-1]} px wide, but the model was fitted to {side} px; "
            f"resample them to that, or fit a model to such objects"
        )
