"""A decoder that draws Fourier-Bessel coefficients, turns them by their phases and shifts the result."""

import torch
from torch import Tensor, nn

from ssrvae.models.basis import fourier_bessel
from ssrvae.models.geometry import Pose, place
from ssrvae.models.networks import mlp
from ssrvae.models.vae.decoders.drawn import DrawnDecoder
from ssrvae.models.vae.decoders.warped import OUTSIDE_LOGIT

COEFFICIENT_SCALE = 10.0
"""Basis images have unit norm, so logits of a few units over hundreds of pixels need coefficients of this order."""


class HarmonicDecoder(DrawnDecoder):
    """Turn the object exactly: each pair of coefficients (a, b) of order m turns by m * angle; then scale and shift.

    Smooth in the angle, and as cheap as the warped decoder. Outside the disc the image is black.
    """

    config_name = "harmonic"
    orders: Tensor
    images: Tensor
    disc: Tensor

    def __init__(
        self,
        size: int,
        n_latents: int,
        hidden: tuple[int, ...],
        band_limit: float = 26.0,
        max_order: int = 12,
    ) -> None:
        super().__init__()
        basis = fourier_bessel(size, band_limit, max_order)
        self.register_buffer("orders", basis.orders.float(), persistent=False)
        self.register_buffer("images", torch.cat([basis.cosines, basis.sines]), persistent=False)
        self.register_buffer("disc", basis.disc, persistent=False)
        self.draw = mlp(n_latents, hidden, 2 * len(basis.orders))
        self.background = nn.Parameter(torch.tensor(-1.0))

    def forward(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor:
        """latents: [*batch, latents]; pose: [*batch], None for upright. Returns logits [*batch, pixels]."""
        a, b = (COEFFICIENT_SCALE * self.draw(latents)).chunk(2, dim=-1)
        if pose is not None:
            phase = self.orders * pose.angle_rad[..., None]
            cosine, sine = phase.cos(), phase.sin()
            a, b = a * cosine - b * sine, a * sine + b * cosine
        logits = torch.cat([a, b], dim=-1) @ self.images + self.background
        logits = torch.where(self.disc, logits, OUTSIDE_LOGIT)
        if pose is not None:
            unturned = pose._replace(angle_rad=torch.zeros_like(pose.angle_rad))
            logits = place(logits, unturned, outside=OUTSIDE_LOGIT)
        return logits if pixels is None else logits[..., pixels]
