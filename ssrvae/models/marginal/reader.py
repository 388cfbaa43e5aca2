"""What the marginal-pose model reads in images, a chunk of them at a time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ssrvae.models.geometry import HALF_SIDES, PoseEstimate
from ssrvae.models.image_estimator import ImageClassifier
from ssrvae.models.image_readings import ImageReadings
from ssrvae.models.marginal.background import levelled
from ssrvae.models.marginal.class_moments import class_moments_density
from ssrvae.models.marginal.inference import Reading, read, starts_of
from ssrvae.models.marginal.model import MarginalPoseModel
from ssrvae.models.marginal.poses import angle_posterior, best_pose
from ssrvae.models.marginal.projections import Projector, in_chunks, projector
from ssrvae.models.marginal.reading_columns import as_columns, from_columns, style_means
from ssrvae.models.marginal.training import UnlabelledSet
from ssrvae.models.object_moments import Normals
from ssrvae.models.strangers import TellsStrangers

CHUNK = 64
"""Images read at a time: their projections on all shifts take about 5 MB and stay in cache."""
N_EVIDENCE_IMAGES = 2000


class PoseReader(TellsStrangers, ImageClassifier):
    """The reading half of `estimator.MarginalPoseClassifier`: evidence, style and pose of images."""

    model_: MarginalPoseModel
    background_level_: float
    moment_means_: np.ndarray
    moment_covariances_: np.ndarray
    moments: bool

    def score_samples(self, X: Any) -> np.ndarray:
        """Estimate log p(x) of each image in nats, class and pose summed: [n].

        The style is not integrated: it is put at its posterior's mean, which is charged the divergence of that
        posterior from the prior. That is near the evidence, and is no bound on it.
        """
        return self.map_readings(X, _log_evidence)

    def transform(self, X: Any) -> np.ndarray:
        """Read the style variables of images under their predicted classes: posterior means [n, n_style]."""
        return self.map_readings(X, lambda reading: style_means(self.model_, reading))

    def pose(self, X: Any) -> PoseEstimate:
        """Read the most probable pose of images under their predicted classes, finer than the grid; the scale is 1."""
        poses = self.map_readings(
            X, lambda reading: best_pose(self.model_.grid, reading, reading.class_score.argmax(-1))
        )
        return PoseEstimate(poses[:, 0], poses[:, 1:] / HALF_SIDES, np.ones(len(poses), dtype=poses.dtype))

    def pose_posterior(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Give the angles of the grid [angles], and their probabilities [n, angles] under the predicted classes."""
        probabilities = self.map_readings(X, lambda reading: angle_posterior(reading, reading.class_score.argmax(-1)))
        return self.model_.grid.angles_rad.numpy(), probabilities

    def readings(self, X: Any) -> ImageReadings:
        """Read class, evidence, pose and style of images in one pass."""
        columns = self.map_readings(X, lambda reading: as_columns(self.model_, reading))
        return from_columns(columns, len(self.classes_), self.stranger_limit())

    def map_readings(self, X: Any, take: Callable[[Reading], Tensor]) -> np.ndarray:
        """Read images once, a chunk at a time, and join what `take` takes from each chunk's reading: [n, ...]."""
        return self._map_readings(self._check_fitted_images(X), take)

    def _map_readings(self, images: Tensor, take: Callable[[Reading], Tensor]) -> np.ndarray:
        """Read images [n, pixels], checked and on the device."""
        project, starts, taken = self._projector(), starts_of(self.model_), []
        with torch.no_grad():
            for chunk in in_chunks(len(images), CHUNK):
                some = self._reduce(project, levelled(images[chunk], self.background_level_))
                taken.append(
                    take(read(self.model_, starts, project(some.reduced), some.mass, some.power, some.log_density))
                )
        return torch.cat(taken).cpu().numpy()

    def _projector(self) -> Projector:
        grid = self.model_.grid
        return projector(
            self.model_.size, self.model_.resolution, grid.shifts_per_axis, grid.shift_step, self._device()
        )

    def _reduce(self, project: Projector, images: Tensor) -> UnlabelledSet:
        density = None
        if self.moments:
            check_is_fitted(self, "moment_means_", msg="moments were not fitted; fit with moments=True")
            normals = Normals(self.moment_means_, self.moment_covariances_)
            density = class_moments_density(normals, images, self.background_level_)
        return UnlabelledSet(project.reduce(images), images.sum(1), images.square().sum(1), density)

    def _remember_evidence(self, images: Tensor) -> None:
        some = images[torch.randperm(len(images))[:N_EVIDENCE_IMAGES]]
        self._remember_scores(self._map_readings(some, _log_evidence))

    def _squares(self, images: Tensor) -> np.ndarray:
        return images.reshape(-1, self.model_.size, self.model_.size).cpu().numpy()


def _log_evidence(reading: Reading) -> Tensor:
    return reading.log_joint.logsumexp(-1)
