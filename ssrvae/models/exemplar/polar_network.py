"""A convolutional network on polar fields: classes that a turn of the object cannot change.

Convolutions go around the circle without a seam and the largest answer over all angles is taken at the end, so turning
the input by whole steps of the last layer's grid changes nothing.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ssrvae.models.divergence import check_finite
from ssrvae.models.exemplar.polar_fields import (
    HARMONICS,
    N_RADII,
    ObjectMaps,
    edge_fields,
    grey_fields,
    mirrored,
    taken,
    whole_radius,
)

N_CHANNELS = 2 + 2 * HARMONICS
WIDTH = 16
STRIDE = 2
"""The first convolution answers at every other angle."""
DROPOUT = 0.3
POOLINGS = 2
ANGLE_STEP = STRIDE << POOLINGS
"""A turn by so many angles changes nothing."""
WEIGHT_DECAY = 1e-2
LEAST_PROBABILITY = 1e-6


class Views(NamedTuple):
    """How an image is moved in each batch: standard deviations.

    middle_px of the centre; log_size of the radius; brightness of a factor; mirrors: every other batch is mirrored.
    """

    middle_px: float = 0.7
    log_size: float = 0.06
    brightness: float = 0.1
    mirrors: bool = True


class Course(NamedTuple):
    """A training: steps of batch_size images, and the highest learning rate of its one cycle."""

    steps: int
    batch_size: int
    learning_rate: float


class PolarNetwork(nn.Module):
    """Map polar fields [n, N_CHANNELS, N_RADII, N_ANGLES] to logits [n, K].

    Channels of weights and fields lie last in memory, where convolutions are fastest.
    """

    def __init__(self, n_classes: int) -> None:
        """Build the network for so many classes."""
        super().__init__()
        widths = (N_CHANNELS, WIDTH, 2 * WIDTH, 2 * WIDTH)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(*pair, (3, 5), (1, 1 if depth else STRIDE), (1, 0)) for depth, pair in enumerate(pairwise(widths))
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths[1:])
        self.dropout = nn.Dropout(DROPOUT)
        self.classes = nn.Linear(widths[-1] * (N_RADII >> POOLINGS), n_classes)
        nn.utils.convert_conv2d_weight_memory_format(self, torch.channels_last)

    def forward(self, fields: Tensor) -> Tensor:
        """Give the logits of fields."""
        fields = fields.contiguous(memory_format=torch.channels_last)
        for depth, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            fields = norm(convolution(F.pad(fields, (2, 2, 0, 0), mode="circular")))
            fields = F.relu(F.max_pool2d(fields, 2) if depth < POOLINGS else fields)
        return self.classes(self.dropout(fields.amax(dim=3).flatten(1)))


def train(
    network: PolarNetwork, objects: ObjectMaps, targets: Tensor, weights: Tensor, views: Views, course: Course
) -> None:
    """Fit a network to class probabilities `targets` [n, K] of objects, drawn by `weights` [n] and moved at random.

    Raises DivergenceError when the loss is not finite.
    """
    optimizer = torch.optim.AdamW(network.parameters(), lr=course.learning_rate, weight_decay=WEIGHT_DECAY)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, course.learning_rate, total_steps=course.steps)
    network.train()
    for step in range(course.steps):
        chosen = torch.multinomial(weights, course.batch_size, replacement=True)
        fields = _moved(taken(objects, chosen), views, is_mirrored=bool(step % 2))
        loss = -(targets[chosen] * F.log_softmax(network(fields), dim=1)).sum(1).mean()
        check_finite(loss.item(), course.learning_rate, step=step + 1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        cycle.step()
    network.eval()


@torch.no_grad()
def log_probabilities(network: PolarNetwork, fields: Tensor) -> Tensor:
    """Classify fields [n, ...]: log-probabilities [n, K]."""
    return network(fields).softmax(1).clamp_min(LEAST_PROBABILITY).log()


def network_fields(edges: Tensor, grey: Tensor) -> Tensor:
    """Give what the network sees of fields of edges and of grey values: [n, N_CHANNELS, N_RADII, N_ANGLES]."""
    return torch.cat([grey, edges], dim=1)


def _moved(objects: ObjectMaps, views: Views, is_mirrored: bool) -> Tensor:
    """Draw another view of each object."""
    middle = objects.middle + views.middle_px * torch.randn_like(objects.middle)
    radius_px = whole_radius(objects) * torch.exp(views.log_size * torch.randn_like(objects.radius_px))
    objects = objects._replace(middle=middle)
    fields = network_fields(edge_fields(objects, radius_px), grey_fields(objects, radius_px))
    fields = fields * (1 + views.brightness * torch.randn_like(radius_px))[:, None, None, None]
    fields = torch.roll(fields, int(torch.randint(ANGLE_STEP, ())), dims=-1)
    return mirrored(fields) if views.mirrors and is_mirrored else fields
