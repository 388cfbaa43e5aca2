"""The classifier that is deployed alone: a small convolutional network taught by the model's own drawings.

The class of an image does not depend on the pose, so every drawing at a random pose comes with its label.
"""

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ssrvae.geometry import place, upright
from ssrvae.marginal.scores import turn

if TYPE_CHECKING:
    from ssrvae.marginal.model import MarginalPoseModel

SMALLEST_MAP = 5
"""Halving stops before the image would be fewer pixels wide than this."""
CHANNELS = (16, 32, 64)


class StandaloneClassifier(nn.Module):
    """Logits [n, classes] of images [n, size * size]: strided convolutions down to about 6 x 6, two linear layers."""

    is_taught: Tensor

    def __init__(self, size: int, n_classes: int) -> None:
        super().__init__()
        halvings = max(1, int(math.log2(max(size / SMALLEST_MAP, 2))))
        layers: list[nn.Module] = []
        channels, side = 1, size
        for halving in range(halvings):
            wider = CHANNELS[min(halving, len(CHANNELS) - 1)]
            layers += [nn.Conv2d(channels, wider, 3, stride=2, padding=1), nn.BatchNorm2d(wider), nn.ReLU()]
            channels, side = wider, (side + 1) // 2
        self.size = size
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.register_buffer("is_taught", torch.tensor(False))
        self.head = nn.Sequential(nn.Linear(channels * side**2, 64), nn.ReLU(), nn.Linear(64, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        """images: [n, size * size]. Returns logits [n, classes]."""
        return self.head(self.features(images.reshape(-1, 1, self.size, self.size)))


def teach(model: "MarginalPoseModel", n_steps: int, batch_size: int, learning_rate: float) -> float:
    """Fit the model's standalone classifier to images that the model draws; return the last steps' mean loss."""
    student = model.standalone.train()
    adam = torch.optim.Adam(student.parameters(), learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, learning_rate, total_steps=n_steps, pct_start=0.2)
    losses = []
    for _ in range(n_steps):
        images, classes = draw_anywhere(model, batch_size)
        loss = F.cross_entropy(student(images), classes)
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        losses.append(loss.item())
    student.eval()
    student.is_taught.fill_(True)
    last = losses[-max(1, n_steps // 10) :]
    return sum(last) / len(last)


@torch.no_grad()
def draw_anywhere(model: "MarginalPoseModel", n_images: int) -> tuple[Tensor, Tensor]:
    """Draw images [n, pixels] at random poses, and their classes [n]."""
    like = model.input_scale
    classes = torch.randint(model.n_classes, (n_images,), device=like.device)
    style = torch.randn(n_images, model.n_style, device=like.device)
    angle = 2 * math.pi * torch.rand(n_images, device=like.device)
    largest = model.grid.shifts.abs().max().to(like)
    shift = largest * (2 * torch.rand(n_images, 2, device=like.device) - 1)
    drawn = model.draw(style, F.one_hot(classes, model.n_classes).float())
    return draw_at(model, drawn.coefficients, angle, shift), classes


def draw_at(model: "MarginalPoseModel", coefficients: Tensor, angle_rad: Tensor, shift: Tensor) -> Tensor:
    """Draw grey images [n, pixels] of objects [n, 2 * basis] at angles [n] and shifts [n, 2] in half sides."""
    turned = model.decoder.draw(turn(coefficients, model.phases.orders, angle_rad))
    pose = upright(angle_rad.shape, like=turned)._replace(shift=shift)
    return model.family.mean(place(turned, pose, outside=model.decoder.background.item()))
