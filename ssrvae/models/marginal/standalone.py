"""The classifier that is deployed alone: a perceptron taught what the model reads, at every turn and shift.

The class of an image does not depend on its pose, so each image is worth as many as it has poses.
"""

import torch
from torch import Tensor, nn

from ssrvae.models.networks import WIDE, mlp


class StandaloneClassifier(nn.Module):
    """Logits [n, classes] of images [n, size * size], by a perceptron of two tanh layers."""

    is_taught: Tensor

    def __init__(self, size: int, n_classes: int) -> None:
        super().__init__()
        self.register_buffer("is_taught", torch.tensor(False))
        self.layers = mlp(size**2, WIDE, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """images: [n, size * size]. Returns logits [n, classes]."""
        return self.layers(images)
