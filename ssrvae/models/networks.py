"""The networks: perceptrons, of 2 x 128 tanh units by default as in the paper, and a small convolutional one."""

import math

import torch
from torch import Tensor, nn

SMALLEST_MAP = 5
"""Halving stops before the image would be fewer pixels wide than this."""
CHANNELS = (16, 32, 64)
WIDE = (256, 256)
"""Hidden layers of the perceptrons that classify alone."""


def mlp(n_inputs: int, hidden: tuple[int, ...], n_outputs: int) -> nn.Sequential:
    """Build a perceptron with tanh hidden layers and a linear last layer."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(n_inputs, width), nn.Tanh()]
        n_inputs = width
    return nn.Sequential(*layers, nn.Linear(n_inputs, n_outputs))


class ConditionalEncoder(nn.Module):
    """Encode an image together with its class.

    The first layer is linear in (image, class), so the image's part is computed once for all classes.
    """

    def __init__(self, n_pixels: int, n_classes: int, hidden: tuple[int, ...], n_outputs: int) -> None:
        super().__init__()
        self.from_image = nn.Linear(n_pixels, hidden[0])
        self.from_class = nn.Linear(n_classes, hidden[0], bias=False) if n_classes else None
        self.rest = mlp(hidden[0], hidden[1:], n_outputs)

    def forward(self, images: Tensor, classes: Tensor | None) -> Tensor:
        """images: [n, pixels]; classes: one-hot [*batch or 1s, classes] or None. Returns [*batch, outputs]."""
        first = self.from_image(images)
        if self.from_class is not None and classes is not None:
            first = first + self.from_class(classes)
        return self.rest(torch.tanh(first))


class StridedConvolutions(nn.Module):
    """Logits [n, classes] of images [n, size * size]: strided convolutions down to about 6 x 6, two linear layers."""

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
        self.head = nn.Sequential(nn.Linear(channels * side**2, 64), nn.ReLU(), nn.Linear(64, n_classes))

    def forward(self, images: Tensor) -> Tensor:
        """images: [n, size * size]. Returns logits [n, classes]."""
        return self.head(self.features(images.reshape(-1, 1, self.size, self.size)))
