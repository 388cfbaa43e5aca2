"""Images that the model draws, at given poses or anywhere."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from ssrvae.models.geometry import place, upright
from ssrvae.models.marginal.model import MarginalPoseModel
from ssrvae.models.marginal.pose_scores import turn


@torch.no_grad()
def draw_anywhere(model: MarginalPoseModel, n_images: int) -> tuple[Tensor, Tensor]:
    """Draw images [n, pixels] at random poses, and their classes [n]."""
    like = model.input_scale
    classes = torch.randint(model.n_classes, (n_images,), device=like.device)
    style = torch.randn(n_images, model.n_style, device=like.device)
    angle = 2 * math.pi * torch.rand(n_images, device=like.device)
    largest = model.grid.shifts.abs().max().to(like)
    shift = largest * (2 * torch.rand(n_images, 2, device=like.device) - 1)
    drawn = model.draw(style, F.one_hot(classes, model.n_classes).float())
    return draw_at(model, drawn.coefficients, angle, shift), classes


def draw_at(model: MarginalPoseModel, coefficients: Tensor, angle_rad: Tensor, shift: Tensor) -> Tensor:
    """Draw grey images [n, pixels] of objects [n, 2 * basis] at angles [n] and shifts [n, 2] in half sides."""
    turned = model.decoder.draw(turn(coefficients, model.phases.orders, angle_rad))
    pose = upright(angle_rad.shape, like=turned)._replace(shift=shift)
    return model.family.mean(place(turned, pose, outside=model.decoder.background.item()))
