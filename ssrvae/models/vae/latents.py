"""The continuous latent variables: style and pose, each with its prior and its amortised posterior."""

import math

import pyro.distributions as dist
import torch
import torch.nn.functional as F
from torch import Tensor

SMALLEST_SD = 1e-3
KNOWN_SD = 0.1
"""How far a pose that is known may be off: radians for an angle, a share of the prior's deviation for a shift."""


class NormalLatent:
    """A vector with a zero-mean Normal prior and a diagonal Normal posterior.

    Encoders give 2 * size numbers: means, and standard deviations through a softplus, both in units of the prior's.
    """

    def __init__(self, name: str, size: int, prior_sd: float = 1.0) -> None:
        self.name, self.size, self.prior_sd = name, size, prior_sd
        self.n_parameters = 2 * size

    def prior(self, like: Tensor) -> dist.TorchDistribution:
        """Build p(value), on the device of `like`."""
        return _normal(like.new_zeros(self.size), like.new_full((self.size,), self.prior_sd))

    def prior_near(self, known: Tensor) -> dist.TorchDistribution:
        """Build p(value) of values known up to KNOWN_SD times the prior's deviation: [*batch, size]."""
        return _normal(known, torch.full_like(known, KNOWN_SD * self.prior_sd))

    def posterior(self, parameters: Tensor) -> dist.TorchDistribution:
        """Build q(value | encoding); parameters: [*batch, n_parameters]."""
        mean, spread = parameters.chunk(2, dim=-1)
        return _normal(self.prior_sd * mean, self.prior_sd * F.softplus(spread) + SMALLEST_SD)

    def mean(self, parameters: Tensor) -> Tensor:
        """Read the posterior's mean: [*batch, size]."""
        return self.prior_sd * parameters[..., : self.size]


class NormalAngle(NormalLatent):
    """An angle in radians, Normal on the line: the paper's prior (its scale there: 1 rad)."""

    def __init__(self, prior_sd_rad: float = 1.0) -> None:
        super().__init__("angle", 1, prior_sd_rad)

    def prior_near(self, known: Tensor) -> dist.TorchDistribution:
        """Build p(angle) of angles in radians known up to KNOWN_SD: [*batch]."""
        return _normal(known[..., None], torch.full_like(known[..., None], KNOWN_SD))

    def to_radians(self, value: Tensor) -> Tensor:
        """Drop the last axis: [*batch, 1] to [*batch]."""
        return value[..., 0]


class ProjectedNormalAngle:
    """An angle on the circle: the direction of a Normal vector in the plane.

    concentration = 0 is the uniform prior; a larger one favours upright objects. The posterior's mean vector comes from
    the encoder: its direction is the angle, its length the certainty. Source: pyro.distributions.ProjectedNormal.
    """

    name = "angle"
    n_parameters = 2

    def __init__(self, concentration: float = 0.0) -> None:
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


def _normal(mean: Tensor, sd: Tensor) -> dist.TorchDistribution:
    return dist.Normal(mean, sd, validate_args=False).to_event(1)
