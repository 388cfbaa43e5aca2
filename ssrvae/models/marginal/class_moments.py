"""Size and elongation of objects beside their pixels: a Normal a class, kept with the model."""

import numpy as np
import torch
from torch import Tensor

from ssrvae.models.marginal.model import MarginalPoseModel
from ssrvae.models.object_moments import Normals, fit_normals, log_moments


def fit_class_moments(model: MarginalPoseModel, images: Tensor, labels: np.ndarray) -> None:
    """Fit the Normals to images [n, pixels] of labels [n], UNLABELLED or 0..K-1."""
    normals = fit_normals(_above_background(model, images), labels, model.n_classes)
    model.moment_means.copy_(torch.from_numpy(normals.means))
    model.moment_covariances.copy_(torch.from_numpy(normals.covariances))


def class_moments_density(model: MarginalPoseModel, images: Tensor) -> Tensor:
    """Give the log densities of the moments of images [n, pixels] in every class: [n, K]."""
    normals = Normals(model.moment_means.cpu().numpy(), model.moment_covariances.cpu().numpy())
    return torch.from_numpy(normals.log_density(_above_background(model, images))).to(images)


def _above_background(model: MarginalPoseModel, images: Tensor) -> np.ndarray:
    return log_moments((images - model.background_level).cpu().numpy())
