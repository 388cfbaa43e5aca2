"""Train a network on images that are turned, shifted, sharpened, deformed and spoilt at random in every batch."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ssrvae.models.divergence import check_finite
from ssrvae.models.geometry import inverse_affine, pixel_grid, resample, upright

OnRecord = Callable[[dict[str, float]], None]
"""Is given the record of an epoch."""
STEPS_PER_EPOCH = 50
LARGEST_SHARPENING = 2.0


class Moves(NamedTuple):
    """How images are moved: turned by up to `turn_rad` radians, shifted by up to `shift` half sides in x and y.

    Before that they are sheared by up to `shear_rad` radians in x and y and scaled, the logarithm of the factor being
    up to `log_scale`. Half of them are noisy then, by standard deviations up to `noise_sd` grey values. Last, a square
    up to `cutout` sides wide, centred anywhere, is made black (Cutout, DeVries and Taylor 2017, arXiv:1708.04552).
    """

    turn_rad: float
    shift: float
    noise_sd: float
    shear_rad: float = 0.0
    log_scale: float = 0.0
    cutout: float = 0.0


class MovedCourse(NamedTuple):
    """How a network is trained on moved images: steps of AdamW, the learning rate falling to 0 along a half cosine."""

    steps: int
    learning_rate: float
    weight_decay: float = 1e-2


def moved_loss(
    network: nn.Module, images: Tensor, targets: Tensor, moves: Moves, batch_size: int
) -> Callable[[], Tensor]:
    """Make the cross entropy of a batch of images [n, pixels], drawn with replacement, in views at random.

    targets: classes [n], or their probabilities [n, classes].
    """

    def loss() -> Tensor:
        batch = torch.randint(len(images), (batch_size,))
        return F.cross_entropy(network(view(images[batch], moves)), targets[batch])

    return loss


def train_on_moved(
    network: nn.Module, batch_loss: Callable[[], Tensor], course: MovedCourse, on_epoch: OnRecord = lambda record: None
) -> None:
    """Fit a network by a loss that draws a batch each time it is called, as `moved_loss` makes one.

    `on_epoch` is given epoch, loss and seconds, every 50 steps. Raises DivergenceError when a loss is not finite.
    """
    network.train()
    adam = torch.optim.AdamW(network.parameters(), course.learning_rate, weight_decay=course.weight_decay)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(adam, course.steps)
    for epoch, done in enumerate(range(0, course.steps, STEPS_PER_EPOCH), 1):
        started, total = time.perf_counter(), 0.0
        n_steps = min(STEPS_PER_EPOCH, course.steps - done)
        for _ in range(n_steps):
            loss = batch_loss()
            adam.zero_grad()
            loss.backward()
            adam.step()
            cosine.step()
            total += loss.item() / n_steps
        check_finite(total, course.learning_rate, epoch=epoch)
        on_epoch({"epoch": epoch, "loss": total, "seconds": time.perf_counter() - started})
    network.eval()


def view(images: Tensor, moves: Moves) -> Tensor:
    """Show images [n, pixels] moved, sharpened, made noisy and cut out at random."""
    return cut_out(noisy(sharpened(moved(images, moves)), moves.noise_sd), moves.cutout)


def moved(images: Tensor, moves: Moves) -> Tensor:
    """Shear, scale, turn and shift images [n, pixels] at random."""
    pose = upright(images.shape[:1], like=images)
    angle_rad = moves.turn_rad * _uniform(pose.angle_rad)
    pose = pose._replace(angle_rad=angle_rad, shift=moves.shift * _uniform(pose.shift))
    if moves.log_scale:
        pose = pose._replace(scale=torch.exp(moves.log_scale * _uniform(pose.scale)))
    inverse = inverse_affine(pose)
    if moves.shear_rad:
        inverse = _shears(moves.shear_rad * _uniform(pose.shift)) @ inverse
    return resample(images, inverse)


def _shears(shear_rad: Tensor) -> Tensor:
    """Write shears in x and in y, radians [n, 2], as matrices [n, 2, 2]."""
    in_x, in_y = torch.tan(shear_rad).unbind(-1)
    whole = torch.ones_like(in_x)
    return torch.stack([whole, in_x, in_y, whole], dim=-1).unflatten(-1, (2, 2))


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


def cut_out(images: Tensor, largest: float) -> Tensor:
    """Make a square of each image [n, pixels] black, up to `largest` sides wide, its centre any pixel."""
    if not largest:
        return images
    side = math.isqrt(images.shape[1])
    centre = torch.rand(len(images), 1, 2, device=images.device) * 2 - 1
    half_width = largest * torch.rand(len(images), 1, 1, device=images.device)  # in half sides
    inside = ((pixel_grid(side).to(images) - centre).abs() < half_width).all(-1)
    return images.masked_fill(inside, 0.0)
