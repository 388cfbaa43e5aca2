"""A decoder that draws the upright image once and resamples it at the pose."""

import torch.nn.functional as F
from torch import Tensor

from ssrvae.models.geometry import Pose, place
from ssrvae.models.networks import mlp
from ssrvae.models.vae.decoders.drawn import DrawnDecoder

OUTSIDE_LOGIT = -5.0
"""The logit beyond the border of the drawn image: black, p = 0.007."""


class WarpedDecoder(DrawnDecoder):
    """logits = the image MLP(style, class), turned, scaled and shifted bilinearly.

    The model family of the coordinate decoder at a small fraction of its cost: the perceptron runs once an image, not
    once a pixel.
    """

    config_name = "warped"

    def __init__(self, size: int, n_latents: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        self.draw = mlp(n_latents, hidden, size * size)

    def forward(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor:
        """latents: [*batch, latents]; pose: [*batch], None for upright. Returns logits [*batch, pixels]."""
        if pose is not None:
            return place(self.draw(latents), pose, OUTSIDE_LOGIT, pixels)
        if pixels is None:
            return self.draw(latents)
        weight, bias = self.draw[-1].parameters()
        return F.linear(self.draw[:-1](latents), weight[pixels], bias[pixels])
