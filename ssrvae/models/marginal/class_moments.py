"""Size and elongation of objects beside their pixels: a Normal a class."""

import numpy as np
import torch
from torch import Tensor

from ssrvae.models.object_moments import Normals, fit_normals, log_moments


def fit_class_moments(images: Tensor, background: float, labels: np.ndarray, n_classes: int) -> Normals:
    """Fit the Normals, in float32, to images [n, pixels] of labels [n], UNLABELLED or 0..K-1."""
    normals = fit_normals(_above(images, background), labels, n_classes)
    return Normals(*(part.astype(np.float32) for part in normals))


def class_moments_density(normals: Normals, images: Tensor, background: float) -> Tensor:
    """Give the log densities of the moments of images [n, pixels] in every class: [n, K]."""
    return torch.from_numpy(normals.log_density(_above(images, background))).to(images)


def _above(images: Tensor, background: float) -> np.ndarray:
    return log_moments((images - background).cpu().numpy())
