"""The angle as a number on the line."""

import pyro.distributions as dist
import torch
from torch import Tensor

from datagen.errors import InputError
from ssrvae.models.vae.latents import KNOWN_SD, NormalLatent, normal


class NormalAngle(NormalLatent):
    """An angle in radians, Normal on the line: the paper's prior (its scale there: 1 rad)."""

    config_name = "normal"

    def __init__(self, prior_sd_rad: float = 1.0) -> None:
        if not prior_sd_rad > 0:
            raise InputError(
                f"angle_prior_scale must be above 0, a standard deviation in radians, for angle_prior normal, "
                f"got {prior_sd_rad}"
            )
        super().__init__("angle", 1, prior_sd_rad)

    def prior_near(self, known: Tensor) -> dist.TorchDistribution:
        """Build p(angle) of angles in radians known up to KNOWN_SD: [*batch]."""
        return normal(known[..., None], torch.full_like(known[..., None], KNOWN_SD))

    def to_radians(self, value: Tensor) -> Tensor:
        """Drop the last axis: [*batch, 1] to [*batch]."""
        return value[..., 0]
