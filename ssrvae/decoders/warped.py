"""A decoder that draws the upright image once and resamples it at the pose."""

from torch import Tensor

from ssrvae.decoders.drawn import DrawnDecoder
from ssrvae.geometry import Pose, place
from ssrvae.networks import mlp

OUTSIDE_LOGIT = -5.0
"""The logit beyond the border of the drawn image: black, p = 0.007."""


class WarpedDecoder(DrawnDecoder):
    """logits = the image MLP(style, class), turned, scaled and shifted bilinearly.

    The model family of the coordinate decoder at a small fraction of its cost: the perceptron runs once an image, not
    once a pixel.
    """

    def __init__(self, size: int, n_latents: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        self.draw = mlp(n_latents, hidden, size * size)

    def forward(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor:
        """latents: [*batch, latents]; pose: [*batch], None for upright. Returns logits [*batch, pixels]."""
        logits = self.draw(latents)
        if pose is not None:
            logits = place(logits, pose, outside=OUTSIDE_LOGIT)
        return logits if pixels is None else logits[..., pixels]
