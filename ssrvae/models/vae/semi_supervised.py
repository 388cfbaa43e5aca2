"""What a step of semi-supervised training minimises: unlabelled images, and labelled ones moved at random."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from ssrvae.models.geometry import Pose, place, upright
from ssrvae.models.vae.model import ImageModel
from ssrvae.models.vae.objectives import classification_loss, labelled_loss, marginal_loss, posterior_loss

POSTERIOR, ELBO = "posterior", "elbo"


class LabelledMoves(NamedTuple):
    """How labelled images are moved: half of them turned by up to `turn_rad`; all shifted by up to `shift` half sides.

    known: the model is told the pose that they are given.
    """

    turn_rad: float
    shift: float
    known: bool


class Weights(NamedTuple):
    """The factors on the losses of labelled images and of the classifier, and how often labelled images come."""

    labelled: float
    classification: float
    labelled_batch_size: int
    labelled_every: int


class SemiSupervisedLoss:
    """The loss of a batch of unlabelled images, and with it, every so many steps, that of random labelled ones.

    Without unlabelled images batches are of labelled ones.

    unlabelled: [n, pixels]; labelled: [m, pixels] of one-hot classes [m, K]. temperature: of the class posterior, by
    the share of the training that is done. draw_pixels: the pixels of a step, None for all.
    """

    def __init__(
        self,
        model: ImageModel,
        unlabelled: Tensor,
        labelled: Tensor,
        classes: Tensor,
        inference: str,
        moves: LabelledMoves | None,
        weights: Weights,
        temperature: Callable[[float], float],
        draw_pixels: Callable[[], Tensor | None],
    ) -> None:
        self.model, self.unlabelled, self.labelled, self.classes = model, unlabelled, labelled, classes
        self.inference, self.moves, self.weights = inference, moves, weights
        self.temperature, self.draw_pixels = temperature, draw_pixels

    @property
    def n_images(self) -> int:
        """How many images batches are taken from: the unlabelled ones, or where there are none, the labelled ones."""
        return len(self.unlabelled) or len(self.labelled)

    def __call__(self, batch: Tensor, step: int, share: float) -> dict[str, Tensor]:
        """Loss and bound of a batch, by the indices of its images."""
        if not len(self.unlabelled):
            return self._of_labelled(batch)
        self.model.pixels = self.draw_pixels()
        images = self.unlabelled[batch]
        if self.inference == POSTERIOR:
            loss, bound = posterior_loss(self.model, images, self.temperature(share), self.weights.classification)
        else:
            loss = marginal_loss(self.model, images)
            bound = -loss.detach()
        if step % self.weights.labelled_every == 0:
            pick = torch.randint(len(self.labelled), (self.weights.labelled_batch_size,))
            loss = loss + self._of_labelled(pick)["loss"]
        return {"loss": loss, "bound": bound}

    def _of_labelled(self, batch: Tensor) -> dict[str, Tensor]:
        """Loss and bound of labelled images, moved at random; the classifier sees them as they are."""
        images, classes = self.labelled[batch], self.classes[batch]
        pose = _random_pose(images, self.moves) if self.moves else None
        shown = images if pose is None else place(images, pose)
        bound = labelled_loss(self.model, shown, classes, pose if self.moves and self.moves.known else None)
        classification = classification_loss(self.model, images, classes)
        loss = self.weights.labelled * bound + self.weights.classification * classification
        return {"loss": loss, "bound": -bound.detach()}


def _random_pose(images: Tensor, moves: LabelledMoves) -> Pose:
    pose = upright(images.shape[:1], like=images)
    angle = moves.turn_rad * (2 * torch.rand_like(pose.angle_rad) - 1) * torch.randint_like(pose.angle_rad, 2)
    return pose._replace(angle_rad=angle, shift=moves.shift * (2 * torch.rand_like(pose.shift) - 1))
