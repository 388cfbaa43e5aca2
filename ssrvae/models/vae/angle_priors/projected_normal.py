"""The angle as a direction in the plane, on the circle."""

import math

import pyro.distributions as dist
import torch
from torch import Tensor

from datagen.errors import InputError
from ssrvae.models.vae.latents import KNOWN_SD


class ProjectedNormalAngle:
    """An angle on the circle: the direction of a Normal vector in the plane.

    concentration = 0 is the uniform prior; a larger one favours upright objects. The posterior's mean vector comes from
    the encoder: its direction is the angle, its length the certainty. Source: pyro.distributions.ProjectedNormal.
    """

    config_name = "projected_normal"
    name = "angle"
    n_parameters = 2

    def __init__(self, concentration: float = 0.0) -> None:
        if concentration < 0:
            raise InputError(
                f"angle_prior_scale must be at least 0, a concentration, for angle_prior projected_normal, "
                f"got {concentration}"
            )
        self.concentration = concentration

    def prior(self, like: Tensor) -> dist.TorchDistribution:
        """Build p(direction), on the device of `like`."""
        return _Direction(like.new_tensor([self.concentration, 0.0]), validate_args=False)

    def prior_near(self, known: Tensor) -> dist.TorchDistribution:
        """Build p(direction) of angles in radians known up to KNOWN_SD: [*batch]."""
        return _Direction(torch.stack([known.cos(), known.sin()], dim=-1) / KNOWN_SD, validate_args=False)

    def posterior(self, parameters: Tensor) -> dist.TorchDistribution:
        """Build q(direction | encoding); parameters: [*batch, 2]."""
        return _Direction(self.mean(parameters), validate_args=False)

    def mean(self, parameters: Tensor) -> Tensor:
        """Read the mean vector, upright for a zero encoding and then certain to about 0.1 rad: [*batch, 2]."""
        return 10.0 * (parameters + parameters.new_tensor([1.0, 0.0]))

    def to_radians(self, value: Tensor) -> Tensor:
        """Turn directions [*batch, 2] into angles in (-pi, pi]: [*batch]."""
        return torch.atan2(value[..., 1], value[..., 0])


class _Direction(dist.ProjectedNormal):
    """Pyro's projected normal in the plane, with a density that keeps its precision on the far side of the circle."""

    def log_prob(self, value: Tensor) -> Tensor:
        # p(u) = exp(-c^2 / 2) / (2 pi) * [1 + t sqrt(2 pi) Phi(t) exp(t^2 / 2)] with t = u . c. On the far side
        # (t << 0) the bracket cancels; there it is 1 - |t| M(|t|) with the Mills ratio M, written by erfcx.
        t = (value * self.concentration).sum(-1)
        squared = (self.concentration**2).sum(-1)
        near = t.clamp_min(0.0)
        grows = 0.5 * near**2 + torch.log(
            torch.exp(-0.5 * near**2) + near * math.sqrt(math.pi / 2) * (1 + torch.erf(near / math.sqrt(2)))
        )
        far = (-t).clamp_min(0.0)
        mills = math.sqrt(math.pi / 2) * torch.special.erfcx(far / math.sqrt(2))
        falls = torch.log((1 - far * mills).clamp_min(1 / (3 + far**2)))
        return torch.where(t >= 0, grows, falls) - 0.5 * squared - math.log(2 * math.pi)
