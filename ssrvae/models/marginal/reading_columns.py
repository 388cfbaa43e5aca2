"""All that is read in images under their most probable classes, for one pass over many."""

import numpy as np
import torch
from torch import Tensor

from ssrvae.models.geometry import HALF_SIDES
from ssrvae.models.image_readings import ImageReadings
from ssrvae.models.marginal.inference import Reading
from ssrvae.models.marginal.model import MarginalPoseModel
from ssrvae.models.marginal.poses import best_pose


def style_means(model: MarginalPoseModel, reading: Reading) -> Tensor:
    """Read the style under the most probable classes: posterior means [n, n_style]."""
    best = reading.class_score.argmax(-1)
    return model.style.mean(reading.style_parameters[torch.arange(len(best)), best])


def as_columns(model: MarginalPoseModel, reading: Reading) -> Tensor:
    """Join a reading's parts: class probabilities, log-evidence, pose (half sides), style: [n, columns], float64."""
    pose = best_pose(model.grid, reading, reading.class_score.argmax(-1))
    evidence = reading.log_joint.double().logsumexp(-1, keepdim=True)
    parts = [reading.class_score.double().softmax(-1), evidence, pose, style_means(model, reading)]
    return torch.cat([part.double() for part in parts], dim=1)


def from_columns(columns: np.ndarray, n_classes: int, stranger_limit: float) -> ImageReadings:
    """Take apart what `as_columns` joined; images below a log-evidence are strangers.

    Familiarity is the log-evidence in nats; the style is in prior standard deviations.
    """
    probabilities, evidence, pose, style = np.split(columns, [n_classes, n_classes + 1, n_classes + 4], axis=1)
    stranger = evidence[:, 0] < stranger_limit
    return ImageReadings(probabilities, evidence[:, 0], stranger, pose[:, 0], pose[:, 1:] / HALF_SIDES, style)
