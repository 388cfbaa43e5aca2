"""What a training step minimises: the enumerated bound of images of a given class, and the dreams of the encoder."""

import pyro
import torch
from pyro.infer import TraceEnum_ELBO
from torch import Tensor

from ssrvae.models.marginal.inference import best_angle
from ssrvae.models.marginal.model import MarginalPoseModel, Observed
from ssrvae.models.marginal.pose_scores import turn

DREAM_SD = 1.5
"""Dreams vary more than the prior: extreme shapes, rare in it, are then read as well as common ones."""


def bound_loss(model: MarginalPoseModel, observed: Observed, classes: Tensor) -> Tensor:
    """The negative bound on log p(x, y), mean over n images of one-hot classes [n, K].

    Pyro sums the pose out over all angles and the shifts observed, under a prior uniform over these: where they are a
    window of the grid, the bound lacks the window's share of the grid's shifts.
    """
    elbo = TraceEnum_ELBO(max_plate_nesting=1)
    with pyro.validation_enabled(False):  # a diverging loss is told by its epoch, in `training`
        return elbo.differentiable_loss(model.model, model.guide, observed, classes) / len(observed.mass)


def dream_loss(model: MarginalPoseModel, n_dreams: int, noise_sd: float) -> Tensor:
    """-log q(z | x, y) on images that the model draws, mean: the encoder learns the style from any number of examples.

    Each dream is turned as an image is when it is read: to the best angle of its class's template, or, every other
    one, to its own, at a random place between two angles of the grid. Source: Hinton et al. 1995, Science 268, 1158
    (sleep phase).
    """
    style, classes, projections = dream(model, n_dreams, noise_sd)
    angle = best_angle(model, projections, classes)
    step = 2 * torch.pi / len(model.grid.angles_rad)
    angle[::2] = step * (torch.rand_like(angle[::2]) - 0.5)
    upright = turn(projections, model.phases.orders, -angle)
    return -model.style.posterior(model.encode(upright, classes)).log_prob(style).mean()


@torch.no_grad()
def dream(model: MarginalPoseModel, n_dreams: int, noise_sd: float) -> tuple[Tensor, Tensor, Tensor]:
    """Draw upright, centred images: style [n, n_style], one-hot classes [n, K], projections [n, 2 * basis].

    Half of them are noisy, of standard deviations up to `noise_sd`: style is then read from noisy images as well.
    """
    like = model.input_scale
    style = DREAM_SD * torch.randn(n_dreams, model.n_style, device=like.device)
    classes = torch.eye(model.n_classes, device=like.device)[torch.randint(model.n_classes, (n_dreams,))]
    images = model.family.mean(model.decoder.draw_on_disc(model.decoder(style, classes)))
    strength = noise_sd * torch.rand_like(style[:, :1]) * torch.randint_like(style[:, :1], 2)
    return style, classes, model.decoder.project_disc(images) + strength * model.decoder.projected_noise(n_dreams)
