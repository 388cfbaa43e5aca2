"""Decoders: draw the logits of an image from style, class and pose."""

from typing import Protocol

from torch import Tensor, nn

from ssrvae.models.geometry import Pose
from ssrvae.models.vae.decoders.coordinate import CoordinateDecoder
from ssrvae.models.vae.decoders.harmonic import HarmonicDecoder
from ssrvae.models.vae.decoders.warped import WarpedDecoder


class Decoder(Protocol):
    """What a model asks of a decoder.

    style: [*batch, style + classes], the style variables followed by the one-hot class; pose: of shape [*batch], or
    None for upright; pixels: indices [subset] of the pixels wanted, or None for all. Returns logits [*batch, pixels].
    """

    def __call__(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor: ...

    def log_likelihood(
        self, likelihood: nn.Module, images: Tensor, latents: Tensor, pose: Pose | None, pixels: Tensor | None
    ) -> Tensor:
        """Score images [n, pixels wanted] under latents [*batch, n, latents] and poses [*batch, n]: [*batch, n]."""
        ...


DECODERS = {"coordinate": CoordinateDecoder, "warped": WarpedDecoder, "harmonic": HarmonicDecoder}

__all__ = ["DECODERS", "CoordinateDecoder", "Decoder", "HarmonicDecoder", "WarpedDecoder"]
