"""The multilayer perceptrons of the models: 2 x 128 tanh units by default, as in the paper."""

import torch
from torch import Tensor, nn


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
