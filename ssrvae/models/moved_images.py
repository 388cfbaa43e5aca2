"""Train a network on images that are turned, shifted, sharpened and made noisy at random in every batch."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ssrvae.models.divergence import check_finite
from ssrvae.models.geometry import place, upright

STEPS_PER_EPOCH = 50
LARGEST_SHARPENING = 2.0


class Moves(NamedTuple):
    """How images are moved: turned by up to `turn_rad` radians, shifted by up to `shift` half sides in x and y.

    Half of them are noisy then, by standard deviations up to `noise_sd` grey values.
    """

    turn_rad: float
    shift: float
    noise_sd: float


class MovedCourse(NamedTuple):
    """How a network is trained on moved images: steps of AdamW, the learning rate falling to 0 along a half cosine."""

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float = 1e-2


def train_on_moved(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    moves: Moves,
    course: MovedCourse,
    on_epoch: Callable[[dict[str, float]], None] = lambda record: None,
) -> None:
    """Fit a network by cross entropy to images [n, pixels], moved, sharpened and made noisy at random in every batch.

    targets: classes [n], or their probabilities [n, classes]. `on_epoch` is given epoch, loss and seconds, every 50
    steps. Raises DivergenceError when a loss is not finite.
    """
    network.train()
    adam = torch.optim.AdamW(network.parameters(), course.learning_rate, weight_decay=course.weight_decay)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, course.steps)
    for epoch, done in enumerate(range(0, course.steps, STEPS_PER_EPOCH), 1):
        started, total = time.perf_counter(), 0.0
        n_steps = min(STEPS_PER_EPOCH, course.steps - done)
        for _ in range(n_steps):
            batch = torch.randint(len(images), (course.batch_size,))
            shown = noisy(sharpened(moved(images[batch], moves)), moves.noise_sd)
            loss = F.cross_entropy(network(shown), targets[batch])
            adam.zero_grad()
            loss.backward()
            adam.step()
            cosine.step()
            total += loss.item() / n_steps
        check_finite(total, course.learning_rate, epoch=epoch)
        on_epoch({"epoch": epoch, "loss": total, "seconds": time.perf_counter() - started})
    network.eval()


def moved(images: Tensor, moves: Moves) -> Tensor:
    """Turn and shift images [n, pixels] at random."""
    pose = upright(images.shape[:1], like=images)
    angle_rad = moves.turn_rad * _uniform(pose.angle_rad)
    return place(images, pose._replace(angle_rad=angle_rad, shift=moves.shift * _uniform(pose.shift)))


def _uniform(like: Tensor) -> Tensor:
    """Draw from [-1, 1], in the shape of `like`."""
    return 2 * torch.rand_like(like) - 1


def sharpened(images: Tensor) -> Tensor:
    """Sharpen images [n, pixels] at random, lest the softness that interpolation leaves is learnt: others are crisp."""
    side = math.isqrt(images.shape[1])
    squares = images.reshape(-1, 1, side, side)
    soft = F.avg_pool2d(squares, 3, stride=1, padding=1, count_include_pad=False)
    strength = LARGEST_SHARPENING * torch.rand(len(images), 1, 1, 1, device=images.device)
    return (squares + strength * (squares - soft)).clamp(0, 1).reshape(images.shape)


def noisy(images: Tensor, largest_sd: float) -> Tensor:
    """Add noise to half of the images [n, pixels], of standard deviations drawn from 0 to `largest_sd`."""
    if not largest_sd:
        return images
    sd = largest_sd * torch.rand_like(images[:, :1]) * torch.randint_like(images[:, :1], 2)
    return images + sd * torch.randn_like(images)
